//! A function in a rule that says it is immutable and is not: a plan that is kept goes on with the first caller's answer.

use pg_query::protobuf::Token;

use super::facts;
use crate::catalog::Catalog;
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
        if let Some(what) = changing(body).or(reads_table.then(|| "a table".to_owned())) {
            found.push(
                Diagnostic::error(
                    "helper-immutable",
                    helper.span,
                    format!("`{}` is IMMUTABLE and reads {what}", helper.signature),
                )
                .help("declare it STABLE: Postgres keeps the answer of an immutable function in plans, for whoever comes next"),
            );
        }
    }
    found
}

/// What in a body can change from call to call, as far as its words tell.
fn changing(body: &str) -> Option<String> {
    let tokens = parser::scan(body).ok()?;
    let text = |at: usize| {
        let token = tokens.get(at)?;
        body.get(usize::try_from(token.start).ok()?..usize::try_from(token.end).ok()?)
    };
    // The words before the brackets that are open: `extract(year from d)` reads no table.
    let mut open: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let word = text(at)?.to_ascii_lowercase();
        let before = at.checked_sub(1).and_then(text).unwrap_or_default().to_ascii_lowercase();
        match token.token() {
            Token::Ascii40 => open.push(before),
            Token::Ascii41 => drop(open.pop()),
            Token::From => {
                let part = ["extract", "substring", "trim", "overlay", "position"];
                let of_a_call = open.last().is_some_and(|call| part.contains(&call.as_str()));
                if !of_a_call && before != "distinct" {
                    return Some("a table".to_owned());
                }
            }
            Token::Sconst => {}
            _ if word == "seal" && text(at + 1) == Some(".") => return Some("who asks".to_owned()),
            _ if CHANGING.contains(&word.as_str()) && before != "." => return Some(format!("`{word}`")),
            _ => {}
        }
    }
    None
}
