//! A rule or CHECK that compares a hidden column with one that the same role may write: it writes until it is refused, and knows
//! the hidden value.

use super::facts;
use crate::catalog::{Catalog, ConstraintKind};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, Table};
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
            for (constraint_name, constraint) in &schema.constraints {
                if constraint.kind != ConstraintKind::Check || !constraint.columns.contains(hidden) {
                    continue;
                }
                if let Some((other, roles)) = written(model, name, hidden, &constraint.columns) {
                    let message = format!(
                        "`{}` of `{name}` checks `{}` together with `{}`, which {} may write: by what is refused they find the hidden value",
                        ident(constraint_name),
                        ident(hidden),
                        ident(other),
                        facts::listed(roles)
                    );
                    let place = said(table, hidden);
                    found.push(Diagnostic::warning("hidden-column-tells", place, message).help(help(hidden, other)));
                }
            }
        }
    }
    found
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
