//! A rewrite rule on a table: what it adds runs as the owner, whoever made the statement.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::Model;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        for rule in schema.rules.keys() {
            found.push(
                Diagnostic::warning(
                    "rewrite-rule",
                    table.span,
                    format!(
                        "the rewrite rule `{rule}` of `{name}` runs as the table's owner, whoever makes the statement"
                    ),
                )
                .help("use a trigger: it is listed under [triggers] with the role that it runs as"),
            );
        }
    }
    found
}
