//! The guard's event triggers, and the record that they compare with.

use super::{Change, Scope};
use crate::catalog::Catalog;
use crate::compile::guard;

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    guarding(scope.current, scope.desired)
}

/// One that differs is dropped and made again.
pub(crate) fn guarding(current: &Catalog, desired: &Catalog) -> Vec<Change> {
    let (current, desired) = (&current.event_triggers, &desired.event_triggers);
    let mut changes = Vec::new();
    for (name, live) in current {
        if desired.get(name) != Some(live) {
            changes.push(Change::DropEventTrigger(name.clone()));
        }
    }
    for (name, trigger) in desired {
        if current.get(name) != Some(trigger) {
            changes.push(Change::CreateEventTrigger { name: name.clone(), trigger: trigger.clone() });
        }
    }
    changes
}

/// The record follows whatever changes; one that says something else is written again.
pub(super) fn record(scope: &Scope<'_>, changes: &[Change]) -> Option<Change> {
    let desired = scope.desired;
    if !desired.functions.contains_key(&guard::record()) {
        return None;
    }
    let owner = desired.tables.get(&guard::table())?.owner.clone();
    let something = changes.iter().any(|change| !matches!(change, Change::Unsupported { .. }));
    (something || !scope.current.unrecorded.is_empty()).then_some(Change::RecordGuarded { run_as: owner })
}
