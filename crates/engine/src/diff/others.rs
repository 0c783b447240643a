//! Statements that make what a catalog does not hold (operators, casts, collations, statistics). Whether one has been run
//! stands in the comment on schema `seal`, by its fingerprint.

use std::collections::BTreeSet;

use super::{Change, Scope};
use crate::catalog::ObjectId;

/// What the comment begins with.
const MARK: &str = "pgseal: has run";

/// The comment that says which have been run; none if there are none.
pub fn record(others: &BTreeSet<String>) -> Option<String> {
    let list = others.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    (!others.is_empty()).then(|| format!("{MARK} {list}"))
}

/// The fingerprints that a comment names.
pub fn recorded(comment: &str) -> BTreeSet<String> {
    comment.strip_prefix(MARK).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// One that is no longer in the schema stays as an object, and is forgotten.
pub(super) fn change(scope: &Scope<'_>) -> Option<Change> {
    let desired = scope.desired;
    let wanted: BTreeSet<String> = match desired.statements.is_empty() {
        true => desired.others.clone(),
        false => scope
            .made
            .iter()
            .filter_map(|object| match object {
                ObjectId::Other(fingerprint) => Some(fingerprint.clone()),
                _ => None,
            })
            .collect(),
    };
    (wanted != scope.current.others && desired.schemas.contains_key("seal")).then_some(Change::Record(wanted))
}
