//! What both readers say about a file: syntax errors, hidden characters, unknown words. Places in, findings and words out.

use std::collections::BTreeSet;

use super::repair::Lines;
use super::span;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::source::{FileId, Span};

/// One finding for each line with a syntax error. What was found on such a line besides, or found missing in such a
/// file, may be an echo of it and is left out: the file has an error either way.
pub(super) fn with_syntax_errors(
    file: FileId,
    source: &str,
    errors: &[toml::de::Error],
    findings: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    if errors.is_empty() {
        return findings;
    }
    let lines = Lines::of(source);
    let mut broken = BTreeSet::new();
    let mut all = Vec::new();
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        if broken.insert(lines.number(range.start)) {
            all.push(syntax_error(error, span(file, range)));
        }
    }
    all.extend(findings.into_iter().filter(|finding| {
        finding.code != "missing-key"
            && finding.span.is_none_or(|span| !broken.contains(&lines.number(span.start as usize)))
    }));
    all
}

fn syntax_error(error: &toml::de::Error, span: Span) -> Diagnostic {
    let help = match error.message() {
        "duplicate key" => {
            return Diagnostic::error("duplicate-key", span, "this key stands twice in the same table")
                .help("keep one of them; a table may be opened only once");
        }
        message if message.starts_with("string values must be quoted") => "put it in quotes",
        message if message.starts_with("missing escaped value") => {
            "write it between single quotes, where a backslash is a backslash: `'name ~ \\d'`"
        }
        message if message.contains("comma") || message.contains("in array") || message.starts_with("unclosed") => {
            "close what was opened, and put commas between the entries"
        }
        message if message.starts_with("invalid") && message.contains("string") => {
            "close the string with the quotes that opened it"
        }
        _ => "write `key = value`, with names that have dots or spaces in quotes; toml.io describes the rest",
    };
    let message = format!("this is not TOML: {}", shown(error.message()));
    Diagnostic::error("toml-syntax", span, message).help(help)
}

/// Characters that make a text look other than it is, wherever they stand; an escape in a string shows itself.
pub(super) fn hidden_characters(file: FileId, source: &str) -> impl Iterator<Item = Diagnostic> {
    source.char_indices().filter(|(at, c)| is_hidden(*c) && (*at > 0 || *c != '\u{feff}')).map(move |(at, c)| {
        let message = format!("a character that cannot be seen stands here, U+{:04X}", u32::from(c));
        Diagnostic::error("hidden-character", span(file, at..at + c.len_utf8()), message)
            .help("remove it: what is reviewed must be what is read")
    })
}

/// Marks of direction, of no width, of invisible operators.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The user's words fit for a message: one line, not endless.
pub(in crate::syntax) fn shown(text: &str) -> String {
    const LIMIT: usize = 120;
    let mut line: String =
        text.chars().take(LIMIT).map(|c| if c.is_control() || is_hidden(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LIMIT).is_some() {
        line.push('…');
    }
    line
}

/// The known key that was meant, if there is a close one.
pub(super) fn spelling_help(key: &str, keys: &[&str]) -> Option<String> {
    let known =
        did_you_mean(key, keys.iter().copied()).or_else(|| synonym(key).filter(|known| keys.contains(known)))?;
    Some(format!("did you mean `{known}`?"))
}

/// `` `a`, `b` and `c` ``
pub(in crate::syntax) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

/// What others call the things that pgseal's keys mean.
fn synonym(key: &str) -> Option<&'static str> {
    Some(match key.to_ascii_lowercase().as_str() {
        "read" | "view" | "using" => "select",
        "create" | "add" | "with_check" => "insert",
        "edit" | "change" | "write" => "update",
        "remove" | "destroy" => "delete",
        "reason" | "why" | "comment" | "note" => "because",
        "policies" | "resources" => "tables",
        "condition" | "filter" => "where",
        "user" | "users" => "member",
        "limits" => "ceilings",
        "inherits" | "extends" => "includes",
        "security" | "definer" | "invoker" => "runs_as",
        "roles" | "grant" | "grants" => "execute",
        _ => return None,
    })
}
