//! Who deploys, asked of the server; and with that, what can be made and what stays open.

use std::borrow::Cow;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::{Deployer, Open, within};
use tokio_postgres::Transaction;

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
    Ok(Deployer { superuser, gives_bypassrls: superuser || (major >= 16 && gives) })
}
