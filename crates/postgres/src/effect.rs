//! Whether a compiled catalog and what Postgres made of it have the same effect: everything but the text of expressions, which
//! Postgres prints in its own way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use pgseal_engine::catalog::{Catalog, Command, Policy, Table};

/// What differs, in words; empty if nothing does.
pub fn differences(desired: &Catalog, made: &Catalog) -> Vec<String> {
    let mut found = Found::default();
    found.maps("schema", &desired.schemas, &made.schemas, |schema| (schema.owner.clone(), schema.acl.clone()));
    found.maps("role", &desired.roles, &made.roles, Clone::clone);
    found.maps("sequence", &desired.sequences, &made.sequences, |sequence| {
        (sequence.owner.clone(), sequence.acl.clone())
    });
    found.maps("view", &desired.views, &made.views, |view| {
        (view.owner.clone(), view.security_invoker, view.acl.clone())
    });
    found.maps("function", &desired.functions, &made.functions, |function| {
        (function.owner.clone(), function.security_definer, function.settings.clone(), function.acl.clone())
    });
    found.maps("table", &desired.tables, &made.tables, table);
    found.same("default privileges", &desired.default_privileges, &made.default_privileges);
    found.same("memberships", &desired.memberships, &made.memberships);
    for (name, table) in &desired.tables {
        let made = made.tables.get(name);
        for trigger in table.triggers.keys() {
            if made.is_none_or(|made| !made.triggers.contains_key(trigger)) {
                found.0.push(format!("trigger {trigger:?} of {name} is missing"));
            }
        }
    }
    found.0
}

/// What a policy does, without its text.
type PolicyEffect = (Option<Command>, bool, BTreeSet<String>, bool, bool);

fn policy(policy: &Policy) -> PolicyEffect {
    (policy.command, policy.permissive, policy.roles.clone(), policy.using.is_some(), policy.check.is_some())
}

fn table(table: &Table) -> impl PartialEq + Debug + use<> {
    let columns: BTreeMap<_, _> = table
        .columns
        .iter()
        .filter(|column| !column.acl.is_empty())
        .map(|column| (column.name.clone(), column.acl.clone()))
        .collect();
    let policies: BTreeMap<_, _> = table.policies.iter().map(|(name, it)| (name.clone(), policy(it))).collect();
    (table.owner.clone(), table.row_security, table.force_row_security, table.acl.clone(), columns, policies)
}

#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, desired: &T, made: &T) {
        if desired != made {
            self.0.push(format!("{what}: compiled {desired:?}, made {made:?}"));
        }
    }

    fn maps<K: Ord + Debug, V, E: PartialEq + Debug>(
        &mut self,
        what: &str,
        desired: &BTreeMap<K, V>,
        made: &BTreeMap<K, V>,
        effect: impl Fn(&V) -> E,
    ) {
        for (name, value) in desired {
            match made.get(name) {
                None => self.0.push(format!("{what} {name:?} is missing")),
                Some(other) => self.same(&format!("{what} {name:?}"), &effect(value), &effect(other)),
            }
        }
        for name in made.keys().filter(|name| !desired.contains_key(name)) {
            self.0.push(format!("{what} {name:?} is there besides"));
        }
    }
}
