//! Model and schema in, desired [`Catalog`] out: what Postgres itself enforces. Same input, same bytes: names come from content.
//!
//! Every table is owned by a NOLOGIN role, has row-level security enabled and forced, and grants nothing but what some rule gives.

mod afresh;
mod backup;
mod calls;
pub mod capability;
mod computed;
mod dodged;
mod equal;
pub mod expression;
mod founder;
mod given_up;
mod granting;
pub(crate) mod grants;
mod groups;
pub mod guard;
mod hung;
pub mod identity;
mod kept;
mod materialized;
mod output;
mod pins;
mod policies;
mod still;
mod system;
mod triggers;
mod via;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Acl, Catalog, Column, Command, Grantee, ObjectId, Privilege, Signature, Table, TableKind};
use crate::check::missing_index;
use crate::model::Model;
use crate::sql::{QualifiedName, fit_name, ident, idents, parse_name};
use capability::Capability;
use expression::Printer;
use output::Output;
use triggers::Triggers;
use via::ViaFunctions;

/// Compiles a model for a schema. `schema.statements` (what makes the schema, in an order that loads) is kept, and the statements
/// that make pgseal's own objects follow.
pub fn compile(model: &Model, schema: &Catalog) -> Catalog {
    let capabilities = capability::all(model);
    let mut output = Output::new(model, closed(model, schema));
    roles(&mut output, &capabilities);
    identity_objects(&mut output, &capabilities);
    guard::all(&mut output);
    looked_up(&mut output, schema);

    let mut via = ViaFunctions::default();
    let mut on_demand = group_functions(&mut output, schema, &capabilities, &mut via);
    let mut triggers = Triggers { model, schema, capabilities: &capabilities, via: &mut via, given_up: false };
    for (name, table) in sealed_tables(schema) {
        if !is_partition(table) {
            triggers.of_table(&mut output, name, table);
        }
    }
    for (name, table) in sealed_tables(schema) {
        let policies = policies::of_table(model, schema, &capabilities, &mut via, name, table);
        // A child is sealed like its parent and reached only through it.
        if table.parents.is_empty() {
            grants::of_policies(&mut output, schema, &capabilities, &policies);
        }
        if let Some(desired) = output.catalog.tables.get_mut(name) {
            desired.policies = policies;
        }
        if table.parents.is_empty() {
            for capability in &capabilities {
                grants::of_table(&mut output, schema, capability, name, table);
            }
            grants::visible_view(&mut output, &capabilities, name, table);
        }
    }
    grants::listed(&mut output, schema, &capabilities);
    founder::all(&mut output, schema, &capabilities);
    materialized::all(&mut output, schema, &capabilities);
    on_demand.extend(via_functions(&mut output, schema, &via));
    seal_reads(&mut output, schema, &via);
    indexes(&mut output, schema);
    backup::all(&mut output);
    system::close(&mut output, schema);
    on_demand.extend(calls::now(&mut output));
    calls::grant(&mut output, schema, &on_demand);
    pins::quiet(&mut output.catalog);
    // Every function of `seal` that a role may execute is of no use without the schema.
    let executable: BTreeSet<Grantee> = output
        .catalog
        .functions
        .iter()
        .filter(|(signature, _)| signature.name.schema == "seal")
        .flat_map(|(_, function)| function.acl.grants.keys().cloned())
        .collect();
    for grantee in executable {
        if let Grantee::Role(role) = grantee {
            output.use_schema("seal", &role);
        }
    }
    output.catalog
}

/// Tables that carry rules: all but foreign ones.
fn sealed_tables(schema: &Catalog) -> impl Iterator<Item = (&QualifiedName, &Table)> {
    schema.tables.iter().filter(|(_, table)| table.kind != TableKind::Foreign)
}

/// A partition, whose row triggers are its parent's; a child by INHERITS needs its own.
fn is_partition(table: &Table) -> bool {
    !table.parents.is_empty() && table.partition.is_some()
}

/// The schema as it is before any rule: ours, and closed to everybody.
fn closed(model: &Model, schema: &Catalog) -> Catalog {
    let owner = model.owner_name();
    let mut catalog = schema.clone();
    catalog.server_major = 0;
    catalog.database_owner.clear();
    catalog.database = Acl::default();
    catalog.roles.clear();
    catalog.memberships.clear();
    catalog.default_privileges =
        [&owner, &model.seal_name()].into_iter().map(|role| ((role.clone(), None, 'f'), Acl::default())).collect();
    for (name, schema) in &mut catalog.schemas {
        schema.acl = Acl::default();
        if name != "public" {
            schema.owner.clone_from(&owner);
        }
    }
    for kind in catalog.types.values_mut() {
        kind.owner.clone_from(&owner);
    }
    for sequence in catalog.sequences.values_mut() {
        sequence.owner.clone_from(&owner);
        sequence.acl = Acl::default();
    }
    for table in catalog.tables.values_mut() {
        table.owner.clone_from(&owner);
        table.acl = Acl::default();
        table.row_security = table.kind != TableKind::Foreign;
        table.force_row_security = table.row_security;
        table.policies.clear();
        for column in &mut table.columns {
            column.acl = Acl::default();
        }
    }
    for view in catalog.views.values_mut() {
        view.owner.clone_from(&owner);
        view.acl = Acl::default();
        view.column_acls.clear();
        view.security_invoker = !view.materialized;
    }
    for function in catalog.functions.values_mut() {
        function.owner.clone_from(&owner);
        function.acl = Acl::default();
    }
    catalog
}

/// Foreign keys, cascades and founders look rows up as the owner, whose own `public` is not, and compare keys by operators of their
/// types; functions of the seal role name these types.
fn looked_up(output: &mut Output<'_>, schema: &Catalog) {
    let (owner, seal) = (output.owner(), output.seal());
    if schema.tables.keys().any(|name| name.schema == "public") {
        output.use_schema("public", &owner);
    }
    let columns = schema.tables.values().flat_map(|table| &table.columns);
    let types = columns.flat_map(|column| [&column.type_name, &column.base_type]);
    // Without its length and dimensions: `ext.geometry(Point,4326)[]`. Types of the schema's own lie where its tables do.
    let schemas: BTreeSet<String> = types
        .filter_map(|name| parse_name(name.trim_end_matches("[]").split('(').next()?))
        .filter_map(|parts| <[String; 2]>::try_from(parts).ok())
        .map(|[schema, name]| QualifiedName { schema, name })
        .filter(|name| !schema.types.contains_key(name))
        .map(|name| name.schema)
        .collect();
    // The schemas of a platform are not the project's to open.
    for name in schemas {
        let Some(made) = output.catalog.schemas.get(&name) else { continue };
        if made.owner != owner {
            output.use_schema(&name, &owner);
        }
        output.use_schema(&name, &seal);
    }
}

/// The owner, the seal role and a role for each capability; each capability may connect.
fn roles(output: &mut Output<'_>, capabilities: &[Capability<'_>]) {
    let (owner, seal) = (output.owner(), output.seal());
    output.role(&owner);
    output.role(&seal);
    for capability in capabilities {
        output.role(&capability.role);
        output.catalog.database.grant(&capability.role, Privilege::Connect);
    }
    let sealed = output.catalog.schemas.entry("seal".to_owned()).or_default();
    sealed.owner = seal;
}

/// Leases, tokens and the functions that read them.
fn identity_objects(output: &mut Output<'_>, capabilities: &[Capability<'_>]) {
    let seal = output.seal();
    let everybody = everybody(output, capabilities);
    // A type of the user's own, which the functions cast to.
    if let Some([schema, _]) = parse_name(&output.model.identity_type).as_deref() {
        output.use_schema(schema, &seal);
    }
    let mut held = Acl::default();
    for capability in capabilities {
        held.grant(&capability.role, Privilege::Select);
    }
    let executable: BTreeSet<Signature> = identity::executable().into_iter().map(|(signature, _)| signature).collect();
    for statement in identity::objects(output.model) {
        match &statement.object {
            ObjectId::Table(name) => {
                // Its owner is the only one who reads it, whatever was granted to whom (`pg_read_all_data`).
                let mut table = Table { owner: seal.clone(), row_security: true, ..Table::default() };
                if *name == identity::anchor() {
                    let column =
                        Column { name: identity::ANCHOR_COLUMN.to_owned(), acl: held.clone(), ..Column::default() };
                    table.columns.push(column);
                }
                output.catalog.tables.insert(name.clone(), table);
                output.statement(statement.object.clone(), &statement.sql);
            }
            ObjectId::Function(signature) => {
                // The others are only called by these, as their owner.
                let public = executable.contains(signature);
                let callers = if public { everybody.as_slice() } else { &[] };
                output.function_with(
                    &signature.name.name,
                    signature.arguments.clone(),
                    &statement.sql,
                    &seal,
                    public,
                    callers,
                );
            }
            _ => output.statement(statement.object.clone(), &statement.sql),
        }
    }
}

/// Every role that may ask who it is: capabilities, founders, definers.
fn everybody(output: &Output<'_>, capabilities: &[Capability<'_>]) -> Vec<String> {
    let own = output.own_roles();
    capabilities
        .iter()
        .map(|capability| capability.role.clone())
        .chain(own.into_iter().filter(|role| *role != output.owner()))
        .collect()
}

/// Makes the groups' functions. Who executes them is told by what calls them.
fn group_functions(
    output: &mut Output<'_>,
    schema: &Catalog,
    capabilities: &[Capability<'_>],
    via: &mut ViaFunctions,
) -> Vec<Signature> {
    let Some(any) = capabilities.first() else { return Vec::new() };
    let seal = output.seal();
    given_up::table(output);
    dodged::table(output);
    let mut signatures = Vec::new();
    for (name, group) in &output.model.groups {
        let mut printer = Printer { model: output.model, schema, capability: any, via: &mut *via, given_up: false };
        let made = groups::functions(&mut printer, name, group);
        for (function, sql) in made {
            let arguments = match function.strip_prefix(name.as_str()) {
                Some("_peers") => Vec::new(),
                Some("_held") => groups::held_arguments(schema, group),
                _ => vec!["text".to_owned()],
            };
            output.function_with(&function, arguments.clone(), &sql, &seal, true, &[]);
            for signature in grants::called_by_name(schema, &sql) {
                grant_execute(output, &signature, &seal);
            }
            signatures.push(Signature { name: QualifiedName::new("seal", function), arguments });
        }
        if group.granted_by.is_some() {
            let (lock, arguments) = (format!("{name}_lock"), afresh::lock_arguments(schema, group));
            output.function_with(&lock, arguments, &afresh::lock_function(schema, name, group), &seal, true, &[]);
        }
    }
    signatures
}

fn via_functions(output: &mut Output<'_>, schema: &Catalog, via: &ViaFunctions) -> Vec<Signature> {
    let seal = output.seal();
    // A function's condition may call another's, of a parent further up; PL/pgSQL looks it up when it runs.
    for (name, function) in &via.functions {
        output.function(name, &function.definition(name), &seal, true, &[]);
        for signature in grants::called_by_name(schema, &function.condition) {
            grant_execute(output, &signature, &seal);
        }
    }
    let named = |name: &String| Signature { name: QualifiedName::new("seal", name), arguments: Vec::new() };
    via.functions.keys().map(named).collect()
}

fn grant_execute(output: &mut Output<'_>, signature: &Signature, role: &str) {
    output.use_schema(&signature.name.schema, role);
    if let Some(function) = output.catalog.functions.get_mut(signature) {
        function.acl.grant(role, Privilege::Execute);
    }
}

/// The seal role may read membership tables and what `via` and triggers look at, and nothing else. FORCE binds it too: it needs a policy.
fn seal_reads(output: &mut Output<'_>, schema: &Catalog, via: &ViaFunctions) {
    let seal = output.seal();
    let children = children(schema);
    let read: BTreeSet<QualifiedName> = groups::tables_read(output.model)
        .chain(via.functions.values().map(|function| &function.parent))
        .chain(&via.reads)
        .cloned()
        .collect();
    for name in read {
        output.use_schema(&name.schema, &seal);
        for reached in std::iter::once(&name).chain(children.get(&name).into_iter().flatten().copied()) {
            if let Some(table) = output.catalog.tables.get_mut(reached) {
                table.policies.insert("seal_read".to_owned(), policies::unconditional(&seal, Command::Select));
            }
        }
        if let Some(table) = output.catalog.tables.get_mut(&name) {
            table.acl.grant(&seal, Privilege::Select);
        }
    }
}

/// The indexes that policies need and the schema lacks, where the project wants them added.
fn indexes(output: &mut Output<'_>, schema: &Catalog) {
    if !output.model.add_indexes {
        return;
    }
    for (table, lists) in missing_index::missing(output.model, schema) {
        for columns in lists.into_keys() {
            let name = fit_name(&format!("seal_{}_{}", table.name, columns.join("_")));
            let sql = format!("create index {} on {} ({})", ident(&name), table.sql(), idents(&columns));
            output.statement(ObjectId::Index(table.clone(), name), &sql);
        }
    }
}

/// The children of every table that has some.
fn children(schema: &Catalog) -> BTreeMap<&QualifiedName, Vec<&QualifiedName>> {
    let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, table) in &schema.tables {
        for parent in &table.parents {
            children.entry(parent).or_default().push(name);
        }
    }
    children
}
