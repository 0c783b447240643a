//! A foreign key that deletes or rewrites rows of a table where the one who deletes may not.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, _, schema) in facts::tables(model, catalog) {
        for far in schema.constraints.values().filter_map(|constraint| constraint.references.as_ref()) {
            let (kind, what) = match far.on_delete {
                'c' => (RuleKind::Delete, "deletes"),
                'n' | 'd' => (RuleKind::UpdateBefore, "changes"),
                _ => continue,
            };
            let Some(parent) = model.tables.get(&far.table) else { continue };
            let roles = model.roles.keys().filter(|role| {
                facts::may(model, &far.table, role, RuleKind::Delete) && !facts::may(model, name, role, kind)
            });
            let roles: Vec<&str> = roles.map(String::as_str).collect();
            let Some(first) = roles.first() else { continue };
            let place = facts::place(model, parent, first, RuleKind::Delete);
            found.push(
                Diagnostic::warning(
                    "cascade-past-rules",
                    place,
                    format!(
                        "deleting from `{}` {what} rows of `{name}`, which {} may not do there",
                        far.table,
                        facts::listed(roles.iter().copied())
                    ),
                )
                .help(format!(
                    "Postgres asks no rule in a cascade: allow it on `{name}` too, or write `on delete restrict` there"
                )),
            );
        }
    }
    found
}
