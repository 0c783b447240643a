//! A function that runs as definer and takes values of any type: what it does with them calls the casts and operators of that type,
//! which may be the caller's own, with the definer's rights.

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::Model;

pub(super) fn check(model: &Model, _: &Catalog) -> Vec<Diagnostic> {
    let definers = model.functions.iter().filter(|(_, function)| function.definer.is_some());
    let found = definers.filter_map(|(signature, function)| {
        let kind = signature.arguments.iter().find(|kind| is_open(kind))?;
        let message = format!(
            "`{signature}` runs as definer and takes `{kind}`: casts and operators of a type of the caller's own would run with its rights"
        );
        Some(
            Diagnostic::error("definer-polymorphic", function.span, message)
                .help("name the types that it takes, text or jsonb say, or let it run as its caller"),
        )
    });
    found.collect()
}

/// Whether a parameter of this type takes values of a type that the caller chooses.
fn is_open(kind: &str) -> bool {
    matches!(kind.trim_end_matches("[]"), "record" | "\"any\"") || kind.starts_with("any") && !kind.contains('.')
}
