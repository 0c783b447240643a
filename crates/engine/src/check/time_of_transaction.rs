//! A function in a rule that asks what time it is by `now()` or its like: that is when the transaction began, and a session holds its
//! transaction as long as it likes. In a rule itself `now()` means the statement's time; in a function Postgres decides.

use std::collections::BTreeSet;

use pg_query::protobuf::Token;

use super::{facts, frozen_time};
use crate::catalog::{Catalog, Function, Signature};
use crate::compile::grants::called_by_name;
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::syntax::parser;

/// Functions that tell when the transaction or the client's statement began: a DO block is one statement.
const CALLS: [&str; 3] = ["now", "transaction_timestamp", "statement_timestamp"];

/// The same without parentheses.
const KEYWORDS: [&str; 5] = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

/// Types that literals like `'now'` are read as.
const TYPES: [&str; 5] = ["date", "time", "timetz", "timestamp", "timestamptz"];

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for helper in facts::helpers(model, catalog) {
        let mut seen = BTreeSet::new();
        let Some((inner, what)) = asks(catalog, helper.signature, helper.function, &mut seen) else { continue };
        let called = if inner == *helper.signature { String::new() } else { format!("calls `{inner}`, which ") };
        found.push(
            Diagnostic::warning(
                "time-of-transaction",
                helper.span,
                format!("`{}` {called}asks `{what}`: a session that holds its transaction open stops that clock", helper.signature),
            )
            .help("write `clock_timestamp()` there, or give the function the time as an argument: in a rule `now()` is the time of the statement"),
        );
    }
    found
}

/// The function, this or one that it calls, that asks for such a time, and how.
fn asks(
    catalog: &Catalog,
    signature: &Signature,
    function: &Function,
    seen: &mut BTreeSet<Signature>,
) -> Option<(Signature, String)> {
    if !seen.insert(signature.clone()) || !matches!(function.language.as_str(), "sql" | "plpgsql") {
        return None;
    }
    let text = facts::body(function).unwrap_or(&function.definition);
    if let Some(what) = time_in(text) {
        return Some((signature.clone(), what));
    }
    let called = called_by_name(catalog, text);
    let inner = called.iter().filter_map(|signature| catalog.functions.get_key_value(signature));
    inner.into_iter().find_map(|(signature, function)| asks(catalog, signature, function, seen))
}

/// What in a body asks for the time, as far as its words tell.
fn time_in(body: &str) -> Option<String> {
    let tokens = parser::scan(body).ok()?;
    let words: Vec<(Token, &str)> = tokens
        .iter()
        .filter(|token| !matches!(token.token(), Token::SqlComment | Token::CComment))
        .filter_map(|token| {
            let (start, end) = (usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
            Some((token.token(), body.get(start..end)?))
        })
        .collect();
    let word = |at: Option<usize>| {
        at.and_then(|at| words.get(at)).map_or(String::new(), |(_, word)| word.trim_matches('"').to_ascii_lowercase())
    };
    words.iter().enumerate().find_map(|(at, (kind, written))| {
        let (before, own, after) = (word(at.checked_sub(1)), word(Some(at)), word(Some(at + 1)));
        if *kind == Token::Sconst {
            let text = written.trim_matches('\'').trim();
            let typed =
                TYPES.contains(&before.as_str()) || (after == "::" && TYPES.contains(&word(Some(at + 2)).as_str()));
            return (typed && frozen_time::is_time(text)).then(|| (*written).to_owned());
        }
        if KEYWORDS.contains(&own.as_str()) && !written.starts_with('"') && before != "." {
            return Some(own);
        }
        // `app.now()` is another.
        let of_postgres = before != "." || word(at.checked_sub(2)) == "pg_catalog";
        (CALLS.contains(&own.as_str()) && after == "(" && of_postgres).then(|| format!("{own}()"))
    })
}
