//! Ends a lease: nobody logs in any more, what is connected is nobody and may nothing, and is ended.

use pgseal_engine::compile::identity::AUDIENCE;
use pgseal_engine::sql::{dollar, ident, literal};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::pool::{lock, require_pool_login, withdraw};
use super::{Ground, LeaseError, NOT_LIVE, ground};
use crate::waiting::SHORT;

/// How often a revocation is tried that the login itself keeps from being.
const TRIES: u32 = 3;

/// Ends a lease now; false if nobody could log in by it any more. What could not be done is an error that says so; the rest
/// is done all the same, and so is what a lease that ended before has left.
///
/// What the login prepared is rolled back, where the control connection is a superuser's; a session of it that keeps the login's own role
/// locked is ended first.
///
/// A transaction that began before may see the lease as it was, but privileges are asked for as they are now: the login loses
/// its capability. The row keeps its end, and the login rests from there on: see `pool`.
pub async fn revoke(control: &Client, prefix: &str, login: &str) -> Result<bool, LeaseError> {
    let ground = ground(control, prefix).await?;
    let unknown = || LeaseError::NoLease { login: login.to_owned() };
    require_pool_login(prefix, login).map_err(|_| unknown())?;
    let live = "select rolcanlogin and rolvaliduntil > pg_catalog.clock_timestamp() from pg_catalog.pg_roles where rolname = $1";
    let live: Option<bool> = control.query_opt(live, &[&login]).await?.ok_or_else(unknown)?.get(0);
    let block = format!(
        "
declare
  caller text := current_user;
  other record;
begin
  {lock}
  execute pg_catalog.format('alter role {name} nologin valid until %L',
    (select greatest(rolvaliduntil, pg_catalog.clock_timestamp()) from pg_catalog.pg_roles where rolname = {text}));
  {withdraw}
  {enter}
  update seal.lease set revoked = true, epoch = epoch + 1 where login_role = {text};
  if not found then
    raise exception 'no lease' using errcode = '{NOT_LIVE}';
  end if;
  {leave}
end
",
        lock = lock(prefix, SHORT),
        name = ident(login),
        withdraw = withdraw(&ground, "m.rolname", login),
        text = literal(login),
        enter = ground.enter,
        leave = ground.leave,
    );
    let block = format!("do {}", dollar(&block));
    let mut tries = 1;
    loop {
        match control.batch_execute(&block).await {
            Ok(()) => break,
            Err(error) if error.code().is_some_and(|code| code.code() == NOT_LIVE) => return Err(unknown()),
            Err(error) if is_held(&error) && tries < TRIES => {
                tries += 1;
                // What these say is told below, where it is still so.
                let _ = end_sessions(control, &ground, login).await;
                let _ = end_prepared(control, login).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    // All are tried before one is told. A session that is still there could prepare another transaction.
    let ended = end_sessions(control, &ground, login).await;
    let prepared = end_prepared(control, login).await;
    keeps_nothing(control, &ground, login).await?;
    ended?;
    prepared?;
    Ok(live == Some(true))
}

/// Whether somebody has the login's own role locked, or changed it in that moment: a login may change its own password.
fn is_held(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => true,
        Some(code) if *code == SqlState::INTERNAL_ERROR => {
            error.as_db_error().is_some_and(|error| error.message().contains("concurrently"))
        }
        _ => false,
    }
}

/// Rolls back what the login has prepared. Only a superuser may, or the login itself, and each in its own database.
async fn end_prepared(control: &Client, login: &str) -> Result<(), LeaseError> {
    let prepared = "select x.database::text, x.gid, x.database = pg_catalog.current_database() from pg_catalog.pg_prepared_xacts as x
         where x.owner = $1 order by 1, 2";
    for row in control.query(prepared, &[&login]).await? {
        if row.get(2) {
            let name: String = row.get(1);
            // Not in a block, so it is one statement of its own. What another one ended in that moment is ended.
            match control.batch_execute(&format!("rollback prepared {}", literal(&name))).await {
                Err(error)
                    if error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE)
                        && error.code() != Some(&SqlState::UNDEFINED_OBJECT) =>
                {
                    return Err(error.into());
                }
                _ => {}
            }
        }
    }
    let left: Vec<(String, String)> =
        control.query(prepared, &[&login]).await?.into_iter().map(|row| (row.get(0), row.get(1))).collect();
    if left.is_empty() { Ok(()) } else { Err(LeaseError::Prepared { login: login.to_owned(), left }) }
}

/// Which leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Those that speak for a person, themselves or by an agent, and are live, still connected or left a prepared transaction.
    Person(&'a str),
    /// Those that ended by themselves and are still connected, or left a prepared transaction.
    Ended,
}

/// Logins of this database's leases.
pub async fn logins(control: &mut Client, prefix: &str, whose: Whose<'_>) -> Result<Vec<String>, LeaseError> {
    let ground = ground(control, prefix).await?;
    // Rolled back, and with it what lets the control connection read the leases.
    let reading = control.transaction().await?;
    let enter = format!("declare caller text := current_user; begin {} end", ground.enter);
    reading.batch_execute(&format!("do {}", dollar(&enter))).await?;
    let (held, wanted, person) = match whose {
        Whose::Person(person) => {
            let of = &ground.identity_type;
            (LIVE_OR_CONNECTED, format!("person::{of} = {}::{of}", literal(person)), Some(person))
        }
        Whose::Ended => (ENDED_AND_CONNECTED, "true".to_owned(), None),
    };
    let query = format!(
        "with held as materialized (
           select lease.login_role::text as login, coalesce(lease.acts_for, lease.principal) as person from seal.lease
           where lease.audience = {AUDIENCE} and {held})
         select login from held where {wanted} order by 1"
    );
    let rows = reading.query(&query, &[]).await.map_err(|error| ground.refused(error, person))?;
    Ok(rows.into_iter().map(|row| row.get(0)).collect())
}

const LIVE_OR_CONNECTED: &str = "(not lease.revoked and lease.expires_at > pg_catalog.clock_timestamp()
  or exists (select from pg_catalog.pg_stat_activity as a
             where a.usename = lease.login_role and a.datname = pg_catalog.current_database())
  or exists (select from pg_catalog.pg_prepared_xacts as x
             where x.owner = lease.login_role and x.database = pg_catalog.current_database()))";

/// Not one that another database of the server has leased since.
const ENDED_AND_CONNECTED: &str = "lease.expires_at <= pg_catalog.clock_timestamp()
  and exists (select from pg_catalog.pg_roles as r
              where r.rolname = lease.login_role and r.rolvaliduntil <= pg_catalog.clock_timestamp()
                and (exists (select from pg_catalog.pg_stat_activity as a where a.usesysid = r.oid)
                     or exists (select from pg_catalog.pg_prepared_xacts as x where x.owner = r.rolname)))";

/// Ends the login's backends. Whoever made the login may act as it, and takes that right for a moment.
async fn end_sessions(control: &Client, ground: &Ground, login: &str) -> Result<(), LeaseError> {
    let (name, text) = (ident(login), literal(login));
    let options = if ground.version >= 160_000 { " with inherit true, set false" } else { "" };
    let block = format!(
        "
declare
  caller text := current_user;
  lent boolean := not pg_catalog.pg_has_role(current_user, {text}, 'usage');
begin
  if not exists (select from pg_catalog.pg_stat_activity where usename = {text}) then
    return;
  end if;
  if lent then
    execute pg_catalog.format('grant {name} to %I{options}', caller);
  end if;
  perform pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = {text};
  -- Until they are gone.
  perform pg_catalog.pg_terminate_backend(pid, 5000) from pg_catalog.pg_stat_activity where usename = {text};
  if lent then
    execute pg_catalog.format('revoke {name} from %I', caller);
  end if;
end
"
    );
    match control.batch_execute(&format!("do {}", dollar(&block))).await {
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Err(LeaseError::HalfRevoked {
            login: login.to_owned(),
            left: "its sessions could not be ended".to_owned(),
            sql: format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = {}", literal(login)),
        }),
        other => Ok(other?),
    }
}

/// From 16 on a membership that somebody else granted may be out of reach.
async fn keeps_nothing(control: &Client, ground: &Ground, login: &str) -> Result<(), LeaseError> {
    let query =
        "select r.rolname::text, pg_catalog.pg_get_userbyid(a.grantor)::text from pg_catalog.pg_auth_members as a
         join pg_catalog.pg_roles as r on r.oid = a.roleid join pg_catalog.pg_roles as m on m.oid = a.member
         where m.rolname = $1 order by 1, 2 limit 1";
    let Some(row) = control.query_opt(query, &[&login]).await? else { return Ok(()) };
    let (granted, grantor): (String, String) = (row.get(0), row.get(1));
    let by = if ground.version >= 160_000 { format!(" granted by {}", ident(&grantor)) } else { String::new() };
    Err(LeaseError::HalfRevoked {
        login: login.to_owned(),
        left: format!("it is still a member of `{granted}`, which `{grantor}` granted"),
        sql: format!("revoke {} from {}{by} cascade", ident(&granted), ident(login)),
    })
}
