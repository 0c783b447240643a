//! Who deploys, asked of the server, and what a database leaves open that no change of this project closes.

use std::borrow::Cow;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::{Deployer, Open, within};
use pgseal_engine::sql::ident;
use tokio_postgres::Transaction;

use super::ApplyError;

/// The desired catalog as far as whoever deploys can make it, and what stays open.
pub(super) async fn reach<'a>(
    transaction: &Transaction<'_>,
    current: &Catalog,
    desired: &'a Catalog,
) -> Result<(Cow<'a, Catalog>, Vec<Open>), ApplyError> {
    let deployer = deployer(transaction, current.server_major).await?;
    let (reached, mut open) = within(current, desired, &deployer);
    open.extend(other_databases(transaction).await?);
    Ok((reached, open))
}

async fn deployer(transaction: &Transaction<'_>, major: u32) -> Result<Deployer, ApplyError> {
    let query = "select rolsuper, rolcreaterole and rolbypassrls from pg_catalog.pg_roles where rolname = session_user";
    let row = transaction.query_typed_one(query, &[]).await?;
    let superuser: bool = row.try_get(0)?;
    let gives: bool = row.try_get(1)?;
    Ok(Deployer { superuser, gives_bypassrls: superuser || (major >= 16 && gives) })
}

/// Roles are the server's: the logins of this project reach every database of it that lets everybody connect.
async fn other_databases(transaction: &Transaction<'_>) -> Result<Option<Open>, ApplyError> {
    let query = "select d.datname::text from pg_catalog.pg_database d \
                 where d.datallowconn and d.datname <> pg_catalog.current_database() and exists (select from \
                 pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a \
                 where a.grantee = 0 and a.privilege_type = 'CONNECT') order by 1";
    let mut names: Vec<String> = Vec::new();
    for row in transaction.query_typed(query, &[]).await? {
        names.push(row.try_get(0)?);
    }
    Ok((!names.is_empty()).then(|| Open {
        what: format!("the logins of this project may connect to other databases of the server: {}", names.join(", ")),
        why: "PUBLIC has CONNECT there, and they are not this project's to close".to_owned(),
        sql: names
            .iter()
            .map(|name| format!("revoke connect, temporary on database {} from public", ident(name)))
            .collect(),
    }))
}
