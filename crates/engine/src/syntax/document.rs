//! A TOML file as a tree with spans, and the questions that both readers ask of it. Text in, values and findings out.
//!
//! Nothing stops at the first error: a value of the wrong type is a finding and counts as absent, a syntax error is a
//! finding and the rest of the file is still read. Never decides what a value means.

mod repair;
mod wording;

use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::ast::Text;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use wording::spelling_help;
pub(super) use wording::{listed, shown};

/// A value of the file.
pub(super) type Value<'d> = TomlSpanned<DeValue<'d>>;

/// A key with its value.
pub(super) struct Entry<'d> {
    /// The key, escapes undone.
    pub key: Text,
    /// Its value.
    pub value: &'d Value<'d>,
}

/// The entries of a table, in the order written.
pub(super) struct Fields<'d> {
    entries: Vec<Entry<'d>>,
    /// What the table describes, for messages: `` group `org` ``.
    what: String,
    /// Where the table's name stands.
    place: Span,
}

impl<'d> Fields<'d> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'d Value<'d>> {
        self.entries.iter().find(|entry| entry.key.text == key).map(|entry| entry.value)
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

/// Reads one file: knows its text, collects findings.
pub(super) struct Reader<'s> {
    file: FileId,
    source: &'s str,
    findings: Vec<Diagnostic>,
}

/// Parses a file and hands its top level to `read`; returns what the reader and TOML itself found.
pub(super) fn read(file: FileId, source: &str, read: impl FnOnce(&mut Reader<'_>, &[Entry<'_>])) -> Vec<Diagnostic> {
    let mut reader = Reader { file, source, findings: Vec::new() };
    let repaired = repair::readable(source);
    let (root, errors) = DeTable::parse_recoverable(&repaired.text);
    let entries = reader.sorted(root.get_ref());
    read(&mut reader, &entries);
    let findings = reader.findings;
    let errors: Vec<_> = repaired.errors.into_iter().chain(errors).collect();
    let mut findings = wording::with_syntax_errors(file, source, &errors, findings);
    findings.extend(wording::hidden_characters(file, source));
    findings
}

/// A range of the file as a span.
fn span(file: FileId, range: std::ops::Range<usize>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: offset(range.start), end: offset(range.end) }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Where the string's text begins, if what stands in the file is byte for byte the text between quotes.
fn origin(raw: &str, text: &str) -> Option<usize> {
    let quoted = |quote: &str, skip: &str| {
        let body = raw.strip_prefix(quote)?.strip_suffix(quote)?.strip_prefix(skip)?;
        (body == text).then_some(quote.len() + skip.len())
    };
    if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
        let quote = raw.get(..3)?;
        return ["\r\n", "\n", ""].into_iter().find_map(|newline| quoted(quote, newline));
    }
    quoted("\"", "").or_else(|| quoted("'", "")).or_else(|| (raw == text).then_some(0))
}

impl<'s> Reader<'s> {
    /// Where a value stands.
    pub fn span(&self, value: &Value<'_>) -> Span {
        span(self.file, value.span())
    }

    /// Adds a finding.
    pub fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    /// What stands in the file at a span.
    pub fn raw(&self, span: Span) -> &'s str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// What stands in the file before a span.
    pub fn before(&self, span: Span) -> &'s str {
        self.source.get(..span.start as usize).unwrap_or_default()
    }

    /// A string of the file; none and a finding if SQL could not hold it.
    fn make_text(&mut self, text: &str, range: std::ops::Range<usize>) -> Option<Text> {
        let span = span(self.file, range);
        if text.contains('\0') {
            let message = "this text has a NUL character in it, which Postgres cannot store";
            self.report(Diagnostic::error("nul-character", span, message).help("remove `\\u0000`"));
            return None;
        }
        let start = origin(self.raw(span), text).and_then(|at| u32::try_from(at).ok());
        Some(Text { text: text.to_owned(), span, origin: start.map(|at| span.start + at) })
    }

    /// The entries of a table in the order written. A value that stands nowhere was
    /// made up after a syntax error and is absent.
    fn sorted<'d>(&mut self, table: &'d DeTable<'d>) -> Vec<Entry<'d>> {
        let mut entries: Vec<_> = table.iter().filter(|(_, value)| !value.span().is_empty()).collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .filter_map(|(key, value)| Some(Entry { key: self.make_text(key.get_ref(), key.span())?, value }))
            .collect()
    }

    /// A finding about a value of the wrong type. `example` is what could stand there instead.
    pub fn wrong_type(&mut self, value: &Value<'_>, what: &str, expected: &str, example: &str) {
        let place = self.span(value);
        let found = type_name(value.get_ref());
        let message = format!("{what} must be {expected}, this is {found}");
        self.report(Diagnostic::error("wrong-type", place, message).help(format!("write {example}")));
    }

    /// The entries of a section whose keys are names.
    pub fn names<'d>(&mut self, value: &'d Value<'d>, what: &str, example: &str) -> Vec<Entry<'d>> {
        match value.get_ref() {
            DeValue::Table(table) => self.sorted(table),
            _ => {
                self.wrong_type(value, what, "a table", example);
                Vec::new()
            }
        }
    }

    /// The entries of a table whose keys are known; a finding for each that is not.
    pub fn fields<'d>(&mut self, value: &'d Value<'d>, what: &str, place: Span, keys: &[&str]) -> Option<Fields<'d>> {
        self.fields_or(value, what, place, keys, |_, _| None)
    }

    /// The same of something with a qualified name: a key that is unknown may be the second part of a name without quotes.
    pub fn fields_of<'d>(
        &mut self,
        value: &'d Value<'d>,
        what: &str,
        name: &Text,
        keys: &[&str],
    ) -> Option<Fields<'d>> {
        self.fields_or(value, what, name.span, keys, |reader, key| reader.unquoted_name_help(key, name))
    }

    fn fields_or<'d>(
        &mut self,
        value: &'d Value<'d>,
        what: &str,
        place: Span,
        keys: &[&str],
        other_help: impl Fn(&Self, &Text) -> Option<String>,
    ) -> Option<Fields<'d>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, what, "a table", &format!("`{{ {} = .. }}`", keys.first().unwrap_or(&"key")));
            return None;
        };
        let entries = self.sorted(table);
        for entry in &entries {
            if !keys.contains(&entry.key.text.as_str()) {
                let help = spelling_help(&entry.key.text, keys)
                    .or_else(|| other_help(self, &entry.key))
                    .unwrap_or_else(|| format!("its keys are {}", listed(keys)));
                let message = format!("{what} has no key `{}`", shown(&entry.key.text));
                self.report(Diagnostic::error("unknown-key", entry.key.span, message).help(help));
            }
        }
        Some(Fields { entries, what: what.to_owned(), place })
    }

    fn unquoted_name_help(&self, key: &Text, owner: &Text) -> Option<String> {
        let written = self.raw(owner.span);
        let path = self.before(key.span).trim_end().strip_suffix('.')?.trim_end();
        let is_name = !written.is_empty() && !written.starts_with(['"', '\'']) && path.ends_with(written);
        is_name
            .then(|| format!("if `{written}.{0}` is one name, put it in quotes: `\"{written}.{0}\"`", shown(&key.text)))
    }

    /// A finding if a key is absent.
    pub fn require(&mut self, fields: &Fields<'_>, key: &str, example: &str) {
        if !fields.has(key) {
            let message = format!("{} has no `{key}`", fields.what);
            self.report(
                Diagnostic::error("missing-key", fields.place, message).help(format!("add `{key} = {example}`")),
            );
        }
    }

    /// A string.
    pub fn text(&mut self, value: &Value<'_>, what: &str, example: &str) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(text) => self.make_text(text, value.span()),
            other => {
                let example = match other {
                    DeValue::Boolean(written) => format!("it in quotes: `\"{written}\"`"),
                    _ => example.to_owned(),
                };
                self.wrong_type(value, what, "a string", &example);
                None
            }
        }
    }

    /// The string of a key.
    pub fn text_at(&mut self, fields: &Fields<'_>, key: &str, example: &str) -> Option<Text> {
        let value = fields.get(key)?;
        self.text(value, &format!("`{key}`"), &format!("`{key} = \"{example}\"`"))
    }

    /// A list of strings.
    pub fn texts(&mut self, value: &Value<'_>, what: &str, example: &str) -> Vec<Text> {
        let DeValue::Array(items) = value.get_ref() else {
            let example = match value.get_ref() {
                DeValue::String(text) => format!("`[\"{written}\"]`", written = shown(text)),
                _ => example.to_owned(),
            };
            self.wrong_type(value, what, "a list of strings", &example);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.text(item, &format!("each entry of {what}"), example)).collect()
    }

    /// The list of strings of a key; none if it is absent.
    pub fn texts_at(&mut self, fields: &Fields<'_>, key: &str, example: &str) -> Option<Vec<Text>> {
        let value = fields.get(key)?;
        Some(self.texts(value, &format!("`{key}`"), &format!("`{key} = [\"{example}\"]`")))
    }

    /// A string or a list of strings.
    pub fn one_or_more(&mut self, value: &Value<'_>, what: &str, example: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::String(_) => self.text(value, what, example).into_iter().collect(),
            DeValue::Array(_) => self.texts(value, what, example),
            _ => {
                self.wrong_type(value, what, "a string or a list of strings", example);
                Vec::new()
            }
        }
    }

    /// Values of a column: a string, a number or a boolean, or a list of them.
    pub fn literals(&mut self, value: &Value<'_>, what: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.literal(item, what)).collect(),
            _ => self.literal(value, what).into_iter().collect(),
        }
    }

    fn literal(&mut self, value: &Value<'_>, what: &str) -> Option<Text> {
        let written = match value.get_ref() {
            DeValue::String(text) => return self.make_text(text, value.span()),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(written) => written.to_string(),
            _ => {
                self.wrong_type(value, what, "a value of the column or a list of them", "`[\"draft\", \"sent\"]`");
                return None;
            }
        };
        self.make_text(&written, value.span())
    }

    /// A boolean; false and a finding if it is something else.
    pub fn boolean(&mut self, value: &Value<'_>, what: &str) -> bool {
        match value.get_ref() {
            DeValue::Boolean(value) => *value,
            _ => {
                self.wrong_type(value, what, "a boolean", "`true` or `false`, without quotes");
                false
            }
        }
    }

    /// The boolean of a key; false if it is absent.
    pub fn boolean_at(&mut self, fields: &Fields<'_>, key: &str) -> bool {
        fields.get(key).is_some_and(|value| self.boolean(value, &format!("`{key}`")))
    }

    /// A finding about a name that SQL would not read as one.
    pub fn invalid_name(&mut self, name: &Text, what: &str, example: &str) {
        let message = match name.text.as_str() {
            "" => format!("the name of {what} is empty"),
            text => format!("`{}` is not the name of {what}", shown(text)),
        };
        let help = format!(
            "write it as SQL does, {example}; what has capitals, spaces or quotes in it stands in SQL's quotes inside \
             TOML's: '\"Mixed\"'"
        );
        self.report(Diagnostic::error("invalid-name", name.span, message).help(help));
    }
}
