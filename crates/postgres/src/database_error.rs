//! What a database answered instead of a result, as plain data that can be shown to a person or compared in a test.

use std::error::Error as _;
use std::fmt;

use tokio_postgres::error::ErrorPosition;

/// A statement that failed, or a connection that broke while it ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseError {
    /// SQLSTATE; empty if the failure was not the server's answer.
    pub code: String,
    /// What went wrong, in Postgres' words.
    pub message: String,
    /// DETAIL.
    pub detail: Option<Box<str>>,
    /// HINT.
    pub hint: Option<Box<str>>,
    /// Where in the statement, counted in characters from 1.
    pub position: Option<u32>,
    /// The constraint that was violated.
    pub constraint: Option<Box<str>>,
}

impl DatabaseError {
    /// Whether the server answered with this SQLSTATE.
    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// Whether a lock was not to be had in time.
    pub fn is_lock_timeout(&self) -> bool {
        self.is("55P03")
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DatabaseError {}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&tokio_postgres::Error> for DatabaseError {
    fn from(error: &tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return Self { message: chain(error), ..Self::default() };
        };
        Self {
            code: answer.code().code().to_owned(),
            message: answer.message().to_owned(),
            detail: answer.detail().map(Box::from),
            hint: answer.hint().map(Box::from),
            position: match answer.position() {
                Some(ErrorPosition::Original(position)) => Some(*position),
                _ => None,
            },
            constraint: answer.constraint().map(Box::from),
        }
    }
}

/// An error and what caused it, in one line.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
