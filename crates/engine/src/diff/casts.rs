//! Casts of the project's types, and of the rows of its tables and views. Statements of the schema files make those that it says.

use super::{Change, Scope, parts, unsupported};
use crate::sql::QualifiedName;

/// Those that the schema does not say: some are called where nobody wrote them, without any privilege.
pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let (current, desired) = (scope.current, scope.desired);
    let below = parts::below(scope);
    let ours = |name: &QualifiedName| {
        desired.types.contains_key(name)
            || desired.tables.contains_key(name)
            || desired.views.contains_key(name)
            || below.contains_key(name)
    };
    // One to a type of somebody else's is asked for by naming that.
    let theirs = |name: &QualifiedName| {
        let there =
            current.types.contains_key(name) || current.tables.contains_key(name) || current.views.contains_key(name);
        there && !ours(name)
    };
    let casts = current.casts.iter().filter(|(types, live)| {
        desired.casts.get(*types) != Some(live) && live.between.iter().any(ours) && !live.between.iter().any(theirs)
    });
    casts
        .map(|(types, live)| {
            let difference = format!(
                "is not in the schema: add `create cast ({types}) {}` to it, or run `drop cast ({types})`",
                live.definition
            );
            unsupported(format!("cast ({types})"), difference)
        })
        .collect()
}
