//! How the command ends: 0 yes, 1 no, 2 could not answer. A failure of the world is one line that says what, and what to do.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done, or nothing found.
    Yes,
    /// Findings, or a difference.
    No,
}

/// Why there is no answer, or the reason of a no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What happened: one line, lower case, no full stop.
    #[serde(rename = "error")]
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// It is an answer all the same: no.
    #[serde(skip)]
    refusal: bool,
}

impl Failure {
    /// A failure without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, refusal: false }
    }

    /// The answer no, with its reason.
    pub fn refusal(message: impl Into<String>) -> Self {
        Self { refusal: true, ..Self::new(message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error.to_string())
    }
}

/// Prints a failure, if it is one, and turns the outcome into the process' exit code.
pub fn code(outcome: Result<Answer, Failure>, json: bool) -> ExitCode {
    match outcome {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(failure) => {
            // Nobody is left to tell if these streams are closed too.
            let _ = match serde_json::to_string_pretty(&failure) {
                Ok(text) if json => writeln!(std::io::stdout(), "{text}"),
                _ => writeln!(anstream::stderr(), "{}", crate::report::failure(&failure)),
            };
            ExitCode::from(if failure.refusal { 1 } else { 2 })
        }
    }
}
