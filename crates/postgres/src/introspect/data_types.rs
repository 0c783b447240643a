//! Enums, domains, composite and range types.

use pgseal_engine::catalog::{Catalog, Type, TypeKind};
use pgseal_engine::sql::QualifiedName;
use tokio_postgres::GenericClient;

use super::{IntrospectError, USER_SCHEMA, not_of_extension, rows};

pub(super) async fn read<C: GenericClient + Sync>(client: &C, catalog: &mut Catalog) -> Result<(), IntrospectError> {
    // The row types of tables have a relation of another kind than `c`.
    let query = format!(
        "select n.nspname::text as schema, t.typname::text as name, pg_get_userbyid(t.typowner)::text as owner, \
           t.typtype::text as kind, \
           array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder) as labels, \
           array(select a.attname::text from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 \
             and not a.attisdropped order by a.attnum) as attributes, \
           array(select concat_ws(' COLLATE ', format_type(a.atttypid, a.atttypmod), (select a.attcollation::regcollation::text \
             from pg_type b where b.oid = a.atttypid and b.typcollation <> a.attcollation)) from pg_attribute a where a.attrelid = t.typrelid \
             and a.attnum > 0 and not a.attisdropped order by a.attnum) as attribute_types, \
           case t.typtype when 'd' then concat_ws(' ', format_type(t.typbasetype, t.typtypmod), \
             (select 'COLLATE ' || t.typcollation::regcollation from pg_type b where b.oid = t.typbasetype \
               and b.typcollation <> t.typcollation), \
             'DEFAULT ' || t.typdefault, case when t.typnotnull then 'NOT NULL' end, \
             (select string_agg(format('CONSTRAINT %I %s', c.conname, pg_get_constraintdef(c.oid)), ' ' order by c.conname) \
               from pg_constraint c where c.contypid = t.oid and c.contype = 'c')) end as domain, \
           (select concat_ws(', ', format_type(r.rngsubtype, null), \
             (select 'subtype_opclass = ' || format('%I.%I', on_.nspname, o.opcname) from pg_opclass o \
               join pg_namespace on_ on on_.oid = o.opcnamespace where o.oid = r.rngsubopc and not o.opcdefault), \
             (select 'collation = ' || r.rngcollation::regcollation from pg_type b where b.oid = r.rngsubtype \
               and b.typcollation <> r.rngcollation), \
             'canonical = ' || nullif(r.rngcanonical::oid, 0)::regprocedure::text, \
             'subtype_diff = ' || nullif(r.rngsubdiff::oid, 0)::regprocedure::text, \
             'multirange_type_name = ' || format_type(r.rngmultitypid, null)) \
             from pg_range r where r.rngtypid = t.oid) as subtype \
         from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid \
         where {USER_SCHEMA} and t.typtype in ('e', 'd', 'c', 'r') and (t.typtype <> 'c' or c.relkind = 'c') and {}",
        not_of_extension("pg_type", "t.oid")
    );
    for row in rows(client, &query).await? {
        let kind: String = row.try_get("kind")?;
        let kind = match kind.as_str() {
            "e" => TypeKind::Enum(row.try_get("labels")?),
            "d" => TypeKind::Domain(row.try_get("domain")?),
            "c" => {
                let (names, types): (Vec<String>, Vec<String>) =
                    (row.try_get("attributes")?, row.try_get("attribute_types")?);
                TypeKind::Composite(names.into_iter().zip(types).collect())
            }
            _ => TypeKind::Range(row.try_get("subtype")?),
        };
        let name = QualifiedName::new(row.try_get::<_, String>("schema")?, row.try_get::<_, String>("name")?);
        catalog.types.insert(name, Type { owner: row.try_get("owner")?, kind });
    }
    Ok(())
}
