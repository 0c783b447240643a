//! Access control lists. Each catalog query brings its list as an array of `grantee oid:PRIVILEGE:grantable` texts.

use std::collections::BTreeMap;

use pgseal_engine::catalog::{Acl, Grantee, Privilege};
use tokio_postgres::{GenericClient, Row};

use super::{IntrospectError, rows};

/// Names of all roles by their oids.
pub(super) struct Names(BTreeMap<u32, String>);

impl Names {
    pub async fn read<C: GenericClient + Sync>(client: &C) -> Result<Self, IntrospectError> {
        let rows = rows(client, "select oid, rolname::text from pg_roles").await?;
        Ok(Self(
            rows.iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect::<Result<_, tokio_postgres::Error>>()?,
        ))
    }

    /// The role's name; of one that is no more its number, as Postgres shows it.
    pub fn role(&self, oid: u32) -> String {
        self.0.get(&oid).cloned().unwrap_or_else(|| oid.to_string())
    }

    /// A column of owners.
    pub fn owner(&self, row: &Row) -> Result<String, IntrospectError> {
        Ok(self.role(row.try_get("owner")?))
    }

    /// The column `acl` of a row.
    pub fn acl(&self, row: &Row) -> Result<Acl, IntrospectError> {
        let entries: Vec<String> = row.try_get("acl")?;
        let mut acl = Acl::default();
        for entry in entries {
            let unknown = || IntrospectError::Unknown(format!("privilege {entry}"));
            let mut parts = entry.split(':');
            let (oid, word, grantable) = (parts.next(), parts.next(), parts.next());
            let oid: u32 = oid.and_then(|oid| oid.parse().ok()).ok_or_else(unknown)?;
            let privilege = word.and_then(Privilege::from_word).ok_or_else(unknown)?;
            let grantee = if oid == 0 { Grantee::Public } else { Grantee::Role(self.role(oid)) };
            if grantable == Some("true") {
                acl.grantable.entry(grantee.clone()).or_default().insert(privilege);
            }
            acl.grants.entry(grantee).or_default().insert(privilege);
        }
        Ok(acl)
    }
}

/// An `acl` column for a query: the list in `column`, or the built-in default of that kind of object (`acldefault`'s letter),
/// without the entries of the owner itself.
pub(super) fn select(column: &str, kind: char, owner: &str) -> String {
    format!(
        "array(select a.grantee || ':' || a.privilege_type || ':' || a.is_grantable \
         from aclexplode(coalesce({column}, acldefault('{kind}', {owner}))) a where a.grantee <> {owner}) as acl"
    )
}
