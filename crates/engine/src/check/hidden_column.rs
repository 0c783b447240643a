//! Columns that some readers of a table do not see: for them `select *` is an error.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};
use crate::sql::{QualifiedName, fit_name, ident};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, _) in facts::tables(model, catalog) {
        for (column, said) in table.columns.iter().filter(|(_, said)| said.select.is_some()) {
            let blind = model.roles.keys().map(String::as_str).filter(|role| {
                facts::may(model, name, role, RuleKind::Select) && !model.sees_column(name, role, column)
            });
            let blind: Vec<&str> = blind.collect();
            if blind.is_empty() {
                continue;
            }
            let visible = QualifiedName::new(name.schema.clone(), fit_name(&format!("{}_visible", name.name)));
            found.push(
                Diagnostic::warning(
                    "hidden-column",
                    said.span,
                    format!(
                        "`select *` from `{name}` fails for {}: `{}` is hidden",
                        facts::listed(blind),
                        ident(column)
                    ),
                )
                .help(format!("they name the columns they want, or read the view `{visible}`")),
            );
        }
    }
    found
}
