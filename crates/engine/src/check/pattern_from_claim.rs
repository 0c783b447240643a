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
                if let Some(message) = empty_list(&atom.pieces) {
                    found.push(
                        Diagnostic::warning("empty-list-fits", rule.span, message)
                            .help("ask besides that the list is not empty: cardinality(labels) > 0"),
                    );
                }
            });
        }
    }
    found
}

/// What is true of a list without anything in it.
fn empty_list(pieces: &[AtomPiece]) -> Option<&'static str> {
    let text = |wanted: &str| {
        pieces
            .iter()
            .position(|piece| matches!(piece, AtomPiece::Text(text) if text.to_ascii_lowercase().contains(wanted)))
    };
    if text("<@").is_some() {
        return Some("the empty list is contained in every list: a row without any fits");
    }
    if text("= all (").or_else(|| text("= all(")).is_some() {
        return Some("all of an empty list are equal to anything: a row without any fits");
    }
    let contains = text("@>")?;
    let claimed = pieces.iter().skip(contains).any(|piece| matches!(piece, AtomPiece::Hole(Expr::Claim(_))));
    claimed.then_some("every list contains the empty list: a claim that is empty fits every row")
}

/// A pattern's operator, then a claim.
fn takes_pattern(pieces: &[AtomPiece]) -> bool {
    let [AtomPiece::Text(text), AtomPiece::Hole(Expr::Claim(_))] = pieces else { return false };
    let before = text.trim_end_matches(['(', ' ']).to_ascii_lowercase();
    PATTERNS.iter().any(|operator| before.ends_with(operator))
}
