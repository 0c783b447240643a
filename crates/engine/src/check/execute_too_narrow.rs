//! A function that `[functions]` lists, called by a view, default, check, generated column, domain, index or rule that roles use whom
//! it does not list: Postgres asks them for EXECUTE. What a rule calls is told by a probe, which asks Postgres.

use std::collections::BTreeSet;

use super::facts;
use crate::catalog::{Catalog, Command, Signature};
use crate::compile::grants::{called_to_read, called_to_write, may_call};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};
use crate::source::Span;
use crate::sql::QualifiedName;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, view) in &model.views {
        let uses = |role: &str| view.grants.values().any(|roles| model.is_any_of(role, roles));
        found.extend(refused(model, name, view.span, called_to_read(catalog, name), uses));
    }
    for (name, table, _) in facts::tables(model, catalog) {
        for (command, kind) in [(Command::Insert, RuleKind::Insert), (Command::Update, RuleKind::UpdateBefore)] {
            let writes = |role: &str| facts::may(model, name, role, kind);
            found.extend(refused(model, name, table.span, called_to_write(catalog, name, command), writes));
        }
    }
    found
}

fn refused(
    model: &Model,
    name: &QualifiedName,
    span: Span,
    called: BTreeSet<Signature>,
    uses: impl Fn(&str) -> bool,
) -> Vec<Diagnostic> {
    let users: Vec<&str> = model.roles.keys().map(String::as_str).filter(|role| uses(role)).collect();
    let calls = called.into_iter().filter_map(|signature| {
        let roles = left_out(model, &signature, &users)?;
        Some(error(span, &format!("`{name}`"), &[(&signature.to_string(), &roles)]))
    });
    calls.collect()
}

/// The roles among these that may not execute a function, in words; none if all may.
pub(super) fn left_out(model: &Model, signature: &Signature, users: &[&str]) -> Option<String> {
    let roles: Vec<&str> = users.iter().copied().filter(|role| !may_call(model, role, signature)).collect();
    (!roles.is_empty()).then(|| facts::listed(roles))
}

/// `what` calls these functions, which these roles may not execute.
pub(super) fn error(span: Span, what: &str, calls: &[(&str, &str)]) -> Diagnostic {
    let said: Vec<String> =
        calls.iter().map(|(function, roles)| format!("`{function}`, which {roles} may not execute")).collect();
    let (_, roles) = calls.first().copied().unwrap_or_default();
    let help = format!("add {roles} to its `execute` under [functions], or take the call out of {what}");
    Diagnostic::error("execute-too-narrow", span, format!("{what} calls {}", said.join(", and "))).help(help)
}
