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
           array(select d.refobjsubid::int2 from pg_depend d \
             where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid > 0 \
             union select d.refobjsubid::int2 from pg_constraint k join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = k.oid \
               where k.conindid = i.indexrelid and k.conrelid = i.indrelid and d.refobjid = i.indrelid and d.refobjsubid > 0) as reads, \
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
        let definition: String = row.try_get("definition")?;
        // No dependency is recorded on what `f(t.*)` reads.
        let reads = match definition.contains(".*") {
            true => relations.columns(relation),
            false => {
                let reads: Vec<i16> = row.try_get("reads")?;
                reads
                    .into_iter()
                    .chain(columns.iter().copied())
                    .filter_map(|number| relations.column(relation, number))
                    .collect()
            }
        };
        let index = Index {
            definition,
            reads,
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
