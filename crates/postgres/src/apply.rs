//! Makes a database what was compiled, in one transaction.
//!
//! Comes in: a connection, and a desired catalog in the words of that server's major version. Goes out: what was done, or why
//! nothing was. INVARIANT: a transaction is committed only if what the database then holds equals what was compiled, compared
//! in both directions by introspection inside that transaction.

mod around;
mod attempt;
mod company;
mod extensions;
mod fixed;
mod hangs;
mod owners;
mod permission;
mod reach;
mod rename;
mod unseen;

use std::time::Duration;

use pgseal_engine::catalog::{Catalog, ObjectId};
use pgseal_engine::diff::Change;
pub use pgseal_engine::reach::Open;
use tokio_postgres::Client;

use crate::DatabaseError;
use crate::introspect::IntrospectError;
pub(crate) use attempt::lock;

/// How often a transaction that met another one on the server's roles is tried again.
const TRIES: u32 = 12;

/// How often a transaction that waited too long for somebody's lock is tried in all.
const WAITS: u32 = 3;
/// How often what was committed meanwhile is looked at.
const ROUNDS: u32 = 3;

/// How to apply.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Run everything, then undo it.
    pub dry_run: bool,
    /// Database-wide changes beside objects that are not pgseal's, and taking over what is a superuser's or the deployer's own, are agreed to.
    pub yes: bool,
    /// Roles that may have made what is taken over, and whose objects may lie beside it.
    pub trust: &'a [String],
    /// The prefix under which the project is in this database, if that shall change.
    pub rename_from: Option<&'a str>,
    /// How long to wait for transactions of others that are older than the commit.
    pub patience: Duration,
    /// Told what takes time: one line each.
    pub notice: &'a (dyn Fn(&str) + Send + Sync),
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            dry_run: false,
            yes: false,
            trust: &[],
            rename_from: None,
            patience: Duration::from_secs(5),
            notice: &|_| {},
        }
    }
}

/// What was done; with `dry_run`, what would have been.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Empty if everything was as compiled before.
    pub changes: Vec<Change>,
    /// The statements that ran, in order.
    pub statements: Vec<String>,
    /// What the database holds besides, and is left alone.
    pub foreign: Vec<ObjectId>,
    /// What stays open, because whoever deploys may not close it or because it is not this project's.
    pub open: Vec<Open>,
    /// What others have written and not committed, which nobody has seen: until they end it is not known that the database is, and
    /// stays, what was compiled.
    pub unsettled: Vec<String>,
    /// It was undone.
    pub dry_run: bool,
}

/// Why nothing was applied. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The connection broke, or the server refused what is no statement of the plan.
    #[error("the database failed and nothing was applied: {0}")]
    Database(DatabaseError),
    /// The catalog could not be read.
    #[error(transparent)]
    Introspect(#[from] IntrospectError),
    /// The server is older than all that is supported.
    #[error("the server is Postgres {0}: pgseal works with 15 to 18")]
    TooOld(u32),
    /// Texts of another major version cannot be compared with this server's.
    #[error(
        "the model was compiled on Postgres {compiled}, the database is on {server}: install Postgres {server} beside pgseal, \
         or set `scratch_url` in pgseal.toml to a server of that version"
    )]
    Major {
        /// Of the scratch server; 0 if the catalog was never brought into a server's words.
        compiled: u32,
        /// Of the target.
        server: u32,
    },
    /// A standby or a read-only session.
    #[error("the database is read-only: connect to the primary server")]
    ReadOnly,
    /// One database, one project.
    #[error(
        "this database is sealed by `{owner}`, not by `{seal}`: check `role_prefix` in pgseal.toml, or give another database"
    )]
    OtherProject {
        /// Who owns the schema `seal`.
        owner: String,
        /// Who would.
        seal: String,
    },
    /// A session that does not apply holds the lock of `apply`.
    #[error(
        "nothing was done: session {pid} of `{role}`, which may not apply, holds the lock that pgseal takes; end it with \
         `select pg_terminate_backend({pid})` and try again. Where a superuser applies, sessions may take no such lock"
    )]
    LockTaken {
        /// The session.
        pid: i32,
        /// Its login.
        role: String,
    },
    /// A project's roles cannot be renamed.
    #[error("nothing was renamed: {0}")]
    Rename(String),
    /// Role DDL is not allowed.
    #[error(
        "`{user}` may not create roles: connect as another one, or have a superuser run `alter role {user} createrole`"
    )]
    MayNotCreateRoles {
        /// Who deploys.
        user: String,
    },
    /// Closing the database takes its owner.
    #[error(
        "`{user}` does not own the database `{database}`: connect as `{owner}`, or have it run \
         `alter database {database} owner to {user}`"
    )]
    NotOwner {
        /// Who deploys.
        user: String,
        /// The database.
        database: String,
        /// Whose it is.
        owner: String,
    },
    /// Before 16, a member without INHERIT has none of the rights that it is lent.
    #[error("`{user}` does not inherit the rights of roles: have a superuser run `alter role {user} inherit`")]
    NoInherit {
        /// Who deploys.
        user: String,
    },
    /// From 16 on, only who administers a role may lend it to itself.
    #[error(
        "`{user}` does not administer the role `{role}`, which somebody else made: have them run \
         `grant {role} to {user} with admin option, inherit false, set false`"
    )]
    NotAdministrator {
        /// Who deploys.
        user: String,
        /// The role.
        role: String,
    },
    /// Differences that cannot be applied.
    #[error("nothing was applied, because this cannot be:{}", listed(.0))]
    Unsupported(Vec<Change>),
    /// Something of the project's calls, or is made of, what somebody else may replace or drop.
    #[error(
        "nothing was applied, because code of others would run with the project's rows:{}",
        .0.iter().map(|line| format!("\n  {line}")).collect::<String>()
    )]
    CodeOfOthers(Vec<String>),
    /// What belongs to a stranger is not taken over, whatever was agreed to; neither is what a stranger has a hold on.
    #[error("nothing was applied, because this belongs to others, or they have a hold on it:{}", counted(.0))]
    OfOthers(Vec<String>),
    /// Somebody has something to commit that nobody sees before.
    #[error(
        "nothing was applied, because objects would be taken over while others have transactions open, and what they made there \
         (casts, functions, constraints of domains ..) is seen by nobody before it is committed:{}",
        counted(.0)
    )]
    UnderWay(Vec<String>),
    /// It was applied, and what others committed meanwhile could not be.
    #[error("it was applied, and then what others had committed meanwhile was looked at, and this was not: {0}")]
    Meanwhile(Box<ApplyError>),
    /// Where others make things, what is there is not taken over.
    #[error(
        "nothing was applied, because what is there would become the project's, and others make things here too:{}",
        counted(.0)
    )]
    InCompany(Vec<String>),
    /// What concerns others was not agreed to.
    #[error(
        "nothing was applied, because this concerns what is not pgseal's:{}{}\nsay `--yes` if it is meant",
        listed(changes),
        beside(foreign)
    )]
    NotAgreed {
        /// The changes in question.
        changes: Vec<Change>,
        /// What else the database holds.
        foreign: Vec<ObjectId>,
    },
    /// A statement of the plan failed.
    #[error("nothing was applied, because this failed: {purpose}: {error}")]
    Statement {
        /// What it was for, in words.
        purpose: String,
        /// The statement.
        statement: String,
        /// Postgres' answer.
        error: DatabaseError,
    },
    /// All statements ran, and the outcome is another one. It was undone.
    #[error("nothing was applied, because what was there afterwards was not what was compiled; still to do:{}", listed(.0))]
    NotAsCompiled(Vec<Change>),
}

fn listed(changes: &[Change]) -> String {
    changes.iter().map(|change| format!("\n  {change}")).collect()
}

fn counted(lines: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut text: String = lines.iter().take(SHOWN).map(|line| format!("\n  {line}")).collect();
    if lines.len() > SHOWN {
        text.push_str(&format!("\n  and {} more", lines.len() - SHOWN));
    }
    text
}

fn beside(foreign: &[ObjectId]) -> String {
    counted(&foreign.iter().map(|object| format!("beside {object}")).collect::<Vec<_>>())
}

impl From<tokio_postgres::Error> for ApplyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<DatabaseError> for ApplyError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl ApplyError {
    /// Whether a lock of somebody else's was waited for in vain.
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Database(error)
            | Self::Statement { error, .. }
            | Self::Introspect(IntrospectError::Database(error)) => error.is_lock_timeout(),
            Self::Meanwhile(error) => error.is_lock_timeout(),
            _ => false,
        }
    }

    /// Roles belong to the whole server, and a lock only to one database: who meets another one on them tries again.
    fn is_collision(&self) -> bool {
        let (Self::Database(error) | Self::Statement { error, .. }) = self else { return false };
        let on_roles = error.constraint.as_deref().is_some_and(|name| name.starts_with("pg_auth"));
        match error.code.as_str() {
            "40001" | "40P01" | "42710" => true,
            // Somebody else has just made it: the next try says who has to allow what.
            "42501" => error.message.starts_with("permission denied to grant role"),
            "23505" => on_roles,
            "XX000" => error.message.starts_with("tuple concurrently"),
            _ => false,
        }
    }
}

/// Makes the database behind the connection what `desired` says. Either all of it happens or nothing.
///
/// What others commit while that happens, or had begun before, no comparison inside the transaction sees. So transactions that are
/// older than the commit are waited for, and what they changed is compared, and applied, again: `unsettled` names those that stay open.
pub async fn apply(
    client: &mut Client,
    desired: &Catalog,
    prefix: &str,
    options: Options<'_>,
) -> Result<Applied, ApplyError> {
    let (mut applied, mut unseen) = undisturbed(client, desired, prefix, options).await?;
    if options.dry_run {
        return Ok(applied);
    }
    let meanwhile = |error| ApplyError::Meanwhile(Box::new(error));
    let again = Options { rename_from: None, ..options };
    for _ in 0..ROUNDS {
        let outlook = unseen.outlook(client, options).await.map_err(meanwhile)?;
        applied.unsettled = outlook.open.into_iter().collect();
        if !outlook.changed {
            return Ok(applied);
        }
        let more;
        (more, unseen) = undisturbed(client, desired, prefix, again).await.map_err(meanwhile)?;
        let is_done = more.changes.is_empty();
        applied.changes.extend(more.changes);
        applied.statements.extend(more.statements);
        (applied.foreign, applied.open) = (more.foreign, more.open);
        // What is older than the first commit was waited for; what began later found the database sealed.
        if is_done {
            return Ok(applied);
        }
    }
    applied.unsettled.push("others change the database all the time".to_owned());
    Ok(applied)
}

async fn undisturbed(
    client: &mut Client,
    desired: &Catalog,
    prefix: &str,
    options: Options<'_>,
) -> Result<(Applied, unseen::Unseen), ApplyError> {
    let (mut tries, mut waits) = (1, 1);
    loop {
        match attempt::attempt(client, desired, prefix, options).await {
            Err(error) if error.is_collision() && tries < TRIES => {
                (options.notice)("another database of this server changes the same roles: trying again");
                tokio::time::sleep(Duration::from_millis(50 * u64::from(tries))).await;
                tries += 1;
            }
            Err(error) if error.is_lock_timeout() && waits < WAITS => {
                (options.notice)("somebody holds a lock for too long: trying again");
                // Whoever waits behind this one goes first.
                tokio::time::sleep(Duration::from_millis(500 * u64::from(waits))).await;
                waits += 1;
            }
            outcome => return outcome,
        }
    }
}
