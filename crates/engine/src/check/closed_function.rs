//! A function of the schema that runs as its caller and calls what is closed to everybody: it works until a superuser applies.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, SystemClass, calls};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Model;

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let closed: BTreeSet<(SystemClass, &str)> = (catalog.system.functions.keys())
        .filter_map(|signature| Some((SystemClass::of_function(&signature.name.name)?, signature.name.name.as_str())))
        .filter(|(class, _)| !model.keep_open.contains(class))
        .collect();
    let mut found = Vec::new();
    for (signature, function) in &catalog.functions {
        if model.functions.get(signature).is_some_and(|function| function.definer.is_some()) {
            continue;
        }
        let text = function.definition.to_ascii_lowercase();
        for (class, name) in closed.iter().filter(|(_, name)| calls(&text, name)) {
            found.push(Diagnostic {
                code: "closed-function",
                severity: Severity::Warning,
                message: format!("`{signature}` calls `{name}`, which nobody may once a superuser has applied"),
                span: None,
                help: Some(format!(
                    "give it `runs_as = \"definer\"` under [functions], or write `keep_open = [\"{}\"]` in pgseal.toml",
                    class.word()
                )),
            });
        }
    }
    found
}
