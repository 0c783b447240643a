//! A cast of a text column in a rule: where it fails, the error shows the value of a row that the reader may not see.

use super::facts;
use crate::catalog::{self, Catalog};
use crate::diagnostic::Diagnostic;
use crate::model::{AtomPiece, Expr, Model};
use crate::sql::ident;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, schema) in facts::tables(model, catalog) {
        let rules = facts::given(table).map(|(_, _, rule)| rule).chain(facts::required(table).map(|(_, rule)| rule));
        for rule in rules {
            rule.expr.walk(&mut |expr| {
                let Expr::Atom(atom) = expr else { return };
                for pair in atom.pieces.windows(2) {
                    if let [AtomPiece::Hole(Expr::Column(column)), AtomPiece::Text(text)] = pair
                        && is_text(schema, column)
                        && let Some(target) = cast_target(text)
                    {
                        let message = format!(
                            "`{}` is text: where it is no {target}, the error shows its value to everybody",
                            ident(column)
                        );
                        found.push(
                            Diagnostic::warning("cast-may-leak", rule.span, message)
                                .help(format!("give the column the type {target}, or compare as text")),
                        );
                    }
                }
            });
        }
    }
    found
}

fn is_text(schema: &catalog::Table, column: &str) -> bool {
    schema
        .column(column)
        .is_some_and(|column| matches!(column.base_type.as_str(), "text" | "character varying" | "character"))
}

/// The type that a column is cast to right behind its name, unless every text is one.
fn cast_target(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(')').strip_prefix("::")?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !matches!(*name, "text" | "varchar" | "character" | "bpchar" | "name" | ""))
}
