//! Triggers of one table or view.

use std::collections::BTreeMap;

use super::{Change, Scope};
use crate::catalog::{ObjectId, Trigger};
use crate::sql::QualifiedName;

/// `anew`: the relation is made in this plan, so that it has no triggers yet.
pub(super) fn changes(
    scope: &Scope<'_>,
    relation: &QualifiedName,
    live: Option<&BTreeMap<String, Trigger>>,
    desired: &BTreeMap<String, Trigger>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    // One that a partition inherits comes and goes with its parent's; only its state can be its own.
    for (name, trigger) in live.into_iter().flatten().filter(|(_, trigger)| !trigger.inherited) {
        if desired.get(name).is_none_or(|wanted| wanted.definition != trigger.definition) {
            changes.push(Change::DropTrigger { relation: relation.clone(), name: name.clone() });
        }
    }
    for (name, trigger) in desired {
        let there = live.and_then(|live| live.get(name)).filter(|there| there.definition == trigger.definition);
        let replaced = live.is_some_and(|live| live.contains_key(name));
        if there.is_none()
            && !trigger.inherited
            && (replaced || !scope.made.contains(&ObjectId::Trigger(relation.clone(), name.clone())))
        {
            changes.push(Change::CreateTrigger {
                relation: relation.clone(),
                name: name.clone(),
                definition: trigger.definition.clone(),
            });
        }
        if there.map_or('O', |there| there.enabled) != trigger.enabled {
            let (relation, name) = (relation.clone(), name.clone());
            changes.push(Change::TriggerState { relation, name, enabled: trigger.enabled });
        }
    }
    changes
}
