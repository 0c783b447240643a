//! `access.toml`, one file or several read as one: texts in, [`Ast`] and findings out. Resolves nothing, defaults nothing.
//!
//! Names of tables, views, triggers and columns are read as SQL reads them, also where they are TOML keys: `Mixed` is
//! the column `mixed`, and the column that SQL spells `"Mixed"` is written `'"Mixed"'`, SQL's quotes inside TOML's.

mod permissions;
mod tables;
#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use super::ast::{Ast, Group, Role, Text};
use super::document::{self, Entry, Fields, Reader, Value, listed, shown};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::source::{FileId, Sources, Span, Spanned};
use crate::sql;

/// What an `access.toml` may hold at its top level.
pub(super) const SECTIONS: &[&str] = &[
    "identity",
    "roles",
    "groups",
    "models",
    "tables",
    "functions",
    "views",
    "triggers",
    "subscriptions",
    "agents",
    "jobs",
    "prove",
    "trust",
];

/// Reads all files of an access model as one. What cannot be read is left out of the tree and is a finding.
pub fn parse(sources: &Sources, files: &[FileId]) -> (Ast, Vec<Diagnostic>) {
    let mut parser = Parser { sources, ast: Ast::default(), seen: BTreeMap::new() };
    let mut findings = Vec::new();
    for file in files {
        if let Some(source) = sources.get(*file) {
            findings.extend(document::read(*file, &source.text, |reader, entries| parser.file(reader, entries)));
        }
    }
    (parser.ast, findings)
}

/// What has been read so far, of all files.
struct Parser<'s> {
    sources: &'s Sources,
    ast: Ast,
    /// Section and normalized name of each entry, with its first place.
    seen: BTreeMap<(&'static str, Vec<String>), Span>,
}

impl Parser<'_> {
    fn file(&mut self, reader: &mut Reader<'_>, entries: &[Entry<'_>]) {
        for Entry { key, value } in entries {
            match key.text.as_str() {
                "identity" => self.identity(reader, value, key.span),
                "roles" => self.roles(reader, value),
                "groups" => self.groups(reader, value),
                "models" => self.models(reader, value),
                "tables" => self.tables(reader, value),
                "functions" => self.functions(reader, value),
                "views" => self.views(reader, value),
                "triggers" => self.triggers(reader, value),
                "subscriptions" => self.subscriptions(reader, value),
                "agents" => self.agents(reader, value),
                "jobs" => self.jobs(reader, value),
                "prove" => self.proves(reader, value),
                "trust" => self.trusts(reader, value),
                _ => unknown_section(reader, key),
            }
        }
    }

    /// Whether a name is new in its section; a finding if it is not. `identity` is what makes two spellings the same.
    fn is_new(&mut self, reader: &mut Reader<'_>, section: &'static str, identity: Vec<String>, name: &Text) -> bool {
        let Some(first) = self.seen.get(&(section, identity.clone())) else {
            self.seen.insert((section, identity), name.span);
            return true;
        };
        let path = self.sources.get(first.file).map_or("", |file| file.path.as_str());
        let (line, _) = self.sources.line_column(*first);
        let message = format!("`{}` stands twice in `{section}`", shown(&name.text));
        let help = format!("keep one of the two; the first stands at {path}:{line}");
        reader.report(Diagnostic::error("duplicate-entry", name.span, message).help(help));
        false
    }

    fn identity(&mut self, reader: &mut Reader<'_>, value: &Value<'_>, place: Span) {
        let Some(fields) = reader.fields(value, "`identity`", place, &["user", "source"]) else { return };
        if let Some(user) = reader.text_at(&fields, "user", "uuid")
            && self.is_new(
                reader,
                "identity",
                vec!["user".to_owned()],
                &Text { text: "user".to_owned(), ..user.clone() },
            )
        {
            self.ast.identity.user = Some(user);
        }
        if let Some(source) = reader.text_at(&fields, "source", "lease")
            && self.is_new(
                reader,
                "identity",
                vec!["source".to_owned()],
                &Text { text: "source".to_owned(), ..source.clone() },
            )
        {
            self.ast.identity.source = Some(source);
        }
    }

    fn roles(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for Entry { key, value } in reader.names(value, "`roles`", "`staff = { includes = [\"member\"] }`") {
            let what = format!("role `{}`", shown(&key.text));
            let keys = ["includes", "anonymous", "default", "service"];
            if !self.is_new(reader, "roles", vec![key.text.clone()], &key) {
                continue;
            }
            let fields = reader.fields(value, &what, key.span, &keys);
            let fields = fields.as_ref();
            // A role whose body cannot be read still exists: its name is used elsewhere.
            self.ast.roles.push(Role {
                anonymous: fields.is_some_and(|fields| reader.boolean_at(fields, "anonymous")),
                default: fields.is_some_and(|fields| reader.boolean_at(fields, "default")),
                service: fields.is_some_and(|fields| reader.boolean_at(fields, "service")),
                includes: fields.and_then(|fields| reader.texts_at(fields, "includes", "member")).unwrap_or_default(),
                name: name(&key),
            });
        }
    }

    fn groups(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        let example = "`[groups.org]` with `table`, `member` and `key`";
        for Entry { key, value } in reader.names(value, "`groups`", example) {
            let what = format!("group `{}`", shown(&key.text));
            if !self.is_new(reader, "groups", vec![key.text.clone()], &key) {
                continue;
            }
            let keys = ["table", "member", "key", "rank", "where", "parent", "granted_by", "founder"];
            let Some(fields) = reader.fields(value, &what, key.span, &keys) else { continue };
            reader.require(&fields, "table", "\"app.memberships\"");
            reader.require(&fields, "member", "\"user_id\"");
            reader.require(&fields, "key", "\"org_id\"");
            let group = group(reader, name(&key), &fields);
            self.ast.groups.push(group);
        }
    }
}

fn group(reader: &mut Reader<'_>, name: Spanned<String>, fields: &Fields<'_>) -> Group {
    Group {
        table: reader.text_at(fields, "table", "app.memberships"),
        member: reader.text_at(fields, "member", "user_id"),
        key: fields
            .get("key")
            .map(|value| reader.one_or_more(value, "`key`", "`key = \"org_id\"` or `key = [\"a\", \"b\"]`"))
            .unwrap_or_default(),
        rank: fields.get("rank").and_then(|value| rank(reader, value)),
        condition: reader.text_at(fields, "where", "revoked_at is null"),
        parent: reader.text_at(fields, "parent", "app.orgs.parent_id"),
        granted_by: reader.text_at(fields, "granted_by", "admin"),
        founder: reader.text_at(fields, "founder", "owner"),
        name,
    }
}

fn rank(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<(Text, Vec<Text>)> {
    let place = reader.span(value);
    let fields = reader.fields(value, "`rank`", place, &["column", "order"])?;
    reader.require(&fields, "column", "\"role\"");
    reader.require(&fields, "order", "[\"viewer\", \"editor\"]");
    let column = reader.text_at(&fields, "column", "role");
    let order = reader.texts_at(&fields, "order", "viewer");
    Some((column?, order?))
}

fn unknown_section(reader: &mut Reader<'_>, key: &Text) {
    let word = key.text.as_str();
    let help = match did_you_mean(word, SECTIONS.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None if super::settings::KEYS.contains(&word) => "settings stand in pgseal.toml".to_owned(),
        None if word.contains('.') => "tables stand in the section `[tables]`".to_owned(),
        None => format!("its sections are {}", listed(SECTIONS)),
    };
    let message = format!("an access model has no section `{}`", shown(word));
    reader.report(Diagnostic::error("unknown-key", key.span, message).help(help));
}

/// A key as the name of something of ours.
fn name(key: &Text) -> Spanned<String> {
    Spanned::new(key.text.clone(), key.span)
}

/// A name of so many parts, read as SQL reads it; a name without a schema is in `public`.
fn sql_name(reader: &mut Reader<'_>, key: &Text, parts: usize, what: &str, example: &str) -> Option<Vec<String>> {
    let mut read = sql::parse_name(&key.text).unwrap_or_default();
    if parts > 1 && read.len() + 1 == parts {
        read.insert(0, "public".to_owned());
    }
    if read.len() == parts {
        return Some(read);
    }
    reader.invalid_name(key, what, example);
    None
}

/// A text without its white space: what makes two signatures or model headers the same.
fn without_space(text: &str) -> Vec<String> {
    vec![text.split_whitespace().collect()]
}
