//! Whether whoever deploys may do what is to be done, asked before anything is tried: one line instead of a failed statement.

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diff::Change;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::ApplyError;

const WHO: &str = "select r.rolname::text as name, r.rolsuper, r.rolcreaterole, r.rolinherit, \
                   pg_catalog.current_database()::text as database, pg_catalog.pg_get_userbyid(d.datdba)::text as owner, \
                   pg_catalog.pg_has_role(session_user, d.datdba, 'usage') as owns \
                   from pg_catalog.pg_roles r, pg_catalog.pg_database d \
                   where r.rolname = session_user and d.datname = pg_catalog.current_database()";

pub(super) async fn check(
    transaction: &Transaction<'_>,
    current: &Catalog,
    changes: &[Change],
) -> Result<(), ApplyError> {
    let row = transaction.query_typed_one(WHO, &[]).await?;
    let user: String = row.try_get("name")?;
    if row.try_get("rolsuper")? {
        return Ok(());
    }
    if !row.try_get::<_, bool>("rolcreaterole")? {
        return Err(ApplyError::MayNotCreateRoles { user });
    }
    if !row.try_get::<_, bool>("owns")? {
        return Err(ApplyError::NotOwner { user, database: row.try_get("database")?, owner: row.try_get("owner")? });
    }
    if current.server_major < 16 {
        let inherits: bool = row.try_get("rolinherit")?;
        return if inherits { Ok(()) } else { Err(ApplyError::NoInherit { user }) };
    }
    administers(transaction, current, changes, user).await
}

/// From 16 on CREATEROLE alone is not enough for roles that somebody else made.
async fn administers(
    transaction: &Transaction<'_>,
    current: &Catalog,
    changes: &[Change],
    user: String,
) -> Result<(), ApplyError> {
    let lent: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Lend(lend) => Some(&lend.roles),
            _ => None,
        })
        .flatten()
        .filter(|role| current.roles.contains_key(*role))
        .map(String::as_str)
        .collect();
    let query = "select role from pg_catalog.unnest($1::text[]) role \
                 where not pg_catalog.pg_has_role(session_user, role, 'member with admin option') order by 1 limit 1";
    match transaction.query_typed(query, &[(&lent, Type::TEXT_ARRAY)]).await?.first() {
        Some(row) => Err(ApplyError::NotAdministrator { user, role: row.try_get(0)? }),
        None => Ok(()),
    }
}
