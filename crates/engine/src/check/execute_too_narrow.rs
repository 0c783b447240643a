//! A function that `[functions]` lists, called by a view, default, check, generated column, domain or index that roles use whom
//! it does not list: Postgres asks them for EXECUTE.

use super::facts;
use crate::catalog::{Catalog, Command};
use crate::compile::grants::{called, computed, may_call};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};
use crate::source::Span;
use crate::sql::QualifiedName;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, view) in &model.views {
        let Some(made) = catalog.views.get(name) else { continue };
        let uses = |role: &str| view.grants.values().any(|roles| model.is_any_of(role, roles));
        found.extend(refused(model, catalog, name, view.span, &[&made.definition], uses));
    }
    for (name, table, schema) in facts::tables(model, catalog) {
        for (command, kind) in [(Command::Insert, RuleKind::Insert), (Command::Update, RuleKind::UpdateBefore)] {
            let writes = |role: &str| facts::may(model, name, role, kind);
            found.extend(refused(model, catalog, name, table.span, &computed(catalog, schema, command), writes));
        }
    }
    found
}

fn refused(
    model: &Model,
    catalog: &Catalog,
    name: &QualifiedName,
    span: Span,
    texts: &[&str],
    uses: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for signature in texts.iter().flat_map(|text| called(model, catalog, text)) {
        let roles = model.roles.keys().map(String::as_str);
        let left_out: Vec<&str> = roles.filter(|role| uses(role) && !may_call(model, role, &signature)).collect();
        if left_out.is_empty() {
            continue;
        }
        let roles = facts::listed(left_out);
        let message = format!("`{name}` calls `{signature}`, which {roles} may not execute");
        let help = format!("add {roles} to its `execute` under [functions], or take the call out of `{name}`");
        found.push(Diagnostic::error("execute-too-narrow", span, message).help(help));
    }
    found
}
