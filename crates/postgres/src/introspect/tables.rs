//! Tables, partitions and foreign tables.

use pgseal_engine::catalog::{Catalog, Table, TableKind};
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::relations::Relations;
use super::{IntrospectError, USER_SCHEMA, letter, not_of_extension, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = format!(
        "select c.oid as relation, c.relkind::text as kind, c.relowner as owner, c.relpersistence = 'u' as unlogged, \
           c.relrowsecurity, c.relforcerowsecurity, {acl}, \
           array(select i.inhparent from pg_inherits i where i.inhrelid = c.oid order by i.inhseqno) as parents, \
           nullif(concat_ws(' PARTITION BY ', case when c.relispartition then pg_get_expr(c.relpartbound, c.oid) end, \
             case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end), '') as partition, \
           c.relkind = 'p' and not c.relispartition as root \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and {USER_SCHEMA} and {no_member}",
        acl = select("c.relacl", 'r', "c.relowner"),
        no_member = not_of_extension("pg_class", "c.oid"),
    );
    for row in rows(client, &query).await? {
        let parents: Vec<u32> = row.try_get("parents")?;
        let partition: Option<String> = row.try_get("partition")?;
        let root: bool = row.try_get("root")?;
        let table = Table {
            kind: match letter(&row, "kind")? {
                'p' => TableKind::Partitioned,
                'f' => TableKind::Foreign,
                _ => TableKind::Ordinary,
            },
            owner: names.owner(&row)?,
            unlogged: row.try_get("unlogged")?,
            parents: parents
                .into_iter()
                .map(|parent| relations.name(parent).cloned())
                .collect::<Result<_, IntrospectError>>()?,
            partition: partition.map(|text| if root { format!("PARTITION BY {text}") } else { text }),
            row_security: row.try_get("relrowsecurity")?,
            force_row_security: row.try_get("relforcerowsecurity")?,
            acl: names.acl(&row)?,
            ..Table::default()
        };
        catalog.tables.insert(relations.of(&row)?.clone(), table);
    }
    Ok(())
}
