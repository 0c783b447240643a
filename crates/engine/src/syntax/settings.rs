//! `pgseal.toml`: settings of whoever operates. Text in, [`Settings`] and findings out. Never looks at the file system.

use std::collections::BTreeSet;

use super::ast::Text;
use super::document::{self, Entry, Reader, Value, listed, shown};
use crate::catalog::SystemClass;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::source::{FileId, Sources, Span};

/// What `pgseal.toml` may hold at its top level.
pub(super) const KEYS: &[&str] =
    &["name", "role_prefix", "paths", "schema", "scratch_url", "external", "guard", "keep_open"];

/// The longest prefix: Postgres keeps 63 bytes of a role's name, and what follows needs some of them.
const PREFIX_LIMIT: usize = 32;

/// What `pgseal.toml` says, with defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `name`: the project's name; defaults to the folder's name, made fit by [`fit_prefix`].
    pub name: String,
    /// `role_prefix`: what every role's name begins with; the name, made fit, unless set.
    pub role_prefix: String,
    /// `[paths] access`: files or folders, relative to the project. Default `access.toml`, then `access/*.toml`.
    pub access_paths: Vec<String>,
    /// `[paths] schema`: default `schema`.
    pub schema_paths: Vec<String>,
    /// `[schema] add_indexes`: add the indexes that policies need.
    pub add_indexes: bool,
    /// `scratch_url`: a server to use instead of the embedded one.
    pub scratch_url: Option<String>,
    /// `external`: tables of a platform that schema files refer to, `auth.users(id uuid)`.
    pub external: Vec<String>,
    /// `guard`: whether event triggers keep the database sealed between two runs of `apply`. True unless set.
    pub guard: bool,
    /// `keep_open`: classes of system objects that PUBLIC keeps.
    pub keep_open: BTreeSet<SystemClass>,
}

/// Reads the settings. Without a file, or where it cannot be read, the defaults hold. `folder` is the name of the
/// project's folder.
pub fn parse(sources: &Sources, file: Option<FileId>, folder: &str) -> (Settings, Vec<Diagnostic>) {
    let mut written = Written::default();
    let findings = match file.and_then(|file| Some((file, sources.get(file)?))) {
        Some((file, source)) => document::read(file, &source.text, |reader, entries| written.read(reader, entries)),
        None => Vec::new(),
    };
    (written.with_defaults(folder), findings)
}

/// The settings that were given.
#[derive(Default)]
struct Written {
    name: Option<String>,
    role_prefix: Option<String>,
    access_paths: Option<Vec<String>>,
    schema_paths: Option<Vec<String>>,
    guard: Option<bool>,
    add_indexes: bool,
    scratch_url: Option<String>,
    external: Vec<String>,
    keep_open: BTreeSet<SystemClass>,
}

impl Written {
    fn read(&mut self, reader: &mut Reader<'_>, entries: &[Entry<'_>]) {
        for Entry { key, value } in entries {
            match key.text.as_str() {
                "name" => self.name = filled(reader, value, "`name`", "`name = \"acme\"`"),
                "role_prefix" => self.role_prefix = prefix(reader, value),
                "paths" => self.paths(reader, value, key.span),
                "schema" => self.schema(reader, value, key.span),
                "scratch_url" => {
                    self.scratch_url =
                        filled(reader, value, "`scratch_url`", "`scratch_url = \"postgres://localhost/\"`");
                }
                "external" => {
                    let example = "`external = [\"auth.users(id uuid)\"]`";
                    self.external =
                        reader.texts(value, "`external`", example).into_iter().map(|text| text.text).collect();
                }
                "guard" => self.guard = Some(reader.boolean(value, "`guard`")),
                "keep_open" => self.keep_open = keep_open(reader, value),
                _ => unknown_setting(reader, key),
            }
        }
    }

    fn paths(&mut self, reader: &mut Reader<'_>, value: &Value<'_>, place: Span) {
        let Some(fields) = reader.fields(value, "`paths`", place, &["access", "schema"]) else { return };
        let mut paths = |key: &str| {
            let value = fields.get(key)?;
            let what = format!("`{key}`");
            let paths = reader.one_or_more(value, &what, &format!("`{key} = \"{key}\"` or a list of paths"));
            if paths.iter().any(|path| path.text.trim().is_empty())
                || value.get_ref().as_array().is_some_and(|a| a.is_empty())
            {
                let place = reader.span(value);
                let finding = Diagnostic::error("empty-setting", place, format!("{what} names no file or folder"));
                reader.report(finding.help("write a path relative to the project, or leave it out"));
                return None;
            }
            Some(paths.into_iter().map(|path| path.text).collect::<Vec<_>>()).filter(|paths| !paths.is_empty())
        };
        self.access_paths = paths("access");
        self.schema_paths = paths("schema");
    }

    fn schema(&mut self, reader: &mut Reader<'_>, value: &Value<'_>, place: Span) {
        if let Some(fields) = reader.fields(value, "`schema`", place, &["add_indexes"]) {
            self.add_indexes = reader.boolean_at(&fields, "add_indexes");
        }
    }

    fn with_defaults(self, folder: &str) -> Settings {
        let name = self.name.unwrap_or_else(|| fit_prefix(folder));
        Settings {
            role_prefix: self.role_prefix.unwrap_or_else(|| fit_prefix(&name)),
            access_paths: self.access_paths.unwrap_or_else(|| vec!["access.toml".to_owned(), "access".to_owned()]),
            schema_paths: self.schema_paths.unwrap_or_else(|| vec!["schema".to_owned()]),
            add_indexes: self.add_indexes,
            scratch_url: self.scratch_url,
            external: self.external,
            guard: self.guard.unwrap_or(true),
            keep_open: self.keep_open,
            name,
        }
    }
}

/// Any name as one that roles' names may begin with: small letters, digits and underscores, beginning with a letter.
pub fn fit_prefix(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit())).filter(|word| !word.is_empty());
    let mut fit = words.collect::<Vec<_>>().join("_");
    fit.truncate(PREFIX_LIMIT);
    let fit = fit.trim_end_matches('_');
    match fit.chars().next() {
        None => "app".to_owned(),
        Some(first) if !first.is_ascii_lowercase() || is_reserved(fit) => {
            let mut prefixed = format!("app_{fit}");
            prefixed.truncate(PREFIX_LIMIT);
            prefixed.trim_end_matches('_').to_owned()
        }
        Some(_) => fit.to_owned(),
    }
}

/// Roles whose names begin with `pg_` are Postgres' own.
fn is_reserved(prefix: &str) -> bool {
    prefix == "pg" || prefix.starts_with("pg_")
}

fn prefix(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<String> {
    let text = filled(reader, value, "`role_prefix`", "`role_prefix = \"acme\"`")?;
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let problem = if !plain {
        "must be small letters, digits and underscores, beginning with a letter".to_owned()
    } else if is_reserved(&text) {
        "is reserved: roles whose names begin with `pg_` are Postgres' own".to_owned()
    } else if text.len() > PREFIX_LIMIT {
        format!("is longer than {PREFIX_LIMIT} letters, and Postgres cuts role names at 63")
    } else {
        return Some(text);
    };
    let place = reader.span(value);
    let finding = Diagnostic::error("invalid-prefix", place, format!("`role_prefix` `{}` {problem}", shown(&text)));
    reader.report(finding.help(format!("write `role_prefix = \"{}\"`", fit_prefix(&text))));
    None
}

/// A string that is not empty.
fn filled(reader: &mut Reader<'_>, value: &Value<'_>, what: &str, example: &str) -> Option<String> {
    let Text { text, span, .. } = reader.text(value, what, example)?;
    if text.trim().is_empty() {
        let finding = Diagnostic::error("empty-setting", span, format!("{what} is empty"));
        reader.report(finding.help(format!("write {example}, or leave it out")));
        return None;
    }
    Some(text)
}

/// Classes of system objects, by their words.
fn keep_open(reader: &mut Reader<'_>, value: &Value<'_>) -> BTreeSet<SystemClass> {
    let words = SystemClass::ALL.map(SystemClass::word);
    let mut classes = BTreeSet::new();
    for Text { text, span, .. } in reader.texts(value, "`keep_open`", "`keep_open = [\"notify\"]`") {
        if let Some(class) = SystemClass::from_word(&text) {
            classes.insert(class);
            continue;
        }
        let help = match did_you_mean(&text, words.iter().copied()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("what can be kept open are {}", listed(&words)),
        };
        let message = format!("`keep_open` knows no `{}`", shown(&text));
        reader.report(Diagnostic::error("invalid-value", span, message).help(help));
    }
    classes
}

fn unknown_setting(reader: &mut Reader<'_>, key: &Text) {
    let word = key.text.as_str();
    let help = match did_you_mean(word, KEYS.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None if super::access::SECTIONS.contains(&word) => "the access model stands in access.toml".to_owned(),
        None => format!("the settings are {}", listed(KEYS)),
    };
    let message = format!("there is no setting `{}`", shown(word));
    reader.report(Diagnostic::error("unknown-key", key.span, message).help(help));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_file_the_defaults_hold() {
        let (settings, findings) = parse(&Sources::default(), None, "Acme CRM");
        assert_eq!(findings, []);
        assert_eq!((settings.name.as_str(), settings.role_prefix.as_str()), ("acme_crm", "acme_crm"));
        assert_eq!(settings.access_paths, ["access.toml", "access"]);
        assert_eq!(settings.schema_paths, ["schema"]);
        assert!(!settings.add_indexes && settings.scratch_url.is_none() && settings.external.is_empty());
    }

    #[test]
    fn what_is_set_holds() {
        let mut sources = Sources::default();
        let text = "name = 'Acme'\nscratch_url = 'postgres://localhost/'\nexternal = ['auth.users(id uuid)']\n\
                    [paths]\naccess = 'rules.toml'\nschema = ['a', 'b.sql']\n[schema]\nadd_indexes = true\n";
        let file = sources.add("pgseal.toml", text);
        let (settings, findings) = parse(&sources, Some(file), "elsewhere");
        assert_eq!(findings, []);
        assert_eq!((settings.name.as_str(), settings.role_prefix.as_str()), ("Acme", "acme"));
        assert_eq!(settings.access_paths, ["rules.toml"]);
        assert_eq!(settings.schema_paths, ["a", "b.sql"]);
        assert_eq!(settings.scratch_url.as_deref(), Some("postgres://localhost/"));
        assert_eq!(settings.external, ["auth.users(id uuid)"]);
        assert!(settings.add_indexes);
    }

    #[test]
    fn a_setting_that_cannot_be_read_has_its_default() {
        let mut sources = Sources::default();
        let file =
            sources.add("pgseal.toml", "role_prefix = 'pg_x'\n[paths]\nschema = []\n[schema]\nadd_indexes = 1\n");
        let (settings, findings) = parse(&sources, Some(file), "acme");
        assert_eq!(
            findings.iter().map(|f| f.code).collect::<Vec<_>>(),
            ["invalid-prefix", "empty-setting", "wrong-type"]
        );
        assert_eq!(settings, parse(&sources, None, "acme").0);
    }

    #[test]
    fn every_name_becomes_a_prefix_that_is_accepted() {
        for (name, fit) in [
            ("acme", "acme"),
            ("Acme-CRM 2", "acme_crm_2"),
            ("2024", "app_2024"),
            ("", "app"),
            ("ünder", "nder"),
            ("日本", "app"),
            ("pg", "app_pg"),
            ("pg_dump", "app_pg_dump"),
            ("__x__", "x"),
        ] {
            assert_eq!(fit_prefix(name), fit, "{name}");
        }
        let long = fit_prefix(&"7 ".repeat(40));
        assert!(long.len() <= PREFIX_LIMIT && long.starts_with("app_7_7") && long.ends_with('7'), "{long}");
        assert_eq!(fit_prefix(&long), long, "what fits stays");
    }
}
