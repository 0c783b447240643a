//! A pattern or list that comes from a claim: `%`, `.*` and the empty list fit everything.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{AtomPiece, Expr, Model};

/// Operators whose right side is a pattern.
const PATTERNS: [&str; 6] = ["like", "ilike", "similar to", "~", "~*", "~~"];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, table, _) in facts::tables(model, catalog) {
        let rules = facts::given(table).map(|(_, _, rule)| rule).chain(facts::required(table).map(|(_, rule)| rule));
        for rule in rules {
            rule.expr.walk(&mut |expr| {
                let Expr::Atom(atom) = expr else { return };
                if atom.pieces.windows(2).any(takes_pattern) {
                    found.push(
                        Diagnostic::warning("pattern-from-claim", rule.span, "a claim is used as a pattern: one that is `%` or `.*` fits every row")
                            .help("compare with `=`, or with starts_with(column, claim('name')) where the claim cannot be empty"),
                    );
                }
                if atom.pieces.iter().any(|piece| matches!(piece, AtomPiece::Text(text) if text.contains("<@"))) {
                    found.push(
                        Diagnostic::warning("empty-list-fits", rule.span, "the empty list is contained in every list: a row without any fits")
                            .help("ask besides that the list is not empty: cardinality(labels) > 0"),
                    );
                }
            });
        }
    }
    found
}

/// A pattern's operator, then a claim.
fn takes_pattern(pieces: &[AtomPiece]) -> bool {
    let [AtomPiece::Text(text), AtomPiece::Hole(Expr::Claim(_))] = pieces else { return false };
    let before = text.trim_end_matches(['(', ' ']).to_ascii_lowercase();
    PATTERNS.iter().any(|operator| before.ends_with(operator))
}
