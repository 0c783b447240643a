//! The project's roles and who is a member of whom.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::{Catalog, Membership, Role};
use tokio_postgres::GenericClient;

use super::{IntrospectError, rows};

/// What the comment of a role that pgseal made begins with; the prefix follows.
const MARK: &str = "pgseal: ";

/// Reads roles whose names begin with the prefix. Left out are the logins that come and go at run time, and those of another
/// project whose own prefix begins with ours (`acme_test_owner` beside `acme`).
pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    prefix: &str,
    major: u32,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select rolname::text as name, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, \
                 shobj_description(oid, 'pg_authid') as comment from pg_roles";
    let ours = format!("{prefix}_");
    let mut candidates = Vec::new();
    for row in rows(client, query).await? {
        let name: String = row.try_get("name")?;
        if name.starts_with(&ours) {
            let role = Role {
                login: row.try_get("rolcanlogin")?,
                superuser: row.try_get("rolsuper")?,
                createdb: row.try_get("rolcreatedb")?,
                createrole: row.try_get("rolcreaterole")?,
                replication: row.try_get("rolreplication")?,
                bypassrls: row.try_get("rolbypassrls")?,
                comment: row.try_get("comment")?,
            };
            candidates.push((name, role));
        }
    }
    let neighbours: BTreeSet<String> = candidates
        .iter()
        .filter_map(|(name, role)| {
            let other = format!("{}_", role.comment.as_deref()?.strip_prefix(MARK)?);
            (other.starts_with(&ours) && other != ours && name.starts_with(&other)).then_some(other)
        })
        .collect();
    let is_neighbour = |name: &str| neighbours.iter().any(|other| name.starts_with(other));
    for (name, role) in candidates {
        if !is_login_of_run_time(&name, prefix) && !is_neighbour(&name) {
            catalog.roles.insert(name, role);
        }
    }

    // Since 16 a membership carries its own options, and there may be one from each grantor.
    let query = if major >= 16 {
        "select r.rolname::text as role, m.rolname::text as member, bool_or(a.admin_option) as admin, \
         bool_or(a.inherit_option) as inherit, bool_or(a.set_option) as set \
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member group by 1, 2"
    } else {
        "select r.rolname::text as role, m.rolname::text as member, a.admin_option as admin, \
         m.rolinherit as inherit, true as set \
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member"
    };
    for row in rows(client, query).await? {
        let (role, member): (String, String) = (row.try_get("role")?, row.try_get("member")?);
        let concerns_us = is_login_of_run_time(&member, prefix)
            || catalog.roles.contains_key(&role)
            || catalog.roles.contains_key(&member);
        if concerns_us {
            let membership =
                Membership { admin: row.try_get("admin")?, inherit: row.try_get("inherit")?, set: row.try_get("set")? };
            catalog.memberships.insert((role, member), membership);
        }
    }
    // Logins come and go, each with one capability; one that has more, or hands its own on, is not as it was made.
    let mut capabilities: BTreeMap<String, u32> = BTreeMap::new();
    for (_, member) in catalog.memberships.keys().filter(|(role, _)| is_capability(role, prefix)) {
        if is_login_of_run_time(member, prefix) {
            *capabilities.entry(member.clone()).or_default() += 1;
        }
    }
    catalog.memberships.retain(|(role, member), membership| {
        let only = capabilities.get(member) == Some(&1) && is_capability(role, prefix);
        !only || membership.admin
    });
    Ok(())
}

/// Logins of the lease pool (`<prefix>_s0001`) and of applications (`<prefix>_app_<role>`): made at run time, not compiled.
pub fn is_login_of_run_time(name: &str, prefix: &str) -> bool {
    let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) else { return false };
    let pool = |rest: &str| {
        rest.strip_prefix('s').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    rest.starts_with("app_") || pool(rest)
}

/// What a login of run time is a member of.
fn is_capability(role: &str, prefix: &str) -> bool {
    let rest = role.strip_prefix(prefix).unwrap_or_default();
    rest.starts_with("_role_") || rest.starts_with("_agent_")
}

#[cfg(test)]
mod tests {
    use super::is_login_of_run_time;

    #[test]
    fn only_generated_logins_are_left_out() {
        for name in ["acme_s0001", "acme_s17", "acme_app_member"] {
            assert!(is_login_of_run_time(name, "acme"), "{name}");
        }
        for name in ["acme_seal", "acme_s", "acme_s1x", "acme_role_app_x", "acme_owner", "other_s0001", "acmes0001"] {
            assert!(!is_login_of_run_time(name, "acme"), "{name}");
        }
    }
}
