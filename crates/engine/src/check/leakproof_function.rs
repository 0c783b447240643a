//! A function of the schema that calls itself leakproof: Postgres then runs it on rows before it asks their rules.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;

pub(super) fn check(_model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let leakproof = catalog.functions.iter().filter(|(_, function)| function.leakproof);
    leakproof
        .map(|(signature, _)| Diagnostic {
            code: "leakproof-function",
            severity: Severity::Warning,
            message: format!("`{signature}` is LEAKPROOF: Postgres may call it on rows that the caller may not see"),
            span: None,
            help: Some(
                "take LEAKPROOF out of the schema, unless neither its result, its errors nor its time tell anything"
                    .to_owned(),
            ),
        })
        .collect()
}
