//! What a database holds besides: neither pgseal's nor in the schema. It is left alone and listed.

use super::Scope;
use crate::catalog::{Catalog, ObjectId};

/// Objects in `current` that pgseal does not own and that the schema does not name.
pub fn foreign(current: &Catalog, desired: &Catalog) -> Vec<ObjectId> {
    let scope = Scope::new(current, desired);
    let theirs = |schema: &str, owner: &str| schema != "seal" && !scope.is_ours(owner);
    let mut found = Vec::new();
    for (name, schema) in &current.schemas {
        if name != "public" && !desired.schemas.contains_key(name) && theirs(name, &schema.owner) {
            found.push(ObjectId::Schema(name.clone()));
        }
    }
    for (name, live) in &current.types {
        if !desired.types.contains_key(name) && theirs(&name.schema, &live.owner) {
            found.push(ObjectId::Type(name.clone()));
        }
    }
    for (name, live) in &current.sequences {
        if live.owned_by.is_none() && !desired.sequences.contains_key(name) && theirs(&name.schema, &live.owner) {
            found.push(ObjectId::Sequence(name.clone()));
        }
    }
    for (name, live) in &current.tables {
        if !desired.tables.contains_key(name) && theirs(&name.schema, &live.owner) {
            found.push(ObjectId::Table(name.clone()));
            found.extend(live.policies.keys().map(|policy| ObjectId::Policy(name.clone(), policy.clone())));
        }
    }
    for (name, live) in &current.views {
        if !desired.views.contains_key(name) && theirs(&name.schema, &live.owner) {
            found.push(ObjectId::View(name.clone()));
        }
    }
    for (signature, live) in &current.functions {
        if !desired.functions.contains_key(signature) && theirs(&signature.name.schema, &live.owner) {
            found.push(ObjectId::Function(signature.clone()));
        }
    }
    found
}
