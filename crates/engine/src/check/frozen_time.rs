//! `'now'`, `'today'`, `'tomorrow'` and `'yesterday'` where a time is meant: Postgres reads such a literal once, when the rule is made
//! or planned, and the rule compares with that moment ever after.
//!
//! Which type a literal has, only Postgres can say. So the rule is asked once more with a word in their place that is no time: where
//! it is refused for that, a time was meant. A label of an enum or a text of that name is none.

use super::Probe;
use crate::diagnostic::Diagnostic;
use crate::syntax::parser::scan;
use pg_query::protobuf::Token;

/// What Postgres takes for the moment at which it reads it, in any case and anywhere in a literal.
const WORDS: [&str; 4] = ["now", "today", "tomorrow", "yesterday"];

/// What a word is no time with before it.
const MARK: &str = "pgsealnotime";

/// The statement with another word in the place of these; none if its literals have none of them.
pub(super) fn marked(sql: &str) -> Option<String> {
    // What cannot be read is refused elsewhere.
    let tokens = scan(sql).ok()?;
    let mut marked = String::new();
    let mut done = 0;
    let mut any = false;
    for token in tokens.iter().filter(|token| matches!(token.token(), Token::Sconst | Token::Usconst)) {
        let (start, end) = (usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
        let literal = sql.get(start..end)?;
        marked.push_str(sql.get(done..start)?);
        any |= replace(literal, &mut marked);
        done = end;
    }
    marked.push_str(sql.get(done..)?);
    any.then_some(marked)
}

/// Writes a literal with the words replaced; whether there was one.
fn replace(literal: &str, marked: &mut String) -> bool {
    let mut any = false;
    let mut rest = literal;
    while let Some(first) = rest.chars().next() {
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let (taken, time) = if word.is_empty() { (first.len_utf8(), false) } else { (word.len(), is_time(word)) };
        any |= time;
        match time {
            true => marked.extend([MARK, &word.to_ascii_lowercase()]),
            false => marked.push_str(rest.get(..taken).unwrap_or_default()),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    any
}

/// Whether Postgres takes a word for a moment.
pub(super) fn is_time(word: &str) -> bool {
    WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// What the answer to such a statement means. None if it is an answer to another: nothing, if no time was meant.
pub(super) fn explain(probe: &Probe, message: &str) -> Option<Option<Diagnostic>> {
    if !probe.sql.contains(MARK) {
        return None;
    }
    let refused = message.split_once("invalid input syntax for type ").map_or("", |(_, refused)| refused);
    if !refused.starts_with("date") && !refused.starts_with("time") {
        return Some(None);
    }
    Some(refused.split_once(MARK).map(|(_, rest)| {
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        let said = format!("{}: Postgres reads `'{word}'` once, not each time that it is asked", probe.what);
        Diagnostic::error("frozen-time", probe.span, said).help(
            "write `now()`, and of a day `(now() at time zone interval '0')::date`, plus or minus an interval in hours",
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_in_literals_are_replaced() {
        for (sql, expected) in [
            ("at < ' NOW '::timestamptz", Some("at < ' pgsealnotimenow '::timestamptz")),
            ("during && '[today,infinity)' and 'x' = y", Some("during && '[pgsealnotimetoday,infinity)' and 'x' = y")),
            ("at < 'Yesterday 10:00'", Some("at < 'pgsealnotimeyesterday 10:00'")),
            ("a = 'it''s now' -- 'now'", Some("a = 'it''s pgsealnotimenow' -- 'now'")),
            ("at < now() and today = 'nowhere'", None),
            ("\"now\" = 'epoch' or a = 'infinity'", None),
        ] {
            assert_eq!(marked(sql).as_deref(), expected, "{sql}");
        }
    }
}
