//! `via` over a column of the parent that is hidden from somebody whose policies ask it: they execute the function that returns the
//! keys of every parent that they may reach.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{Catalog, column_sql};
use crate::diagnostic::Diagnostic;
use crate::model::{Expr, Model, Rule, RuleKind};
use crate::sql::{QualifiedName, ident};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, _) in facts::tables(model, catalog) {
        let users = |kinds: &[RuleKind]| -> Vec<&str> {
            let may = |role: &&str| kinds.iter().any(|kind| facts::may(model, name, role, *kind));
            model.roles.keys().map(String::as_str).filter(may).collect()
        };
        for (role, kind, rule) in facts::given(table) {
            let of = BTreeSet::from([role.to_owned()]);
            let users: Vec<&str> = users(&[kind]).into_iter().filter(|user| model.is_any_of(user, &of)).collect();
            tells(model, name, rule, &users, &mut found);
        }
        for (_, rule) in facts::required(table) {
            tells(model, name, rule, &users(&facts::KINDS), &mut found);
        }
        // Triggers ask these.
        let values = table.columns.values().flat_map(|said| said.value.iter().chain(&said.value_on_update));
        for rule in facts::of_columns(table).map(|(_, rule)| rule).chain(values) {
            tells(model, name, rule, &users(&[RuleKind::Insert, RuleKind::UpdateBefore]), &mut found);
        }
    }
    found
}

fn tells(model: &Model, name: &QualifiedName, rule: &Rule, users: &[&str], found: &mut Vec<Diagnostic>) {
    rule.expr.walk(&mut |expr| {
        let Expr::Via { columns, parent, parent_columns, .. } = expr else { return };
        for (column, far) in columns.iter().zip(parent_columns) {
            // Nothing is told of a parent to whom no rule gives it.
            let blind = |role: &&str| {
                facts::may(model, parent, role, RuleKind::Select) && !model.sees_column(parent, role, far)
            };
            let roles: Vec<&str> = users.iter().copied().filter(blind).collect();
            if roles.is_empty() {
                continue;
            }
            let message = format!(
                "`via` over `{}` of `{name}` tells {} the values of `{}`, which is hidden from them",
                ident(column),
                facts::listed(roles),
                column_sql(parent, far)
            );
            found.push(Diagnostic::error("key-set-tells", rule.span, message).help(format!(
                "they execute the function that returns these keys: let `{name}` reference a column of `{parent}` that they read, or let them read `{}`",
                ident(far)
            )));
        }
    });
}
