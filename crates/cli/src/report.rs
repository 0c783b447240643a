//! Findings and answers as people and programs read them. Colour only on terminals; the same findings print the same bytes.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pgseal_engine::diagnostic::{Diagnostic, Severity, has_errors, sort};
use pgseal_engine::source::Sources;
use serde::Serialize;

use crate::exit::Failure;

/// A finding with its place spelled out, for `--json`.
#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    path: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    start: Option<u32>,
    end: Option<u32>,
}

/// Whether a project passes, for `--json`.
#[derive(Debug, Serialize)]
pub struct Checked {
    ok: bool,
    findings: Vec<Finding>,
}

impl Checked {
    /// It passes unless there is an error.
    pub fn new(sources: &Sources, diagnostics: &[Diagnostic]) -> Self {
        Self { ok: !has_errors(diagnostics), findings: findings(sources, diagnostics) }
    }
}

/// Findings for `--json`, in the order in which they are shown.
fn findings(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<Finding> {
    let mut sorted = diagnostics.to_vec();
    sort(sources, &mut sorted);
    sorted
        .into_iter()
        .map(|diagnostic| {
            let place = diagnostic.span.map(|span| sources.line_column(span));
            Finding {
                code: diagnostic.code,
                severity: diagnostic.severity,
                message: diagnostic.message,
                help: diagnostic.help,
                path: diagnostic.span.and_then(|span| Some(sources.get(span.file)?.path.clone())),
                line: place.map(|place| place.0),
                column: place.map(|place| place.1),
                start: diagnostic.span.map(|span| span.start),
                end: diagnostic.span.map(|span| span.end),
            }
        })
        .collect()
}

/// Findings with the lines that they speak of.
pub fn pretty(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut sorted = diagnostics.to_vec();
    sort(sources, &mut sorted);
    sorted.iter().map(|diagnostic| format!("{}\n\n", one(sources, diagnostic))).collect()
}

fn one(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = match diagnostic.span.and_then(|span| Some((span, sources.get(span.file)?))) {
        Some((span, file)) => {
            let start = boundary(&file.text, span.start as usize);
            let end = boundary(&file.text, span.end as usize).max(start);
            title.element(
                Snippet::source(file.text.as_str())
                    .path(file.path.as_str())
                    .annotation(AnnotationKind::Primary.span(start..end)),
            )
        }
        None => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The nearest place at or before a byte where a character begins.
fn boundary(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

/// `2 errors, 1 warning`, or `no findings`.
pub fn counts(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let named = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let words: Vec<String> =
        [named(errors, "error"), named(diagnostics.len() - errors, "warning")].into_iter().flatten().collect();
    if words.is_empty() { "no findings".to_owned() } else { words.join(", ") }
}

/// A failure with what to do about it.
pub fn failure(failure: &Failure) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(failure.message.as_str()));
    if let Some(help) = &failure.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// Writes an answer to stdout.
///
/// # Errors
/// If stdout does not take it; a closed pipe is the reader's choice and no error.
pub fn print(text: &str) -> Result<(), Failure> {
    written(anstream::stdout().write_all(text.as_bytes()))
}

/// Writes what is not the answer (findings beside it, notes) to stderr.
///
/// # Errors
/// If stderr does not take it.
pub fn note(text: &str) -> Result<(), Failure> {
    written(anstream::stderr().write_all(text.as_bytes()))
}

fn written(outcome: std::io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes an answer to a file, or to stdout where none is named.
///
/// # Errors
/// If it does not take it.
pub fn print_to(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    match output {
        None => print(text),
        Some(path) => std::fs::write(path, text)
            .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display()))),
    }
}

/// An answer as JSON.
///
/// # Errors
/// If it is no JSON.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Writes an answer to stdout as JSON.
///
/// # Errors
/// If stdout does not take it.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(&json(value)?)
}

/// Findings that stand beside an answer, on stderr; with warnings alone in short, because the answer is there all the same.
/// Errors are instead of one: with `--json` they are what stdout gets.
///
/// # Errors
/// If stderr does not take them.
pub fn findings_beside(sources: &Sources, diagnostics: &[Diagnostic], json: bool) -> Result<(), Failure> {
    if has_errors(diagnostics) {
        if json {
            return print_json(&Checked::new(sources, diagnostics));
        }
        return note(&format!("{}{}\n", pretty(sources, diagnostics), counts(diagnostics)));
    }
    match diagnostics {
        [] => Ok(()),
        _ => note(&format!("{}: `pgseal check` shows them\n", counts(diagnostics))),
    }
}

/// A spinner on stderr while something takes long; nothing where stderr is no terminal. It goes away when dropped.
#[must_use]
pub fn progress(message: &'static str) -> Progress {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_message(message);
    bar.set_style(ProgressStyle::default_spinner());
    bar.enable_steady_tick(Duration::from_millis(100));
    Progress { bar }
}

/// A bar for that many bytes, likewise.
#[must_use]
pub fn progress_of(bytes: u64) -> Progress {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    Progress { bar }
}

/// See [`progress`].
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// So much is done.
    pub fn reached(&self, bytes: u64) {
        self.bar.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use pgseal_engine::diagnostic::Diagnostic;
    use pgseal_engine::source::{Sources, Span};

    use super::{boundary, counts, pretty};

    #[test]
    fn a_finding_is_shown_in_its_line() {
        let mut sources = Sources::default();
        let file = sources.add("access.toml", "[tables]\n\"app.ü\" = \"ownd(a)\"\n");
        let finding = Diagnostic::error("unknown-model", Span { file, start: 21, end: 25 }, "there is no model `ownd`")
            .help("did you mean `owned`?");
        let text = anstream::adapter::strip_str(&pretty(&sources, std::slice::from_ref(&finding))).to_string();
        assert_eq!(
            text,
            "error[unknown-model]: there is no model `ownd`\n --> access.toml:2:12\n  |\n2 | \"app.ü\" = \"ownd(a)\"\n  |            ^^^^\n  |\n  = help: did you mean `owned`?\n\n"
        );
        assert_eq!(counts(&[finding]), "1 error");
    }

    #[test]
    fn a_span_beyond_the_text_or_inside_a_character_is_no_panic() {
        assert_eq!(boundary("ü", 1), 0);
        assert_eq!(boundary("ü", 99), 2);
        let mut sources = Sources::default();
        let file = sources.add("a", "ü");
        assert!(pretty(&sources, &[Diagnostic::error("x", Span { file, start: 1, end: 900 }, "m")]).contains('ü'));
    }
}
