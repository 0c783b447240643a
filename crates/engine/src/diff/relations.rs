//! Types and sequences.

use super::acl::Sides;
use super::{Change, Scope, Securable, unsupported};
use crate::catalog::{Acl, ObjectId, Sequence, TypeKind};

/// Types keep Postgres' USAGE for everybody; what they are made of is for a plan to change.
pub(super) fn types(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, desired) in &scope.desired.types {
        let on = Securable::Type(name.clone());
        match scope.current.types.get(name) {
            Some(live) => {
                changes.extend(scope.owner(on.clone(), &live.owner, &desired.owner));
                changes.extend(kind(&live.kind, &desired.kind).map(|difference| unsupported(on, difference)));
            }
            None if !scope.made.contains(&ObjectId::Type(name.clone())) => {
                changes.push(unsupported(on, "is missing, and no statement creates it"));
            }
            None => {}
        }
    }
    changes
}

fn kind(live: &TypeKind, desired: &TypeKind) -> Option<String> {
    if live == desired {
        return None;
    }
    Some(match (live, desired) {
        (TypeKind::Enum(live), TypeKind::Enum(desired)) => {
            format!("has the labels {}, shall have {}", live.join(", "), desired.join(", "))
        }
        (TypeKind::Domain(live), TypeKind::Domain(desired)) => {
            format!("is `{live}`, shall be `{desired}`")
        }
        (TypeKind::Composite(live), TypeKind::Composite(desired)) => {
            let words = |attributes: &[(String, String)]| {
                attributes.iter().map(|(name, of)| format!("{name} {of}")).collect::<Vec<_>>().join(", ")
            };
            format!("is ({}), shall be ({})", words(live), words(desired))
        }
        (TypeKind::Range(live), TypeKind::Range(desired)) => {
            format!("is a range of {live}, shall be one of {desired}")
        }
        _ => "is of another kind".to_owned(),
    })
}

pub(super) fn sequences(scope: &Scope<'_>) -> Vec<Change> {
    let none = Acl::default();
    let mut changes = Vec::new();
    for (name, desired) in &scope.desired.sequences {
        let on = Securable::Sequence(name.clone());
        let live = scope.current.sequences.get(name);
        match live {
            Some(live) => changes.extend(existing(scope, on.clone(), live, desired)),
            // One that a column owns comes with its table.
            None if desired.owned_by.is_none() && !scope.made.contains(&ObjectId::Sequence(name.clone())) => {
                changes.push(unsupported(&on, "is missing, and no statement creates it"));
            }
            None => {}
        }
        changes.extend(Sides::new(on, live.map_or(&none, |live| &live.acl), &desired.acl).changes());
    }
    changes
}

fn existing(scope: &Scope<'_>, on: Securable, live: &Sequence, desired: &Sequence) -> Vec<Change> {
    let mut changes = Vec::new();
    if live.owned_by != desired.owned_by || live.identity != desired.identity {
        let words = |sequence: &Sequence| {
            sequence.owned_by.as_ref().map_or_else(
                || "stands alone".to_owned(),
                |(table, column)| format!("belongs to {}", crate::catalog::column_sql(table, column)),
            )
        };
        changes.push(unsupported(&on, format!("{}; in the schema it {}", words(live), words(desired))));
    }
    if live.definition != desired.definition {
        let Securable::Sequence(name) = &on else { return changes };
        let mend = format!("alter sequence {} {}", name.sql(), desired.definition);
        changes.push(unsupported(&on, format!("is `{}`: run `{mend}`", live.definition)));
    }
    // The owner of a column's sequence is its table's, always.
    if desired.owned_by.is_none() {
        changes.extend(scope.owner(on, &live.owner, &desired.owner));
    }
    changes
}
