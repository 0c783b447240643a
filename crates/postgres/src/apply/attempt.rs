//! One transaction: lock, compare, run, compare again.

use std::collections::BTreeSet;
use std::time::Duration;

use pgseal_engine::catalog::{Catalog, ObjectId};
use pgseal_engine::diff::{Change, diff, foreign};
use pgseal_engine::plan::order;
use pgseal_engine::reach::unread_record;
use pgseal_engine::render::{LOCK_KEY, Rendered, with_purpose};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use super::hangs::{Hangs, When};
use super::unseen::Unseen;
use super::{Applied, ApplyError, Options, owners, permission, reach, rename};
use crate::connect::{PINNED_HERE, server_major};
use crate::embedded::SUPPORTED;
use crate::introspect::introspect;
use crate::{pipeline, waiting};

/// How long to wait before asking for the lock again.
const POLL: Duration = Duration::from_millis(100);

pub(super) async fn attempt(
    client: &mut Client,
    desired: &Catalog,
    prefix: &str,
    options: Options<'_>,
) -> Result<(Applied, Unseen), ApplyError> {
    // Dropped without a commit, it rolls back; so does the server if this process dies.
    let transaction =
        client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::ReadCommitted).start().await?;
    transaction.batch_execute(&format!("{PINNED_HERE}; {}", waiting::at_most(waiting::SHORT))).await?;
    check_server(&transaction, desired).await?;
    lock(&transaction, options).await?;
    let renamed = match options.rename_from {
        Some(old) => rename::rename(&transaction, old, prefix).await?,
        None => Vec::new(),
    };
    let mut unseen = Unseen::new(&transaction, desired, prefix).await?;
    let current = introspect(&transaction, prefix).await?;
    unseen.sealed_before = current.schemas.contains_key("seal");
    check_project(&current, desired)?;
    let (desired, mut open) = reach::reach(&transaction, &current, desired, prefix).await?;
    let desired = desired.as_ref();
    let changes = diff(&current, desired);
    open.extend(unread_record(&current, &changes));
    open.extend(unseen.open());
    let foreign = foreign(&current, desired);
    let plan = order(changes.clone());
    let hangs = Hangs::new(&transaction, desired, prefix);
    if plan.is_empty() && renamed.is_empty() {
        hangs.check(When::After).await?;
        open.extend(hangs.open().await?);
        transaction.rollback().await?;
        return Ok((Applied { foreign, open, dry_run: options.dry_run, ..Applied::default() }, unseen));
    }
    if !plan.unsupported.is_empty() {
        return Err(ApplyError::Unsupported(plan.unsupported));
    }
    owners::check(&transaction, &current, desired, prefix, &changes, options.trust).await?;
    agree(&changes, &foreign, options.yes)?;
    permission::check(&transaction, &current, &changes).await?;
    nothing_under_way(&transaction, &unseen, &changes, options).await?;
    // Before anything runs, because what the plan does with rows runs code that hangs on them.
    hangs.check(When::Before).await?;
    let statements = with_purpose(&plan);
    run(&transaction, &statements).await?;
    unseen.begin(&transaction).await?;
    let left = diff(&introspect(&transaction, prefix).await?, desired);
    if !left.is_empty() {
        return Err(ApplyError::NotAsCompiled(without_loans(left)));
    }
    hangs.check(When::After).await?;
    open.extend(hangs.open().await?);
    if options.dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    let statements = renamed.into_iter().chain(statements.into_iter().map(|rendered| rendered.sql)).collect();
    let changes = without_loans(changes);
    Ok((Applied { changes, statements, foreign, open, dry_run: options.dry_run, ..Applied::default() }, unseen))
}

/// INVARIANT: nothing is taken over while somebody whose code may not run has something to commit: it may hang on what is taken.
async fn nothing_under_way(
    transaction: &Transaction<'_>,
    unseen: &Unseen,
    changes: &[Change],
    options: Options<'_>,
) -> Result<(), ApplyError> {
    if unseen.sealed_before && !changes.iter().any(Change::takes_over) {
        return Ok(());
    }
    let open = unseen.wait(transaction, options).await?;
    if open.is_empty() { Ok(()) } else { Err(ApplyError::UnderWay(open.into_iter().collect())) }
}

async fn check_server(transaction: &Transaction<'_>, desired: &Catalog) -> Result<(), ApplyError> {
    let server = server_major(transaction).await?;
    if server < *SUPPORTED.start() {
        return Err(ApplyError::TooOld(server));
    }
    if desired.server_major != server {
        return Err(ApplyError::Major { compiled: desired.server_major, server });
    }
    let query = "select pg_catalog.current_setting('transaction_read_only')::boolean";
    if transaction.query_typed_one(query, &[]).await?.try_get(0)? {
        return Err(ApplyError::ReadOnly);
    }
    Ok(())
}

/// That no other project has sealed the database.
fn check_project(current: &Catalog, desired: &Catalog) -> Result<(), ApplyError> {
    let owner = |catalog: &Catalog| catalog.schemas.get("seal").map(|schema| schema.owner.clone());
    match (owner(current), owner(desired)) {
        (Some(owner), Some(seal)) if owner != seal && owner.ends_with("_seal") => {
            Err(ApplyError::OtherProject { owner, seal })
        }
        _ => Ok(()),
    }
}

/// One at a time in one database. Polled, so that whoever waits can be told.
pub(crate) async fn lock(transaction: &Transaction<'_>, options: Options<'_>) -> Result<(), ApplyError> {
    let mut told = false;
    loop {
        let row = transaction
            .query_typed_one("select pg_catalog.pg_try_advisory_xact_lock($1)", &[(&LOCK_KEY, Type::INT8)])
            .await?;
        if row.try_get(0)? {
            return Ok(());
        }
        let holder = holder(transaction).await?;
        if !told && let Some(holder) = holder {
            (options.notice)(&format!(
                "another `pgseal apply` or `load` is at work in this database: waiting for {holder}"
            ));
            told = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Who has it. Anybody may take an advisory lock where no superuser has closed them, and hold it for ever. Whoever applies may make roles.
async fn holder(transaction: &Transaction<'_>) -> Result<Option<String>, ApplyError> {
    let query = "select l.pid, r.rolname::text, r.rolsuper or r.rolcreaterole from pg_catalog.pg_locks l \
                 join pg_catalog.pg_stat_activity a on a.pid = l.pid \
                 join pg_catalog.pg_roles r on r.oid = a.usesysid where l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
                 and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) \
                 and (l.classid::int8 << 32 | l.objid::int8) = $1 limit 1";
    let rows = transaction.query_typed(query, &[(&LOCK_KEY, Type::INT8)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (pid, role): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    match row.try_get(2)? {
        true => Ok(Some(format!("session {pid} of `{role}`"))),
        false => Err(ApplyError::LockTaken { pid, role }),
    }
}

/// INVARIANT: nothing runs that concerns others who were not thought of.
fn agree(changes: &[Change], foreign: &[ObjectId], yes: bool) -> Result<(), ApplyError> {
    let taken: BTreeSet<&QualifiedName> = changes.iter().filter_map(Change::taken_table).collect();
    let goes_with_it = |change: &Change| matches!(change, Change::DropPolicy { table, .. } if taken.contains(table));
    let concerns_others = |change: &&Change| {
        change.takes_over() || goes_with_it(change) || (!foreign.is_empty() && change.is_database_wide())
    };
    let changes: Vec<Change> = changes.iter().filter(concerns_others).cloned().collect();
    if yes || changes.is_empty() {
        return Ok(());
    }
    Err(ApplyError::NotAgreed { changes, foreign: foreign.to_vec() })
}

/// In their order. After one that fails the server runs no other one of the transaction.
async fn run(transaction: &Transaction<'_>, statements: &[Rendered]) -> Result<(), ApplyError> {
    let texts: Vec<&str> = statements.iter().map(|rendered| rendered.sql.as_str()).collect();
    pipeline::run(transaction, &texts).await.map_err(|(index, error)| {
        let Rendered { purpose, sql } = statements.get(index).cloned().unwrap_or_default();
        ApplyError::Statement { purpose, statement: sql, error: error.into() }
    })
}

fn without_loans(changes: Vec<Change>) -> Vec<Change> {
    changes.into_iter().filter(|change| !matches!(change, Change::Lend(_))).collect()
}
