//! Names of relations and columns by the numbers that catalogs refer to them with.

use std::collections::BTreeMap;

use pgseal_engine::sql::QualifiedName;
use tokio_postgres::{GenericClient, Row};

use super::{IntrospectError, rows};

/// All relations that have columns, whatever their schema.
pub(super) struct Relations {
    names: BTreeMap<u32, QualifiedName>,
    columns: BTreeMap<(u32, i16), String>,
}

impl Relations {
    pub async fn read<C: GenericClient + Sync>(client: &C) -> Result<Self, IntrospectError> {
        let mut read = Self { names: BTreeMap::new(), columns: BTreeMap::new() };
        let query = "select c.oid, n.nspname::text, c.relname::text from pg_class c \
                     join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')";
        for row in rows(client, query).await? {
            let name = QualifiedName::new(row.try_get::<_, String>(1)?, row.try_get::<_, String>(2)?);
            read.names.insert(row.try_get(0)?, name);
        }
        let query = "select a.attrelid, a.attnum, a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid \
                     where c.relkind in ('r', 'p', 'f', 'v', 'm') and a.attnum > 0 and not a.attisdropped \
                     and c.relnamespace <> 'pg_catalog'::regnamespace";
        for row in rows(client, query).await? {
            read.columns.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
        Ok(read)
    }

    /// A relation's name.
    pub fn name(&self, oid: u32) -> Result<&QualifiedName, IntrospectError> {
        self.names.get(&oid).ok_or_else(|| IntrospectError::Unknown(format!("relation {oid}")))
    }

    /// The relation that the column `relation` of a row names by its oid.
    pub fn of(&self, row: &Row) -> Result<&QualifiedName, IntrospectError> {
        self.name(row.try_get("relation")?)
    }

    /// A column's name; none for an expression (number 0) or a system column.
    pub fn column(&self, relation: u32, number: i16) -> Option<String> {
        self.columns.get(&(relation, number)).cloned()
    }

    /// All columns of a relation.
    pub fn columns<T: FromIterator<String>>(&self, relation: u32) -> T {
        self.columns.range((relation, 0)..=(relation, i16::MAX)).map(|(_, name)| name.clone()).collect()
    }
}
