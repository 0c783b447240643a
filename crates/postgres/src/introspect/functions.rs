//! Functions, procedures, aggregates and window functions. The constructors of a range type are the type's: Postgres makes them
//! for everybody, as its own superuser.

use pgseal_engine::catalog::{Catalog, Function, Signature};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::{IntrospectError, USER_SCHEMA, letter, not_of_extension, rows};

/// `pg_get_functiondef` refuses aggregates: what CREATE AGGREGATE says of it, without what it leaves at its default.
const AGGREGATE: &str = "(select concat_ws(', ', 'SFUNC = ' || g.aggtransfn::text, 'STYPE = ' || format_type(g.aggtranstype, null), \
     'FINALFUNC = ' || nullif(g.aggfinalfn::text, '-'), 'COMBINEFUNC = ' || nullif(g.aggcombinefn::text, '-'), \
     'MSFUNC = ' || nullif(g.aggmtransfn::text, '-'), 'MINVFUNC = ' || nullif(g.aggminvtransfn::text, '-'), \
     'MFINALFUNC = ' || nullif(g.aggmfinalfn::text, '-'), 'SORTOP = ' || nullif(g.aggsortop, 0)::regoperator::text, \
     'INITCOND = ' || quote_literal(g.agginitval), 'KIND = ' || g.aggkind::text) \
     from pg_aggregate g where g.aggfnoid = p.oid)";

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = format!(
        "select n.nspname::text as schema, p.proname::text as name, p.proowner as owner, p.prokind::text as kind, \
           array(select format_type(t.type, null) from unnest(p.proargtypes) with ordinality t(type, place) order by t.place) \
             as arguments, \
           l.lanname::text as language, coalesce(pg_get_function_result(p.oid), '') as returns, p.prosecdef, \
           p.provolatile::text as volatility, p.proleakproof, coalesce(p.proconfig, array[]::text[]) as settings, \
           case when p.prokind = 'a' then {AGGREGATE} else pg_get_functiondef(p.oid) end as definition, {acl}, \
           array(select i.type || ' ' || i.identity from pg_depend d, \
               lateral pg_identify_object(d.refclassid, d.refobjid, 0) i \
             where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'n' and d.refclassid in \
               ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass)) as needs \
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang \
         where {USER_SCHEMA} and {no_member} and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass \
           and d.objid = p.oid and d.refclassid = 'pg_type'::regclass and d.deptype = 'i')",
        acl = select("p.proacl", 'f', "p.proowner"),
        no_member = not_of_extension("pg_proc", "p.oid"),
    );
    for row in rows(client, &query).await? {
        let name = QualifiedName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
        let settings: Vec<String> = row.try_get("settings")?;
        let needs: Vec<String> = row.try_get("needs")?;
        let function = Function {
            owner: names.owner(&row)?,
            kind: letter(&row, "kind")?,
            language: row.try_get("language")?,
            returns: row.try_get("returns")?,
            security_definer: row.try_get("prosecdef")?,
            volatility: letter(&row, "volatility")?,
            leakproof: row.try_get("proleakproof")?,
            settings: settings.into_iter().collect(),
            definition: row.try_get("definition")?,
            acl: names.acl(&row)?,
            depends_on: needs.into_iter().collect(),
        };
        catalog.functions.insert(Signature { name, arguments: row.try_get("arguments")? }, function);
    }
    Ok(())
}
