//! `is not distinct from me()`: a visitor's null equals a null in the row.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{CompareOp, Expr, Model};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, _) in facts::tables(model, catalog) {
        for (_, _, rule) in facts::given(table) {
            rule.expr.walk(&mut |expr| {
                let Expr::Compare(CompareOp::NotDistinct, left, right) = expr else { return };
                if [left, right].iter().any(|side| matches!(***side, Expr::Me | Expr::Claim(_))) {
                    found.push(
                        Diagnostic::warning(
                            "absence-matches-null",
                            rule.span,
                            "somebody without an identity matches every row in which this column is null",
                        )
                        .help("compare with `=`, which is never true for null"),
                    );
                }
            });
        }
    }
    found
}
