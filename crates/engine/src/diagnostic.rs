//! Findings about a user's input, as data. Rendering them is the business of `cli`.

use serde::Serialize;

use crate::source::{Sources, Span};

/// How much a finding matters: an error stops `compile`, a warning does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input cannot be compiled, or what it says would not be safe.
    Error,
    /// The input compiles; the user should know.
    Warning,
}

impl Severity {
    /// As it stands in front of a finding.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Stable kebab-case name, `unknown-column`; documented in `docs/diagnostics.md`.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// Where; none when it is about something that is absent.
    pub span: Option<Span>,
    /// What to do about it, with "did you mean" where a name is close.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), span: Some(span), help: None }
    }

    /// A warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Whether any finding is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// The known word closest to what was written, if one is close enough to be a slip of the keyboard.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let limit = (length / 3).max(1);
    known
        .into_iter()
        // The distance is at least the difference in length: a huge word is not compared at all.
        .filter(|word| word.chars().count().abs_diff(length) <= limit)
        .map(|word| (strsim::damerau_levenshtein(&written.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// Puts findings in the order in which they are shown: by file and place, those without a place last.
pub fn sort(sources: &Sources, diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        let place = diagnostic.span.and_then(|span| Some((sources.get(span.file)?.path.clone(), span.start, span.end)));
        (place.is_none(), place, diagnostic.clone())
    });
}

/// Findings as plain lines, sorted: `error[code] access.toml:12:5: message`, then `  help: ...`.
pub fn plain(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut sorted = diagnostics.to_vec();
    sort(sources, &mut sorted);
    let mut text = String::new();
    for diagnostic in &sorted {
        text.push_str(diagnostic.severity.word());
        text.push_str(&format!("[{}]", diagnostic.code));
        if let Some((span, file)) = diagnostic.span.and_then(|span| Some((span, sources.get(span.file)?))) {
            let (line, column) = sources.line_column(span);
            text.push_str(&format!(" {}:{line}:{column}", file.path));
        }
        text.push_str(&format!(": {}\n", indented(&diagnostic.message)));
        if let Some(help) = &diagnostic.help {
            text.push_str(&format!("  help: {}\n", indented(help)));
        }
    }
    text
}

/// A text of several lines, its later lines set in so that they cannot be taken for another finding.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, plain};
    use crate::source::{Sources, Span};

    #[test]
    fn findings_are_sorted_by_place_and_keep_their_lines_together() {
        let mut sources = Sources::default();
        let file = sources.add("access.toml", "[tables]\n\"a.b\" = 1\n");
        let nowhere = Diagnostic { span: None, ..Diagnostic::error("c", Span { file, start: 0, end: 0 }, "no place") };
        let late = Diagnostic::warning("b", Span { file, start: 9, end: 14 }, "two\nlines").help("do it");
        let early = Diagnostic::error("a", Span { file, start: 1, end: 7 }, "first");
        assert_eq!(
            plain(&sources, &[nowhere, late, early]),
            "error[a] access.toml:1:2: first\nwarning[b] access.toml:2:1: two\n    lines\n  help: do it\nerror[c]: no place\n"
        );
    }
}
