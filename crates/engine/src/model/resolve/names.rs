//! Looking up what a user calls by name: tables, columns, types. Names are read as SQL reads them.

use super::Resolver;
use crate::catalog::{self, Catalog, TypeKind};
use crate::sql::{QualifiedName, ident, parse_name, parse_qualified};
use crate::syntax::ast::Text;

/// A type as `format_type` prints it: one that can identify somebody, or a type of the schema; `None` if it is neither.
pub(super) fn type_name(written: &str, catalog: &Catalog) -> Option<String> {
    let folded = written.trim().to_ascii_lowercase();
    let builtin = match folded.as_str() {
        "uuid" => "uuid",
        "text" => "text",
        "bigint" | "int8" => "bigint",
        "integer" | "int" | "int4" => "integer",
        "smallint" | "int2" => "smallint",
        "varchar" | "character varying" => "character varying",
        _ => {
            let name = parse_qualified(written.trim())?;
            return catalog.types.contains_key(&name).then(|| name.sql());
        }
    };
    Some(builtin.to_owned())
}

/// Whether a domain is based on a type that takes different texts for the same: cut to a length, padded, or rounded.
pub(super) fn takes_two_for_one(name: &str, catalog: &Catalog) -> bool {
    let mut name = name.to_owned();
    // A domain is never below itself.
    for _ in 0..catalog.types.len() {
        let Some(TypeKind::Domain(definition)) =
            parse_qualified(&name).and_then(|name| catalog.types.get(&name)).map(|found| &found.kind)
        else {
            return false;
        };
        let base = [" COLLATE ", " DEFAULT ", " NOT NULL", " CONSTRAINT "]
            .iter()
            .fold(definition.as_str(), |base, word| base.split(word).next().unwrap_or_default());
        if base.contains('(') || matches!(base, "character" | "bpchar" | "\"char\"" | "name") {
            return true;
        }
        base.clone_into(&mut name);
    }
    false
}

/// Whether two types compare with each other without a cast that could fail or lose an index.
pub(super) fn comparable(left: &str, right: &str) -> bool {
    fn family(name: &str) -> &str {
        match name {
            "character varying" => "text",
            other => other,
        }
    }
    family(left) == family(right)
}

impl<'a> Resolver<'a> {
    /// The name of a table, view or function as written; an error if it is no name.
    pub(super) fn qualified(&mut self, text: &Text) -> Option<QualifiedName> {
        let name = parse_qualified(&text.text);
        if name.is_none() {
            self.error("invalid-name", text.span, format!("`{}` is no name of the form `schema.name`", text.text))
                .help_with("names with capitals or other signs are quoted as in SQL: `app.\"Order\"`");
        }
        name
    }

    /// A table of the schema.
    pub(super) fn table(&mut self, text: &Text) -> Option<(QualifiedName, &'a catalog::Table)> {
        let name = self.qualified(text)?;
        match self.catalog.tables.get(&name) {
            Some(table) => Some((name, table)),
            None => {
                self.unknown_table(&name, text);
                None
            }
        }
    }

    /// Says that a table is not in the schema.
    pub(super) fn unknown_table(&mut self, name: &QualifiedName, text: &Text) {
        if self.catalog.views.contains_key(name) {
            self.error("unknown-table", text.span, format!("`{name}` is a view, not a table"))
                .help_with("views have their entries in `[views]`");
            return;
        }
        let known: Vec<String> = self.catalog.tables.keys().map(QualifiedName::sql).collect();
        self.unknown("unknown-table", "table", &name.sql(), text.span, known.iter().map(String::as_str));
    }

    /// One identifier, as SQL reads it.
    pub(super) fn identifier(&mut self, text: &Text) -> Option<String> {
        let part = parse_name(&text.text).and_then(|parts| <[String; 1]>::try_from(parts).ok());
        if part.is_none() {
            self.error("invalid-name", text.span, format!("`{}` is no name of a column", text.text))
                .help_with("write it as SQL spells it, with quotes if it has capitals: `\"createdAt\"`");
        }
        part.map(|[name]| name)
    }

    /// A column of a table.
    pub(super) fn column(
        &mut self,
        text: &Text,
        name: &QualifiedName,
        table: &'a catalog::Table,
    ) -> Option<&'a catalog::Column> {
        let column = self.identifier(text)?;
        let found = table.column(&column);
        if found.is_none() {
            self.unknown_column(&column, text.span, name, table);
        }
        found
    }

    /// Says that a table has no such column.
    pub(super) fn unknown_column(
        &mut self,
        column: &str,
        span: crate::source::Span,
        name: &QualifiedName,
        table: &catalog::Table,
    ) {
        if self.words.contains(column) {
            self.error("unknown-column", span, format!("unknown column of `{name}`: `{column}`")).help_with(
                match column {
                    "me" | "agent" | "human" => format!("the word is written `{column}()`"),
                    _ => format!("the word is written like a function: `{column}(..)`"),
                },
            );
            return;
        }
        let known: Vec<String> = table.columns.iter().map(|column| ident(&column.name)).collect();
        let kind = format!("column of `{name}`:");
        self.unknown("unknown-column", &kind, &ident(column), span, known.iter().map(String::as_str));
    }

    /// The type below all domains of a type that the schema or Postgres knows, as [`catalog::Column::base_type`] has it.
    pub(super) fn identity_base(&self) -> String {
        let domain = parse_qualified(&self.identity_type).and_then(|name| self.catalog.types.get(&name));
        match domain.map(|found| &found.kind) {
            Some(TypeKind::Domain(definition)) => {
                let base = definition.split_whitespace().next().unwrap_or_default();
                type_name(base, self.catalog).unwrap_or_else(|| base.to_owned())
            }
            _ => self.identity_type.clone(),
        }
    }
}
