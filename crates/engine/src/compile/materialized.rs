//! Materialized views: each belongs to a role of its own that reads all rows of what its query reads, and nothing else. A refresh
//! runs the query as the owner, and the tables' owner sees no rows. `seal.refresh_<view>()` refreshes it for whom `[views]` lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Command, Privilege, Signature};
use crate::compile::capability::Capability;
use crate::compile::grants;
use crate::compile::identity::SCHEMA;
use crate::compile::output::Output;
use crate::compile::triggers::{OLDER_SNAPSHOT, refuse_if};
use crate::model::May;
use crate::sql::{QualifiedName, dollar, fit_name, ident, short_hash};

/// Adds the role, its rights and the function for every materialized view that is listed.
pub fn all(output: &mut Output<'_>, schema: &Catalog, capabilities: &[Capability<'_>]) {
    let model = output.model;
    for (name, view) in model.views.iter().filter(|(_, view)| view.materialized) {
        let role = fit_name(&format!("{}_view_{}", model.prefix, unique(output, name)));
        output.role(&role);
        reads(output, schema, &role, name);
        if let Some(desired) = output.catalog.views.get_mut(name) {
            desired.owner.clone_from(&role);
        }
        let callers: Vec<String> = (capabilities.iter())
            .filter(|capability| capability.may.is_none() && model.is_any_of(capability.rules_of, &view.refresh))
            .map(|capability| capability.role.clone())
            .collect();
        if !callers.is_empty() {
            refresh(output, name, &role, &callers);
        }
    }
}

/// The view's name; with a hash where another schema has a view of the same name.
fn unique(output: &Output<'_>, name: &QualifiedName) -> String {
    let same = output.model.views.iter().filter(|(other, view)| view.materialized && other.name == name.name).count();
    if same > 1 { format!("{}_{}", name.name, short_hash(&name.sql(), 4)) } else { name.name.clone() }
}

/// SELECT on what the query reads, through views too: those run as whoever asks, here the role.
fn reads(output: &mut Output<'_>, schema: &Catalog, role: &str, name: &QualifiedName) {
    let mut tables: BTreeMap<QualifiedName, BTreeMap<Command, BTreeSet<String>>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![name.clone()];
    while let Some(at) = open.pop() {
        let Some(view) = schema.views.get(&at) else { continue };
        if !seen.insert(at.clone()) {
            continue;
        }
        if at != *name {
            output.use_schema(&at.schema, role);
            if let Some(desired) = output.catalog.views.get_mut(&at) {
                desired.acl.grant(role, Privilege::Select);
            }
            // A copy holds its own rows.
            if view.materialized {
                continue;
            }
        }
        for function in &view.calls {
            grants::execute(output, function, role);
        }
        for (relation, column) in &view.reads {
            if schema.tables.contains_key(relation) {
                let columns = tables.entry(relation.clone()).or_default().entry(Command::Select).or_default();
                columns.insert(column.clone());
            } else {
                open.push(relation.clone());
            }
        }
    }
    // `count(*)` names no column: any will do, and the whole table is what it counts.
    for columns in tables.values_mut().flat_map(BTreeMap::values_mut).filter(|columns| columns.contains("")) {
        columns.clear();
    }
    grants::own_rights(output, schema, role, "view", &May { tables });
}

fn refresh(output: &mut Output<'_>, name: &QualifiedName, role: &str, callers: &[String]) {
    let function = fit_name(&format!("refresh_{}", unique(output, name)));
    // Rows that are gone since would come back into the copy, for everybody.
    let isolated = refuse_if(
        OLDER_SNAPSHOT,
        &format!("{} is refreshed at READ COMMITTED", name.sql()),
        "a stricter isolation would fill it with what was there when the transaction began",
    );
    let body = format!("\nbegin\n{isolated}\n  refresh materialized view {};\nend\n", name.sql());
    // What it says is said to everybody, so not in the formats of whoever refreshes it. Its role's policies hold for all rows; with the
    // caller's `row_security = off`, to have policies at all is an error.
    let sql = format!(
        "create or replace function seal.{}()\nreturns void\nlanguage plpgsql volatile security definer\n\
         {}\nas {}",
        ident(&function),
        super::pins::pins_of_copies(),
        dollar(&body)
    );
    output.function(&function, &sql, role, true, callers);
    let signature = Signature { name: QualifiedName::new(SCHEMA, &function), arguments: Vec::new() };
    if let Some(desired) = output.catalog.functions.get_mut(&signature) {
        desired.settings.insert("row_security=on".to_owned());
    }
    output.use_schema(&name.schema, role);
}
