//! Which functions Postgres runs as whoever writes a table or reads a view: it asks them for EXECUTE, also behind an operator, a
//! cast or a type. As Postgres recorded it, so that overloads are told apart.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::{Catalog, Signature};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, rows, view_tree};

/// A value of a domain is checked wherever it stands: below another domain, in an array, range or row.
const QUERY: &str = "with recursive source (class, id, relation, kind) as ( \
       select 'pg_attrdef'::regclass, d.oid, d.adrelid, case a.attgenerated when '' then 'default' else 'row' end \
       from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum \
       union all select 'pg_constraint'::regclass, c.oid, c.conrelid, 'row' from pg_constraint c \
         where c.contype = 'c' and c.conrelid <> 0 \
       union all select 'pg_class'::regclass, i.indexrelid, i.indrelid, 'row' from pg_index i where i.indexrelid >= 16384 \
       union all select 'pg_rewrite'::regclass, r.oid, r.ev_class, 'read' from pg_rewrite r \
         where r.rulename = '_RETURN' and r.oid >= 16384 \
     ), contains (whole, part) as ( \
       select t.oid, t.typelem from pg_type t where t.typelem <> 0 \
       union all select t.oid, t.typbasetype from pg_type t where t.typbasetype <> 0 \
       union all select n.oid, r.rngsubtype from pg_range r cross join lateral (values (r.rngtypid), (r.rngmultitypid)) n (oid) \
       union all select c.reltype, a.atttypid from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 \
         and not a.attisdropped where c.reltype <> 0 \
       union all select c.contypid, d.refobjid from pg_constraint c join pg_depend d on d.classid = 'pg_constraint'::regclass \
         and d.objid = c.oid and d.refclassid = 'pg_type'::regclass where c.contypid <> 0 \
     ), typed (relation, kind, type, mention) as ( \
       (select a.attrelid, 'row', a.atttypid, 0::oid from pg_attribute a join pg_class c on c.oid = a.attrelid \
          where c.relkind in ('r', 'p', 'f') and a.attnum > 0 and not a.attisdropped and a.atttypid >= 16384 \
        union select s.relation, s.kind, d.refobjid, case s.kind when 'read' then d.refobjid else 0 end from source s join pg_depend d on d.classid = s.class and d.objid = s.id \
          where d.refclassid = 'pg_type'::regclass) \
       union select t.relation, t.kind, c.part, t.mention from typed t join contains c on c.whole = t.type where c.part >= 16384 \
     ), needs (relation, kind, class, id, mention) as ( \
       select s.relation, s.kind, d.refclassid, d.refobjid, case s.kind when 'read' then d.refobjid else 0 end from source s \
         join pg_depend d on d.classid = s.class and d.objid = s.id \
       union select t.relation, t.kind, d.refclassid, d.refobjid, t.mention from typed t join pg_constraint c on c.contypid = t.type \
         join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = c.oid \
       union select t.relation, t.kind, d.refclassid, d.refobjid, t.mention from typed t join pg_type y on y.oid = t.type and y.typtype = 'd' \
         join pg_depend d on d.classid = 'pg_type'::regclass and d.objid = y.oid \
     ) \
     select distinct n.relation, n.kind, n.mention, s.nspname::text as schema, p.proname::text as name, \
       array(select format_type(a.type, null) from unnest(p.proargtypes) with ordinality a (type, place) order by a.place) as arguments \
     from needs n left join pg_operator o on n.class = 'pg_operator'::regclass and o.oid = n.id \
       join pg_proc p on p.oid = case n.class when 'pg_proc'::regclass then n.id else o.oprcode end \
       join pg_namespace s on s.oid = p.pronamespace where p.oid >= 16384";

/// Reads them into the tables, views and functions that are there already.
pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    let mut of_views: BTreeMap<u32, Vec<(u32, Signature)>> = BTreeMap::new();
    for row in rows(client, QUERY).await? {
        let name = QualifiedName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
        let signature = Signature { name, arguments: row.try_get("arguments")? };
        // What an extension brought is everybody's, as its script says.
        if !catalog.functions.contains_key(&signature) {
            continue;
        }
        let relation = relations.of(&row)?;
        let kind: String = row.try_get("kind")?;
        let table = catalog.tables.get_mut(relation);
        let known = match kind.as_str() {
            "default" => table.map(|table| &mut table.default_calls),
            "row" => table.map(|table| &mut table.calls),
            _ => catalog.views.get_mut(relation).map(|view| {
                let mentions = of_views.entry(row.get("relation")).or_default();
                mentions.push((row.get("mention"), signature.clone()));
                &mut view.calls
            }),
        };
        if let Some(calls) = known {
            calls.insert(signature);
        }
    }
    columns_of_views(client, relations, catalog, &of_views).await
}

/// Which of a view's calls are there for which of its columns.
async fn columns_of_views<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
    calls: &BTreeMap<u32, Vec<(u32, Signature)>>,
) -> Result<(), IntrospectError> {
    if calls.is_empty() {
        return Ok(());
    }
    let query = "select oid from pg_proc where provolatile = 'v' or proretset";
    let mut always = BTreeSet::new();
    for row in rows(client, query).await? {
        always.insert(row.try_get::<_, u32>(0)?);
    }
    let query = "select ev_class as relation, ev_action::text as tree from pg_rewrite where rulename = '_RETURN' and oid >= 16384";
    for row in rows(client, query).await? {
        let relation: u32 = row.try_get("relation")?;
        let Some(calls) = calls.get(&relation) else { continue };
        let Some(view) = catalog.views.get_mut(relations.of(&row)?) else { continue };
        let tree: String = row.try_get("tree")?;
        let parts = view_tree::parts(&tree, &always);
        for (mention, signature) in calls {
            for (number, _) in parts.columns.iter().filter(|(_, mentioned)| mentioned.contains(mention)) {
                if let Some(column) = relations.column(relation, *number) {
                    view.column_calls.entry(column).or_default().insert(signature.clone());
                }
            }
            if parts.whole.contains(mention) {
                view.whole_calls.insert(signature.clone());
            }
        }
        view.unclear_calls = view
            .calls
            .iter()
            .filter(|call| {
                let mut mentions =
                    calls.iter().filter(|(_, signature)| signature == *call).map(|(mention, _)| *mention);
                // What was found nowhere may be anywhere.
                let told = mentions.clone().any(|mention| parts.mentions(mention));
                !told || mentions.any(|mention| parts.unclear.contains(&mention))
            })
            .cloned()
            .collect();
    }
    Ok(())
}
