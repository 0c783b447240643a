//! Postgres' own functions and catalogs that say, or touch, what lies around the tables, and who may use them.

use pgseal_engine::catalog::{Acl, Catalog, Signature, SystemClass};
use pgseal_engine::sql::{QualifiedName, literal};
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::{IntrospectError, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    functions(client, names, catalog).await?;
    relations(client, names, catalog).await
}

async fn functions<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let patterns = SystemClass::ALL.iter().flat_map(|class| class.members().functions);
    let (begins, whole): (Vec<&str>, Vec<&str>) = patterns.copied().partition(|pattern| pattern.ends_with('*'));
    let begins: Vec<String> = begins
        .iter()
        .map(|begin| format!("starts_with(p.proname::text, {})", literal(begin.trim_end_matches('*'))))
        .collect();
    let whole: Vec<String> = whole.iter().map(|name| literal(name)).collect();
    let query = format!(
        "select p.proname::text as name, \
           array(select format_type(t.type, null) from unnest(p.proargtypes) with ordinality t(type, place) order by t.place) \
             as arguments, {acl} \
         from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' \
           and (p.proname in ({whole}) or {begins})",
        acl = select("p.proacl", 'f', "p.proowner"),
        whole = whole.join(", "),
        begins = begins.join(" or "),
    );
    for row in rows(client, &query).await? {
        let name = QualifiedName::new("pg_catalog", row.try_get::<_, String>("name")?);
        catalog.system.functions.insert(Signature { name, arguments: row.try_get("arguments")? }, names.acl(&row)?);
    }
    Ok(())
}

async fn relations<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let relations: Vec<String> = (SystemClass::ALL.iter().flat_map(|class| class.members().relations))
        .map(|(relation, _)| literal(relation))
        .collect();
    let of = format!("c.relnamespace = 'pg_catalog'::regnamespace and c.relname in ({})", relations.join(", "));
    let acl = select("c.relacl", 'r', "c.relowner");
    for row in rows(client, &format!("select c.relname::text as name, {acl} from pg_class c where {of}")).await? {
        let name = QualifiedName::new("pg_catalog", row.try_get::<_, String>("name")?);
        catalog.system.relations.entry(name).or_default().acl = names.acl(&row)?;
    }
    let acl = select("a.attacl", 'c', "c.relowner");
    let query = format!(
        "select c.relname::text as name, a.attname::text as column_name, {acl} \
         from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped where {of}"
    );
    for row in rows(client, &query).await? {
        let name = QualifiedName::new("pg_catalog", row.try_get::<_, String>("name")?);
        let acl: Acl = names.acl(&row)?;
        catalog.system.relations.entry(name).or_default().columns.insert(row.try_get("column_name")?, acl);
    }
    Ok(())
}
