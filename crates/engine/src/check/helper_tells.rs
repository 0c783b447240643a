//! A function that a rule hands the principal's id and that reads with rights of its own: whoever may call it asks about anybody.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{AtomPiece, Expr, Model};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for helper in facts::helpers(model, catalog) {
        let handed = helper.atom.pieces.iter().any(|piece| matches!(piece, AtomPiece::Hole(Expr::Me)));
        let definer = helper.function.security_definer
            || model.functions.get(helper.signature).is_some_and(|function| function.definer.is_some());
        if definer && handed {
            found.push(
                Diagnostic::warning(
                    "helper-tells",
                    helper.span,
                    format!("whoever reads this table may call `{}` with anybody's id", helper.signature),
                )
                .help("let it ask for seal.me() itself instead of taking an id; or declare a group"),
            );
        }
    }
    found
}
