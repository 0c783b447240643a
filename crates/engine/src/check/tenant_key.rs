//! A table that asks its parent through `via` and could carry the parent's tenant key: its rule would be one indexed comparison.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model};
use crate::sql::idents;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let asked =
            table.rules.values().filter_map(|commands| commands.select.as_ref()).find_map(|rule| match &rule.expr {
                Expr::Via { columns, parent, .. } => Some((rule.span, columns, parent)),
                _ => None,
            });
        let Some((span, columns, parent)) = asked else { continue };
        let Some(key) = model.tables.get(parent).and_then(facts::tenant).map(|(_, key)| key) else { continue };
        if facts::carried_key(model, schema, columns, parent).is_some() {
            continue;
        }
        let missing: Vec<String> = key.iter().filter(|column| schema.column(column).is_none()).cloned().collect();
        let step = if missing.is_empty() {
            String::new()
        } else {
            format!("add {} to `{name}`, ", facts::listed(missing.iter().map(String::as_str)))
        };
        found.push(
            Diagnostic::warning(
                "tenant-key",
                span,
                format!(
                    "`{name}` could carry ({}) of `{parent}`: its rule would be one indexed comparison",
                    idents(key)
                ),
            )
            .help(format!(
                "{step}with a foreign key of ({}, {}) to `{parent}`",
                idents(key),
                idents(columns)
            )),
        );
    }
    found
}
