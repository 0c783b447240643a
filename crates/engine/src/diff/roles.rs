//! Roles and memberships. Roles are shared by the whole server: only the desired ones are compared, and one that exists is
//! never adopted if it can do more than was compiled.

use super::{Change, Scope, unsupported};
use crate::catalog::{Membership, Role};
use crate::model::backup_role;
use crate::sql::ident;

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, role) in &scope.desired.roles {
        match scope.current.roles.get(name) {
            None => changes.push(Change::CreateRole { name: name.clone(), role: role.clone() }),
            Some(live) if live == role => {}
            Some(live) => changes.push(differing(name, live, role)),
        }
    }
    changes.extend(memberships(scope));
    changes
}

fn differing(name: &str, live: &Role, role: &Role) -> Change {
    let object = format!("role {}", ident(name));
    if live.comment != role.comment {
        return unsupported(
            object,
            "exists already and was not made by pgseal for this project: choose another `role_prefix` in pgseal.toml, or drop \
             the role",
        );
    }
    let more: Vec<&str> = attributes(live)
        .into_iter()
        .zip(attributes(role))
        .filter_map(|((word, has), (_, may))| (has && !may).then_some(word))
        .collect();
    if more.is_empty() {
        return Change::AlterRole { name: name.to_owned(), from: live.clone(), to: role.clone() };
    }
    let take = more.iter().map(|word| format!("no{}", word.to_lowercase())).collect::<Vec<_>>().join(" ");
    unsupported(
        object,
        format!("has {}, which it was not given: `alter role {} {take}`", more.join(" and "), ident(name)),
    )
}

/// The attributes that give power, by their words.
pub(crate) fn attributes(role: &Role) -> [(&'static str, bool); 6] {
    [
        ("SUPERUSER", role.superuser),
        ("CREATEDB", role.createdb),
        ("CREATEROLE", role.createrole),
        ("LOGIN", role.login),
        ("REPLICATION", role.replication),
        ("BYPASSRLS", role.bypassrls),
    ]
}

fn memberships(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for ((role, member), live) in &scope.current.memberships {
        if scope.desired.memberships.contains_key(&(role.clone(), member.clone())) {
            continue;
        }
        if scope.desired.roles.contains_key(member) {
            changes.push(unsupported(
                format!("role {}", ident(member)),
                format!(
                    "is a member of {}, which it was not given: `revoke {} from {}`",
                    ident(role),
                    ident(role),
                    ident(member)
                ),
            ));
        } else if (scope.desired.roles.contains_key(role) || is_login(scope, member))
            && !is_creators(scope, *live)
            && !backs_up(scope, role, member)
        {
            changes.push(Change::Leave { role: role.clone(), member: member.clone() });
        }
    }
    for ((role, member), membership) in &scope.desired.memberships {
        if scope.current.memberships.get(&(role.clone(), member.clone())) != Some(membership) {
            changes.push(Change::Join { role: role.clone(), member: member.clone(), membership: *membership });
        }
    }
    changes
}

/// From 16 on, who creates a role with CREATEROLE administers it: without that grant nobody but a superuser could deploy. It
/// neither inherits nor may it SET ROLE.
fn is_creators(scope: &Scope<'_>, membership: Membership) -> bool {
    scope.current.server_major >= 16 && membership.admin && !membership.inherit && !membership.set
}

/// Who backs up is for whoever operates to say: a role of theirs, never a login that people and agents get.
fn backs_up(scope: &Scope<'_>, role: &str, member: &str) -> bool {
    scope.prefix.is_some_and(|prefix| role == backup_role(prefix)) && !is_login(scope, member)
}

/// A login of run time: one of the lease pool or of an application. A catalog names its memberships only where they are more
/// than its capability.
fn is_login(scope: &Scope<'_>, member: &str) -> bool {
    let is_of_project = |prefix: &str| member.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('_'));
    scope.prefix.is_some_and(is_of_project) && !scope.current.roles.contains_key(member)
}
