//! Objects of pgseal's that are no longer wanted. Code and conditions go; whatever holds data stays and is named.

use super::{Change, Scope, parts, unsupported};

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let (current, desired) = (scope.current, scope.desired);
    let ours = |schema: &str, owner: &str| schema == "seal" || scope.is_ours(owner);
    let mut changes = Vec::new();
    for (name, view) in &current.views {
        let gone = !desired.views.contains_key(name) && !scope.anew_views.contains(name);
        if gone && ours(&name.schema, &view.owner) {
            let (view, materialized) = (name.clone(), view.materialized);
            changes.push(Change::DropView { view, materialized, recreated: false });
        }
    }
    for (signature, function) in &current.functions {
        if !desired.functions.contains_key(signature) && ours(&signature.name.schema, &function.owner) {
            let (function, kind) = (signature.clone(), function.kind);
            changes.push(Change::DropFunction { function, kind, recreated: false });
        }
    }
    // Partitions come and go; they are sealed like what they are part of.
    let parts = parts::below(scope);
    for (name, table) in current.tables.iter().filter(|(name, _)| !parts.contains_key(name)) {
        if !desired.tables.contains_key(name) && ours(&name.schema, &table.owner) {
            changes.push(gone("table", name));
        }
    }
    for (name, sequence) in &current.sequences {
        let alone = sequence.owned_by.is_none();
        if alone && !desired.sequences.contains_key(name) && ours(&name.schema, &sequence.owner) {
            changes.push(gone("sequence", name));
        }
    }
    for (name, live) in &current.types {
        if !desired.types.contains_key(name) && ours(&name.schema, &live.owner) {
            changes.push(gone("type", name));
        }
    }
    for (name, schema) in &current.schemas {
        if !desired.schemas.contains_key(name) && scope.is_ours(&schema.owner) {
            changes.push(Change::DropSchema(name.clone()));
        }
    }
    changes
}

fn gone(kind: &str, name: &crate::sql::QualifiedName) -> Change {
    unsupported(format!("{kind} {name}"), "is no longer in the schema: drop it by hand, then apply again")
}
