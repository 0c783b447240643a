//! A column that every new row needs and that some of those who may insert cannot give.

use super::facts;
use crate::catalog::{Catalog, Column};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, RuleKind};
use crate::sql::ident;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        for column in schema.columns.iter().filter(|column| must_be_given(column)) {
            let Some(said) = table.columns.get(&column.name).filter(|said| said.value.is_none()) else { continue };
            let unable: Vec<&str> = model
                .roles
                .keys()
                .map(String::as_str)
                .filter(|role| {
                    facts::may(model, name, role, RuleKind::Insert) && !facts::may_give(model, name, role, &column.name)
                })
                .collect();
            if !unable.is_empty() {
                found.push(
                    Diagnostic::warning(
                        "insert-needs-hidden-column",
                        said.span,
                        format!(
                            "{} may insert into `{name}` but not give `{}`, which is NOT NULL",
                            facts::listed(unable),
                            ident(&column.name)
                        ),
                    )
                    .help("give the column a default or a `value`, or name the roles in its `insert`"),
                );
            }
        }
    }
    found
}

fn must_be_given(column: &Column) -> bool {
    column.not_null && column.default.is_none() && column.identity.is_none() && column.generated.is_none()
}
