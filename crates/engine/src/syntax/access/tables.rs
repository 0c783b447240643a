//! `[tables]` and `[models]`: rules by command, by role and by column.

use std::collections::BTreeSet;

use super::super::ast::{Column, ColumnUpdate, Commands, ModelDefinition, Rules, Table, Text, Transition, UpdateRule};
use super::super::document::{Entry, Fields, Reader, Value, shown};
use super::{Parser, name, sql_name, without_space};
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::sql;

/// What the body of a table or a model may hold.
const RULES: &[&str] = &["model", "select", "insert", "update", "delete", "for", "require", "columns", "because"];

/// The four commands, in their usual order.
pub(super) const COMMANDS: &[&str] = &["select", "insert", "update", "delete"];

impl Parser<'_> {
    pub(super) fn models(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for Entry { key, value } in reader.names(value, "`models`", "`[models.\"tenant(key)\"]` with `select = ..`") {
            let what = format!("model `{}`", shown(&key.text));
            if !self.is_new(reader, "models", without_space(&key.text), &key) {
                continue;
            }
            if let Some(rules) = rules(reader, value, &what, &key) {
                self.ast.models.push(ModelDefinition { header: key, rules });
            }
        }
    }

    pub(super) fn tables(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for Entry { key, value } in reader.names(value, "`tables`", "`\"app.notes\" = \"owned(author_id)\"`") {
            let what = format!("table `{}`", shown(&key.text));
            let rules = match value.get_ref().as_str() {
                Some(_) => reader
                    .text(value, &what, "`\"owned(author_id)\"`")
                    .map(|model| Rules { model: Some(model), ..Rules::default() }),
                None => rules(reader, value, &what, &key),
            };
            let Some(identity) = sql_name(reader, &key, 2, "a table", "`app.notes`") else { continue };
            if self.is_new(reader, "tables", identity, &key) {
                // A table whose rules cannot be read keeps its entry: it is not one that was forgotten.
                self.ast.tables.push(Table { name: key, rules: rules.unwrap_or_default() });
            }
        }
    }
}

fn rules(reader: &mut Reader<'_>, value: &Value<'_>, what: &str, name: &Text) -> Option<Rules> {
    let fields = reader.fields_of(value, what, name, RULES)?;
    let mut rules = Rules {
        model: reader.text_at(&fields, "model", "tenant(org_id)"),
        commands: commands(reader, &fields),
        roles: fields.get("for").map(|value| roles(reader, value)).unwrap_or_default(),
        columns: fields.get("columns").map(|value| columns(reader, value)).unwrap_or_default(),
        because: reader.text_at(&fields, "because", "the reason"),
        ..Rules::default()
    };
    if let Some(value) = fields.get("require") {
        require(reader, value, &mut rules);
    }
    Some(rules)
}

/// The rules of the four commands.
pub(super) fn commands(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Commands {
    const EXAMPLE: &str = "author_id = me()";
    Commands {
        select: reader.text_at(fields, "select", EXAMPLE),
        insert: reader.text_at(fields, "insert", EXAMPLE),
        update: fields.get("update").and_then(|value| update(reader, value)),
        delete: reader.text_at(fields, "delete", EXAMPLE),
    }
}

fn update(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<UpdateRule> {
    if value.get_ref().is_table() {
        let place = reader.span(value);
        let fields = reader.fields(value, "`update`", place, &["before", "after"])?;
        let before = reader.text_at(&fields, "before", "author_id = me()");
        let after = reader.text_at(&fields, "after", "author_id = me()");
        return Some(UpdateRule::Split { before, after });
    }
    let example = "`update = \"author_id = me()\"` or `update = { before = \"..\", after = \"..\" }`";
    reader.text(value, "`update`", example).map(UpdateRule::Both)
}

/// `for.ROLE`
fn roles(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<(Spanned<String>, Commands)> {
    let mut roles = Vec::new();
    for Entry { key, value } in reader.names(value, "`for`", "`for.visitor.select = \"is_public\"`") {
        let what = format!("`for.{}`", shown(&key.text));
        if let Some(fields) = reader.fields(value, &what, key.span, COMMANDS) {
            roles.push((name(&key), commands(reader, &fields)));
        }
    }
    roles
}

/// `require` as a list, which speaks of rows that exist, or as a table.
fn require(reader: &mut Reader<'_>, value: &Value<'_>, rules: &mut Rules) {
    const EXAMPLE: &str = "not locked";
    if !value.get_ref().is_table() {
        rules.require = reader.texts(value, "`require`", "`require = [\"not locked\"]` or `require.change = [..]`");
        return;
    }
    let place = reader.span(value);
    let Some(fields) = reader.fields(value, "`require`", place, &["all", "select", "change", "new"]) else { return };
    rules.require = reader.texts_at(&fields, "all", EXAMPLE).unwrap_or_default();
    rules.require_select = reader.texts_at(&fields, "select", EXAMPLE).unwrap_or_default();
    rules.require_change = reader.texts_at(&fields, "change", EXAMPLE).unwrap_or_default();
    rules.require_new = reader.texts_at(&fields, "new", EXAMPLE).unwrap_or_default();
}

fn columns(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut seen = BTreeSet::new();
    for Entry { key, value } in reader.names(value, "`columns`", "`columns.token = { select = [\"staff\"] }`") {
        let column = column(reader, key.clone(), value);
        let Some(identity) = sql_name(reader, &key, 1, "a column", "`created_by`") else { continue };
        if !seen.insert(identity) {
            let message = format!("column `{}` stands twice in this table", shown(&key.text));
            reader.report(
                Diagnostic::error("duplicate-entry", key.span, message)
                    .help("a column is named as SQL reads it: `Note` is `note`, and '\"Note\"' another one"),
            );
            continue;
        }
        columns.extend(column);
    }
    columns
}

fn column(reader: &mut Reader<'_>, name: Text, value: &Value<'_>) -> Option<Column> {
    let what = format!("column `{}`", shown(&name.text));
    let keys = ["select", "insert", "update", "value", "value_on_update", "initial"];
    let fields = reader.fields(value, &what, name.span, &keys)?;
    for command in ["select", "insert"] {
        if fields.get(command).is_some_and(|value| value.get_ref().is_str()) {
            return row_dependent(reader, &fields, command);
        }
    }
    Some(Column {
        select: reader.texts_at(&fields, "select", "staff"),
        insert: reader.texts_at(&fields, "insert", "staff"),
        update: fields.get("update").and_then(|value| column_update(reader, value)),
        value: reader.text_at(&fields, "value", "me()"),
        value_on_update: reader.text_at(&fields, "value_on_update", "me()"),
        initial: fields.get("initial").map(|value| reader.literals(value, "`initial`")),
        name,
    })
}

/// A condition where only roles can stand: column privileges do not look at the row.
fn row_dependent(reader: &mut Reader<'_>, fields: &Fields<'_>, command: &str) -> Option<Column> {
    let value = fields.get(command)?;
    let text = value.get_ref().as_str().unwrap_or_default();
    let help = match sql::parse_name(text) {
        Some(_) => format!("write `{command} = [\"{role}\"]`", role = shown(text)),
        None => {
            "name the roles; Postgres cannot show a column in some rows only: put it into a table of its own".to_owned()
        }
    };
    let message = format!("`{command}` of a column is a list of roles, not a condition");
    let place = reader.span(value);
    reader.report(Diagnostic::error("wrong-type", place, message).help(help));
    None
}

fn column_update(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<ColumnUpdate> {
    if let Some(items) = value.get_ref().as_array() {
        return Some(ColumnUpdate::Transitions(items.iter().filter_map(|item| transition(reader, item)).collect()));
    }
    let example = "`\"never\"`, a rule or `[{ from = \"draft\", to = [\"sent\"] }]`";
    let text = reader.text(value, "`update` of a column", example)?;
    Some(if text.text == "never" { ColumnUpdate::Never(text.span) } else { ColumnUpdate::Rule(text) })
}

fn transition(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Transition> {
    let span = reader.span(value);
    let fields = reader.fields(value, "a transition", span, &["from", "to", "by"])?;
    reader.require(&fields, "to", "[\"sent\"]");
    Some(Transition {
        by: reader.text_at(&fields, "by", "org(org_id, 'admin')"),
        from: fields.get("from").map(|value| reader.literals(value, "`from`")).unwrap_or_default(),
        to: fields.get("to").map(|value| reader.literals(value, "`to`")).unwrap_or_default(),
        span,
    })
}
