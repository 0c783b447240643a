//! Says for whom a command waits, and whom it gave up waiting for.

use pgseal_postgres::Client;
use pgseal_postgres::connect::Target;
use pgseal_postgres::waiting::{self, Blocker};

use crate::exit::Failure;
use crate::report;

/// A session that may have to wait for others.
pub struct Watch<'a> {
    target: &'a Target,
    pid: i32,
}

impl<'a> Watch<'a> {
    /// The session behind a connection to that target.
    pub async fn of(client: &Client, target: &'a Target) -> Result<Self, Failure> {
        Ok(Self { target, pid: waiting::backend(client).await? })
    }

    /// Does something in the session. What came of it, and the advice where it `gave_up`.
    pub async fn during<T, E>(
        &self,
        work: impl Future<Output = Result<T, E>>,
        gave_up: impl Fn(&E) -> bool,
    ) -> (Result<T, E>, Option<String>) {
        let tell = |blockers: &[Blocker]| {
            // A notice that cannot be shown is no reason to stop.
            let _ = report::note(&format!("waiting for {}\n", listed(blockers)));
        };
        let (outcome, blockers) = waiting::watched(self.target, self.pid, tell, work).await;
        let advice = match &outcome {
            Err(error) if gave_up(error) => advice(&blockers),
            _ => None,
        };
        (outcome, advice)
    }
}

fn listed(blockers: &[Blocker]) -> String {
    blockers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn advice(blockers: &[Blocker]) -> Option<String> {
    let ends: Vec<String> = blockers.iter().map(|blocker| format!("`{}`", blocker.end())).collect();
    (!ends.is_empty()).then(|| {
        format!(
            "it waited for {}: try again when that is through, or end it with {}",
            listed(blockers),
            ends.join(", ")
        )
    })
}
