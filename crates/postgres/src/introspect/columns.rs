//! Columns of tables and views.

use std::collections::BTreeMap;

use pgseal_engine::catalog::{Catalog, Column};
use tokio_postgres::GenericClient;

use super::acl::{Names, select};
use super::relations::Relations;
use super::{IntrospectError, USER_SCHEMA, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    names: &Names,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let domains = Domains::read(client).await?;
    let query = format!(
        "select a.attrelid as relation, a.attname::text as name, a.atttypid as type, \
           format_type(a.atttypid, a.atttypmod) as type_name, format_type(a.atttypid, null) as bare_type, \
           a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as expression, \
           a.attidentity::text as identity, a.attgenerated::text as generated, \
           case when a.attcollation <> 0 and a.attcollation <> t.typcollation \
             then a.attcollation::regcollation::text end as collation, {acl} \
         from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace \
         join pg_type t on t.oid = a.atttypid \
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
         where c.relkind in ('r', 'p', 'f', 'v', 'm') and c.relpersistence <> 't' and {USER_SCHEMA} \
         and a.attnum > 0 and not a.attisdropped order by a.attrelid, a.attnum",
        acl = select("a.attacl", 'c', "c.relowner"),
    );
    for row in rows(client, &query).await? {
        let relation = relations.of(&row)?;
        let (name, type_name): (String, String) = (row.try_get("name")?, row.try_get("type_name")?);
        if let Some(view) = catalog.views.get_mut(relation) {
            let acl = names.acl(&row)?;
            if !acl.is_empty() {
                view.column_acls.insert(name.clone(), acl);
            }
            view.columns.push((name, type_name));
            continue;
        }
        let Some(table) = catalog.tables.get_mut(relation) else { continue };
        let expression: Option<String> = row.try_get("expression")?;
        let (identity, generated): (String, String) = (row.try_get("identity")?, row.try_get("generated")?);
        let (default, generated) = match generated.as_str() {
            "" => (expression, None),
            "s" => (None, expression.map(|text| format!("({text}) STORED"))),
            "v" => (None, expression.map(|text| format!("({text}) VIRTUAL"))),
            other => return Err(IntrospectError::Unknown(format!("attgenerated {other}"))),
        };
        table.columns.push(Column {
            base_type: match domains.base(row.try_get("type")?) {
                Some(base) => base.to_owned(),
                None => row.try_get("bare_type")?,
            },
            name,
            type_name,
            not_null: row.try_get("attnotnull")?,
            default,
            identity: identity.chars().next(),
            generated,
            collation: row.try_get("collation")?,
            acl: names.acl(&row)?,
        });
    }
    Ok(())
}

/// All domains: what each is directly based on.
struct Domains(BTreeMap<u32, (u32, String)>);

impl Domains {
    async fn read<C: GenericClient + Sync>(client: &C) -> Result<Self, IntrospectError> {
        let query = "select oid, typbasetype, format_type(typbasetype, null) from pg_type where typtype = 'd'";
        let mut domains = BTreeMap::new();
        for row in rows(client, query).await? {
            domains.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
        }
        Ok(Self(domains))
    }

    /// The type below all domains; none if it is no domain.
    fn base(&self, mut oid: u32) -> Option<&str> {
        let mut found = None;
        while let Some((base, name)) = self.0.get(&oid) {
            (oid, found) = (*base, Some(name.as_str()));
        }
        found
    }
}
