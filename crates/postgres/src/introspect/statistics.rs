//! Extended statistics.

use pgseal_engine::catalog::Catalog;
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select s.stxrelid as relation, n.nspname::text, s.stxname::text, pg_get_statisticsobjdef(s.oid) \
                 from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.oid >= 16384";
    for row in rows(client, query).await? {
        let Some(table) = catalog.tables.get_mut(relations.of(&row)?) else { continue };
        let name = QualifiedName::new(row.try_get::<_, String>(1)?, row.try_get::<_, String>(2)?);
        table.statistics.insert(name, row.try_get(3)?);
    }
    Ok(())
}
