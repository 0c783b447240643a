//! The door to Postgres' own parser. INVARIANT: nothing outside of this file calls the library in production code.
//!
//! The library catches what the parser would print by swapping the process's standard error for a pipe, and back. Two
//! threads at it at once can swap it for good, so there is one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pg_query::protobuf::{ParseResult, ScanToken};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the parser refuses a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// The parser's or scanner's own words.
    Message(String),
    /// The tree is deeper than can be handed over.
    TooDeep,
}

impl From<pg_query::Error> for ParseError {
    fn from(error: pg_query::Error) -> Self {
        match error {
            pg_query::Error::Decode(_) => Self::TooDeep,
            pg_query::Error::Parse(message) | pg_query::Error::Scan(message) => Self::Message(message),
            other => Self::Message(other.to_string()),
        }
    }
}

/// The trees of all statements of a text.
pub(crate) fn parse(sql: &str) -> Result<ParseResult, ParseError> {
    let _guard = alone();
    Ok(pg_query::parse(sql)?.protobuf)
}

/// The tokens of a text, comments among them.
pub(crate) fn scan(sql: &str) -> Result<Vec<ScanToken>, ParseError> {
    let _guard = alone();
    Ok(pg_query::scan(sql)?.tokens)
}

/// The text of trees. It may read differently: compare.
pub(crate) fn deparse(tree: &ParseResult) -> Result<String, ParseError> {
    let _guard = alone();
    Ok(pg_query::deparse(tree)?)
}
