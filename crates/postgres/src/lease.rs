//! Leases: a login role of its own for everybody who may write SQL of their own.
//!
//! Comes in: a control connection that may create roles, and who is to be let in. Goes out: a login role, a member of exactly
//! one capability role, with a fresh password, and one row in `seal.lease` that says who it is and until when. INVARIANT: a
//! login is never handed over while a backend of it lives or may still be starting. Each step is one statement, so that it
//! happens as a whole or not at all, even where others use the same connection.

mod end;
mod place;
mod pool;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pgseal_engine::compile::identity::AUDIENCE;
use pgseal_engine::sql::{dollar, ident, literal};
use rand::RngCore;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient};

use crate::waiting::LONG;
pub use end::{Whose, logins, revoke};
pub use place::with_login;
pub(crate) use pool::{UNTIL, mark};
use pool::{candidate, keep_end, lock, make, require_pool_login, retake};

/// How often a login that somebody else took in the same moment is answered with another try.
const TRIES: usize = 20;

/// Raised by our own blocks: the login was taken, the lease is not live or the backend is not this login's.
const TAKEN: &str = "PS001";
const NOT_LIVE: &str = "PS002";

/// Who is to be let in, as what, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The capability: the database role's name without the prefix, `role_member` or `agent_triage`.
    pub capability: String,
    /// The person's id, or the agent's own name; none for a visitor and for a service role.
    pub principal: Option<String>,
    /// For an agent: the person that it acts for, whom `seal.me()` tells.
    pub acts_for: Option<String>,
    /// For an agent: that person's capability, `role_member`.
    pub acts_for_role: Option<String>,
    /// What `seal.claim()` tells; a value that is no string is told as its JSON.
    pub claims: BTreeMap<String, serde_json::Value>,
    /// For how long, from now.
    pub ttl: Duration,
    /// Ceilings, for the gateway.
    pub ceilings: BTreeMap<String, String>,
    /// How many connections at once.
    pub connections: u32,
}

impl Lease {
    /// A lease of five minutes and five connections, without claims and ceilings. For an agent, say whom it acts for besides.
    pub fn new(capability: &str, principal: Option<&str>) -> Self {
        Self {
            capability: capability.to_owned(),
            principal: principal.map(str::to_owned),
            acts_for: None,
            acts_for_role: None,
            claims: BTreeMap::new(),
            ttl: Duration::from_secs(300),
            ceilings: BTreeMap::new(),
            connections: 5,
        }
    }

    /// The same for an agent that acts for this person, who acts in this role (`role_member`).
    #[must_use]
    pub fn acting_for(mut self, person: &str, role: &str) -> Self {
        self.acts_for = Some(person.to_owned());
        self.acts_for_role = Some(role.to_owned());
        self
    }
}

/// A login that speaks for somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct LeasedLogin {
    /// The login role.
    pub role: String,
    /// Its password; kept nowhere else.
    pub password: String,
    /// The control connection's URL with this login in it.
    pub url: String,
}

/// Without the password, so that it does not end up in a log.
impl std::fmt::Debug for LeasedLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeasedLogin").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The database has no `seal` schema.
    #[error("this database is not sealed: run `pgseal apply` first")]
    NotSealed,
    /// The capability's role is not in the database.
    #[error("there is no role `{role}` in this database: declare it in access.toml and run `pgseal apply`")]
    UnknownRole {
        /// The database role.
        role: String,
    },
    /// The principal's id cannot be read as the identity type.
    #[error("`{principal}` is no value of type {identity_type}, the type of `me()`")]
    Principal {
        /// What was given.
        principal: String,
        /// `[identity] user`.
        identity_type: String,
    },
    /// What was asked for makes no sense.
    #[error("{problem}")]
    Request {
        /// What, and what to do.
        problem: String,
    },
    /// The lease has ended or never was.
    #[error("`{login}` has no live lease")]
    NotLive {
        /// The login role.
        login: String,
    },
    /// There is no such login, or it was never leased in this database.
    #[error("`{login}` has no lease in this database")]
    NoLease {
        /// The login role.
        login: String,
    },
    /// The lease is revoked, and something of it is left that the control connection may not take.
    #[error("the lease of `{login}` is revoked, but {left}: somebody who may has to run `{sql}`")]
    HalfRevoked {
        /// The login role.
        login: String,
        /// What.
        left: String,
        /// What takes it away.
        sql: String,
    },
    /// The lease is revoked, and transactions that its login prepared keep what they have locked.
    #[error("the lease of `{login}` is revoked, but transactions that it prepared keep their locks: a superuser has to run{}", listed(.left))]
    Prepared {
        /// The login role.
        login: String,
        /// Database and name of each.
        left: Vec<(String, String)>,
    },
    /// Others were quicker each time.
    #[error("no login role could be had in {TRIES} tries: others take them at this moment, try again")]
    Busy,
    /// The database refused or went away.
    #[error("{}", message(.0))]
    Database(#[from] tokio_postgres::Error),
}

impl LeaseError {
    /// Whether a lock of somebody else's was waited for in vain.
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Database(error) => error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE),
            _ => false,
        }
    }
}

fn listed(prepared: &[(String, String)]) -> String {
    let line = |(database, name): &(String, String)| {
        format!("\n  in database {}: rollback prepared {}", ident(database), literal(name))
    };
    prepared.iter().map(line).collect()
}

fn message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// What has to be known of the database before anything is written.
pub(crate) struct Ground {
    /// `server_version_num`.
    pub(crate) version: i32,
    /// The type of `seal.me()`.
    pub(crate) identity_type: String,
    /// What lets the control connection write to the schema: nothing for a superuser, else to become `<prefix>_seal` for a
    /// moment; and what undoes it.
    pub(crate) enter: String,
    pub(crate) leave: String,
}

impl Ground {
    /// What a block said that reads nobody's data but the id.
    fn refused(&self, error: tokio_postgres::Error, id: Option<&str>) -> LeaseError {
        match (error.code(), id) {
            (Some(code), _) if *code == SqlState::LOCK_NOT_AVAILABLE => LeaseError::Busy,
            // Class 22 is data exceptions.
            (Some(code), Some(id)) if code.code().starts_with("22") || *code == SqlState::CHECK_VIOLATION => {
                LeaseError::Principal { principal: id.to_owned(), identity_type: self.identity_type.clone() }
            }
            _ => LeaseError::Database(error),
        }
    }
}

pub(crate) async fn ground<C: GenericClient + Sync>(control: &C, prefix: &str) -> Result<Ground, LeaseError> {
    let seal = format!("{prefix}_seal");
    let row = control
        .query_opt(
            "select pg_catalog.current_setting('server_version_num')::int4, pg_catalog.format_type(p.prorettype, null),
               exists (select from pg_catalog.pg_roles where rolname = current_user and rolsuper),
               coalesce(pg_catalog.pg_has_role(current_user, p.proowner, 'MEMBER'), false),
               (select rolname from pg_catalog.pg_roles where oid = p.proowner)
             from pg_catalog.pg_proc as p join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
             where n.nspname = 'seal' and p.proname = 'me' and p.pronargs = 0",
            &[],
        )
        .await?
        .ok_or(LeaseError::NotSealed)?;
    let (version, identity_type): (i32, String) = (row.get(0), row.get(1));
    let (superuser, member, owner): (bool, bool, String) = (row.get(2), row.get(3), row.get(4));
    if owner != seal {
        return Err(LeaseError::Request {
            problem: format!(
                "this database is sealed by `{owner}`, not by `{seal}`: check `role_prefix` in pgseal.toml"
            ),
        });
    }
    let (enter, leave) = if superuser {
        (String::new(), String::new())
    } else {
        let back = "perform pg_catalog.set_config('role', caller, true);";
        let become_seal = format!("perform pg_catalog.set_config('role', {}, true);", literal(&seal));
        if member && version < 160_000 {
            (become_seal, back.to_owned())
        } else {
            // From 16 on, to be a member is not enough: the SET option is taken for a moment.
            let option = if version >= 160_000 { " with inherit false, set true" } else { "" };
            let seal = ident(&seal);
            (
                format!("execute pg_catalog.format('grant {seal} to %I{option}', caller); {become_seal}"),
                format!("{back} execute pg_catalog.format('revoke {seal} from %I', caller);"),
            )
        }
    };
    Ok(Ground { version, identity_type, enter, leave })
}

/// Lets somebody in: takes a rested login of that capability, or makes the next one.
pub async fn issue(control: &Client, prefix: &str, url: &str, lease: &Lease) -> Result<LeasedLogin, LeaseError> {
    check(lease)?;
    let ground = ground(control, prefix).await?;
    let capability = format!("{prefix}_{}", lease.capability);
    require_role(control, &capability).await?;
    let password = secret();
    let verifier = postgres_protocol::password::scram_sha_256(password.as_bytes());
    let mut tried = Vec::new();
    while tried.len() < TRIES {
        let (login, exists) = candidate(control, prefix, &capability, &tried).await?;
        let block = issue_block(prefix, &ground, &capability, &login, exists, &verifier, lease);
        match control.batch_execute(&format!("do {}", dollar(&block))).await {
            Ok(()) => {
                let url = with_login(url, &login, &password);
                return Ok(LeasedLogin { role: login, password, url });
            }
            Err(error) if was_taken(&error) => tried.push(login),
            Err(error) => return Err(ground.refused(error, lease.acts_for.as_deref().or(lease.principal.as_deref()))),
        }
    }
    Err(LeaseError::Busy)
}

fn check(lease: &Lease) -> Result<(), LeaseError> {
    let problem = |problem: &str| Err(LeaseError::Request { problem: problem.to_owned() });
    let agent = lease.capability.starts_with("agent_");
    if !agent && !lease.capability.starts_with("role_") {
        return problem("a capability begins with `role_` or `agent_`");
    }
    if agent != lease.acts_for.is_some() || agent != lease.acts_for_role.is_some() {
        return problem("an agent, and nobody else, acts for a person: say the person and the person's role");
    }
    if lease.ttl.is_zero() || lease.connections == 0 {
        return problem("a lease needs time to live and at least one connection");
    }
    let texts = [&lease.principal, &lease.acts_for, &lease.acts_for_role];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return problem("an id holds a NUL character, which Postgres cannot store");
    }
    Ok(())
}

pub(crate) async fn require_role(control: &Client, role: &str) -> Result<(), LeaseError> {
    match control.query_opt("select from pg_catalog.pg_roles where rolname = $1", &[&role]).await? {
        Some(_) => Ok(()),
        None => Err(LeaseError::UnknownRole { role: role.to_owned() }),
    }
}

/// One PL/pgSQL block that makes the login ready and writes the lease.
///
/// The lock orders issuers, those of other databases too: roles belong to the whole server.
fn issue_block(
    prefix: &str,
    ground: &Ground,
    capability: &str,
    login: &str,
    exists: bool,
    verifier: &str,
    lease: &Lease,
) -> String {
    let name = ident(login);
    let take = match exists {
        true => retake(ground, prefix, login, lease.connections, capability),
        false => make(login, lease.connections),
    };
    let options = if ground.version >= 160_000 { " with inherit true, set false" } else { "" };
    let grant = literal(&format!("grant {} to {name}{options}", ident(capability)));
    // By the seal role, which reaches the type wherever it is.
    let tried = match lease.acts_for.as_ref().or(lease.principal.as_ref()) {
        Some(id) => format!("perform {}::{};", literal(id), ground.identity_type),
        None => String::new(),
    };
    let optional = |text: &Option<String>| text.as_deref().map_or_else(|| "null".to_owned(), literal);
    let json = |value: &serde_json::Value| literal(&value.to_string());
    let claims: serde_json::Value = lease.claims.clone().into_iter().collect();
    let ceilings: serde_json::Value = lease.ceilings.clone().into_iter().collect();
    format!(
        "
declare
  until timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => {seconds});
  caller text := current_user;
  other record;
begin
  {lock}
  {take}
  execute pg_catalog.format('alter role {name} login inherit password %L valid until %L', {verifier}, until);
  {keep_end}
  execute {grant};
  {enter}
  {tried}
  insert into seal.lease as held (login_role, principal, acts_for, acts_for_role, role, audience, claims, expires_at, ceilings)
    values ({login}, {principal}, {acts_for}, {acts_for_role}, {role}, {AUDIENCE}, {claims}, until, {ceilings})
    on conflict (login_role) do update set epoch = held.epoch + 1, revoked = false, pid = null, backend_start = null, principal = excluded.principal,
      acts_for = excluded.acts_for, acts_for_role = excluded.acts_for_role, role = excluded.role, audience = excluded.audience, claims = excluded.claims,
      expires_at = excluded.expires_at, ceilings = excluded.ceilings;
  {leave}
end
",
        seconds = lease.ttl.as_secs_f64(),
        lock = lock(prefix, LONG),
        keep_end = keep_end(prefix, login),
        verifier = literal(verifier),
        login = literal(login),
        principal = optional(&lease.principal),
        acts_for = optional(&lease.acts_for),
        acts_for_role = optional(&lease.acts_for_role),
        role = literal(&lease.capability),
        claims = json(&claims),
        ceilings = json(&ceilings),
        enter = ground.enter,
        leave = ground.leave,
    )
}

/// Whether another issuer was quicker.
fn was_taken(error: &tokio_postgres::Error) -> bool {
    let Some(error) = error.as_db_error() else { return false };
    // 40001 and 40P01: as `apply`, which changes roles too, answers them.
    matches!(error.code().code(), TAKEN | "40001" | "40P01")
        || *error.code() == SqlState::DUPLICATE_OBJECT
        || *error.code() == SqlState::UNIQUE_VIOLATION
        || (*error.code() == SqlState::INTERNAL_ERROR && error.message().contains("concurrently"))
}

/// Lets a live lease live for this long from now, or as long as it would have lived. To end it earlier, [`revoke`] it.
pub async fn renew(control: &Client, prefix: &str, login: &str, ttl: Duration) -> Result<(), LeaseError> {
    let change = format!(
        "update seal.lease set expires_at = greatest(expires_at, until) where login_role = {} and not revoked and expires_at > pg_catalog.clock_timestamp() and audience = {AUDIENCE};",
        literal(login)
    );
    let role = format!(
        "execute pg_catalog.format('alter role {} valid until %L', greatest(until, (select rolvaliduntil from pg_catalog.pg_roles where rolname = {})));
  {}",
        ident(login),
        literal(login),
        keep_end(prefix, login),
    );
    change_live(control, prefix, login, ttl, &change, &role).await
}

/// Binds a live lease that is not bound yet to one backend of its login: from now on it speaks to that one alone.
pub async fn bind(control: &Client, prefix: &str, login: &str, pid: i32) -> Result<(), LeaseError> {
    let text = literal(login);
    let change = format!(
        "update seal.lease set pid = {pid} where login_role = {text} and pid is null and not revoked and expires_at > pg_catalog.clock_timestamp()
           and audience = {AUDIENCE}
           and exists (select from pg_catalog.pg_stat_activity as a where a.pid = {pid} and a.usename = {text});"
    );
    // A parallel worker is another process: see `seal.is_backend`.
    let role = format!("execute 'alter role {} set max_parallel_workers_per_gather = 0';", ident(login));
    change_live(control, prefix, login, Duration::ZERO, &change, &role).await
}

async fn change_live(
    control: &Client,
    prefix: &str,
    login: &str,
    ttl: Duration,
    change: &str,
    role: &str,
) -> Result<(), LeaseError> {
    let ground = ground(control, prefix).await?;
    require_pool_login(prefix, login)?;
    let block = format!(
        "
declare
  until timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => {seconds});
  caller text := current_user;
begin
  {lock}
  {enter}
  {change}
  if not found then
    raise exception 'not live' using errcode = '{NOT_LIVE}';
  end if;
  {leave}
  {role}
end
",
        seconds = ttl.as_secs_f64(),
        lock = lock(prefix, LONG),
        enter = ground.enter,
        leave = ground.leave,
    );
    match control.batch_execute(&format!("do {}", dollar(&block))).await {
        Err(error) if error.code().is_some_and(|code| code.code() == NOT_LIVE) => {
            Err(LeaseError::NotLive { login: login.to_owned() })
        }
        other => Ok(other?),
    }
}

/// 32 random bytes as 43 characters that no URL and no shell takes for anything else.
pub(crate) fn secret() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_agent_acts_for_somebody() {
        assert!(check(&Lease::new("role_member", Some("1"))).is_ok());
        assert!(check(&Lease::new("agent_triage", Some("bot"))).is_err());
        assert!(check(&Lease::new("agent_triage", Some("bot")).acting_for("1", "role_member")).is_ok());
        assert!(check(&Lease::new("role_member", Some("1")).acting_for("1", "role_member")).is_err());
        assert!(check(&Lease::new("member", Some("1"))).is_err());
    }
}
