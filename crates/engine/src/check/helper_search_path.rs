//! A function in a rule whose names are looked up in the caller's search_path each time that it is called.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::Model;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for helper in facts::helpers(model, catalog) {
        let function = helper.function;
        let pinned = function.settings.iter().any(|setting| setting.starts_with("search_path="));
        let looked_up = facts::body(function).is_some() && matches!(function.language.as_str(), "sql" | "plpgsql");
        if looked_up && !pinned && !function.security_definer {
            found.push(
                Diagnostic::warning(
                    "helper-search-path",
                    helper.span,
                    format!("`{}` looks its names up in the search_path of whoever reads a row", helper.signature),
                )
                .help(
                    "write its body as RETURN .. or BEGIN ATOMIC .. END, or add: set search_path = pg_catalog, pg_temp",
                ),
            );
        }
    }
    found
}
