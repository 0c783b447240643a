//! What extensions brought and opened to everybody: it is theirs, left alone and said.

use pgseal_engine::reach::Open;
use pgseal_engine::sql::ident;
use tokio_postgres::Transaction;

use super::ApplyError;

/// Tables that extensions brought and opened to everybody. They belong to the extension, which may need them so.
pub(super) async fn open(transaction: &Transaction<'_>) -> Result<Vec<Open>, ApplyError> {
    let query = "select e.extname::text, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), \
                 pg_catalog.string_agg(distinct a.privilege_type, ', ' order by a.privilege_type) \
                 from pg_catalog.pg_depend d join pg_catalog.pg_extension e on e.oid = d.refobjid \
                 join pg_catalog.pg_class c on c.oid = d.objid join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 cross join lateral pg_catalog.aclexplode(c.relacl) a \
                 where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = 'pg_catalog.pg_extension'::regclass \
                 and d.deptype = 'e' and c.relkind in ('r', 'p', 'f', 'v', 'm') and a.grantee = 0 \
                 and n.nspname not in ('pg_catalog', 'information_schema') \
                 group by e.extname, n.nspname, c.relname order by 1, 2";
    let mut open = Vec::new();
    for row in transaction.query_typed(query, &[]).await? {
        let (extension, relation, privileges): (String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        open.push(Open {
            what: format!("{relation} of extension {} gives everybody {privileges}", ident(&extension)),
            why: "it is the extension's, which may need it so".to_owned(),
            sql: vec![format!("revoke all on {relation} from public")],
        });
    }
    Ok(open)
}
