//! The guard's event triggers, and whether its record says what is there.

use std::collections::BTreeSet;

use pgseal_engine::catalog::{Catalog, EventTrigger, Signature};
use pgseal_engine::compile::guard::unrecorded;
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;
use tokio_postgres::types::Type;

use super::{IntrospectError, letter, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    prefix: &str,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select e.evtname::text as name, e.evtevent::text as event, e.evtenabled::text as enabled, e.evttags as tags, \
                   n.nspname::text as function_schema, p.proname::text as function_name \
                 from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid join pg_namespace n on n.oid = p.pronamespace \
                 where n.nspname = 'seal' or e.evtname like 'seal\\_guard\\_%'";
    for row in rows(client, query).await? {
        let name = QualifiedName::new(
            row.try_get::<_, String>("function_schema")?,
            row.try_get::<_, String>("function_name")?,
        );
        let trigger = EventTrigger {
            event: row.try_get("event")?,
            tags: row.try_get::<_, Option<Vec<String>>>("tags")?.unwrap_or_default().into_iter().collect(),
            function: Signature { name, arguments: Vec::new() },
            enabled: letter(&row, "enabled")?,
        };
        catalog.event_triggers.insert(row.try_get("name")?, trigger);
    }
    match differences(client, prefix).await? {
        Some(objects) => catalog.unrecorded = objects,
        None => catalog.record_unread = true,
    }
    Ok(())
}

/// None if there is a record and it cannot be told what it says.
///
/// INVARIANT: nothing of the database's own runs. The query is ours, and the record is a plain table of the seal role's: a view
/// of somebody's who could make a schema of that name would run their functions as whoever deploys.
async fn differences<C: GenericClient + Sync>(
    client: &C,
    prefix: &str,
) -> Result<Option<BTreeSet<String>>, IntrospectError> {
    let query = "select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname = 'seal' and c.relname = 'guarded' and c.relkind = 'r' and not c.relhasrules \
                   and pg_get_userbyid(c.relowner) = $1 and pg_get_userbyid(n.nspowner) = $1 \
                   and array(select a.attname || ' ' || format_type(a.atttypid, null) from pg_attribute a \
                     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by 1) = '{object text,state jsonb}' \
                   and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') \
                   and not row_security_active(c.oid)";
    let seal = format!("{prefix}_seal");
    if client.query_typed(query, &[(&seal, Type::TEXT)]).await?.is_empty() {
        let there = "select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                     where n.nspname = 'seal' and c.relname = 'guarded'";
        return Ok(rows(client, there).await?.is_empty().then(BTreeSet::new));
    }
    let mut objects = BTreeSet::new();
    for row in rows(client, &unrecorded(prefix)).await? {
        objects.insert(row.try_get(0)?);
    }
    Ok(Some(objects))
}
