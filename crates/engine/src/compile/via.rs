//! `via`: the set of parents that the principal may do something to, decided by the seal role from the parent's rule, so that it
//! does not depend on the caller's own privileges on the parent.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Command};
use crate::compile::expression::{Columns, Printer, column_types};
use crate::compile::granting::granting_rule;
use crate::compile::pins::pins;
use crate::model::{Expr, Model, RuleKind};
use crate::sql::{QualifiedName, fit_name, ident, short_hash};

/// Key-set functions by name, as far as rules have asked for them.
#[derive(Debug, Default)]
pub struct ViaFunctions {
    /// Name in schema `seal` to function. Roles with the same rule for the parent share one.
    pub functions: BTreeMap<String, ViaFunction>,
    /// Whether what was printed since this was last cleared may read differently under a session's settings. A policy is read when
    /// it is made; a function's body by the session that calls it.
    pub reads_settings: bool,
    /// Tables that functions of triggers read as the seal role.
    pub reads: BTreeSet<QualifiedName>,
}

/// One key-set function.
#[derive(Debug, Clone)]
pub struct ViaFunction {
    /// The parent.
    pub parent: QualifiedName,
    /// Its columns that children reference.
    pub columns: Vec<String>,
    /// Their types.
    pub types: Vec<String>,
    /// The parent's rule, over the alias `p`.
    pub condition: String,
    /// Capabilities whose policies call it: name and database role.
    pub callers: BTreeSet<(String, String)>,
    /// Whether one of them needs no identity.
    pub anonymous: bool,
    /// Whether the condition may read differently under a session's settings.
    pub reads_settings: bool,
}

/// What must hold of the parent's row for `via(.., command)`: its rule for the command, the select rule and what is required.
pub fn parent_rule(model: &Model, schema: &Catalog, parent: &QualifiedName, role: &str, command: Command) -> Expr {
    let Some(table) = model.tables.get(parent) else { return Expr::FALSE };
    let select = [model.effective(parent, role, RuleKind::Select), Model::required_to_select(table)];
    let change = match command {
        Command::Select => None,
        Command::Update => Some(RuleKind::UpdateBefore),
        Command::Delete => Some(RuleKind::Delete),
        Command::Insert => Some(RuleKind::Insert),
    };
    // Who may end a membership is a rule of the row like any other.
    let granting = if command == Command::Delete { granting_rule(model, schema, parent, command) } else { Expr::TRUE };
    match change {
        None => Expr::and(select),
        Some(kind) => {
            let own = [model.effective(parent, role, kind), Model::required_to_change(table), granting];
            Expr::and(select.into_iter().chain(own))
        }
    }
}

/// The qualified name of the key-set function for a parent, made on first use.
pub fn function(printer: &mut Printer<'_>, parent: &QualifiedName, columns: &[String], command: Command) -> String {
    let rule = parent_rule(printer.model, printer.schema, parent, printer.capability.rules_of, command);
    let around = std::mem::take(&mut printer.via.reads_settings);
    let condition = printer.print(&rule, parent, Columns::Alias("p"));
    let reads_settings = std::mem::replace(&mut printer.via.reads_settings, around);
    let content = format!("{}({}): {condition}", parent.sql(), crate::sql::idents(columns));
    let name = fit_name(&format!("via_{}_{}_{}", parent.name, command.word(), short_hash(&content, 8)));
    let types = column_types(printer.schema, parent, columns);
    let entry = printer.via.functions.entry(name.clone()).or_insert_with(|| ViaFunction {
        parent: parent.clone(),
        columns: columns.to_vec(),
        types,
        condition,
        callers: BTreeSet::new(),
        anonymous: false,
        reads_settings,
    });
    entry.callers.insert((printer.capability.name.clone(), printer.capability.role.clone()));
    entry.anonymous |= !printer.capability.needs_identity;
    format!("seal.{}", ident(&name))
}

impl ViaFunction {
    /// `CREATE FUNCTION`. A session without a live identity of one of the callers gets the empty set, however it calls.
    pub fn definition(&self, name: &str) -> String {
        let gate = if self.anonymous {
            String::new()
        } else {
            let live: Vec<String> = self
                .callers
                .iter()
                .map(|(caller, _)| format!("seal.is_live({})", crate::sql::literal(caller)))
                .collect();
            live.join(" or ")
        };
        let list: Vec<String> = self.columns.iter().map(|column| format!("p.{}", ident(column))).collect();
        let present: Vec<String> = list.iter().map(|column| format!("{column} is not null")).collect();
        let query = format!(
            "select {} from {} as p where {} and ({})",
            list.join(", "),
            self.parent.sql(),
            present.join(" and "),
            self.condition
        );
        set_function(name, "", &self.types, "", &gate, &query, self.reads_settings)
    }
}

/// A function of the seal role that returns a set of keys: an array where the key is one column, rows `key1, key2, ..`
/// otherwise. Empty unless `gate` holds (an empty gate always does). What it declares is called `known.<name>` in the query, so
/// that no column of that name takes its place.
pub fn set_function(
    name: &str,
    parameters: &str,
    types: &[String],
    declare: &str,
    gate: &str,
    query: &str,
    reads_settings: bool,
) -> String {
    let (returns, nothing, answer) = match types {
        [single] => (format!("{single}[]"), format!("return '{{}}'::{single}[];"), format!("return array({query});")),
        _ => {
            let columns: Vec<String> =
                types.iter().enumerate().map(|(at, kind)| format!("key{} {kind}", at + 1)).collect();
            (format!("table({})", columns.join(", ")), "return;".to_owned(), format!("return query {query};"))
        }
    };
    let gate = if gate.is_empty() {
        String::new()
    } else {
        format!("  if not coalesce({gate}, false) then\n    {nothing}\n  end if;\n")
    };
    let body = format!("\n#variable_conflict use_column\n<<known>>\n{declare}begin\n{gate}  {answer}\nend\n");
    format!(
        "create or replace function seal.{}({parameters})\nreturns {returns}\nlanguage plpgsql stable parallel safe security definer\n{}\nas {}",
        ident(name),
        pins(reads_settings),
        crate::sql::dollar(&body)
    )
}
