//! System objects that are on both sides: who else may use them. Postgres' own, so neither made nor dropped, and another
//! version has others.

use std::collections::BTreeSet;

use super::acl::Sides;
use super::{Change, Scope, Securable};
use crate::catalog::{Acl, Grantee, Privilege, SystemClass};

/// One change for all functions of a class that it is the same for.
pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (signature, desired) in &scope.desired.system.functions {
        let (Some(class), Some(current)) =
            (SystemClass::of_function(&signature.name.name), scope.current.system.functions.get(signature))
        else {
            continue;
        };
        if current == desired || closed_by_others(scope, current, desired) {
            continue;
        }
        let on = Securable::SystemFunctions(class, BTreeSet::from([signature.clone()]));
        for change in concerning(scope, Sides::new(on, current, desired), desired).changes() {
            merge(&mut changes, change);
        }
    }
    for (name, desired) in &scope.desired.system.relations {
        let Some(current) = scope.current.system.relations.get(name) else { continue };
        if current == desired || closed_by_others(scope, &current.acl, &desired.acl) {
            continue;
        }
        let sides = Sides::system(Securable::SystemRelation(name.clone()), current, desired);
        changes.extend(concerning(scope, sides, &desired.acl).changes());
    }
    changes
}

/// PUBLIC, pgseal's own roles, and whoever shall have it: what an administrator gave to others by name is not pgseal's to take.
fn concerning(scope: &Scope<'_>, sides: Sides, desired: &Acl) -> Sides {
    sides.only(|grantee| match grantee {
        Grantee::Public => true,
        Grantee::Role(role) => scope.is_ours(role) || desired.grants.contains_key(grantee),
    })
}

/// What a class that is kept open holds, and somebody else took from PUBLIC: the project's owner, who is given what pgseal closes,
/// does not have it.
fn closed_by_others(scope: &Scope<'_>, current: &Acl, desired: &Acl) -> bool {
    let public = |acl: &Acl| {
        let held = acl.grants.get(&Grantee::Public);
        held.is_some_and(|held| held.contains(&Privilege::Execute) || held.contains(&Privilege::Select))
    };
    let owner = scope.owner_role().map(Grantee::Role);
    public(desired) && !public(current) && !owner.is_some_and(|owner| current.grants.contains_key(&owner))
}

fn merge(changes: &mut Vec<Change>, change: Change) {
    for known in changes.iter_mut() {
        let (into, from) = match (known, &change) {
            (Change::Grant(into), Change::Grant(from))
            | (Change::Revoke(into), Change::Revoke(from))
            | (Change::RevokeGrantOption(into), Change::RevokeGrantOption(from)) => (into, from),
            _ => continue,
        };
        if into.privileges != from.privileges || into.grantees != from.grantees {
            continue;
        }
        if let (Securable::SystemFunctions(class, functions), Securable::SystemFunctions(of, more)) =
            (&mut into.on, &from.on)
            && class == of
        {
            functions.extend(more.iter().cloned());
            return;
        }
    }
    changes.push(change);
}
