//! The database's own privileges, schemas and default privileges.

use super::acl::{Sides, built_in};
use super::{Change, Scope, Securable, unsupported};
use crate::catalog::{Acl, Grantee, ObjectId};
use crate::sql::ident;

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = database(scope);
    changes.extend(schemas(scope));
    changes.extend(extensions(scope));
    changes.extend(defaults(scope));
    changes
}

/// PUBLIC and pgseal's own roles: what an administrator gave to somebody by name on the database is not pgseal's to take.
fn database(scope: &Scope<'_>) -> Vec<Change> {
    Sides::new(Securable::Database, &scope.current.database, &scope.desired.database)
        .only(|grantee| is_ours_to_close(scope, grantee))
        .changes()
}

fn is_ours_to_close(scope: &Scope<'_>, grantee: &Grantee) -> bool {
    match grantee {
        Grantee::Public => true,
        Grantee::Role(role) => scope.is_ours(role),
    }
}

/// Whether the project has objects in that schema. In `public` without them, what others were given by name is theirs.
fn makes_something_in(scope: &Scope<'_>, schema: &str) -> bool {
    let desired = scope.desired;
    desired.tables.keys().any(|name| name.schema == schema)
        || desired.views.keys().any(|name| name.schema == schema)
        || desired.types.keys().any(|name| name.schema == schema)
        || desired.sequences.keys().any(|name| name.schema == schema)
        || desired.functions.keys().any(|signature| signature.name.schema == schema)
}

fn schemas(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let none = Acl::default();
    for (name, schema) in &scope.desired.schemas {
        let live = scope.current.schemas.get(name);
        let on = Securable::Schema(name.clone());
        if live.is_none() {
            if !scope.made.contains(&ObjectId::Schema(name.clone())) {
                changes.push(Change::CreateSchema(name.clone()));
            }
            // Whoever deploys creates it and hands it over.
            changes.extend(scope.owner(on.clone(), "", &schema.owner));
        } else if let Some(live) = live {
            changes.extend(scope.owner(on.clone(), &live.owner, &schema.owner));
        }
        let sides = Sides::new(on, live.map_or(&none, |live| &live.acl), &schema.acl);
        changes.extend(if name == "public" && !makes_something_in(scope, name) {
            sides.only(|grantee| is_ours_to_close(scope, grantee)).changes()
        } else {
            sides.changes()
        });
    }
    changes
}

/// Missing ones are made by their statements.
fn extensions(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, schema) in &scope.desired.extensions {
        match scope.current.extensions.get(name) {
            Some(live) if live != schema => changes.push(unsupported(
                format!("extension {}", ident(name)),
                format!("lives in schema {}, shall live in {}", ident(live), ident(schema)),
            )),
            None if name != "plpgsql" && !scope.made.contains(&ObjectId::Extension(name.clone())) => {
                changes
                    .push(unsupported(format!("extension {}", ident(name)), "is missing, and no statement creates it"));
            }
            _ => {}
        }
    }
    changes
}

/// What future objects of pgseal's roles get. Both sides name only what differs from Postgres' own defaults.
fn defaults(scope: &Scope<'_>) -> Vec<Change> {
    let (current, desired) = (&scope.current.default_privileges, &scope.desired.default_privileges);
    let keys = current.keys().filter(|(role, ..)| scope.is_ours(role)).chain(desired.keys());
    let mut changes = Vec::new();
    for key in keys.collect::<std::collections::BTreeSet<_>>() {
        let (role, schema, kind) = key;
        let standard = built_in(*kind, schema.as_deref());
        let on = Securable::Default(role.clone(), schema.clone(), *kind);
        let sides = Sides::new(on, current.get(key).unwrap_or(&standard), desired.get(key).unwrap_or(&standard));
        changes.extend(sides.changes());
    }
    changes
}
