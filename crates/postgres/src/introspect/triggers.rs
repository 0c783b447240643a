//! Triggers of tables and views, internal ones left out.

use pgseal_engine::catalog::{Catalog, Signature, Trigger};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, letter, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    // Bit 2 of tgtype is BEFORE. A trigger's function takes no arguments in its signature.
    let query = "select t.tgrelid as relation, t.tgname::text as name, pg_get_triggerdef(t.oid) as definition, \
                   n.nspname::text as function_schema, p.proname::text as function_name, t.tgtype & 2 <> 0 as before, \
                   t.tgenabled::text as enabled, t.tgparentid <> 0 as inherited \
                 from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace \
                 where not t.tgisinternal";
    for row in rows(client, query).await? {
        let relation = relations.of(&row)?;
        let triggers = match (catalog.tables.get_mut(relation), catalog.views.get_mut(relation)) {
            (Some(table), _) => &mut table.triggers,
            (None, Some(view)) => &mut view.triggers,
            (None, None) => continue,
        };
        let function = QualifiedName::new(
            row.try_get::<_, String>("function_schema")?,
            row.try_get::<_, String>("function_name")?,
        );
        let trigger = Trigger {
            definition: row.try_get("definition")?,
            function: Signature { name: function, arguments: Vec::new() },
            before: row.try_get("before")?,
            enabled: letter(&row, "enabled")?,
            inherited: row.try_get("inherited")?,
        };
        triggers.insert(row.try_get("name")?, trigger);
    }
    Ok(())
}
