//! A file with syntax errors made readable: text in, text of the same length out, with lines blanked that would hide others.
//!
//! TOML's parser goes on after an error, but it takes everything after an open bracket for the bracket's content, and its
//! tree ends at a key without a value. Bytes keep their places, so spans hold for the user's text.

use std::collections::BTreeSet;

use toml::de::{DeTable, Error};

/// After so many repairs what is left is read as it is.
const REPAIRS: usize = 30;

/// How far above an error the line is sought that opened the bracket.
const REACH: usize = 200;

/// A text that can be read to its end, and the errors whose lines were blanked in it.
pub(super) struct Repaired {
    pub text: String,
    pub errors: Vec<Error>,
}

/// Blanks the lines of each error that would hide what follows it.
pub(super) fn readable(source: &str) -> Repaired {
    let lines = Lines::of(source);
    let mut repaired = Repaired { text: source.to_owned(), errors: Vec::new() };
    let (mut blanked, mut torn) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..REPAIRS {
        let (_, errors) = DeTable::parse_recoverable(&repaired.text);
        let place = |error: &Error| error.span().map_or(0, |span| span.start);
        let Some(error) = errors.into_iter().filter(hides_what_follows).min_by_key(place) else { break };
        let last = lines.number(place(&error));
        // What is left of a bracket whose opening line was blanked is an echo of the same error.
        let is_echo = torn.contains(&last.saturating_sub(1)) && !begins_entry(line(&repaired.text, last));
        let opened = opening_line(&repaired.text, last);
        let range = lines_to_blank(&repaired.text, opened, last);
        if opened.is_some() || is_echo {
            torn.extend(range.clone());
        }
        // A line that is blank already cannot be helped.
        let before = blanked.len();
        blanked.extend(range);
        if blanked.len() == before {
            break;
        }
        repaired.text = without_lines(&repaired.text, &blanked);
        if !is_echo {
            repaired.errors.push(error);
        }
    }
    repaired
}

fn hides_what_follows(error: &Error) -> bool {
    let message = error.message();
    [
        "key with no value",
        "missing table open",
        "missing value for key",
        "unclosed array",
        "unclosed inline table",
        "unexpected `=` in array",
    ]
    .iter()
    .any(|start| message.starts_with(start))
        || ["array elements", "key-value pairs", "inline table element"].iter().any(|part| message.contains(part))
}

/// The line at or above `last` that opened a bracket which is open at `last`.
fn opening_line(text: &str, last: usize) -> Option<usize> {
    let upto: Vec<&str> = text.lines().take(last).collect();
    let mut open = 0;
    for (above, line) in upto.iter().rev().take(REACH).enumerate() {
        open += brackets(line);
        if open > 0 && line.contains('=') {
            return Some(last - above);
        }
    }
    None
}

/// The lines to blank for an error on line `last`. A line that begins an entry of its own did not belong into the bracket
/// that was opened above it, and stays.
fn lines_to_blank(text: &str, opened: Option<usize>, last: usize) -> std::ops::Range<usize> {
    match opened {
        Some(first) if first < last && begins_entry(line(text, last)) => first..last,
        Some(first) => first..last + 1,
        None => last..last + 1,
    }
}

/// How many brackets a line leaves open; those within strings count too, since a guess is enough.
fn brackets(line: &str) -> i64 {
    line.chars().fold(0, |open, c| match c {
        '[' | '{' => open + 1,
        ']' | '}' => open - 1,
        _ => open,
    })
}

fn begins_entry(line: &str) -> bool {
    let line = line.trim();
    let is_header = line.starts_with('[') && line.ends_with(']');
    let key = line.split('=').next().unwrap_or_default();
    is_header || (line.contains('=') && !key.contains(['[', '{', ',']))
}

fn line(text: &str, number: usize) -> &str {
    text.lines().nth(number.saturating_sub(1)).unwrap_or_default()
}

/// The same text with these lines blanked, byte by byte.
fn without_lines(text: &str, blank: &BTreeSet<usize>) -> String {
    let mut rest = String::with_capacity(text.len());
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if blank.contains(&number) {
            let body = line.trim_end_matches(['\n', '\r']);
            rest.extend(std::iter::repeat_n(' ', body.len()));
            rest.push_str(line.get(body.len()..).unwrap_or_default());
        } else {
            rest.push_str(line);
        }
    }
    rest
}

/// Where each line of a text begins.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Finds the lines.
    pub fn of(source: &str) -> Self {
        Self(std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The line of a byte, from 1.
    pub fn number(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}
