//! An update after which the writer no longer sees the row: Postgres refuses it if the statement reads a column.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{ColumnUpdate, Expr, Model, RuleKind, Table};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, _) in facts::tables(model, catalog) {
        for role in model.roles.keys() {
            let after = model.effective(name, role, RuleKind::UpdateAfter);
            let before = model.effective(name, role, RuleKind::UpdateBefore);
            if after == Expr::FALSE || before == Expr::FALSE {
                continue;
            }
            let after = Expr::and([after, Model::required_of_new(table)]);
            let visible = Expr::and([model.effective(name, role, RuleKind::Select), Model::required_to_select(table)]);
            let changeable: BTreeSet<String> = not_implied(model, &after, &visible)
                .into_iter()
                .filter(|column| !frozen(table, column) && model.sees_column(name, role, column))
                .collect();
            if changeable.is_empty() {
                continue;
            }
            found.push(
                Diagnostic::warning(
                    "row-may-vanish",
                    facts::place(model, table, role, RuleKind::UpdateAfter),
                    format!(
                        "an update of {} can hide a row of `{name}` from who makes it, and Postgres then refuses the update",
                        facts::listed(changeable.iter().map(String::as_str))
                    ),
                )
                .help("let the select rule hold for what the update rule allows, e.g. by a role or rank that sees such rows; or split the rule: update = { before = .., after = .. }"),
            );
        }
    }
    found
}

/// Columns of those parts of `right` that `left` does not imply.
fn not_implied(model: &Model, left: &Expr, right: &Expr) -> BTreeSet<String> {
    let parts = match right {
        Expr::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    parts.iter().filter(|part| !facts::implies(model, left, part)).flat_map(Expr::columns).collect()
}

fn frozen(table: &Table, column: &str) -> bool {
    table.columns.get(column).is_some_and(|said| {
        matches!(said.update, Some(ColumnUpdate::Never)) || (said.value.is_some() && said.value_on_update.is_none())
    })
}
