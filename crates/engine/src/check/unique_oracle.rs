//! A unique or exclusion constraint that holds across tenants: an insert that fails tells that another one has the value.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{self, Catalog, Constraint, ConstraintKind, Index};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind, Table};
use crate::sql::{QualifiedName, ident, idents};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let below = facts::below(catalog);
    for (name, table, schema) in facts::tables(model, catalog) {
        let Some((whose, key)) = facts::scope(table) else { continue };
        let writable = model.roles.keys().any(|role| {
            [RuleKind::Insert, RuleKind::UpdateAfter].into_iter().any(|kind| facts::may(model, name, role, kind))
        });
        if !writable {
            continue;
        }
        unique(table, name, schema, (whose, &key), &mut found);
        excluded(table, name, schema, (whose, &key), &mut found);
        // What stands on a partition or child alone tells of the rows there.
        for (part, own) in below.get(name).into_iter().flatten() {
            let index = |index: &Index| {
                let same =
                    |other: &&Index| other.unique && other.columns == index.columns && other.partial == index.partial;
                schema.indexes.values().find(same).is_none()
            };
            let constraint = |constraint: &Constraint| {
                !schema
                    .constraints
                    .values()
                    .any(|other| other.kind == constraint.kind && other.columns == constraint.columns)
            };
            let mut alone = (*own).clone();
            alone.indexes.retain(|_, it| index(it));
            unique(table, part, &alone, (whose, &key), &mut found);
            alone.constraints.retain(|_, it| constraint(it));
            excluded(table, part, &alone, (whose, &key), &mut found);
        }
    }
    found
}

/// A unique index or constraint.
fn unique(
    table: &Table,
    name: &QualifiedName,
    schema: &catalog::Table,
    (whose, key): (&str, &[String]),
    found: &mut Vec<Diagnostic>,
) {
    for (index_name, index) in schema.indexes.iter().filter(|(_, index)| index.unique) {
        let named: Vec<&String> = index.columns.iter().flatten().collect();
        let computed = named.len() < index.columns.len();
        let chosen = computed || named.iter().any(|column| chosen_by_user(table, schema, column));
        let guessable = !named.iter().any(|column| is_random(schema, column));
        if chosen && guessable && !key.iter().any(|column| named.contains(&column)) {
            found.push(
                Diagnostic::warning(
                    "unique-oracle",
                    table.span,
                    format!("`{index_name}` of `{name}` is unique across every `{whose}`: a refused insert tells what others have"),
                )
                .help(format!("make it unique within the {}: {}", within(whose), proposed(name, index_name, index, key))),
            );
        }
    }
}

fn within(whose: &str) -> &str {
    if whose == "owner" { whose } else { "tenant" }
}

/// The same constraint or index, with the key before its columns.
fn proposed(table: &QualifiedName, name: &str, index: &Index, key: &[String]) -> String {
    if index.constraint {
        let columns: Vec<String> = key.iter().chain(index.columns.iter().flatten()).cloned().collect();
        return format!("unique ({})", idents(&columns));
    }
    // As Postgres prints it: `CREATE UNIQUE INDEX name ON [ONLY] table USING btree (..) ..`.
    let rest = index.definition.split_once(" USING btree (").map_or("..)", |(_, rest)| rest);
    format!("create unique index {} on {table} ({}, {rest}", ident(name), idents(key))
}

/// An exclusion constraint tells the same.
fn excluded(
    table: &Table,
    name: &QualifiedName,
    schema: &catalog::Table,
    (whose, key): (&str, &[String]),
    found: &mut Vec<Diagnostic>,
) {
    for (constraint, definition) in &schema.constraints {
        if definition.kind == ConstraintKind::Exclusion && !key.iter().any(|column| definition.columns.contains(column))
        {
            found.push(
                Diagnostic::warning(
                    "unique-oracle",
                    table.span,
                    format!("`{constraint}` of `{name}` excludes across every `{whose}`: a refused insert tells what others have"),
                )
                .help(format!("put ({}) with = into the constraint", idents(key))),
            );
        }
    }
}

/// A row's own uuid: nobody tries these.
fn is_random(schema: &catalog::Table, name: &str) -> bool {
    let referenced = schema.constraints.values().any(|constraint| {
        constraint.kind == ConstraintKind::ForeignKey && constraint.columns.iter().any(|it| it == name)
    });
    let own = schema.primary_key().iter().any(|it| it == name);
    own && !referenced && schema.column(name).is_some_and(|column| column.base_type == "uuid")
}

/// Values that somebody could try: texts and numbers that neither the database nor another row gives.
fn chosen_by_user(table: &Table, schema: &catalog::Table, name: &str) -> bool {
    let of_database = table.columns.get(name).is_some_and(|said| said.value.is_some());
    let referenced: BTreeSet<&String> = schema
        .constraints
        .values()
        .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
        .flat_map(|constraint| &constraint.columns)
        .collect();
    schema.column(name).is_some_and(|column| {
        let given = column.generated.is_none() && column.identity.is_none();
        match column.base_type.as_str() {
            "text" | "character varying" | "character" | "citext" => given,
            "smallint" | "integer" | "bigint" | "numeric" | "date" => {
                given
                    && column.default.is_none()
                    && !referenced.contains(&column.name)
                    && !schema.primary_key().contains(&column.name)
            }
            _ => false,
        }
    }) && !of_database
}
