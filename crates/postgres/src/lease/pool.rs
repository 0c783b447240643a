//! The logins of the pool: which one is free, how a new one is made, and how one is cleaned for the next.
//!
//! INVARIANT: a login is not handed on before the latest end that any lease on it ever had is past by [`REST`], however early
//! that lease was ended, by whomever. A transaction may still see the lease as it was (its own snapshot, or one that it was given), and
//! what it sees names the login. So the login's comment keeps that end, for all databases of the server; it only ever grows. A name is
//! never used twice: it ends with the number of the transaction that chose it.

use pgseal_engine::sql::{ident, literal};
use tokio_postgres::Client;

use super::{Ground, LeaseError, TAKEN};
use crate::waiting::UNSAID;

/// How long a login rests before somebody else gets it, in seconds: longer than the default `authentication_timeout`, the
/// time that a backend may exist without being seen in `pg_stat_activity`.
pub(super) const REST: u32 = 90;

/// How many rested logins are tried before a new one is made: one that cannot be cleaned is nobody's.
const RESTED_TRIES: usize = 5;

/// That a role of the pool is nobody's and holds nothing: no backend, no transaction that was prepared for somebody else to
/// commit, nothing that it owns or was given, no other capability and no attribute.
fn free(role: &str, capability: &str) -> String {
    format!(
        "not exists (select from pg_catalog.pg_stat_activity as a where a.usesysid = {role}.oid)
         and not exists (select from pg_catalog.pg_prepared_xacts as x where x.owner = {role}.rolname)
         and not exists (select from pg_catalog.pg_shdepend as d
                         where d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and d.refobjid = {role}.oid)
         and not exists (select from pg_catalog.pg_auth_members as m join pg_catalog.pg_roles as c on c.oid = m.roleid
                         where m.member = {role}.oid and c.rolname <> {capability})
         and not ({role}.rolsuper or {role}.rolcreaterole or {role}.rolcreatedb or {role}.rolreplication or {role}.rolbypassrls)"
    )
}

/// That a role's end, and what somebody may have made of it by hand, are past by [`REST`].
fn rested(role: &str, prefix: &str) -> String {
    let before = format!("pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {REST})");
    let mark = literal(&format!("{}{UNTIL}", mark(prefix)));
    format!(
        "{role}.rolvaliduntil < {before}
         and pg_catalog.starts_with(pg_catalog.shobj_description({role}.oid, 'pg_authid'), {mark})
         and pg_catalog.shobj_description({role}.oid, 'pg_authid') collate \"C\" < {mark} || {}",
        written(&before)
    )
}

/// What stands between the mark and the end in a login's comment.
pub(crate) const UNTIL: &str = " until ";

/// A time as text that sorts as the time does, whatever the session's settings.
fn written(time: &str) -> String {
    format!("pg_catalog.to_char(pg_catalog.timezone('UTC', {time}), 'YYYY-MM-DD HH24:MI:SS.US')")
}

/// Keeps the end `until` in the comment of a login, unless it has a later one.
pub(super) fn keep_end(prefix: &str, login: &str) -> String {
    let mark = literal(&format!("{}{UNTIL}", mark(prefix)));
    format!(
        "execute pg_catalog.format('comment on role {name} is %L', greatest({mark} || {until},
    (select pg_catalog.shobj_description(oid, 'pg_authid') from pg_catalog.pg_roles where rolname = {text}
       and pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_authid'), {mark})) collate \"C\"));",
        name = ident(login),
        text = literal(login),
        until = written("until"),
    )
}

/// A rested login that may be the capability's, or the name of a new one, and which of the two it is. Nothing is locked yet.
pub(super) async fn candidate(
    control: &Client,
    prefix: &str,
    capability: &str,
    tried: &[String],
) -> Result<(String, bool), LeaseError> {
    let pool = format!("{prefix}_s");
    let query = format!(
        "select r.rolname::text from pg_catalog.pg_roles as r
         where pg_catalog.starts_with(r.rolname::text, $1)
           and pg_catalog.substr(r.rolname, pg_catalog.length($1) + 1) ~ '^[0-9]+$'
           and {}
           and (pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000
                or pg_catalog.pg_has_role(r.oid, 'member with admin option'))
           and {}
           and r.rolname <> all ($3)
         order by pg_catalog.random() limit 1",
        rested("r", prefix),
        free("r", "$2"),
    );
    if tried.len() < RESTED_TRIES
        && let Some(row) = control.query_opt(&query, &[&pool, &capability, &tried]).await?
    {
        return Ok((row.get(0), true));
    }
    let row = control.query_one("select pg_catalog.pg_current_xact_id()::text", &[]).await?;
    Ok((format!("{pool}{}", row.get::<_, String>(0)), false))
}

/// The comment of everything that pgseal made.
pub(crate) fn mark(prefix: &str) -> String {
    format!("pgseal: {prefix}")
}

/// Orders issuers of the whole server until the end of the transaction.
///
/// By a lock that no session can hold, for it would have to administer the role: anybody may take an advisory one. `time` is how long
/// this and the statements after it wait.
pub(super) fn lock(prefix: &str, time: &str) -> String {
    format!(
        "perform pg_catalog.set_config('lock_timeout', '{time}', true) where {UNSAID};
  comment on role {} is {};",
        ident(&format!("{prefix}_seal")),
        literal(&mark(prefix))
    )
}

pub(super) fn make(login: &str, connections: u32) -> String {
    format!("create role {} nologin connection limit {connections};", ident(login))
}

/// Takes a login that somebody had before, and everything away that it may have left for the next: settings (a role may
/// change its own), members and memberships. One that keeps something which the control connection may not take is not had.
pub(super) fn retake(ground: &Ground, prefix: &str, login: &str, connections: u32, capability: &str) -> String {
    let (name, text) = (ident(login), literal(login));
    // Whoever may make roles may take this one any time.
    let others = "not m.rolsuper and not m.rolcreaterole and r.rolname";
    format!(
        "execute 'alter role {name} connection limit {connections}';
  if not exists (select from pg_catalog.pg_roles as r where r.rolname = {text} and {rested} and {free}) then
    raise exception 'taken' using errcode = '{TAKEN}';
  end if;
  execute 'alter role {name} reset all';
  for other in select d.datname from pg_catalog.pg_db_role_setting as s join pg_catalog.pg_database as d on d.oid = s.setdatabase
      where s.setrole = (select oid from pg_catalog.pg_roles where rolname = {text}) loop
    execute pg_catalog.format('alter role {name} in database %I reset all', other.datname);
  end loop;
  {members}
  if exists (select from pg_catalog.pg_auth_members as a
             join pg_catalog.pg_roles as r on r.oid = a.roleid join pg_catalog.pg_roles as m on m.oid = a.member
             where {others} = {text})
     or exists (select from pg_catalog.pg_db_role_setting as s join pg_catalog.pg_roles as r on r.oid = s.setrole where r.rolname = {text}) then
    raise exception 'taken' using errcode = '{TAKEN}';
  end if;",
        rested = rested("r", prefix),
        free = free("r", &literal(capability)),
        members = withdraw(ground, others, login),
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
