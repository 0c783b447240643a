//! Functions, procedures and aggregates. CREATE OR REPLACE keeps owner and privileges; DROP and CREATE gives EXECUTE back to
//! PUBLIC, so it is done only where nothing else is possible.

use std::collections::BTreeSet;

use super::acl::Sides;
use super::{Change, Scope, Securable, unsupported};
use crate::catalog::{Acl, Catalog, Function, ObjectId, Signature};

/// Functions that CREATE OR REPLACE cannot change.
pub(super) fn made_anew(current: &Catalog, desired: &Catalog) -> BTreeSet<Signature> {
    desired
        .functions
        .iter()
        .filter(|(signature, function)| {
            current
                .functions
                .get(*signature)
                .is_some_and(|live| live.kind != function.kind || live.returns != function.returns)
        })
        .map(|(signature, _)| signature.clone())
        .collect()
}

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let none = Acl::default();
    let mut changes = Vec::new();
    for (signature, desired) in &scope.desired.functions {
        let on = Securable::Function(signature.clone(), desired.kind);
        let there = scope.current.functions.get(signature);
        let anew = scope.anew_functions.contains(signature);
        if let Some(live) = there.filter(|_| anew) {
            changes.push(Change::DropFunction { function: signature.clone(), kind: live.kind, recreated: true });
        }
        let live = there.filter(|_| !anew);
        match live {
            Some(live) => changes.extend(scope.owner(on.clone(), &live.owner, &desired.owner)),
            None if !scope.made.contains(&ObjectId::Function(signature.clone())) => {
                changes.push(unsupported(&on, "is missing, and no statement creates it"));
            }
            None => {}
        }
        // A new one loses PUBLIC's EXECUTE where it is made.
        changes.extend(Sides::new(on, live.map_or(&none, |live| &live.acl), &desired.acl).changes());
    }
    changes
}

/// Whether what it does or how it runs differs. The definition that Postgres prints holds all of it but for aggregates.
pub(super) fn differs(live: &Function, desired: &Function) -> bool {
    let form = |function: &Function| {
        (
            function.definition.clone(),
            function.language.clone(),
            function.security_definer,
            function.volatility,
            function.leakproof,
            function.settings.clone(),
        )
    };
    form(live) != form(desired)
}
