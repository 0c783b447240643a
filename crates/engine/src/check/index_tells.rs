//! An index over rows of several tenants that begins with something else: its order and its counts tell values of hidden rows.
//!
//! Postgres calls a leakproof operator before it asks the rule where an index serves it, so that EXPLAIN, counters and time say
//! how many hidden rows lie beyond any value: twenty questions find one. Behind the columns that the rule compares, an index
//! is only ever entered at rows that the reader may see.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, RuleKind};
use crate::sql::{QualifiedName, idents};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let Some((_, key)) = facts::tenant(table) else { continue };
        let asked = asked(model, name);
        for (index, definition) in &schema.indexes {
            let columns: Vec<String> = definition.columns.iter().flatten().cloned().collect();
            let Some(Some(first)) = definition.columns.first() else { continue };
            // A key keeps its columns: what it tells is `unique-oracle`. Other methods are `index-not-leakproof`.
            let plain = definition.method == "btree" && !definition.unique;
            if !plain || asked.contains(first) || !hidden_value(schema, first) {
                continue;
            }
            let whole: Vec<String> =
                key.iter().chain(columns.iter().filter(|column| !key.contains(column))).cloned().collect();
            found.push(
                Diagnostic::warning(
                    "index-tells",
                    table.span,
                    format!("`{index}` of `{name}` orders the rows of every tenant by `{first}`: by plans and time a reader finds values of hidden rows"),
                )
                .help(format!("begin it with the tenant: create index on {name} ({});", idents(&whole))),
            );
        }
    }
    found
}

/// Columns that select rules and groups look at.
fn asked(model: &Model, name: &QualifiedName) -> BTreeSet<String> {
    let rules = model.roles.keys().map(|role| model.effective(name, role, RuleKind::Select));
    // Members and nodes are looked up by these.
    let members = model.groups.values().filter(|group| group.table == *name).map(|group| group.member.clone());
    let parents = model.groups.values().filter_map(|group| group.parent.as_ref());
    let nodes = parents.filter(|parent| parent.table == *name).map(|parent| parent.column.clone());
    rules.flat_map(|rule: Expr| rule.columns()).chain(members).chain(nodes).collect()
}

/// Whether a column holds something to be found. A key of another row is random or numbered.
fn hidden_value(schema: &crate::catalog::Table, column: &str) -> bool {
    let references = schema
        .constraints
        .values()
        .any(|constraint| constraint.references.is_some() && constraint.columns.iter().any(|name| name == column));
    !references && schema.column(column).is_some_and(|column| column.base_type != "uuid")
}
