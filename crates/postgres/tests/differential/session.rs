//! A real session with a real lease: runs many statements, each in a savepoint that is rolled back, and says what came of each.

use std::collections::BTreeSet;

use pgseal_engine::sql::dollar;
use tokio_postgres::{Client, SimpleQueryMessage};

/// What Postgres answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The keys of the rows that a SELECT returned.
    Keys(BTreeSet<String>),
    /// So many rows were changed.
    Count(usize),
    /// An error: SQLSTATE and message.
    Error(String, String),
}

/// Ends a statement that went well, so that what it did is undone.
const UNDO: &str = "PZ000";

/// Runs the statements, all in one DO block: a round trip each would take most of the time.
pub async fn run(client: &Client, statements: &[String]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for chunk in statements.chunks(250) {
        let blocks: Vec<String> = chunk.iter().map(|statement| block(statement)).collect();
        let body = format!(
            "declare answers text[] := '{{}}'; changed bigint; keys text;\nbegin\n{}\nperform set_config('differential.answers', answers::text, false);\nend",
            blocks.join("\n")
        );
        let script = format!("do {}; select unnest(current_setting('differential.answers')::text[])", dollar(&body));
        let messages = client.simple_query(&script).await.expect("the block catches every error");
        let texts = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        answers.extend(texts.map(read));
    }
    assert_eq!(answers.len(), statements.len(), "an answer to each statement");
    answers
}

fn block(statement: &str) -> String {
    let quoted = format!("$statement${statement}$statement$");
    let refused = "when others then answers := answers || ('!' || sqlstate || ' ' || sqlerrm)";
    if statement.starts_with("select") {
        return format!(
            "begin execute {quoted} into keys; answers := answers || ('=' || keys); exception {refused}; end;"
        );
    }
    format!(
        "begin execute {quoted}; get diagnostics changed = row_count; raise exception using errcode = '{UNDO}', message = changed; \
         exception when sqlstate '{UNDO}' then answers := answers || ('#' || sqlerrm); {refused}; end;"
    )
}

fn read(text: &str) -> Answer {
    let (kind, rest) = text.split_at(1);
    match kind {
        "=" => Answer::Keys(rest.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect()),
        "#" => Answer::Count(rest.parse().expect("a number of rows")),
        _ => {
            let (state, message) = rest.split_at(5);
            Answer::Error(state.to_owned(), message.trim().to_owned())
        }
    }
}
