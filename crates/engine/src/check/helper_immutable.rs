//! A function in a rule that says it is immutable and is not: a plan that is kept goes on with the first caller's answer.

use pg_query::protobuf::Token;

use super::facts;
use crate::catalog::{Catalog, Function};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::syntax::parser;

/// Names in a body that tell about the session, the time or the principal.
const CHANGING: [&str; 17] = [
    "clock_timestamp",
    "current_date",
    "current_role",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "now",
    "random",
    "session_user",
    "statement_timestamp",
    "transaction_timestamp",
    "txid_current",
    "user",
];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for helper in facts::helpers(model, catalog) {
        if helper.function.volatility != 'i' || !matches!(helper.function.language.as_str(), "sql" | "plpgsql") {
            continue;
        }
        let body = facts::body(helper.function).unwrap_or(&helper.function.definition);
        let reads_table = helper.function.depends_on.iter().any(|object| object.starts_with("table "));
        let seen = match scanned(helper.function, body) {
            Some(words) => changing(&words).map(|what| format!("reads {what}")),
            // Unknown is never taken for harmless.
            None => Some("has a body that cannot be read".to_owned()),
        };
        if let Some(what) = seen.or(reads_table.then(|| "reads a table".to_owned())) {
            found.push(
                Diagnostic::error(
                    "helper-immutable",
                    helper.span,
                    format!("`{}` is IMMUTABLE and {what}", helper.signature),
                )
                .help("declare it STABLE: Postgres keeps the answer of an immutable function in plans, for whoever comes next"),
            );
        }
    }
    found
}

/// The words of a body as Postgres reads them, with their kinds; none if they cannot be told.
fn scanned(function: &Function, body: &str) -> Option<Vec<(Token, String)>> {
    // With it, a backslash in a literal means something else than to this parser.
    if function.settings.iter().any(|setting| setting.starts_with("standard_conforming_strings=")) {
        return None;
    }
    let word = |start: i32, end: i32| {
        Some(body.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)?.to_ascii_lowercase())
    };
    parser::scan(body).ok()?.iter().map(|token| Some((token.token(), word(token.start, token.end)?))).collect()
}

/// What in a body can change from call to call, as far as its words tell.
fn changing(words: &[(Token, String)]) -> Option<String> {
    let text = |at: usize| words.get(at).map_or("", |(_, word)| word.as_str());
    // The words before the brackets that are open: `extract(year from d)` reads no table.
    let mut open: Vec<&str> = Vec::new();
    for (at, (kind, word)) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", text);
        match kind {
            Token::Ascii40 => open.push(before),
            Token::Ascii41 => drop(open.pop()),
            Token::From => {
                let part = ["extract", "substring", "trim", "overlay", "position"];
                let of_a_call = open.last().is_some_and(|call| part.contains(call));
                if !of_a_call && before != "distinct" {
                    return Some("a table".to_owned());
                }
            }
            Token::Sconst => {}
            _ if word == "seal" && text(at + 1) == "." => return Some("who asks".to_owned()),
            _ if CHANGING.contains(&word.as_str()) && before != "." => return Some(format!("`{word}`")),
            _ => {}
        }
    }
    None
}
