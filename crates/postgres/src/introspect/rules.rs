//! Rewrite rules of tables and views, but for the one that is a view itself.

use pgseal_engine::catalog::Catalog;
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select r.ev_class as relation, r.rulename::text as name, pg_get_ruledef(r.oid) as definition \
                 from pg_rewrite r where r.rulename <> '_RETURN' and r.oid >= 16384";
    for row in rows(client, query).await? {
        let relation = relations.of(&row)?;
        let rules = match (catalog.tables.get_mut(relation), catalog.views.get_mut(relation)) {
            (Some(table), _) => &mut table.rules,
            (None, Some(view)) => &mut view.rules,
            (None, None) => continue,
        };
        rules.insert(row.try_get("name")?, row.try_get("definition")?);
    }
    Ok(())
}
