//! A rule, constraint or unique index that compares a hidden column with one that the same role may write: it writes until it is
//! refused, and knows the hidden value. Or one that compares a column which it may write and not read with other rows.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{self, Catalog, ConstraintKind, References};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, RuleKind, Table};
use crate::sql::{QualifiedName, ident};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        for hidden in table.columns.iter().filter(|(_, said)| said.select.is_some()).map(|(hidden, _)| hidden) {
            for rule in facts::all_rules(table) {
                let mut together = Vec::new();
                compared(&rule.expr, hidden, &mut together);
                if let Some((other, roles)) = written(model, name, hidden, &together) {
                    let message = format!(
                        "this rule of `{name}` compares `{}` with `{}`, which {} may write: by what is refused they find the hidden value",
                        ident(hidden),
                        ident(other),
                        facts::listed(roles)
                    );
                    found
                        .push(Diagnostic::warning("hidden-column-tells", rule.span, message).help(help(hidden, other)));
                }
            }
            let place = said(table, hidden);
            for held in together(schema).iter().filter(|held| held.columns.contains(hidden)) {
                if let Some((other, roles)) = written(model, name, hidden, &held.columns) {
                    let message = format!(
                        "`{}` of `{name}` {} `{}` together with `{}`, which {} may write: by what is refused they find the hidden value",
                        ident(held.name),
                        held.does,
                        ident(hidden),
                        ident(other),
                        facts::listed(roles)
                    );
                    found.push(Diagnostic::warning("hidden-column-tells", place, message).help(help(hidden, other)));
                }
                let roles = guessing(model, name, schema, hidden, held);
                if !roles.is_empty() {
                    let message = format!(
                        "`{}` of `{name}` {} `{}`, which {} may write and not read: by what is refused they find values of rows that are there",
                        ident(held.name),
                        held.does,
                        ident(hidden),
                        facts::listed(roles)
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

/// Who may write a hidden column that other rows are compared with, and so tries values. Nobody tries ids that are random.
fn guessing<'a>(
    model: &'a Model,
    name: &QualifiedName,
    schema: &catalog::Table,
    hidden: &str,
    held: &Together<'_>,
) -> Vec<&'a str> {
    if !held.of_rows || schema.column(hidden).is_none_or(|column| column.base_type == "uuid") {
        return Vec::new();
    }
    let of_database = model.tables.get(name).and_then(|table| table.columns.get(hidden)?.value.as_ref()).is_some();
    let reads_far = |role: &str| {
        held.references.is_some_and(|far| {
            facts::may(model, &far.table, role, RuleKind::Select)
                && far.columns.iter().all(|column| model.sees_column(&far.table, role, column))
        })
    };
    let gives = |role: &str| {
        !of_database && facts::may(model, name, role, RuleKind::Insert) && facts::may_give(model, name, role, hidden)
    };
    let writes = |role: &str| gives(role) || facts::may_change(model, name, role, [&hidden.to_owned()]);
    let roles = model.roles.keys().map(String::as_str);
    roles.filter(|role| !model.sees_column(name, role, hidden) && writes(role) && !reads_far(role)).collect()
}

fn help(hidden: &str, other: &str) -> String {
    format!(
        "let nobody write `{0}` who does not read `{1}`: columns.{0} = {{ update = \"never\" }}; or let them read `{1}`",
        ident(other),
        ident(hidden)
    )
}

fn said(table: &Table, column: &str) -> crate::source::Span {
    table.columns.get(column).map_or(table.span, |said| said.span)
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
    model: &'a Model,
    name: &QualifiedName,
    hidden: &str,
    columns: &'a [String],
) -> Option<(&'a String, Vec<&'a str>)> {
    columns.iter().filter(|column| *column != hidden).find_map(|column| {
        let roles =
            model.roles.keys().map(String::as_str).filter(|role| {
                !model.sees_column(name, role, hidden) && facts::may_change(model, name, role, [column])
            });
        let roles: Vec<&str> = roles.collect();
        (!roles.is_empty()).then_some((column, roles))
    })
}
