//! Who deploys, asked of the server; and with that, what can be made and what stays open.

use std::borrow::Cow;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::{Deployer, Open, within};
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use super::ApplyError;
use super::around::Around;

/// The desired catalog as far as whoever deploys can make it, and what stays open.
pub(super) async fn reach<'a>(
    transaction: &Transaction<'_>,
    current: &Catalog,
    desired: &'a Catalog,
    prefix: &str,
) -> Result<(Cow<'a, Catalog>, Vec<Open>), ApplyError> {
    let deployer = deployer(transaction, current.server_major).await?;
    let (reached, mut open) = within(current, desired, &deployer);
    open.extend(Around { transaction, current, desired, prefix }.all().await?);
    open.extend(super::extensions::open(transaction).await?);
    Ok((reached, open))
}

async fn deployer(transaction: &Transaction<'_>, major: u32) -> Result<Deployer, ApplyError> {
    let query = "select rolsuper, rolcreaterole and rolbypassrls from pg_catalog.pg_roles where rolname = session_user";
    let row = transaction.query_typed_one(query, &[]).await?;
    let superuser: bool = row.try_get(0)?;
    let gives: bool = row.try_get(1)?;
    let creates_event_triggers = superuser || creates_event_triggers(transaction).await?;
    let query =
        "select rolname::text from pg_catalog.pg_roles where pg_catalog.pg_has_role(session_user, oid, 'usage')";
    let rows = transaction.query_typed(query, &[]).await?;
    let acts_as = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(Deployer { superuser, gives_bypassrls: superuser || (major >= 16 && gives), creates_event_triggers, acts_as })
}

/// Some platforms let others than superusers. Asked by what cannot succeed: the right is looked at before the function.
async fn creates_event_triggers(transaction: &Transaction<'_>) -> Result<bool, ApplyError> {
    const ATTEMPT: &str = "savepoint pgseal_event_trigger; \
                           create event trigger pgseal_attempt on ddl_command_end execute function pg_catalog.pgseal_none()";
    let allowed = match transaction.batch_execute(ATTEMPT).await {
        Ok(()) => true,
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_FUNCTION) => true,
        Err(error) if error.as_db_error().is_some() => false,
        Err(error) => return Err(error.into()),
    };
    transaction
        .batch_execute("rollback to savepoint pgseal_event_trigger; release savepoint pgseal_event_trigger")
        .await?;
    Ok(allowed)
}
