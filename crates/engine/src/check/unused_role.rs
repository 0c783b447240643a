//! A role that no rule, grant, agent or job speaks of and that no other role includes.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::Model;

pub(super) fn check(model: &Model, _catalog: &Catalog) -> Vec<Diagnostic> {
    let used = used(model);
    let unused =
        model.roles.iter().filter(|(name, role)| !role.anonymous && !role.default && !used.contains(name.as_str()));
    unused
        .filter_map(|(name, role)| Some((name, role.span?)))
        .map(|(name, span)| {
            Diagnostic::warning("unused-role", span, format!("nothing speaks of role `{name}`"))
                .help("give it something with `for.ROLE`, `columns`, `execute` or `select`, or take it away")
        })
        .collect()
}

fn used(model: &Model) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for (name, role) in &model.roles {
        used.extend(role.includes.iter().filter(|included| *included != name).map(String::as_str));
    }
    for table in model.tables.values() {
        used.extend(table.rules.keys().map(String::as_str));
        for column in table.columns.values() {
            used.extend(column.select.iter().chain(&column.insert).flatten().map(String::as_str));
        }
    }
    used.extend(model.functions.values().flat_map(|function| &function.execute).map(String::as_str));
    let of_views = model.views.values().flat_map(|view| view.grants.values().flatten().chain(&view.refresh));
    used.extend(of_views.map(String::as_str));
    used.extend(model.agents.values().map(|agent| agent.acts_for.as_str()));
    used.extend(model.jobs.values().flat_map(|job| job.execute.iter().chain(&job.scheduled_as)).map(String::as_str));
    used
}
