//! A rule, constraint or unique index that compares a hidden column with one that the same role may write: it writes until it is
//! refused, and knows the hidden value. Or one that compares a column which it may write and not read with other rows. Or a hidden
//! column that decides the partition: rows come partition by partition. Of agents likewise, from which their own list hides columns.

use std::collections::BTreeSet;

use super::asker::{Asker, askers};
use super::facts;
use crate::catalog::{self, Catalog, ConstraintKind, References};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, Table};
use crate::sql::{QualifiedName, ident};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let askers = askers(model);
    let below = facts::below(catalog);
    for (name, table, schema) in facts::tables(model, catalog) {
        let parts = below.get(name).into_iter().flat_map(|parts| parts.values().copied());
        let keys: String = std::iter::once(schema).chain(parts).filter_map(partition_key).collect();
        for hidden in schema.columns.iter().map(|column| &column.name) {
            let blind: Vec<&Asker<'_>> = askers.iter().filter(|asker| !asker.sees(name, hidden)).collect();
            if blind.is_empty() {
                continue;
            }
            let place = said(table, hidden).or_else(|| blind.iter().find_map(|asker| asker.span)).unwrap_or(table.span);
            let sorted = facts::names(&keys, hidden);
            let readers = listed(blind.iter().copied().filter(|asker| sorted && asker.selects(name)));
            if !readers.is_empty() {
                let message = format!(
                    "`{}` decides in which partition a row of `{name}` is, and is hidden from {readers}: rows come partition by partition",
                    ident(hidden),
                );
                found.push(
                    Diagnostic::warning("hidden-column-tells", place, message)
                        .help(format!("partition by another column, or let them read `{}`", ident(hidden))),
                );
            }
            for rule in facts::all_rules(table) {
                let mut together = Vec::new();
                compared(&rule.expr, hidden, &mut together);
                if let Some((other, roles)) = written(&blind, name, hidden, &together) {
                    let message = format!(
                        "this rule of `{name}` compares `{}` with `{}`, which {} may write: by what is refused they find the hidden value",
                        ident(hidden),
                        ident(other),
                        roles
                    );
                    found
                        .push(Diagnostic::warning("hidden-column-tells", rule.span, message).help(help(hidden, other)));
                }
            }
            for held in together(schema).iter().filter(|held| held.columns.contains(hidden)) {
                if let Some((other, roles)) = written(&blind, name, hidden, &held.columns) {
                    let message = format!(
                        "`{}` of `{name}` {} `{}` together with `{}`, which {} may write: by what is refused they find the hidden value",
                        ident(held.name),
                        held.does,
                        ident(hidden),
                        ident(other),
                        roles
                    );
                    found.push(Diagnostic::warning("hidden-column-tells", place, message).help(help(hidden, other)));
                }
                let roles = guessing(model, &blind, name, schema, hidden, held);
                if !roles.is_empty() {
                    let message = format!(
                        "`{}` of `{name}` {} `{}`, which {} may write and not read: by what is refused they find values of rows that are there",
                        ident(held.name),
                        held.does,
                        ident(hidden),
                        roles
                    );
                    found.push(Diagnostic::warning("hidden-column-tells", place, message).help(format!(
                        "let nobody write `{0}` who does not read it, or let the database set it: columns.{0} = {{ value = \"..\" }}",
                        ident(hidden)
                    )));
                }
            }
        }
    }
    found
}

/// What Postgres asks of several columns of a row at once.
struct Together<'a> {
    name: &'a str,
    /// In words, before its columns.
    does: &'static str,
    columns: Vec<String>,
    /// What a foreign key points to; of others, whether other rows of the table are asked too.
    references: Option<&'a References>,
    of_rows: bool,
}

/// Constraints and unique indexes. The index of an exclusion constraint, which may hold expressions, has its name.
fn together(schema: &catalog::Table) -> Vec<Together<'_>> {
    let mut found = Vec::new();
    for (name, constraint) in &schema.constraints {
        let (does, of_rows) = match constraint.kind {
            ConstraintKind::Check => ("checks", false),
            ConstraintKind::ForeignKey => ("looks up", true),
            ConstraintKind::Exclusion => ("compares with other rows", true),
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Trigger => continue,
        };
        let index = schema.indexes.get(name).filter(|_| constraint.kind == ConstraintKind::Exclusion);
        let columns: BTreeSet<&String> =
            constraint.columns.iter().chain(index.iter().flat_map(|index| &index.reads)).collect();
        let columns = columns.into_iter().cloned().collect();
        found.push(Together { name, does, columns, references: constraint.references.as_ref(), of_rows });
    }
    for (name, index) in schema.indexes.iter().filter(|(_, index)| index.unique) {
        let columns = index.reads.iter().cloned().collect();
        found.push(Together { name, does: "keeps unique", columns, references: None, of_rows: true });
    }
    found
}

/// Who may write a hidden column that other rows are compared with, and so tries values. Nobody tries ids that are random; and an
/// agent that finds a row's own id knows nothing of what is in it.
fn guessing(
    model: &Model,
    blind: &[&Asker<'_>],
    name: &QualifiedName,
    schema: &catalog::Table,
    hidden: &str,
    held: &Together<'_>,
) -> String {
    if !held.of_rows || schema.column(hidden).is_none_or(|column| column.base_type == "uuid") {
        return String::new();
    }
    let of_database = model.tables.get(name).and_then(|table| table.columns.get(hidden)?.value.as_ref()).is_some();
    let reads_far = |asker: &Asker<'_>| {
        held.references.is_some_and(|far| {
            asker.selects(&far.table) && far.columns.iter().all(|column| asker.sees(&far.table, column))
        })
    };
    let writes =
        |asker: &Asker<'_>| (!of_database && asker.gives(name, hidden)) || asker.changes(name, &hidden.to_owned());
    let is_id = schema.primary_key() == held.columns;
    listed(blind.iter().copied().filter(|asker| writes(asker) && !reads_far(asker) && !(is_id && asker.is_agent())))
}

fn help(hidden: &str, other: &str) -> String {
    format!(
        "let nobody write `{0}` who does not read `{1}`: columns.{0} = {{ update = \"never\" }}; or let them read `{1}`",
        ident(other),
        ident(hidden)
    )
}

/// Where a column is hidden from roles.
fn said(table: &Table, column: &str) -> Option<crate::source::Span> {
    table.columns.get(column).filter(|said| said.select.is_some()).map(|said| said.span)
}

/// What decides in which partition a row is, as text.
fn partition_key(table: &catalog::Table) -> Option<&str> {
    table.partition.as_deref()?.split_once("PARTITION BY").map(|(_, key)| key)
}

/// Columns that stand in one comparison with the hidden one. What AND, OR and NOT join is compared by itself.
fn compared(expr: &Expr, hidden: &String, found: &mut Vec<String>) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| compared(part, hidden, found)),
        Expr::Not(inner) => compared(inner, hidden, found),
        leaf => {
            let columns = leaf.columns();
            if columns.contains(hidden) {
                found.extend(columns);
            }
        }
    }
}

/// The first of these columns that somebody may write who does not see the hidden one, and who.
fn written<'a>(
    blind: &[&Asker<'_>],
    name: &QualifiedName,
    hidden: &str,
    columns: &'a [String],
) -> Option<(&'a String, String)> {
    columns.iter().filter(|column| *column != hidden).find_map(|column| {
        let names = listed(blind.iter().copied().filter(|asker| asker.changes(name, column)));
        (!names.is_empty()).then_some((column, names))
    })
}

/// Who they are: an agent only where the one that it acts for is not among them.
fn listed<'a>(askers: impl Iterator<Item = &'a Asker<'a>>) -> String {
    let askers: Vec<&Asker<'_>> = askers.collect();
    let persons: BTreeSet<&str> = askers.iter().filter(|asker| !asker.is_agent()).map(|asker| asker.role).collect();
    let named = askers.iter().filter(|asker| !asker.is_agent() || !persons.contains(asker.role));
    facts::listed(named.map(|asker| asker.name.as_str()))
}
