//! Extended statistics that somebody else made on a table of the project: ANALYZE, also the server's own, computes their
//! expressions as the table's owner.

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diff::Change;
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::ApplyError;

/// Those on tables that are the project's, or become it. INVARIANT: no function of somebody else's runs as the owner.
pub(super) async fn of_others(
    transaction: &Transaction<'_>,
    desired: &Catalog,
    prefix: &str,
) -> Result<Vec<Change>, ApplyError> {
    let query = "select n.nspname::text, c.relname::text, \
                 pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.stxname), r.rolname::text \
                 from pg_catalog.pg_statistic_ext s join pg_catalog.pg_class c on c.oid = s.stxrelid \
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 join pg_catalog.pg_namespace sn on sn.oid = s.stxnamespace join pg_catalog.pg_roles r on r.oid = s.stxowner \
                 where r.rolname <> $1 order by 1, 2, 3";
    let mut changes = Vec::new();
    for row in transaction.query_typed(query, &[(&format!("{prefix}_owner"), Type::TEXT)]).await? {
        let table = QualifiedName::new(&row.try_get::<_, String>(0)?, &row.try_get::<_, String>(1)?);
        let (name, owner): (String, String) = (row.try_get(2)?, row.try_get(3)?);
        if desired.tables.contains_key(&table) {
            changes.push(Change::Unsupported {
                object: format!("statistics {name} on {table}"),
                difference: format!("belong to `{owner}`, and would be computed as the table's owner: drop them first"),
            });
        }
    }
    Ok(changes)
}
