//! What others have done and not committed: no comparison sees it before they commit, and most of it takes no lock that `apply` would
//! wait for (casts, functions, constraints of domains, labels of enums).
//!
//! Comes in: a connection, and whose sessions are trusted. Goes out: the transactions of everybody else that have written something
//! and are still open, and whether anything was committed since a moment that a comparison did not see.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::Open;
use pgseal_engine::sql::{ident, literal};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, Transaction};

use super::{ApplyError, Options};
use crate::connect::PINNED_HERE;
use crate::introspect::is_login_of_run_time;

/// How long to wait before looking again.
const POLL: Duration = Duration::from_millis(50);

/// Transactions with an id, which whoever writes has: of this database, and of nobody that is trusted. `$1` are the project's roles,
/// `$2` its owner.
const OPEN: &str = "with trusted as ( \
       select r.oid, r.rolname from pg_catalog.pg_roles r where r.rolsuper or r.rolname = session_user or r.rolname = any ($1::text[]) \
         or exists (select from pg_catalog.pg_roles o where o.rolname = $2 and pg_catalog.pg_has_role(r.oid, o.oid, 'member')) \
     ) \
     select l.transactionid::text, a.pid, pg_catalog.pg_get_userbyid(a.usesysid)::text, \
       pg_catalog.to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZH'), null::text \
     from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
     where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted and l.pid <> pg_catalog.pg_backend_pid() \
       and a.datid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) \
       and a.usesysid is not null and a.usesysid not in (select t.oid from trusted t) \
     union all \
     select x.transaction::text, null, x.owner::text, pg_catalog.to_char(x.prepared, 'YYYY-MM-DD HH24:MI:SS TZH'), x.gid \
     from pg_catalog.pg_prepared_xacts x \
     where x.database = pg_catalog.current_database() and x.owner not in (select t.rolname from trusted t)";

/// Whether that can be asked: a superuser's `apply` keeps it from everybody else.
const BLIND: &str = "select session_user::text from pg_catalog.pg_proc p \
     where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace \
     and p.proname in ('pg_lock_status', 'pg_stat_get_activity', 'pg_prepared_xact') \
     and not pg_catalog.has_function_privilege(p.oid, 'execute') limit 1";

/// Where what can hang on an object stands.
const CATALOGS: [&str; 34] = [
    "aggregate",
    "amop",
    "amproc",
    "attrdef",
    "attribute",
    "cast",
    "class",
    "collation",
    "constraint",
    "conversion",
    "default_acl",
    "depend",
    "enum",
    "event_trigger",
    "extension",
    "foreign_table",
    "index",
    "inherits",
    "language",
    "namespace",
    "opclass",
    "operator",
    "opfamily",
    "partitioned_table",
    "policy",
    "proc",
    "publication",
    "range",
    "rewrite",
    "sequence",
    "statistic_ext",
    "trigger",
    "ts_config",
    "type",
];

/// A moment before a comparison, and who is asked about.
pub(super) struct Unseen {
    since: String,
    own: String,
    roles: Vec<String>,
    owner: String,
    prefix: String,
    /// Sessions of the project's own logins were under its rules from the beginning, and may make nothing.
    pub sealed_before: bool,
    /// Else who may not: whoever deploys.
    blind: Option<String>,
}

/// Transactions by their ids, each as whoever reads it is told. One within another has an id of its own.
pub(super) type Transactions = BTreeMap<String, String>;

impl Unseen {
    pub async fn new(client: &Transaction<'_>, desired: &Catalog, prefix: &str) -> Result<Self, ApplyError> {
        let mut unseen = Self {
            since: String::new(),
            own: String::new(),
            roles: desired.roles.keys().cloned().collect(),
            owner: format!("{prefix}_owner"),
            prefix: prefix.to_owned(),
            sealed_before: false,
            blind: client.query_typed(BLIND, &[]).await?.first().map(|row| row.try_get(0)).transpose()?,
        };
        unseen.begin(client).await?;
        Ok(unseen)
    }

    /// From now on: what commits later, whenever it began, a comparison may not see. Our own changes do not count.
    pub async fn begin(&mut self, client: &Transaction<'_>) -> Result<(), ApplyError> {
        let query = "select pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::pg_catalog.xid::text, \
                     coalesce(pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.xid::text, '0')";
        for row in client.query_typed(query, &[]).await? {
            (self.since, self.own) = (row.try_get(0)?, row.try_get(1)?);
        }
        Ok(())
    }

    /// Whether something was written since to where objects and what hangs on them stand.
    pub async fn changed(&self, client: &Transaction<'_>) -> Result<bool, ApplyError> {
        let of = |catalog: &&str| {
            format!(
                "exists (select from pg_catalog.pg_{catalog} c where c.xmin <> $2::text::xid \
                 and pg_catalog.age(c.xmin) between 0 and pg_catalog.age($1::text::xid))"
            )
        };
        let query = format!("select {}", CATALOGS.iter().map(of).collect::<Vec<_>>().join(" or "));
        let rows = client.query_typed(&query, &[(&self.since, Type::TEXT), (&self.own, Type::TEXT)]).await?;
        Ok(rows.first().map_or(Ok(true), |row| row.try_get(0))?)
    }

    /// Those that are open at this moment.
    pub async fn transactions(&self, client: &Transaction<'_>) -> Result<Transactions, ApplyError> {
        let mut open = Transactions::new();
        if self.blind.is_some() {
            return Ok(open);
        }
        // Who is connected is read once in a transaction, unless one says so.
        client.query_typed("select pg_catalog.pg_stat_clear_snapshot()", &[]).await?;
        for row in client.query_typed(OPEN, &[(&self.roles, Type::TEXT_ARRAY), (&self.owner, Type::TEXT)]).await? {
            let (id, pid, role, since, prepared): (String, Option<i32>, String, Option<String>, Option<String>) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
            let ours = self.sealed_before && is_login_of_run_time(&role, &self.prefix);
            if ours {
                continue;
            }
            let since = since.map(|since| format!(", since {since}")).unwrap_or_default();
            let line = match (pid, prepared) {
                (Some(pid), _) => format!(
                    "session {pid} of `{role}` has a transaction open{since}: `select pg_terminate_backend({pid})`"
                ),
                (None, prepared) => {
                    let name = literal(&prepared.unwrap_or_default());
                    format!("`{role}` has prepared a transaction{since}: `rollback prepared {name}`")
                }
            };
            open.insert(id, line);
        }
        Ok(open)
    }

    /// Waits for those that are open now, and for none that begins later; what is left of them.
    pub async fn wait(&self, client: &Transaction<'_>, options: Options<'_>) -> Result<BTreeSet<String>, ApplyError> {
        let mut open = self.transactions(client).await?;
        let mut left = options.patience;
        if !open.is_empty() && !left.is_zero() {
            (options.notice)("others have transactions open: waiting for them");
        }
        while !open.is_empty() && !left.is_zero() {
            tokio::time::sleep(POLL.min(left)).await;
            left = left.saturating_sub(POLL);
            let now = self.transactions(client).await?;
            open.retain(|id, _| now.contains_key(id));
        }
        Ok(open.into_values().collect())
    }

    /// That nobody can tell.
    pub fn open(&self) -> Option<Open> {
        self.blind.as_ref().map(|user| Open {
            what: "what others hold open in transactions cannot be seen by you, nor what they will have made when they commit".to_owned(),
            why: "a superuser closed the functions that tell".to_owned(),
            sql: vec![format!("grant pg_read_all_stats to {}", ident(user))],
        })
    }
}

/// What a comparison before the commit did not see.
pub(super) struct Outlook {
    /// Something was committed meanwhile: compare again.
    pub changed: bool,
    /// Still open.
    pub open: BTreeSet<String>,
}

impl Unseen {
    /// After the commit: waits for transactions that are older than it, and looks whether they, or later ones, changed something.
    pub async fn outlook(&self, client: &mut Client, options: Options<'_>) -> Result<Outlook, ApplyError> {
        let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
        transaction.batch_execute(PINNED_HERE).await?;
        let open = self.wait(&transaction, options).await?;
        let changed = self.changed(&transaction).await?;
        transaction.rollback().await?;
        Ok(Outlook { changed, open })
    }
}
