//! What is needed only while a plan runs: whoever deploys acts as the owners, and owners create in schemas that are not theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Lend, SchemaLoan};
use super::{Change, Scope, Securable};
use crate::catalog::{ObjectId, Privilege};

/// None if nothing else is to be done.
pub(super) fn change(scope: &Scope<'_>, changes: &[Change]) -> Option<Change> {
    if changes.iter().all(|change| matches!(change, Change::Unsupported { .. })) {
        return None;
    }
    let mut places = places(scope);
    // Sessions may change the default privileges of their capability, which makes nothing: they are no danger, and put back.
    for change in changes {
        let (Change::Grant(acl) | Change::Revoke(acl) | Change::RevokeGrantOption(acl)) = change else { continue };
        if let Securable::Default(role, ..) = &acl.on {
            places.entry(role.clone()).or_default();
        }
    }
    let makes = changes.iter().any(|change| {
        matches!(
            change,
            Change::Run { .. } | Change::ReplaceFunction { .. } | Change::ReplaceView { .. } | Change::Owner { .. }
        )
    });
    let other = changes.iter().any(
        |change| matches!(change, Change::Run { statement, .. } if matches!(statement.object, ObjectId::Other(_))),
    );
    Some(Change::Lend(Lend {
        schemas: if makes { schemas(scope, &places) } else { Vec::new() },
        database: scope.owner_role().filter(|_| other).into_iter().collect(),
        roles: places.into_keys().collect(),
    }))
}

/// The roles that own something, and the schemas in which they do.
fn places<'a>(scope: &Scope<'a>) -> BTreeMap<String, BTreeSet<&'a str>> {
    let desired = scope.desired;
    let owned = (desired.types.iter().map(|(name, it)| (&name.schema, &it.owner)))
        .chain(desired.sequences.iter().map(|(name, it)| (&name.schema, &it.owner)))
        .chain(desired.tables.iter().map(|(name, it)| (&name.schema, &it.owner)))
        .chain(desired.views.iter().map(|(name, it)| (&name.schema, &it.owner)))
        .chain(desired.functions.iter().map(|(signature, it)| (&signature.name.schema, &it.owner)))
        .chain(desired.schemas.iter().map(|(name, it)| (name, &it.owner)));
    let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (schema, owner) in owned.filter(|(_, owner)| desired.roles.contains_key(*owner)) {
        places.entry(owner.clone()).or_default().insert(schema);
    }
    for (role, ..) in desired.default_privileges.keys().filter(|(role, ..)| desired.roles.contains_key(role)) {
        places.entry(role.clone()).or_default();
    }
    places
}

fn schemas(scope: &Scope<'_>, places: &BTreeMap<String, BTreeSet<&str>>) -> Vec<SchemaLoan> {
    let mut loans = Vec::new();
    for (name, schema) in &scope.desired.schemas {
        for (role, creates_in) in places.iter().filter(|(role, _)| **role != schema.owner) {
            let mut privileges = BTreeSet::from([Privilege::Usage]);
            if creates_in.contains(name.as_str()) {
                privileges.insert(Privilege::Create);
            }
            privileges.retain(|privilege| !schema.acl.has(role, *privilege));
            if !privileges.is_empty() {
                loans.push(SchemaLoan { schema: name.clone(), role: role.clone(), privileges });
            }
        }
    }
    loans
}
