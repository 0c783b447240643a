//! Sequences, with the column that owns them.

use pgseal_engine::catalog::{Catalog, Sequence};
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::relations::Relations;
use super::{IntrospectError, USER_SCHEMA, not_of_extension, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    // A serial column owns its sequence automatically (`a`), an identity column internally (`i`).
    let query = format!(
        "select c.oid as relation, c.relowner as owner, d.refobjid as \"table\", d.refobjsubid::int2 as number, \
           coalesce(d.deptype = 'i', false) as identity, {acl}, \
           format('AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', format_type(s.seqtypid, null), s.seqincrement, s.seqmin, \
             s.seqmax, s.seqcache, case when s.seqcycle then 'CYCLE' else 'NO CYCLE' end) as definition \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid \
         left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 \
           and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i') \
         where c.relkind = 'S' and c.relpersistence <> 't' and {USER_SCHEMA} and {no_member}",
        acl = select("c.relacl", 's', "c.relowner"),
        no_member = not_of_extension("pg_class", "c.oid"),
    );
    for row in rows(client, &query).await? {
        let (table, number): (Option<u32>, Option<i16>) = (row.try_get("table")?, row.try_get("number")?);
        let owned_by = match (table, number) {
            (Some(table), Some(number)) => relations
                .column(table, number)
                .map(|column| Ok::<_, IntrospectError>((relations.name(table)?.clone(), column)))
                .transpose()?,
            _ => None,
        };
        let sequence = Sequence {
            owner: names.owner(&row)?,
            owned_by,
            identity: row.try_get("identity")?,
            definition: row.try_get("definition")?,
            acl: names.acl(&row)?,
        };
        catalog.sequences.insert(relations.of(&row)?.clone(), sequence);
    }
    Ok(())
}
