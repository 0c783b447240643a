//! The database itself, its schemas, extensions and default privileges.

use pgseal_engine::catalog::{Catalog, Schema};
use pgseal_engine::diff::recorded;
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::{IntrospectError, USER_SCHEMA, letter, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let acl = select("d.datacl", 'd', "d.datdba");
    let query = format!("select d.datdba as owner, {acl} from pg_database d where d.datname = current_database()");
    for row in rows(client, &query).await? {
        catalog.database_owner = names.owner(&row)?;
        catalog.database = names.acl(&row)?;
    }

    let acl = select("n.nspacl", 'n', "n.nspowner");
    let query =
        format!("select n.nspname::text as name, n.nspowner as owner, {acl} from pg_namespace n where {USER_SCHEMA}");
    for row in rows(client, &query).await? {
        catalog.schemas.insert(row.try_get("name")?, Schema { owner: names.owner(&row)?, acl: names.acl(&row)? });
    }

    let query = "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'seal'";
    for row in rows(client, query).await? {
        catalog.others = recorded(row.try_get::<_, Option<String>>(0)?.as_deref().unwrap_or_default());
    }

    let query =
        "select e.extname::text, n.nspname::text from pg_extension e join pg_namespace n on n.oid = e.extnamespace";
    for row in rows(client, query).await? {
        catalog.extensions.insert(row.try_get(0)?, row.try_get(1)?);
    }
    default_privileges(client, names, catalog).await
}

/// An entry without a schema replaces the built-in default, one with a schema adds to it. Left out are those that come to the
/// same as no entry.
async fn default_privileges<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let others = |list: &str| {
        format!(
            "array(select a.grantee || ':' || a.privilege_type || ':' || a.is_grantable from aclexplode({list}) a \
             where a.grantee <> d.defaclrole order by 1)"
        )
    };
    // `acldefault` calls sequences `s`, the catalog `S`.
    let built_in =
        "acldefault(case d.defaclobjtype when 'S' then 's'::\"char\" else d.defaclobjtype end, d.defaclrole)";
    let query = format!(
        "select d.defaclrole as owner, n.nspname::text as schema, d.defaclobjtype::text as kind, {held} as acl, \
         case when n.oid is null then {built_in} else array[]::text[] end as usual \
         from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace",
        held = others("d.defaclacl"),
        built_in = others(built_in),
    );
    for row in rows(client, &query).await? {
        let (held, usual): (Vec<String>, Vec<String>) = (row.try_get("acl")?, row.try_get("usual")?);
        if held != usual {
            let key = (names.owner(&row)?, row.try_get("schema")?, letter(&row, "kind")?);
            catalog.default_privileges.insert(key, names.acl(&row)?);
        }
    }
    Ok(())
}
