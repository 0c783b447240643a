//! Indexes, those behind constraints included.

use pgseal_engine::catalog::{Catalog, Index};
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, USER_SCHEMA, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = format!(
        "select i.indrelid as relation, c.relname::text as name, pg_get_indexdef(i.indexrelid) as definition, \
           m.amname::text as method, (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns, i.indisunique, \
           i.indpred is not null as partial, i.indisvalid and i.indisready as valid, \
           exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) as behind \
         from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam \
         join pg_namespace n on n.oid = c.relnamespace where {USER_SCHEMA}"
    );
    for row in rows(client, &query).await? {
        let name = relations.of(&row)?;
        if let Some(view) = catalog.views.get_mut(name) {
            view.indexes.insert(row.try_get("name")?, row.try_get("definition")?);
        }
        let Some(table) = catalog.tables.get_mut(name) else { continue };
        let relation: u32 = row.try_get("relation")?;
        let columns: Vec<i16> = row.try_get("columns")?;
        let index = Index {
            definition: row.try_get("definition")?,
            method: row.try_get("method")?,
            columns: columns.into_iter().map(|number| relations.column(relation, number)).collect(),
            unique: row.try_get("indisunique")?,
            partial: row.try_get("partial")?,
            constraint: row.try_get("behind")?,
            valid: row.try_get("valid")?,
        };
        table.indexes.insert(row.try_get("name")?, index);
    }
    Ok(())
}
