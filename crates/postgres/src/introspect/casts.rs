//! Casts.

use pgseal_engine::catalog::{Cast, Catalog};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::{IntrospectError, not_of_extension, rows};

pub(super) async fn read<C: GenericClient + Sync>(client: &C, catalog: &mut Catalog) -> Result<(), IntrospectError> {
    let query = format!(
        "select concat(format_type(x.castsource, null), ' AS ', format_type(x.casttarget, null)) as types, \
           concat_ws(' ', case x.castmethod when 'i' then 'WITH INOUT' when 'b' then 'WITHOUT FUNCTION' \
             else 'WITH FUNCTION ' || x.castfunc::regprocedure end, \
             case x.castcontext when 'i' then 'AS IMPLICIT' when 'a' then 'AS ASSIGNMENT' end) as definition, \
           b.schemas, b.names \
         from pg_cast x cross join lateral ( \
           select array_agg(n.nspname::text order by s.oid) as schemas, array_agg(s.typname::text order by s.oid) as names \
           from pg_type t left join pg_type e on e.oid = t.typelem and e.typarray = t.oid \
             left join pg_range g on g.rngmultitypid = coalesce(e.oid, t.oid) \
             join pg_type s on s.oid = coalesce(g.rngtypid, e.oid, t.oid) join pg_namespace n on n.oid = s.typnamespace \
           where t.oid in (x.castsource, x.casttarget)) b \
         where x.oid >= 16384 and {}",
        not_of_extension("pg_cast", "x.oid")
    );
    for row in rows(client, &query).await? {
        let (schemas, names): (Vec<String>, Vec<String>) = (row.try_get("schemas")?, row.try_get("names")?);
        let between = schemas.into_iter().zip(names).map(|(schema, name)| QualifiedName::new(schema, name)).collect();
        let cast = Cast { between, definition: row.try_get("definition")? };
        catalog.casts.insert(row.try_get("types")?, cast);
    }
    Ok(())
}
