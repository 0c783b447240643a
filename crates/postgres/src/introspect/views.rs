//! Views and materialized views.

use std::collections::BTreeSet;

use pgseal_engine::catalog::{Catalog, View};
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::relations::Relations;
use super::{IntrospectError, USER_SCHEMA, letter, not_of_extension, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = format!(
        "select c.oid as relation, c.relkind::text as kind, c.relowner as owner, pg_get_viewdef(c.oid) as definition, \
           coalesce(c.reloptions, array[]::text[]) as options, {acl} \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where c.relkind in ('v', 'm') and c.relpersistence <> 't' and {USER_SCHEMA} and {no_member}",
        acl = select("c.relacl", 'r', "c.relowner"),
        no_member = not_of_extension("pg_class", "c.oid"),
    );
    for row in rows(client, &query).await? {
        let options: Vec<String> = row.try_get("options")?;
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let view = View {
            owner: names.owner(&row)?,
            materialized: letter(&row, "kind")? == 'm',
            definition: row.try_get("definition")?,
            security_invoker: option("security_invoker").is_some_and(is_on),
            security_barrier: option("security_barrier").is_some_and(is_on),
            check_option: option("check_option").map(str::to_owned),
            acl: names.acl(&row)?,
            ..View::default()
        };
        catalog.views.insert(relations.of(&row)?.clone(), view);
    }
    reads(client, relations, catalog).await
}

/// What each view's query reads, as Postgres recorded it. Of a relation that it names no column of (`count(*)`), which takes
/// the right to read any one, the column is the empty name.
async fn reads<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let query = "select r.ev_class as relation, d.refobjid as read, d.refobjsubid::int2 as number \
                 from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid \
                 where r.rulename = '_RETURN' and r.oid >= 16384 and d.refclassid = 'pg_class'::regclass \
                 and d.refobjid <> r.ev_class and d.deptype = 'n'";
    for row in rows(client, query).await? {
        if let Some(view) = catalog.views.get_mut(relations.of(&row)?) {
            let read: u32 = row.try_get("read")?;
            let column = relations.column(read, row.try_get("number")?).unwrap_or_default();
            view.reads.insert((relations.name(read)?.clone(), column));
        }
    }
    // What is read of the system's catalog, or of an extension, is not the user's to grant.
    let known: BTreeSet<_> = catalog.tables.keys().chain(catalog.views.keys()).cloned().collect();
    for view in catalog.views.values_mut() {
        view.reads.retain(|(relation, _)| known.contains(relation));
    }
    Ok(())
}

/// How Postgres reads a boolean option: any unambiguous beginning of these.
fn is_on(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "t" | "tr" | "tru" | "true" | "on" | "1" | "y" | "ye" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_on;

    #[test]
    fn options_are_read_as_postgres_reads_them() {
        assert!(["true", "on", "1", "yes", "TRUE"].into_iter().all(is_on));
        assert!(!["false", "off", "0", "no", ""].into_iter().any(is_on));
    }
}
