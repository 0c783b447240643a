//! A foreign key between two tables of tenants that can point into another tenant's rows.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{Catalog, ConstraintKind};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::sql::idents;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let Some((group, key)) = facts::scope(table) else { continue };
        for constraint in schema.constraints.values().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
        {
            let Some(far) = &constraint.references else { continue };
            let Some((other, far_key)) = model.tables.get(&far.table).and_then(facts::scope) else { continue };
            let carries = key.iter().all(|column| constraint.columns.contains(column));
            // A reference to a tenant's own row says which tenant is meant.
            let names_tenant = far_key.iter().all(|column| far.columns.contains(column));
            if other != group || carries || names_tenant || far_key.len() != key.len() {
                continue;
            }
            let own: Vec<String> = key.iter().chain(&constraint.columns).cloned().collect();
            let theirs: Vec<String> = far_key.iter().chain(&far.columns).cloned().collect();
            let is_unique = catalog.tables.get(&far.table).is_some_and(|parent| {
                parent.indexes.values().any(|index| {
                    index.unique
                        && !index.partial
                        && index.columns.iter().flatten().collect::<BTreeSet<_>>() == theirs.iter().collect()
                })
            });
            let first = if is_unique {
                String::new()
            } else {
                format!("alter table {} add unique ({}); ", far.table, idents(&theirs))
            };
            // Only what leads to the row is set, never whose it is.
            let set = idents(&constraint.columns);
            let action = match far.on_delete {
                'c' => " on delete cascade".to_owned(),
                'r' => " on delete restrict".to_owned(),
                'n' => format!(" on delete set null ({set})"),
                'd' => format!(" on delete set default ({set})"),
                _ => String::new(),
            };
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
                    "{first}alter table {name} add foreign key ({}) references {} ({}){action};",
                    idents(&own),
                    far.table,
                    idents(&theirs)
                )),
            );
        }
    }
    found
}
