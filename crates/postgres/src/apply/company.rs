//! Who else makes things in a database in which something that is there becomes the project's.
//!
//! Casts, partitions, extensions, default values: what somebody hung on an object comes along with it, and much of it is recorded as
//! nobody's. `hangs` finds what is known to be dangerous and is no proof that there is no more. INVARIANT: nothing is adopted where
//! somebody who is not let act as the project's owner owns anything or may create anything, unless they are named as trusted.

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::ApplyError;

/// Who is no stranger. `$1` are the project's roles, `$2` its owner, `$3` whoever was named.
const TRUSTED: &str = "with trusted as (select r.oid from pg_catalog.pg_roles r where r.rolsuper or r.rolname = session_user \
       or r.rolname = 'pg_database_owner' or r.rolname = any ($1::text[]) or r.rolname = any ($3::text[]) \
       or exists (select from pg_catalog.pg_roles o where o.rolname = $2 and pg_catalog.pg_has_role(r.oid, o.oid, 'member')))";

/// Whether something of a stranger's stands in one of the schemas `$4`, where a name could mean it.
const INSIDE: &str = "select exists (select from pg_catalog.pg_namespace n \
     join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.refobjid = n.oid \
     join pg_catalog.pg_shdepend s on s.classid = d.classid and s.objid = d.objid and s.deptype = 'o' \
       and s.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) \
       and s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass \
     where n.nspname = any ($4::text[]) and s.refobjid not in (select t.oid from trusted t))";

/// Roles that own something in this database, or may create something in it, with what: of each owner three examples and how many
/// there are.
const COMPANY: &str = ", owned as (select d.refobjid as role, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) as what, \
       pg_catalog.row_number() over (partition by d.refobjid order by d.classid desc, d.objid) as at, \
       pg_catalog.count(*) over (partition by d.refobjid) as number \
       from pg_catalog.pg_shdepend d where d.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) \
       and d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and d.deptype = 'o' \
       and not exists (select from pg_catalog.pg_range m where d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and m.rngmultitypid = d.objid) \
       and d.refobjid not in (select t.oid from trusted t)) \
     select pg_catalog.pg_get_userbyid(o.role)::text, 'owns ' || pg_catalog.string_agg(o.what, ', ' order by o.at) \
       || case when o.number > 3 then ' and ' || o.number - 3 || ' more' else '' end \
     from owned o where o.at <= 3 group by o.role, o.number \
     union all \
     select pg_catalog.pg_get_userbyid(d.datdba)::text, 'owns this database' from pg_catalog.pg_database d \
     where d.datname = pg_catalog.current_database() and d.datdba not in (select t.oid from trusted t) \
     union all \
     select coalesce(r.rolname::text, 'PUBLIC'), 'may create in ' || c.what from ( \
       select a.grantee, 'this database' from pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a \
       where d.datname = pg_catalog.current_database() and a.privilege_type = 'CREATE' \
       union all select a.grantee, 'schema ' || pg_catalog.quote_ident(n.nspname) from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a \
       where a.privilege_type = 'CREATE') c (grantee, what) left join pg_catalog.pg_roles r on r.oid = c.grantee \
     where c.grantee not in (select t.oid from trusted t) order by 1, 2";

/// What becomes the project's.
pub(super) enum Taken<'a> {
    /// Schemas alone: they bring along what stands in them.
    Schemas(Vec<&'a str>),
    /// Other objects too.
    Objects,
}

/// That nobody but those who are trusted makes anything here.
pub(super) async fn check(
    transaction: &Transaction<'_>,
    taken: &Taken<'_>,
    ours: &[&str],
    owner: &str,
    trusted: &[String],
) -> Result<(), ApplyError> {
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
        [(&ours, Type::TEXT_ARRAY), (&owner, Type::TEXT), (&trusted, Type::TEXT_ARRAY)];
    if let Taken::Schemas(schemas) = taken {
        let parameters: Vec<_> = parameters.iter().cloned().chain([(schemas as _, Type::TEXT_ARRAY)]).collect();
        let row = transaction.query_typed_one(&format!("{TRUSTED} {INSIDE}"), &parameters).await?;
        if !row.try_get::<_, bool>(0)? {
            return Ok(());
        }
    }
    let mut found = Vec::new();
    for row in transaction.query_typed(&format!("{TRUSTED}{COMPANY}"), &parameters).await? {
        let (role, does): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        found.push(format!("`{role}` {does}"));
    }
    if found.is_empty() { Ok(()) } else { Err(ApplyError::InCompany(found)) }
}
