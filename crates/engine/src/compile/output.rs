//! The desired catalog while it is being made: adds generated objects together with the statement that makes each.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Acl, Catalog, Function, ObjectId, Privilege, Role, Signature, Statement, View};
use crate::compile::{pins, triggers};
use crate::model::Model;
use crate::sql::{QualifiedName, fit_name, ident, short_hash};

/// The desired catalog, growing.
pub struct Output<'a> {
    /// The model.
    pub model: &'a Model,
    /// What has been made so far.
    pub catalog: Catalog,
    /// Names that several of the model's functions have.
    overloaded: BTreeSet<&'a str>,
    /// Roles of founders and definers, by the tables that they may do something to.
    writers: BTreeMap<QualifiedName, BTreeSet<String>>,
}

impl<'a> Output<'a> {
    /// Begins with what the schema makes.
    pub fn new(model: &'a Model, catalog: Catalog) -> Self {
        let (mut seen, mut overloaded) = (BTreeSet::new(), BTreeSet::new());
        for signature in model.functions.keys() {
            if !seen.insert(signature.name.name.as_str()) {
                overloaded.insert(signature.name.name.as_str());
            }
        }
        let mut output = Self { model, catalog, overloaded, writers: BTreeMap::new() };
        let definers = model.functions.iter().filter_map(|(signature, function)| {
            Some((output.definer_role(signature), function.definer.as_ref()?.tables.keys().collect::<Vec<_>>()))
        });
        let founders = model
            .groups
            .iter()
            .filter(|(_, group)| group.founder.is_some())
            .map(|(name, group)| (output.founder_role(name), vec![&group.table]));
        let mut writers: BTreeMap<QualifiedName, BTreeSet<String>> = BTreeMap::new();
        for (role, tables) in definers.chain(founders) {
            for table in tables {
                writers.entry(table.clone()).or_default().insert(role.clone());
            }
        }
        output.writers = writers;
        output
    }
}

impl Output<'_> {
    /// The role that owns tables, views and the user's functions.
    pub fn owner(&self) -> String {
        self.model.owner_name()
    }

    /// The role that owns everything in schema `seal`.
    pub fn seal(&self) -> String {
        self.model.seal_name()
    }

    /// The role that writes a founder's membership, and nothing else.
    pub fn founder_role(&self, group: &str) -> String {
        format!("{}_found_{group}", self.model.prefix)
    }

    /// The role of one function that runs as definer: named after the function, with a hash where the name alone would not tell.
    pub fn definer_role(&self, signature: &Signature) -> String {
        let plain = format!("{}_fn_{}", self.model.prefix, signature.name.name);
        if self.overloaded.contains(signature.name.name.as_str()) || plain.len() > 63 {
            fit_name(&format!("{plain}_{}", short_hash(&signature.sql(), 8)))
        } else {
            plain
        }
    }

    /// Roles that no session acts in: the owner, definers' and founders'.
    pub fn own_roles(&self) -> Vec<String> {
        let definers = self
            .model
            .functions
            .iter()
            .filter(|(_, f)| f.definer.is_some())
            .map(|(signature, _)| self.definer_role(signature));
        let founders =
            self.model.groups.iter().filter(|(_, g)| g.founder.is_some()).map(|(name, _)| self.founder_role(name));
        std::iter::once(self.owner()).chain(definers).chain(founders).collect()
    }

    /// Roles that column rules of a table do not bind: the owner, as whom cascades run, founders, and the roles of definers
    /// whose `may` names the columns itself. Others cannot write the table, and are not listed.
    pub fn exempt_from_column_rules(&self, schema: &Catalog, table: &QualifiedName) -> Vec<String> {
        let mut exempt = BTreeSet::new();
        let mut open = vec![table];
        while let Some(name) = open.pop() {
            exempt.extend(self.writers.get(name).into_iter().flatten().cloned());
            open.extend(schema.tables.get(name).into_iter().flat_map(|table| &table.parents));
        }
        std::iter::once(self.owner()).chain(exempt).collect()
    }

    /// Adds a NOLOGIN role, marked as pgseal's.
    pub fn role(&mut self, name: &str) {
        let comment = Some(format!("pgseal: {}", self.model.prefix));
        self.catalog.roles.insert(name.to_owned(), Role { comment, ..Role::default() });
    }

    /// Adds a function in schema `seal` and who may execute it.
    pub fn function(&mut self, name: &str, sql: &str, owner: &str, definer: bool, executable_by: &[String]) {
        self.function_with(name, Vec::new(), sql, owner, definer, executable_by);
    }

    /// The same with argument types.
    pub fn function_with(
        &mut self,
        name: &str,
        arguments: Vec<String>,
        sql: &str,
        owner: &str,
        definer: bool,
        executable_by: &[String],
    ) {
        let signature = Signature { name: QualifiedName::new("seal", name), arguments };
        let mut acl = Acl::default();
        for role in executable_by {
            acl.grant(role, Privilege::Execute);
        }
        self.catalog.functions.insert(
            signature.clone(),
            Function {
                owner: owner.to_owned(),
                kind: 'f',
                language: "plpgsql".to_owned(),
                security_definer: definer,
                settings: pinned(name, sql),
                definition: sql.to_owned(),
                acl,
                ..Function::default()
            },
        );
        self.statement(ObjectId::Function(signature), sql);
    }

    /// Adds a row trigger.
    pub fn trigger(
        &mut self,
        table: &QualifiedName,
        name: &str,
        when: &str,
        condition: &str,
        function: &str,
        before: bool,
    ) {
        self.trigger_for(table, name, [when, "for each row"], condition, function, before);
    }

    /// The same with what the trigger is for: each row, or each statement with its rows.
    pub fn trigger_for(
        &mut self,
        table: &QualifiedName,
        name: &str,
        [when, each]: [&str; 2],
        condition: &str,
        function: &str,
        before: bool,
    ) {
        let sql = format!(
            "create trigger {} {when} on {} {each} when ({condition}) execute function seal.{}()",
            ident(name),
            table.sql(),
            ident(function)
        );
        // CREATE TRIGGER asks the table's owner for EXECUTE on the function; firing it asks nobody.
        let owner = self.owner();
        let signature = Signature { name: QualifiedName::new("seal", function), arguments: Vec::new() };
        if let Some(function) = self.catalog.functions.get_mut(&signature) {
            function.acl.grant(&owner, Privilege::Execute);
        }
        if let Some(entry) = self.catalog.tables.get_mut(table) {
            entry.triggers.insert(name.to_owned(), triggers::entry(sql.clone(), function, before));
        }
        self.statement(ObjectId::Trigger(table.clone(), name.to_owned()), &sql);
    }

    /// Adds a generated view.
    pub fn view(&mut self, name: &QualifiedName, sql: &str, acl: Acl) {
        let view =
            View { owner: self.owner(), definition: sql.to_owned(), security_invoker: true, acl, ..View::default() };
        self.catalog.views.insert(name.clone(), view);
        self.statement(ObjectId::View(name.clone()), sql);
    }

    /// Lets a role use a schema.
    pub fn use_schema(&mut self, schema: &str, role: &str) {
        self.catalog.schemas.entry(schema.to_owned()).or_default().acl.grant(role, Privilege::Usage);
    }

    /// Adds the statement that makes an object.
    pub fn statement(&mut self, object: ObjectId, sql: &str) {
        self.catalog.statements.push(Statement { object, sql: sql.to_owned() });
    }
}

/// The `SET` clauses that a generated function carries. The private helpers of identity carry none: they only ever run inside
/// functions that do.
fn pinned(name: &str, sql: &str) -> BTreeSet<String> {
    // A name may hold what separates the parts.
    let unnamed = sql.strip_prefix(&format!("create or replace function seal.{}", ident(name))).unwrap_or(sql);
    let header = unnamed.split("\nas $seal").next().unwrap_or_default();
    pins::settings(header)
}
