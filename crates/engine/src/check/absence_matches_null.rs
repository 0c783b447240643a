//! What is true where there is nobody: `is not distinct from me()`, `me() is null or ..`, a null that counts as true.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Atom, AtomPiece, CompareOp, Expr, IsTest, Model};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, _) in facts::tables(model, catalog) {
        for rule in facts::all_rules(table) {
            let mut warn = |message: &str, help: &str| {
                found.push(Diagnostic::warning("absence-matches-null", rule.span, message).help(help));
            };
            rule.expr.walk(&mut |expr| match expr {
                Expr::Compare(CompareOp::NotDistinct, left, right) if is_identity(left) || is_identity(right) => warn(
                    "somebody without an identity matches every row in which this column is null",
                    "compare with `=`, which is never true for null",
                ),
                Expr::Is(inner, IsTest::NotFalse | IsTest::Unknown) if asks_identity(inner) => warn(
                    "a comparison with nobody, or with a null in the row, counts as true here",
                    "leave the test out: what is null is refused",
                ),
                Expr::Atom(atom) if asks_identity(expr) && null_is_true(atom) => warn(
                    "a comparison with nobody, or with a null in the row, counts as true here",
                    "leave coalesce(.., true) out: what is null is refused",
                ),
                _ => {}
            });
            let alternatives = match &rule.expr {
                Expr::Or(parts) => parts.as_slice(),
                single => std::slice::from_ref(single),
            };
            if alternatives.iter().any(|part| matches!(part, Expr::Is(inner, IsTest::Null) if is_identity(inner))) {
                warn(
                    "everybody without an identity is let in, to every row",
                    "what visitors may do stands under `for.visitor`; for everybody else me() is never null",
                );
            }
        }
    }
    found
}

fn is_identity(expr: &Expr) -> bool {
    matches!(expr, Expr::Me | Expr::Claim(_))
}

fn asks_identity(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= is_identity(expr));
    found
}

/// `coalesce(.., true)`
fn null_is_true(atom: &Atom) -> bool {
    let (Some(AtomPiece::Text(first)), Some(AtomPiece::Text(last))) = (atom.pieces.first(), atom.pieces.last()) else {
        return false;
    };
    first.to_ascii_lowercase().starts_with("coalesce(") && last.to_ascii_lowercase().ends_with(", true)")
}
