//! A rule that fails on some row: a cast's error shows the value of a row that the reader may not see, and any error tells that
//! there is one and keeps everybody from reading the table.

use super::facts;
use crate::catalog::{self, Catalog};
use crate::diagnostic::Diagnostic;
use crate::model::{Atom, AtomPiece, Expr, Model};
use crate::sql::ident;

/// What makes text of something else, or part of a text, as SQL spells it in small letters.
const TEXT_MAKERS: [&str; 8] = ["->>", "#>>", "||", "split_part(", "substr", "regexp_", "replace(", "trim("];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, schema) in facts::tables(model, catalog) {
        for rule in facts::all_rules(table) {
            rule.expr.walk(&mut |expr| {
                let Expr::Atom(atom) = expr else { return };
                let casts = of_columns(atom, schema).or_else(|| of_parts(atom));
                found.extend(casts.map(|(message, help)| {
                    Diagnostic::warning("cast-may-leak", rule.span, message).help(help)
                }));
                if let Some(column) = divisor(atom) {
                    let column = ident(column);
                    found.push(
                        Diagnostic::warning(
                            "division-may-fail",
                            rule.span,
                            format!("a row in which `{column}` is 0 makes every statement fail, and so shows that it is there"),
                        )
                        .help(format!("divide by nullif({column}, 0): null is refused")),
                    );
                }
            });
        }
    }
    found
}

/// A text column that is cast as it stands.
fn of_columns(atom: &Atom, schema: &catalog::Table) -> Option<(String, String)> {
    atom.pieces.windows(2).find_map(|pair| {
        let [AtomPiece::Hole(Expr::Column(column)), AtomPiece::Text(text)] = pair else { return None };
        let target = cast_target(text).filter(|_| is_text(schema, column))?;
        let message =
            format!("`{}` is text: where it is no {target}, the error shows its value to everybody", ident(column));
        Some((message, format!("give the column the type {target}, or compare as text")))
    })
}

/// A part of a column, or of what another row holds, that is cast.
fn of_parts(atom: &Atom) -> Option<(String, String)> {
    let reads_rows = atom.subselect || facts::mentions(atom, |expr| matches!(expr, Expr::Column(_)));
    let texts = || {
        atom.pieces.iter().filter_map(|piece| match piece {
            AtomPiece::Text(text) => Some(text.to_ascii_lowercase()),
            AtomPiece::Hole(_) | AtomPiece::Now => None,
        })
    };
    let makes_text = texts().any(|text| TEXT_MAKERS.iter().any(|maker| text.contains(maker)));
    if !reads_rows || !makes_text {
        return None;
    }
    let target = texts().find_map(|text| {
        let at = text.find(")::")?;
        cast_target(text.get(at..)?).map(str::to_owned)
    })?;
    let message =
        format!("a part of the row is cast to {target}: where it is none, the error shows its value to everybody");
    Some((message, format!("keep it in a column of the type {target}, or compare as text: me()::text")))
}

/// A column that something is divided by.
fn divisor(atom: &Atom) -> Option<&str> {
    atom.pieces.windows(2).find_map(|pair| match pair {
        [AtomPiece::Text(text), AtomPiece::Hole(Expr::Column(column))] if text.trim_end().ends_with(['/', '%']) => {
            Some(column.as_str())
        }
        _ => None,
    })
}

fn is_text(schema: &catalog::Table, column: &str) -> bool {
    schema
        .column(column)
        .is_some_and(|column| matches!(column.base_type.as_str(), "text" | "character varying" | "character"))
}

/// The type that is cast to right here, unless every text is one.
fn cast_target(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(')').strip_prefix("::")?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !matches!(*name, "text" | "varchar" | "character" | "bpchar" | "name" | ""))
}
