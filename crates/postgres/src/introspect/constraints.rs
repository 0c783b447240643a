//! Constraints of tables. NOT NULL, which is a constraint of its own since 18, is left to the column.

use pgseal_engine::catalog::{Catalog, Constraint, ConstraintKind, References};
use tokio_postgres::GenericClient;

use super::relations::Relations;
use super::{IntrospectError, letter, rows};

pub(super) async fn read<C: GenericClient + Sync>(
    client: &C,
    relations: &Relations,
    catalog: &mut Catalog,
) -> Result<(), IntrospectError> {
    // A foreign key to a partitioned table has a shadow for each partition, on the same table: only the one that was written.
    let query = "select k.conrelid as relation, k.conname::text as name, k.contype::text as kind, \
                   pg_get_constraintdef(k.oid) as definition, coalesce(k.conkey, array[]::int2[]) as columns, k.convalidated, \
                   k.confrelid as target, coalesce(k.confkey, array[]::int2[]) as target_columns, \
                   k.confdeltype::text as on_delete, k.confupdtype::text as on_update \
                 from pg_constraint k left join pg_constraint p on p.oid = k.conparentid \
                 where k.conrelid <> 0 and k.contype <> 'n' and p.conrelid is distinct from k.conrelid and k.oid >= 16384";
    for row in rows(client, query).await? {
        let Some(table) = catalog.tables.get_mut(relations.of(&row)?) else { continue };
        let names = |relation: u32, numbers: Vec<i16>| -> Vec<String> {
            numbers.into_iter().filter_map(|number| relations.column(relation, number)).collect()
        };
        let kind = match letter(&row, "kind")? {
            'p' => ConstraintKind::PrimaryKey,
            'u' => ConstraintKind::Unique,
            'f' => ConstraintKind::ForeignKey,
            'c' => ConstraintKind::Check,
            'x' => ConstraintKind::Exclusion,
            't' => ConstraintKind::Trigger,
            other => return Err(IntrospectError::Unknown(format!("contype {other}"))),
        };
        let target: u32 = row.try_get("target")?;
        let references = match kind {
            ConstraintKind::ForeignKey => Some(References {
                table: relations.name(target)?.clone(),
                columns: names(target, row.try_get("target_columns")?),
                on_delete: letter(&row, "on_delete")?,
                on_update: letter(&row, "on_update")?,
            }),
            _ => None,
        };
        let numbers: Vec<i16> = row.try_get("columns")?;
        // Number 0 is the whole row.
        let whole = kind == ConstraintKind::Check && numbers.contains(&0);
        let relation: u32 = row.try_get("relation")?;
        let constraint = Constraint {
            kind,
            definition: row.try_get("definition")?,
            columns: if whole { relations.columns(relation) } else { names(relation, numbers) },
            references,
            validated: row.try_get("convalidated")?,
        };
        table.constraints.insert(row.try_get("name")?, constraint);
    }
    Ok(())
}
