//! Indexes that Postgres cannot use below a policy, because their operators are not leakproof.

use super::facts;
use crate::catalog::{Catalog, Index};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, RuleKind};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let filtered = model.roles.keys().any(|role| {
            let rule = model.effective(name, role, RuleKind::Select);
            rule != Expr::FALSE && rule != Expr::TRUE
        });
        if !filtered {
            continue;
        }
        for (index, definition) in schema.indexes.iter().filter(|(_, index)| !is_leakproof(index)) {
            found.push(
                Diagnostic::warning(
                    "index-not-leakproof",
                    table.span,
                    format!("the index `{index}` of `{name}` cannot be used below the table's rules"),
                )
                .help(format!(
                    "its operators ({}) may show what they compare, so Postgres tests the rules first; put the columns of the rule first, or search in a definer function",
                    definition.method
                )),
            );
        }
    }
    found
}

/// Full text, trigrams, `jsonb`, geometry and LIKE have operators that are not; equality and order have.
fn is_leakproof(index: &Index) -> bool {
    let pattern = ["text_pattern_ops", "varchar_pattern_ops", "bpchar_pattern_ops"]
        .iter()
        .any(|ops| index.definition.contains(ops));
    index.constraint || !(matches!(index.method.as_str(), "gin" | "gist" | "spgist") || pattern)
}
