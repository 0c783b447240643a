//! A foreign key that deletes or rewrites rows of a table where the one who deletes or changes what they point to may not.

use super::facts;
use crate::catalog::{Catalog, Constraint, References};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind, Table};
use crate::sql::{QualifiedName, ident, idents};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, _, schema) in facts::tables(model, catalog) {
        for constraint in schema.constraints.values() {
            let Some(far) = constraint.references.as_ref() else { continue };
            let Some(parent) = model.tables.get(&far.table) else { continue };
            found.extend(deleted(model, name, constraint, far, parent));
            found.extend(changed(model, name, constraint, far, parent));
        }
    }
    found
}

fn deleted(
    model: &Model,
    name: &QualifiedName,
    constraint: &Constraint,
    far: &References,
    parent: &Table,
) -> Option<Diagnostic> {
    let set = columns_set(constraint);
    let (what, allowed): (&str, &dyn Fn(&str) -> bool) = match far.on_delete {
        'c' => ("deletes", &|role| facts::may(model, name, role, RuleKind::Delete)),
        'n' | 'd' => ("changes", &|role| facts::may_change(model, name, role, &set)),
        _ => return None,
    };
    let roles = model.roles.keys().map(String::as_str);
    let roles: Vec<&str> =
        roles.filter(|role| facts::may(model, &far.table, role, RuleKind::Delete) && !allowed(role)).collect();
    let place = facts::place(model, parent, roles.first()?, RuleKind::Delete);
    let message = format!(
        "deleting from `{}` {what} rows of `{name}`, which {} may not do there",
        far.table,
        facts::listed(roles.iter().copied())
    );
    Some(Diagnostic::warning("cascade-past-rules", place, message).help(format!(
        "Postgres asks no rule in a cascade: allow it on `{name}` too, or write `on delete restrict` there"
    )))
}

fn changed(
    model: &Model,
    name: &QualifiedName,
    constraint: &Constraint,
    far: &References,
    parent: &Table,
) -> Option<Diagnostic> {
    if !matches!(far.on_update, 'c' | 'n' | 'd') {
        return None;
    }
    // A key of several columns is changed by changing one of them.
    let changes = |role: &str| far.columns.iter().any(|column| facts::may_change(model, &far.table, role, [column]));
    let roles = model.roles.keys().map(String::as_str);
    let roles: Vec<&str> =
        roles.filter(|role| changes(role) && !facts::may_change(model, name, role, &constraint.columns)).collect();
    let first = roles.first()?;
    let open: Vec<String> = (far.columns.iter())
        .filter(|column| facts::may_change(model, &far.table, first, [*column]))
        .map(|column| format!("columns.{} = {{ update = \"never\" }}", ident(column)))
        .collect();
    let place = facts::place(model, parent, first, RuleKind::UpdateBefore);
    let message = format!(
        "changing ({}) of `{}` changes ({}) of `{name}`, which {} may not do there",
        idents(&far.columns),
        far.table,
        idents(&constraint.columns),
        facts::listed(roles.iter().copied())
    );
    Some(Diagnostic::warning("cascade-past-rules", place, message).help(format!(
        "Postgres asks no rule in a cascade: under [tables.\"{}\"] write {}, or `on update restrict` on `{name}`",
        far.table,
        open.join(" and ")
    )))
}

/// The columns that ON DELETE SET NULL or SET DEFAULT sets: those that it names, or all of the key.
fn columns_set(constraint: &Constraint) -> Vec<String> {
    let after = |action: &str| constraint.definition.split_once(&format!("ON DELETE SET {action} ("));
    let Some((_, named)) = after("NULL").or_else(|| after("DEFAULT")) else { return constraint.columns.clone() };
    let named = named.split(')').next().unwrap_or_default();
    let named: Vec<&str> = named.split(", ").collect();
    // What cannot be told counts as all.
    let known: Vec<String> =
        constraint.columns.iter().filter(|column| named.contains(&ident(column).as_str())).cloned().collect();
    if known.len() == named.len() { known } else { constraint.columns.clone() }
}
