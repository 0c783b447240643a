//! The logins of the pool: which one is free, how a new one is made, and how one is cleaned for the next.
//!
//! INVARIANT: a login is not handed on before the latest end that any lease on it ever had is past by [`REST`], however early
//! that lease was revoked. A transaction may still see the lease as it was (its own snapshot, or one that it was given), and
//! what it sees names the login. So `valid until` only ever grows: it is that end, for all databases of the server.

use pgseal_engine::compile::identity::AUDIENCE;
use pgseal_engine::sql::{ident, literal};
use tokio_postgres::Client;

use super::{Ground, LeaseError, TAKEN};

/// How long a login rests before somebody else gets it, in seconds: longer than the default `authentication_timeout`, the
/// time that a backend may exist without being seen in `pg_stat_activity`.
pub(super) const REST: u32 = 90;

/// How long an issuer waits for another one: each takes milliseconds.
const PATIENCE: &str = "60s";

/// That a role of the pool is nobody's and holds nothing: no backend, no transaction that was prepared for somebody else to
/// commit, nothing that it owns or was given, and no other capability.
fn free(role: &str, capability: &str) -> String {
    format!(
        "not exists (select from pg_catalog.pg_stat_activity as a where a.usesysid = {role}.oid)
         and not exists (select from pg_catalog.pg_prepared_xacts as x where x.owner = {role}.rolname)
         and not exists (select from pg_catalog.pg_shdepend as d
                         where d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and d.refobjid = {role}.oid)
         and not exists (select from pg_catalog.pg_auth_members as m join pg_catalog.pg_roles as c on c.oid = m.roleid
                         where m.member = {role}.oid and c.rolname <> {capability})"
    )
}

/// A rested login that may be the capability's, or the name of the next one, and which of the two it is. Nothing is locked yet.
pub(super) async fn candidate(
    control: &Client,
    prefix: &str,
    capability: &str,
    attempt: u32,
) -> Result<(String, bool), LeaseError> {
    let pool = format!("{prefix}_s");
    let query = format!(
        "select r.rolname::text from pg_catalog.pg_roles as r
         where pg_catalog.starts_with(r.rolname::text, $1)
           and pg_catalog.substr(r.rolname, pg_catalog.length($1) + 1) ~ '^[0-9]+$'
           and pg_catalog.shobj_description(r.oid, 'pg_authid') = $3
           and r.rolvaliduntil < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $4)
           and (pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
                or pg_catalog.pg_has_role(r.oid, 'member with admin option'))
           and {}
         order by pg_catalog.random() limit 1",
        free("r", "$2")
    );
    let rested = control.query_opt(&query, &[&pool, &capability, &mark(prefix), &f64::from(REST)]).await?;
    if let Some(row) = rested {
        return Ok((row.get(0), true));
    }
    let row = control
        .query_one(
            "select coalesce(pg_catalog.max(pg_catalog.substr(rolname, pg_catalog.length($1) + 1)::int8), 0) + 1
             from pg_catalog.pg_roles
             where pg_catalog.starts_with(rolname::text, $1) and pg_catalog.substr(rolname, pg_catalog.length($1) + 1) ~ '^[0-9]{4,9}$'",
            &[&pool],
        )
        .await?;
    // Whoever was too late tries the one after it: also where the name is still spoken for, see `make`.
    let next = row.get::<_, i64>(0) + i64::from(attempt);
    Ok((format!("{pool}{next:04}"), false))
}

/// The comment of everything that pgseal made.
pub(crate) fn mark(prefix: &str) -> String {
    format!("pgseal: {prefix}")
}

/// Orders issuers of the whole server until the end of the transaction.
///
/// By a lock that no session can hold, for it would have to administer the role: anybody may take an advisory one.
pub(super) fn lock(prefix: &str) -> String {
    format!(
        "perform pg_catalog.set_config('lock_timeout', '{PATIENCE}', true);
  comment on role {} is {};",
        ident(&format!("{prefix}_seal")),
        literal(&mark(prefix))
    )
}

pub(super) fn make(prefix: &str, login: &str, connections: u32) -> String {
    let name = ident(login);
    format!(
        "create role {name} nologin connection limit {connections};\n  comment on role {name} is {};",
        literal(&mark(prefix))
    )
}

/// That no lease is left on a name which somebody dropped the login of: runs where `seal.lease` may be read.
pub(super) fn unspoken(login: &str) -> String {
    format!(
        "if exists (select from seal.lease where login_role = {} and audience = {AUDIENCE}
               and expires_at > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {REST})) then
    raise exception 'taken' using errcode = '{TAKEN}';
  end if;",
        literal(login)
    )
}

/// Takes a login that somebody had before, and everything away that it may have left for the next: settings (a role may
/// change its own), members and memberships.
pub(super) fn retake(ground: &Ground, login: &str, connections: u32, capability: &str) -> String {
    let (name, text) = (ident(login), literal(login));
    format!(
        "execute 'alter role {name} connection limit {connections}';
  if not exists (select from pg_catalog.pg_roles as r
                 where r.rolname = {text} and r.rolvaliduntil < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {REST})
                   and {free}) then
    raise exception 'taken' using errcode = '{TAKEN}';
  end if;
  execute 'alter role {name} reset all';
  for other in select d.datname from pg_catalog.pg_db_role_setting as s join pg_catalog.pg_database as d on d.oid = s.setdatabase
      where s.setrole = (select oid from pg_catalog.pg_roles where rolname = {text}) loop
    execute pg_catalog.format('alter role {name} in database %I reset all', other.datname);
  end loop;
  {members}",
        free = free("r", &literal(capability)),
        // Whoever may make roles may take this one any time.
        members = withdraw(ground, "not m.rolsuper and not m.rolcreaterole and r.rolname", login),
    )
}

/// Takes memberships of a login (`m.rolname`), or members from it (`r.rolname`), whoever gave them: as far as the control
/// connection may. From 16 on each is its grantor's to take. Needs `other record`.
pub(super) fn withdraw(ground: &Ground, side: &str, login: &str) -> String {
    let by = if ground.version >= 160_000 { " granted by %I" } else { "" };
    format!(
        "for other in select r.rolname as granted, m.rolname as member, pg_catalog.pg_get_userbyid(a.grantor) as grantor
      from pg_catalog.pg_auth_members as a
      join pg_catalog.pg_roles as r on r.oid = a.roleid join pg_catalog.pg_roles as m on m.oid = a.member
      where {side} = {} loop
    begin
      execute pg_catalog.format('revoke %I from %I{by} cascade', other.granted, other.member, other.grantor);
    exception when insufficient_privilege then
      null;
    end;
  end loop;",
        literal(login)
    )
}

/// That a name is one of the pool's.
pub(super) fn require_pool_login(prefix: &str, login: &str) -> Result<(), LeaseError> {
    let number = login.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("_s")).unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(LeaseError::NotLive { login: login.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::require_pool_login;

    #[test]
    fn only_logins_of_the_pool_are_touched() {
        assert!(require_pool_login("acme", "acme_s0001").is_ok());
        for other in ["acme_app_member", "acme_s", "acme_s1x", "postgres", "other_s0001"] {
            assert!(require_pool_login("acme", other).is_err(), "{other}");
        }
    }
}
