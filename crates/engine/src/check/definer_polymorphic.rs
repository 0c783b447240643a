//! A function that runs as definer and takes values of any type, or gives rows of types that its caller names: what becomes of them
//! calls the casts and operators of those types, which may be the caller's own, with the definer's rights. So does a cursor: what
//! is fetched from it runs as whoever fetches.

use pg_query::protobuf::Token;

use crate::catalog::{Catalog, Function};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::syntax::parser::scan;

pub(super) fn check(model: &Model, schema: &Catalog) -> Vec<Diagnostic> {
    let definers = model.functions.iter().filter(|(_, function)| function.definer.is_some());
    let found = definers.filter_map(|(signature, function)| {
        let error =
            |message: String, help: &str| Diagnostic::error("definer-polymorphic", function.span, message).help(help);
        if let Some(kind) = signature.arguments.iter().find(|kind| is_open(kind)) {
            return Some(error(
                format!(
                    "`{signature}` runs as definer and takes `{kind}`: casts and operators of a type of the caller's own would run with its rights"
                ),
                "name the types that it takes, text or jsonb say, or let it run as its caller",
            ));
        }
        if signature.arguments.iter().any(|kind| kind.trim_end_matches("[]") == "refcursor") {
            return Some(error(
                format!("`{signature}` runs as definer and takes a cursor: what it fetches is the caller's query, and would run with its rights"),
                "take the values themselves, or let it run as its caller",
            ));
        }
        let made = schema.functions.get(signature)?;
        gives_any_row(made).then(|| {
            error(
                format!("`{signature}` runs as definer and returns `record`: types that the caller names would be cast to with its rights"),
                "say which columns it returns: `returns table (id int, name text)`",
            )
        })
    });
    found.collect()
}

/// Whether a parameter of this type takes values of a type that the caller chooses.
fn is_open(kind: &str) -> bool {
    matches!(kind.trim_end_matches("[]"), "record" | "\"any\"") || kind.starts_with("any") && !kind.contains('.')
}

/// Whether whoever calls it says the columns: `record`, and no OUT parameters that say them.
fn gives_any_row(function: &Function) -> bool {
    let says_columns = || {
        let tokens = scan(&function.definition).unwrap_or_default();
        let head = tokens.iter().take_while(|token| token.token != Token::Returns as i32);
        head.into_iter().any(|token| [Token::OutP as i32, Token::Inout as i32].contains(&token.token))
    };
    matches!(function.returns.as_str(), "record" | "SETOF record") && !says_columns()
}
