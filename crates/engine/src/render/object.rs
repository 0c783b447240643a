//! Tables, policies, views, functions and triggers.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{EventTrigger, Policy, Signature, View};
use crate::diff::{Securable, routine_word};
use crate::sql::{QualifiedName, ident, idents, literal};

/// A definition without what ends it.
pub(super) fn bare(definition: &str) -> String {
    definition.trim_end().trim_end_matches(';').trim_end().to_owned()
}

/// `pg_get_functiondef` ends in a line break.
pub(super) fn replacing(definition: &str) -> String {
    bare(definition)
}

/// An aggregate without arguments is called `(*)`.
fn routine(signature: &Signature, kind: char) -> String {
    let word = routine_word(kind);
    match kind == 'a' && signature.arguments.is_empty() {
        true => format!("{word} {}(*)", signature.name),
        false => format!("{word} {signature}"),
    }
}

pub(super) fn owner(object: &Securable, to: &str) -> String {
    let what = match object {
        Securable::Function(signature, kind) => routine(signature, *kind),
        Securable::Schema(name) => format!("schema {}", ident(name)),
        Securable::Type(name) => format!("type {name}"),
        Securable::Sequence(name) => format!("sequence {name}"),
        Securable::View(name) => format!("view {name}"),
        Securable::MaterializedView(name) => format!("materialized view {name}"),
        Securable::Table(name) => format!("table {name}"),
        // Neither is ever handed over.
        Securable::Database
        | Securable::Default(..)
        | Securable::SystemFunctions(..)
        | Securable::SystemRelation(_) => return String::new(),
    };
    format!("alter {what} owner to {}", ident(to))
}

pub(super) fn drop_function(signature: &Signature, kind: char) -> String {
    format!("drop {}", routine(signature, kind))
}

pub(super) fn function_options(
    signature: &Signature,
    kind: char,
    security_definer: bool,
    settings: &BTreeSet<String>,
) -> String {
    let security = if security_definer { "definer" } else { "invoker" };
    let set: String = settings
        .iter()
        .filter_map(|setting| setting.split_once('='))
        .map(|(name, value)| format!(" set {} = {}", setting_name(name), setting_value(name, value)))
        .collect();
    format!("alter {} security {security}{set}", routine(signature, kind))
}

/// `app.tenant` is two identifiers.
fn setting_name(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

/// As `pg_proc.proconfig` holds it. Settings that are lists of names hold them quoted, and each is one literal.
fn setting_value(name: &str, value: &str) -> String {
    let is_list = matches!(
        name.to_ascii_lowercase().as_str(),
        "search_path"
            | "temp_tablespaces"
            | "local_preload_libraries"
            | "session_preload_libraries"
            | "shared_preload_libraries"
            | "unix_socket_directories"
    );
    if !is_list {
        return literal(value);
    }
    let items: Vec<String> = list(value).iter().map(|item| literal(item)).collect();
    if items.is_empty() { "''".to_owned() } else { items.join(", ") }
}

/// Splits `a, "B, c"` into its names.
fn list(value: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut item, mut quoted, mut seen) = (String::new(), false, false);
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                item.push('"');
            }
            '"' => {
                quoted = !quoted;
                seen = true;
            }
            ',' if !quoted => {
                items.push(std::mem::take(&mut item));
                seen = false;
            }
            blank if blank.is_whitespace() && !quoted => {}
            other => item.push(other),
        }
    }
    if seen || !item.is_empty() {
        items.push(item);
    }
    items
}

pub(super) fn row_security(table: &QualifiedName, enabled: bool, forced: bool) -> String {
    let (enable, force) = (if enabled { "enable" } else { "disable" }, if forced { "force" } else { "no force" });
    format!("alter table {table} {enable} row level security, {force} row level security")
}

pub(super) fn create_policy(table: &QualifiedName, name: &str, policy: &Policy) -> String {
    let kind = if policy.permissive { "permissive" } else { "restrictive" };
    let command = policy.command.map_or("all", crate::catalog::Command::word);
    let roles = if policy.roles.is_empty() { "public".to_owned() } else { idents(&policy.roles) };
    let using = policy.using.as_ref().map_or_else(String::new, |text| format!(" using ({text})"));
    let check = policy.check.as_ref().map_or_else(String::new, |text| format!(" with check ({text})"));
    format!("create policy {} on {table} as {kind} for {command} to {roles}{using}{check}", ident(name))
}

/// CREATE OR REPLACE VIEW drops every option that it does not name.
pub(super) fn replace_view(name: &QualifiedName, view: &View) -> String {
    let columns = match view.columns.is_empty() {
        true => String::new(),
        false => format!(" ({})", view.columns.iter().map(|(name, _)| ident(name)).collect::<Vec<_>>().join(", ")),
    };
    let mut options = vec![
        format!("security_invoker = {}", view.security_invoker),
        format!("security_barrier = {}", view.security_barrier),
    ];
    options.extend(view.check_option.as_ref().map(|check| format!("check_option = {}", ident(check))));
    let query = bare(&view.definition);
    format!("create or replace view {name}{columns} with ({}) as {query}", options.join(", "))
}

pub(super) fn view_options(
    name: &QualifiedName,
    set: &BTreeMap<String, String>,
    reset: &BTreeSet<String>,
) -> Vec<String> {
    let mut statements = Vec::new();
    if !reset.is_empty() {
        statements.push(format!("alter view {name} reset ({})", idents(reset)));
    }
    if !set.is_empty() {
        let options = set.iter().map(|(option, value)| format!("{} = {}", ident(option), literal(value)));
        statements.push(format!("alter view {name} set ({})", options.collect::<Vec<_>>().join(", ")));
    }
    statements
}

pub(super) fn drop_view(name: &QualifiedName, materialized: bool) -> String {
    let kind = if materialized { "materialized view" } else { "view" };
    format!("drop {kind} {name}")
}

pub(super) fn trigger_state(relation: &QualifiedName, name: &str, enabled: char) -> String {
    let word = match enabled {
        'D' => "disable",
        'R' => "enable replica",
        'A' => "enable always",
        _ => "enable",
    };
    format!("alter table {relation} {word} trigger {}", ident(name))
}

/// On the one schema that is pgseal's alone.
pub(super) fn record(others: &BTreeSet<String>) -> String {
    let comment = crate::diff::record(others).map_or_else(|| "null".to_owned(), |comment| literal(&comment));
    format!("comment on schema seal is {comment}")
}

/// An index lives in its table's schema.
pub(super) fn drop_index(table: &QualifiedName, name: &str) -> String {
    format!("drop index {}", QualifiedName::new(&table.schema, name))
}

/// By a superuser, or whom the platform lets.
pub(super) fn create_event_trigger(name: &str, trigger: &EventTrigger) -> Vec<String> {
    let tags: Vec<String> = trigger.tags.iter().map(|tag| literal(tag)).collect();
    let when = if tags.is_empty() { String::new() } else { format!(" when tag in ({})", tags.join(", ")) };
    let (name, function) = (ident(name), &trigger.function);
    let create = format!("create event trigger {name} on {}{when} execute function {function}", ident(&trigger.event));
    let state = match trigger.enabled {
        'A' => Some("enable always"),
        'R' => Some("enable replica"),
        'D' => Some("disable"),
        _ => None,
    };
    std::iter::once(create).chain(state.map(|state| format!("alter event trigger {name} {state}"))).collect()
}
