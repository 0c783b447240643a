//! A foreign key between two tables of tenants that can point into another tenant's rows.

use super::facts;
use crate::catalog::{Catalog, ConstraintKind};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::sql::idents;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let Some((group, key)) = facts::tenant(table) else { continue };
        for constraint in schema.constraints.values().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
        {
            let Some(far) = &constraint.references else { continue };
            let Some((other, far_key)) = model.tables.get(&far.table).and_then(facts::tenant) else { continue };
            let carries = key.iter().all(|column| constraint.columns.contains(column));
            // A reference to a tenant's own row says which tenant is meant.
            let names_tenant = far_key.iter().all(|column| far.columns.contains(column));
            if other != group || carries || names_tenant || far_key.len() != key.len() {
                continue;
            }
            let own: Vec<String> = key.iter().chain(&constraint.columns).cloned().collect();
            let theirs: Vec<String> = far_key.iter().chain(&far.columns).cloned().collect();
            found.push(
                Diagnostic::warning(
                    "reference-without-tenant",
                    table.span,
                    format!(
                        "({}) of `{name}` can point to a row of `{}` of another `{group}`",
                        idents(&constraint.columns),
                        far.table
                    ),
                )
                .help(format!(
                    "alter table {name} add foreign key ({}) references {} ({}); it needs a unique constraint there",
                    idents(&own),
                    far.table,
                    idents(&theirs)
                )),
            );
        }
    }
    found
}
