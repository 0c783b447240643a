//! Policies of one table. A policy that differs is dropped and made again: ALTER POLICY cannot change its command.

use super::{Change, Scope};
use crate::catalog::{Policy, Table};
use crate::sql::QualifiedName;

pub(super) fn changes(scope: &Scope<'_>, name: &QualifiedName, live: Option<&Table>, desired: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    for (policy_name, policy) in live.map(|table| &table.policies).into_iter().flatten() {
        let wanted = desired.policies.get(policy_name);
        if wanted != Some(policy) || calls_one_made_anew(scope, policy) {
            changes.push(Change::DropPolicy {
                table: name.clone(),
                name: policy_name.clone(),
                permissive: policy.permissive,
                replaced: wanted.is_some(),
            });
        }
    }
    for (policy_name, policy) in &desired.policies {
        let there = live.and_then(|table| table.policies.get(policy_name));
        if there != Some(policy) || there.is_some_and(|there| calls_one_made_anew(scope, there)) {
            changes.push(Change::CreatePolicy {
                table: name.clone(),
                name: policy_name.clone(),
                policy: policy.clone(),
                qualified: scope.desired.server_major != 0,
            });
        }
    }
    changes
}

/// A function cannot be dropped while a policy calls it.
fn calls_one_made_anew(scope: &Scope<'_>, policy: &Policy) -> bool {
    let texts = [&policy.using, &policy.check];
    scope.anew_functions.iter().any(|function| {
        let call = format!("{}(", function.name.sql());
        texts.iter().any(|text| text.as_ref().is_some_and(|text| text.contains(&call)))
    })
}
