//! A function of the schema that calls itself leakproof: Postgres then runs it on rows before it asks their rules. Only a
//! superuser may make one, and the owner of what pgseal applies is none.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;

pub(super) fn check(_model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let leakproof = catalog.functions.iter().filter(|(_, function)| function.leakproof);
    leakproof
        .map(|(signature, _)| Diagnostic {
            code: "leakproof-function",
            severity: Severity::Error,
            message: format!("`{signature}` is LEAKPROOF: Postgres may call it on rows that the caller may not see"),
            span: None,
            help: Some("take LEAKPROOF out of the schema".to_owned()),
        })
        .collect()
}
