//! A list in a claim that is searched as text: `admin` is also in `non-admin-guest`.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{AtomPiece, Expr, Model};

/// Operators that search their left side for the pattern on their right.
const SEARCHES: [&str; 7] = ["like", "ilike", "not like", "not ilike", "similar to", "~", "~*"];

/// Functions that look for one text in another.
const POSITIONS: [&str; 3] = ["strpos(", "position(", " in "];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, _) in facts::tables(model, catalog) {
        for rule in facts::all_rules(table) {
            rule.expr.walk(&mut |expr| {
                let Expr::Atom(atom) = expr else { return };
                if atom.pieces.windows(2).any(searched) {
                    found.push(
                        Diagnostic::warning(
                            "claim-by-substring",
                            rule.span,
                            "a claim is searched as text: `admin` is also found in `non-admin-guest`",
                        )
                        .help("take the list apart: 'admin' = any (string_to_array(claim('roles'), ','))"),
                    );
                }
            });
        }
    }
    found
}

fn searched(pieces: &[AtomPiece]) -> bool {
    match pieces {
        [AtomPiece::Hole(Expr::Claim(_)), AtomPiece::Text(text)] => {
            let after = text.trim_start_matches([')', ' ']).to_ascii_lowercase();
            SEARCHES
                .iter()
                .any(|operator| after.strip_prefix(operator).is_some_and(|rest| rest.starts_with([' ', '\''])))
        }
        [AtomPiece::Text(text), AtomPiece::Hole(Expr::Claim(_))] => {
            let before = text.to_ascii_lowercase();
            let calls = before.contains("strpos(") || before.contains("position(");
            calls && POSITIONS.iter().any(|call| before.ends_with(call))
        }
        _ => false,
    }
}
