//! Publications, with what each sends.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::{Catalog, Publication};
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select p.pubname::text, p.puballtables, \
                   concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, \
                     case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end), \
                   array(select n.nspname::text from pg_publication_namespace s join pg_namespace n on n.oid = s.pnnspid \
                     where s.pnpubid = p.oid) \
                 from pg_publication p";
    for row in rows(client, query).await? {
        let schemas: Vec<String> = row.try_get(3)?;
        let publication = Publication {
            all_tables: row.try_get(1)?,
            publishes: row.try_get(2)?,
            schemas: BTreeSet::from_iter(schemas),
            tables: BTreeMap::new(),
        };
        catalog.publications.insert(row.try_get(0)?, publication);
    }
    let query = "select p.pubname::text as publication, r.prrelid as relation, \
                   array(select quote_ident(a.attname) from unnest(r.prattrs::int2[]) k join pg_attribute a \
                     on a.attrelid = r.prrelid and a.attnum = k order by 1) as columns, \
                   pg_get_expr(r.prqual, r.prrelid) as condition \
                 from pg_publication_rel r join pg_publication p on p.oid = r.prpubid";
    for row in rows(client, query).await? {
        let (name, columns, condition): (String, Vec<String>, Option<String>) =
            (row.try_get("publication")?, row.try_get("columns")?, row.try_get("condition")?);
        let mut part = String::new();
        if !columns.is_empty() {
            part.push_str(&format!(" ({})", columns.join(", ")));
        }
        if let Some(condition) = condition {
            part.push_str(&format!(" where {condition}"));
        }
        if let Some(publication) = catalog.publications.get_mut(&name) {
            publication.tables.insert(relations.of(&row)?.clone(), part);
        }
    }
    Ok(())
}
