//! How a demonstration looks: who acts, what they sent, what the server answered.

use clap::builder::styling::{AnsiColor, Style};
use pgseal_postgres::statement::Outcome;
use serde::{Serialize, Serializer};

/// Rows beyond this number are counted, not shown.
const SHOWN: usize = 8;

/// A statement and its answer.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// What it is meant to show.
    pub say: Option<String>,
    /// The statement.
    pub sql: String,
    /// The answer.
    #[serde(serialize_with = "as_json")]
    pub outcome: Outcome,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Json<'a> {
    Rows { columns: &'a [String], rows: &'a [Vec<Option<String>>] },
    Changed(u64),
    Refused { code: &'a str, message: &'a str },
}

fn as_json<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    match outcome {
        Outcome::Rows { columns, rows } => Json::Rows { columns, rows },
        Outcome::Changed(count) => Json::Changed(*count),
        Outcome::Refused(error) => Json::Refused { code: &error.code, message: &error.message },
    }
    .serialize(serializer)
}

/// A heading.
pub fn heading(text: &str) -> String {
    let bold = Style::new().bold();
    format!("{bold}== {text}{bold:#}\n")
}

/// One principal's statements.
pub fn act(name: &str, statements: &[Answered]) -> String {
    let answers: String = statements.iter().map(answered).collect();
    format!("{}\n{answers}", heading(name))
}

fn answered(answered: &Answered) -> String {
    let dim = Style::new().dimmed();
    let say = answered.say.as_ref().map(|say| format!("  {dim}-- {say}{dim:#}\n")).unwrap_or_default();
    format!("{say}  {}\n{}\n", answered.sql, outcome(&answered.outcome))
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused(error) => headed(AnsiColor::Red, "refused", &error.to_string()),
        Outcome::Changed(0) => headed(AnsiColor::Yellow, "nothing", "no row was reached"),
        Outcome::Changed(count) => headed(AnsiColor::Green, "allowed", &format!("{} changed", counted(*count))),
        Outcome::Rows { rows, .. } if rows.is_empty() => headed(AnsiColor::Yellow, "nothing", "no rows"),
        Outcome::Rows { columns, rows } => {
            headed(AnsiColor::Green, "allowed", &counted(rows.len() as u64)) + &table(columns, rows)
        }
    }
}

fn headed(colour: AnsiColor, word: &str, rest: &str) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("    {style}{word}{style:#}: {rest}\n")
}

fn counted(count: u64) -> String {
    match count {
        1 => "1 row".to_owned(),
        _ => format!("{count} rows"),
    }
}

fn table(columns: &[String], rows: &[Vec<Option<String>>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    // A row's text must not be able to move the cursor.
    let shown = |text: &String| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cell = |value: &Option<String>| value.as_ref().map_or("null".to_owned(), shown);
    let mut lines: Vec<Vec<String>> = vec![columns.to_vec()];
    lines.extend(rows.iter().take(SHOWN).map(|row| row.iter().map(cell).collect()));
    let width =
        |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line.iter().enumerate().map(|(at, text)| format!("{text:0$}", width(at))).collect();
        text.push_str(&format!("      {}\n", cells.join(" | ").trim_end()));
    }
    if rows.len() > SHOWN {
        text.push_str(&format!("      and {} more\n", rows.len() - SHOWN));
    }
    text
}
