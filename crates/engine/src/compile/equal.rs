//! `=` of keys, as foreign keys and unique indexes mean it. Compiled functions find names in `pg_catalog` alone: `citext` would be
//! compared as text there, `ltree` not at all. The type's own operator lies in the schema that its extension lives in.

use crate::catalog::{Catalog, Table, TypeKind};
use crate::sql::{QualifiedName, ident, parse_name};

/// The operator for values of this type.
pub(super) fn operator(schema: &Catalog, base_type: &str) -> String {
    extension(schema, base_type).map_or_else(|| "=".to_owned(), |name| format!("operator({}.=)", ident(&name.schema)))
}

/// SQL for whether two values of this type are the same key.
pub(super) fn equal(schema: &Catalog, base_type: &str, left: &str, right: &str) -> String {
    let cast = cast(schema, base_type);
    format!("{left}{cast} {} {right}{cast}", operator(schema, base_type))
}

/// What goes behind an operand, so that it is the extension's operator and none that somebody made for a domain over its type.
pub(super) fn cast(schema: &Catalog, base_type: &str) -> String {
    extension(schema, base_type).map_or_else(String::new, |_| format!("::{base_type}"))
}

/// SQL for whether they are not: true or false, null being like null.
pub(super) fn differ(schema: &Catalog, base_type: &str, left: &str, right: &str) -> String {
    match extension(schema, base_type) {
        None => format!("{left} is distinct from {right}"),
        Some(_) => {
            let same = equal(schema, base_type, left, right);
            format!("not coalesce({same}, {left} is null and {right} is null)")
        }
    }
}

/// A type of an extension, whose operators are its own; arrays, enums and rows are compared by operators of Postgres, which ask those.
pub(super) fn extension(schema: &Catalog, base_type: &str) -> Option<QualifiedName> {
    let parts = parse_name(base_type.split('(').next()?)?;
    let name = <[String; 2]>::try_from(parts).ok().map(|[schema, name]| QualifiedName { schema, name })?;
    let own = schema.types.contains_key(&name) || schema.tables.contains_key(&name) || schema.views.contains_key(&name);
    (!own).then_some(name)
}

/// The type of a column that decides how it is compared.
pub(super) fn kind<'a>(table: Option<&'a Table>, column: &str) -> &'a str {
    table.and_then(|table| table.column(column)).map_or("", |column| column.base_type.as_str())
}

/// Whether equal values of these columns read the same, so that a lock may be taken of the text.
pub(super) fn reads_alike(schema: &Catalog, table: Option<&Table>, columns: &[String]) -> bool {
    columns.iter().all(|column| {
        table.and_then(|table| table.column(column)).is_some_and(|kind| {
            let is_enum =
                schema.type_named(&kind.base_type).is_some_and(|(_, made)| matches!(made.kind, TypeKind::Enum(_)));
            let plain = matches!(kind.base_type.as_str(), "smallint" | "integer" | "bigint" | "uuid" | "boolean");
            let text = matches!(kind.base_type.as_str(), "text" | "character varying")
                && kind.collation.is_none()
                && kind.type_name.starts_with(&kind.base_type);
            is_enum || plain || text
        })
    })
}
