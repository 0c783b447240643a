//! A column that Postgres computes from another that is hidden from some, and that they may read.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};
use crate::sql::ident;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        for (hidden, said) in table.columns.iter().filter(|(_, said)| said.select.is_some()) {
            for column in &schema.columns {
                let Some(text) = column.generated.as_deref().filter(|text| facts::names(text, hidden)) else {
                    continue;
                };
                let roles = model.roles.keys().map(String::as_str).filter(|role| {
                    facts::may(model, name, role, RuleKind::Select)
                        && model.sees_column(name, role, &column.name)
                        && !model.sees_column(name, role, hidden)
                });
                let roles: Vec<&str> = roles.collect();
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                if !roles.is_empty() {
                    found.push(
                        Diagnostic::error(
                            "generated-from-hidden",
                            said.span,
                            format!(
                                "`{}` of `{name}` is computed from `{}`, which is hidden from {}: `{text}`",
                                ident(&column.name),
                                ident(hidden),
                                facts::listed(roles)
                            ),
                        )
                        .help(format!("hide it too: columns.{} = {{ select = [..] }}", ident(&column.name))),
                    );
                }
            }
        }
    }
    found
}
