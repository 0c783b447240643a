//! How long a statement waits for somebody else's lock, and who that is.
//!
//! Comes in: where to connect, and work that is under way in another session. Goes out: what came of it, and who was seen to hold it
//! up. A session that waits cannot ask, and one that has given up no longer knows: so a connection of its own looks.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::DatabaseError;
use crate::connect::Target;

/// For what can be tried again: whoever waits for a strong lock holds up everybody behind.
pub(crate) const SHORT: &str = "5s";

/// For what would begin from the start.
pub(crate) const LONG: &str = "60s";

/// How often it is looked who holds up the work.
const EVERY: Duration = Duration::from_millis(250);

/// SQL of a condition under which nobody has said how long statements wait: the URL, the login, the database and the server may.
pub(crate) const UNSAID: &str = "pg_catalog.current_setting('lock_timeout') = '0'";

/// SQL that sets for one transaction how long its statements wait.
pub(crate) fn at_most(time: &str) -> String {
    format!("select pg_catalog.set_config('lock_timeout', '{time}', true) where {UNSAID}")
}

/// Whoever holds a lock that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocker {
    /// A session.
    Session {
        /// Its backend.
        pid: i32,
        /// Its login, or what kind of process it is.
        role: String,
        /// `idle in transaction`, if whoever looks may know.
        state: Option<String>,
        /// What it runs, or ran last, if whoever looks may know.
        statement: Option<String>,
    },
    /// A transaction that was prepared and belongs to no session.
    Prepared {
        /// Its name.
        name: String,
        /// Whose it is.
        role: String,
    },
}

impl Blocker {
    /// What ends it.
    pub fn end(&self) -> String {
        match self {
            Self::Session { pid, .. } => format!("select pg_terminate_backend({pid})"),
            Self::Prepared { name, .. } => format!("rollback prepared {}", pgseal_engine::sql::literal(name)),
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session { pid, role, state, statement } => {
                write!(f, "session {pid} of `{role}`")?;
                let about: Vec<&str> = state.as_deref().into_iter().chain(statement.as_deref()).collect();
                if about.is_empty() { Ok(()) } else { write!(f, " ({})", about.join(": ")) }
            }
            Self::Prepared { name, role } => write!(f, "the prepared transaction `{name}` of `{role}`"),
        }
    }
}

/// Postgres tells of a prepared transaction only that it is one. Statements in one line, cut where they are long.
const BLOCKERS: &str = "select b.pid, coalesce(a.usename::text, a.backend_type), a.state, \
       pg_catalog.left(pg_catalog.btrim(pg_catalog.regexp_replace(a.query, '[[:space:][:cntrl:]]+', ' ', 'g')), 120) \
     from (select distinct u.pid from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1)) as u (pid)) as b \
       left join pg_catalog.pg_stat_activity as a on a.pid = b.pid \
     where b.pid <> 0 order by 1";
const PREPARED: &str = "select x.gid, x.owner::text from pg_catalog.pg_prepared_xacts as x \
     where 0 = any (pg_catalog.pg_blocking_pids($1)) and x.database = pg_catalog.current_database() order by x.prepared";

async fn blockers(looking: &Client, pid: i32) -> Result<Vec<Blocker>, DatabaseError> {
    let mut found = Vec::new();
    for row in looking.query_typed(BLOCKERS, &[(&pid, Type::INT4)]).await? {
        let known = |text: &String| !text.is_empty() && text != "<insufficient privilege>";
        found.push(Blocker::Session {
            pid: row.try_get(0)?,
            role: row.try_get::<_, Option<String>>(1)?.unwrap_or_default(),
            state: row.try_get(2)?,
            statement: row.try_get::<_, Option<String>>(3)?.filter(known),
        });
    }
    for row in looking.query_typed(PREPARED, &[(&pid, Type::INT4)]).await? {
        found.push(Blocker::Prepared { name: row.try_get(0)?, role: row.try_get(1)? });
    }
    Ok(found)
}

/// The backend behind a connection.
pub async fn backend(client: &Client) -> Result<i32, DatabaseError> {
    Ok(client.query_typed_one("select pg_catalog.pg_backend_pid()", &[]).await?.try_get(0)?)
}

/// Does something in the session of that backend, and tells meanwhile for whom it waits. What came of it, and who was seen last.
pub async fn watched<F: Future>(
    target: &Target,
    pid: i32,
    tell: impl Fn(&[Blocker]),
    work: F,
) -> (F::Output, Vec<Blocker>) {
    let seen = RefCell::new(Vec::new());
    let output = tokio::select! {
        output = work => output,
        never = look(target, pid, &tell, &seen) => match never {},
    };
    (output, seen.into_inner())
}

/// Looks until it is dropped. Who cannot look says nothing: the work is what was asked for.
async fn look(target: &Target, pid: i32, tell: &impl Fn(&[Blocker]), seen: &RefCell<Vec<Blocker>>) -> Infallible {
    tokio::time::sleep(EVERY).await;
    let Ok(looking) = target.connect().await else { return std::future::pending().await };
    loop {
        if let Ok(found) = blockers(&looking, pid).await
            && !found.is_empty()
            && *seen.borrow() != found
        {
            tell(&found);
            seen.replace(found);
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Blocker;

    #[test]
    fn what_is_not_known_is_not_said() {
        let mut session = Blocker::Session { pid: 7, role: "bob".to_owned(), state: None, statement: None };
        assert_eq!(session.to_string(), "session 7 of `bob`");
        if let Blocker::Session { state, statement, .. } = &mut session {
            *state = Some("idle in transaction".to_owned());
            *statement = Some("drop table app.x".to_owned());
        }
        assert_eq!(session.to_string(), "session 7 of `bob` (idle in transaction: drop table app.x)");
        let prepared = Blocker::Prepared { name: "it's".to_owned(), role: "bob".to_owned() };
        assert_eq!(prepared.end(), "rollback prepared 'it''s'");
    }
}
