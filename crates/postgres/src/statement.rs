//! One statement, run as a session would run it, and what the server answered.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::DatabaseError;

/// What a server answered to a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Rows, as text.
    Rows {
        /// Names of the columns.
        columns: Vec<String>,
        /// The rows; none stands for NULL.
        rows: Vec<Vec<Option<String>>>,
    },
    /// No rows, but so many of them changed.
    Changed(u64),
    /// An error.
    Refused(DatabaseError),
}

/// Runs one statement.
pub async fn run(client: &Client, sql: &str) -> Outcome {
    match client.simple_query(sql).await {
        Err(error) => Outcome::Refused(error.into()),
        Ok(messages) => answer(&messages),
    }
}

fn answer(messages: &[SimpleQueryMessage]) -> Outcome {
    let mut columns = None;
    let mut rows = Vec::new();
    let mut changed = 0;
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(described) => {
                columns = Some(described.iter().map(|column| column.name().to_owned()).collect());
            }
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(count) => changed = *count,
            _ => {}
        }
    }
    match columns {
        Some(columns) => Outcome::Rows { columns, rows },
        None => Outcome::Changed(changed),
    }
}
