//! Row-level security policies.

use pgseal_engine::catalog::{Catalog, Command, Policy};
use tokio_postgres::GenericClient;

use super::acl::Names;
use super::relations::Relations;
use super::{IntrospectError, letter, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select p.polrelid as relation, p.polname::text as name, p.polcmd::text as command, p.polpermissive, \
                   p.polroles as roles, pg_get_expr(p.polqual, p.polrelid) as \"using\", \
                   pg_get_expr(p.polwithcheck, p.polrelid) as \"check\" from pg_policy p";
    for row in rows(client, query).await? {
        let Some(table) = catalog.tables.get_mut(relations.of(&row)?) else { continue };
        let command = match letter(&row, "command")? {
            'r' => Some(Command::Select),
            'a' => Some(Command::Insert),
            'w' => Some(Command::Update),
            'd' => Some(Command::Delete),
            '*' => None,
            other => return Err(IntrospectError::Unknown(format!("polcmd {other}"))),
        };
        let roles: Vec<u32> = row.try_get("roles")?;
        let policy = Policy {
            command,
            permissive: row.try_get("polpermissive")?,
            // PUBLIC is number 0, and alone.
            roles: roles.into_iter().filter(|oid| *oid != 0).map(|oid| names.role(oid)).collect(),
            using: row.try_get("using")?,
            check: row.try_get("check")?,
        };
        table.policies.insert(row.try_get("name")?, policy);
    }
    Ok(())
}
