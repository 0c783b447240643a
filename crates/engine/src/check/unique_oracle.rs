//! A unique text column of a tenant's table without the tenant in it: an insert that fails tells that another tenant has it.

use super::facts;
use crate::catalog::{self, Catalog, ConstraintKind};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind, Table};
use crate::sql::{QualifiedName, idents};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        excluded(table, name, schema, &mut found);
        let Some((group, key)) = facts::tenant(table) else { continue };
        let writable = model.roles.keys().any(|role| {
            [RuleKind::Insert, RuleKind::UpdateAfter].into_iter().any(|kind| facts::may(model, name, role, kind))
        });
        if !writable {
            continue;
        }
        for (index_name, index) in schema.indexes.iter().filter(|(_, index)| index.unique) {
            let columns: Vec<String> = index.columns.iter().flatten().cloned().collect();
            let chosen = columns.iter().any(|column| chosen_by_user(schema, column));
            let carries = key.iter().any(|column| columns.contains(column));
            if chosen && !carries {
                let whole: Vec<String> = key.iter().chain(&columns).cloned().collect();
                found.push(
                    Diagnostic::warning(
                        "unique-oracle",
                        table.span,
                        format!("`{index_name}` of `{name}` is unique across every `{group}`: a refused insert tells what others have"),
                    )
                    .help(format!("make it unique within the tenant: unique ({})", idents(&whole))),
                );
            }
        }
    }
    found
}

/// An exclusion constraint tells the same.
fn excluded(table: &Table, name: &QualifiedName, schema: &catalog::Table, found: &mut Vec<Diagnostic>) {
    let Some((group, key)) = facts::tenant(table) else { return };
    for (constraint, definition) in &schema.constraints {
        if definition.kind == ConstraintKind::Exclusion && !key.iter().any(|column| definition.columns.contains(column))
        {
            found.push(
                Diagnostic::warning(
                    "unique-oracle",
                    table.span,
                    format!("`{constraint}` of `{name}` excludes across every `{group}`: a refused insert tells what others have"),
                )
                .help(format!("put ({}) with = into the constraint", idents(key))),
            );
        }
    }
}

fn chosen_by_user(schema: &catalog::Table, column: &str) -> bool {
    schema.column(column).is_some_and(|column| {
        matches!(column.base_type.as_str(), "text" | "character varying" | "character" | "citext")
            && column.generated.is_none()
    })
}
