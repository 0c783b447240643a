//! Reads a database's catalog as plain data.
//!
//! Comes in: a connection that may see `pg_catalog`. Goes out: a [`Catalog`] of one moment, with every name qualified and every
//! expression as Postgres prints it. It writes nothing and leaves the session as it was. System schemas, temporary
//! objects and the members of extensions are left out.

mod acl;
mod calls;
mod casts;
mod columns;
mod constraints;
mod data_types;
mod database;
mod functions;
mod guard;
mod indexes;
mod policies;
mod publications;
mod relations;
mod roles;
mod rules;
mod sequences;
mod statistics;
mod system;
mod tables;
mod triggers;
mod view_tree;
mod views;

use pgseal_engine::catalog::Catalog;
use tokio_postgres::{GenericClient, Row, error::SqlState};

use crate::DatabaseError;
use crate::connect::{PINNED_HERE, server_major};
use acl::Names;
use relations::Relations;
pub(crate) use roles::is_login_of_run_time;

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError {
    /// The database refused, or the connection broke.
    #[error("the catalog cannot be read: {0}")]
    Database(#[from] DatabaseError),
    /// The catalog holds something that pgseal has no word for. Unknown is never taken for harmless.
    #[error("the catalog holds `{0}`, which this version of pgseal does not know")]
    Unknown(String),
}

impl From<tokio_postgres::Error> for IntrospectError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What, beside the search_path, makes Postgres print the same text whatever the session's settings.
const SETTINGS: &str = "set local quote_all_identifiers = off; \
     set local datestyle = 'ISO, YMD'; \
     set local intervalstyle = 'postgres'; \
     set local timezone = 'UTC'; \
     set local extra_float_digits = 1; \
     set local bytea_output = 'hex'; \
     set local standard_conforming_strings = on";

/// Reads the catalog of the database behind a connection. `prefix` is what the names of the project's roles begin with.
///
/// Outside a transaction it opens one of its own (repeatable read, read only) and ends it. Inside one of the caller's it reads
/// what that transaction sees, within a savepoint.
pub async fn introspect<C: GenericClient + Sync>(client: &C, prefix: &str) -> Result<Catalog, IntrospectError> {
    let end = begin(client).await?;
    let read = read(client, prefix).await;
    let ended = client.batch_execute(end).await;
    let catalog = read?;
    ended?;
    Ok(catalog)
}

/// Reads the policies of a catalog's tables again and leaves the rest of it as it is. The transaction is as in [`introspect`].
pub(crate) async fn introspect_policies<C: GenericClient + Sync>(
    client: &C,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let end = begin(client).await?;
    let read = read_policies(client, catalog).await;
    let ended = client.batch_execute(end).await;
    read?;
    Ok(ended?)
}

/// Opens a transaction or a savepoint with the settings that catalogs are read with; returns what ends it.
async fn begin<C: GenericClient + Sync>(client: &C) -> Result<&'static str, IntrospectError> {
    let (begin, end) = match client.batch_execute("savepoint pgseal_introspect").await {
        Ok(()) => ("", "rollback to savepoint pgseal_introspect; release savepoint pgseal_introspect"),
        Err(error) if error.code() == Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION) => {
            ("begin transaction isolation level repeatable read, read only;", "rollback")
        }
        Err(error) => return Err(error.into()),
    };
    if let Err(error) = client.batch_execute(&format!("{begin}{PINNED_HERE};{SETTINGS}")).await {
        client.batch_execute(end).await?;
        return Err(error.into());
    }
    Ok(end)
}

async fn read_policies<C: GenericClient + Sync>(client: &C, catalog: &mut Catalog) -> Result<(), IntrospectError> {
    let names = Names::read(client).await?;
    let relations = Relations::read(client).await?;
    for table in catalog.tables.values_mut() {
        table.policies.clear();
    }
    policies::read(client, &names, &relations, catalog).await
}

async fn read<C: GenericClient + Sync>(client: &C, prefix: &str) -> Result<Catalog, IntrospectError> {
    let major = server_major(client).await?;
    let names = Names::read(client).await?;
    let mut catalog = Catalog { server_major: major, ..Catalog::default() };
    database::read(client, &names, &mut catalog).await?;
    roles::read(client, prefix, major, &mut catalog).await?;
    data_types::read(client, &mut catalog).await?;
    casts::read(client, &mut catalog).await?;
    let relations = Relations::read(client).await?;
    tables::read(client, &names, &relations, &mut catalog).await?;
    views::read(client, &names, &relations, &mut catalog).await?;
    columns::read(client, &names, &relations, &mut catalog).await?;
    constraints::read(client, &relations, &mut catalog).await?;
    indexes::read(client, &relations, &mut catalog).await?;
    statistics::read(client, &relations, &mut catalog).await?;
    policies::read(client, &names, &relations, &mut catalog).await?;
    triggers::read(client, &relations, &mut catalog).await?;
    rules::read(client, &relations, &mut catalog).await?;
    sequences::read(client, &names, &relations, &mut catalog).await?;
    functions::read(client, &names, &mut catalog).await?;
    calls::read(client, &relations, &mut catalog).await?;
    system::read(client, &names, &mut catalog).await?;
    publications::read(client, &relations, &mut catalog).await?;
    guard::read(client, prefix, &mut catalog).await?;
    Ok(catalog)
}

/// Runs one of the catalog queries.
async fn rows<C: GenericClient + Sync>(client: &C, query: &str) -> Result<Vec<Row>, IntrospectError> {
    Ok(client.query_typed(query, &[]).await?)
}

/// A `"char"` column cast to text.
fn letter(row: &Row, column: &str) -> Result<char, IntrospectError> {
    let text: String = row.try_get(column)?;
    text.chars().next().ok_or_else(|| IntrospectError::Unknown(format!("an empty {column}")))
}

/// Schemas that are not the system's, as a condition over `pg_namespace n`.
const USER_SCHEMA: &str = r"n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// Objects that no extension brought, as a condition; `class` is the catalog and `object` its oid column.
fn not_of_extension(class: &str, object: &str) -> String {
    format!(
        "not exists (select from pg_depend e where e.classid = '{class}'::regclass and e.objid = {object} \
         and e.objsubid = 0 and e.deptype = 'e')"
    )
}
