//! Everything but tables: functions, views, triggers, subscriptions, agents, jobs, `[[prove]]` and `[[trust]]`.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::super::ast::{Agent, Ceiling, Function, Job, Prove, Text, Trigger, Trust, View};
use super::super::document::{Entry, Fields, Reader, Value, shown};
use super::tables::{COMMANDS, commands};
use super::{Parser, name, sql_name, without_space};
use crate::catalog::Command;
use crate::diagnostic::Diagnostic;
use crate::source::Spanned;

impl Parser<'_> {
    pub(super) fn functions(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        let example = "`\"app.accept_invite(uuid)\" = { execute = [\"member\"] }`";
        for Entry { key, value } in reader.names(value, "`functions`", example) {
            let what = format!("function `{}`", shown(&key.text));
            if !self.is_new(reader, "functions", without_space(&key.text), &key) {
                continue;
            }
            let keys = ["execute", "runs_as", "may", "because"];
            let Some(fields) = reader.fields_of(value, &what, &key, &keys) else { continue };
            let runs_as = reader.text_at(&fields, "runs_as", "definer");
            if runs_as.as_ref().is_some_and(|text| text.text == "definer") {
                reader.require(&fields, "may", "{ \"app.notes\" = [\"select\"] }");
                reader.require(&fields, "because", "\"the reason\"");
            }
            self.ast.functions.push(Function {
                execute: reader.texts_at(&fields, "execute", "member").unwrap_or_default(),
                runs_as,
                may: may(reader, &fields),
                because: reader.text_at(&fields, "because", "the reason"),
                signature: key,
            });
        }
    }

    pub(super) fn views(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        let example = "`\"app.open_tasks\" = { select = [\"member\"] }`";
        for Entry { key, value } in reader.names(value, "`views`", example) {
            let what = format!("view `{}`", shown(&key.text));
            let keys = ["select", "insert", "update", "delete", "materialized", "refresh", "because"];
            let view = reader.fields_of(value, &what, &key, &keys).map(|fields| view(reader, key.clone(), &fields));
            let Some(identity) = sql_name(reader, &key, 2, "a view", "`app.open_tasks`") else { continue };
            if self.is_new(reader, "views", identity, &key) {
                self.ast.views.extend(view);
            }
        }
    }

    pub(super) fn triggers(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        let example = "`\"app.tasks.touch\" = { runs_as = \"caller\" }`";
        for Entry { key, value } in reader.names(value, "`triggers`", example) {
            let what = format!("trigger `{}`", shown(&key.text));
            let fields = reader.fields_of(value, &what, &key, &["runs_as", "because"]);
            let trigger = fields.map(|fields| {
                reader.require(&fields, "runs_as", "\"caller\"");
                let runs_as = reader.text_at(&fields, "runs_as", "caller");
                Trigger { name: key.clone(), runs_as, because: reader.text_at(&fields, "because", "the reason") }
            });
            let Some(identity) = sql_name(reader, &key, 3, "a trigger with its table", "`app.tasks.touch`") else {
                continue;
            };
            if self.is_new(reader, "triggers", identity, &key) {
                self.ast.triggers.extend(trigger);
            }
        }
    }

    pub(super) fn subscriptions(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for Entry { key, value } in reader.names(value, "`subscriptions`", "`orders = { because = \"the reason\" }`") {
            let what = format!("subscription `{}`", shown(&key.text));
            let Some(fields) = reader.fields(value, &what, key.span, &["because"]) else { continue };
            reader.require(&fields, "because", "\"the reason\"");
            let because = reader.text_at(&fields, "because", "the reason");
            let Some(identity) = sql_name(reader, &key, 1, "a subscription", "`orders`") else { continue };
            if self.is_new(reader, "subscriptions", identity, &key) {
                self.ast.subscriptions.push((key, because));
            }
        }
    }

    pub(super) fn agents(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        let example = "`[agents.triage]` with `acts_for` and `may`";
        for Entry { key, value } in reader.names(value, "`agents`", example) {
            let what = format!("agent `{}`", shown(&key.text));
            if !self.is_new(reader, "agents", vec![key.text.clone()], &key) {
                continue;
            }
            let keys = ["acts_for", "may", "ceilings", "approve"];
            let Some(fields) = reader.fields(value, &what, key.span, &keys) else { continue };
            reader.require(&fields, "acts_for", "\"member\"");
            reader.require(&fields, "may", "{ \"app.tasks\" = [\"select\"] }");
            self.ast.agents.push(Agent {
                name: name(&key),
                acts_for: reader.text_at(&fields, "acts_for", "member"),
                may: may(reader, &fields),
                ceilings: ceilings(reader, &fields),
                approve: reader.texts_at(&fields, "approve", "delete").unwrap_or_default(),
            });
        }
    }

    pub(super) fn jobs(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for Entry { key, value } in reader.names(value, "`jobs`", "`[jobs.send_invoice]` with `execute` and `may`") {
            let what = format!("job `{}`", shown(&key.text));
            if !self.is_new(reader, "jobs", vec![key.text.clone()], &key) {
                continue;
            }
            let keys = ["execute", "scheduled_as", "may", "ceilings", "approve"];
            let Some(fields) = reader.fields(value, &what, key.span, &keys) else { continue };
            if !fields.has("scheduled_as") {
                reader.require(&fields, "execute", "[\"member\"]");
            }
            reader.require(&fields, "may", "{ \"app.invoices\" = [\"select\"] }");
            self.ast.jobs.push(Job {
                name: name(&key),
                execute: reader.texts_at(&fields, "execute", "member").unwrap_or_default(),
                scheduled_as: reader.text_at(&fields, "scheduled_as", "nightly"),
                may: may(reader, &fields),
                ceilings: ceilings(reader, &fields),
                approve: reader.texts_at(&fields, "approve", "delete").unwrap_or_default(),
            });
        }
    }

    pub(super) fn proves(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for value in entries(reader, value, "`prove`", "`[[prove]]`, with two brackets") {
            let span = reader.span(value);
            let keys = ["isolated", "except", "table", "select", "insert", "update", "delete"];
            let Some(fields) = reader.fields(value, "`prove`", span, &keys) else { continue };
            if COMMANDS.iter().any(|command| fields.has(command)) {
                reader.require(&fields, "table", "\"app.invoices\"");
            } else if !fields.has("table") {
                reader.require(&fields, "isolated", "\"org\"");
            }
            let except = fields.get("except").map(|value| exceptions(reader, value)).unwrap_or_default();
            self.ast.proves.push(Prove {
                isolated: reader.text_at(&fields, "isolated", "org"),
                except,
                table: reader.text_at(&fields, "table", "app.invoices"),
                commands: commands(reader, &fields),
                span,
            });
        }
    }

    pub(super) fn trusts(&mut self, reader: &mut Reader<'_>, value: &Value<'_>) {
        for value in entries(reader, value, "`trust`", "`[[trust]]`, with two brackets") {
            let span = reader.span(value);
            let Some(fields) = reader.fields(value, "`trust`", span, &["function", "ensures"]) else { continue };
            reader.require(&fields, "function", "\"app.has_role(uuid, text)\"");
            reader.require(&fields, "ensures", "\"org($1)\"");
            self.ast.trusts.push(Trust {
                function: reader.text_at(&fields, "function", "app.has_role(uuid, text)"),
                ensures: reader.text_at(&fields, "ensures", "org($1)"),
                span,
            });
        }
    }
}

/// The tables of an array of tables.
fn entries<'d>(reader: &mut Reader<'_>, value: &'d Value<'d>, what: &str, example: &str) -> Vec<&'d Value<'d>> {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => {
            reader.wrong_type(value, what, "a list of tables", example);
            Vec::new()
        }
    }
}

fn view(reader: &mut Reader<'_>, name: Text, fields: &Fields<'_>) -> View {
    let mut grants = BTreeMap::new();
    for command in Command::ALL {
        if let Some(roles) = reader.texts_at(fields, command.word(), "member") {
            grants.insert(command, roles);
        }
    }
    let materialized = fields
        .get("materialized")
        .map(|value| Spanned::new(reader.boolean(value, "`materialized`"), reader.span(value)));
    if materialized.as_ref().is_some_and(|materialized| materialized.value) {
        reader.require(fields, "because", "\"the reason\"");
    }
    let refresh = reader.texts_at(fields, "refresh", "nightly").unwrap_or_default();
    View { name, grants, materialized, refresh, because: reader.text_at(fields, "because", "the reason") }
}

/// `may`: table to privileges.
fn may(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<(Text, Vec<Text>)> {
    let Some(value) = fields.get("may") else { return Vec::new() };
    let example = "`may = { \"app.tasks\" = [\"select\"] }`";
    let mut may = Vec::new();
    for Entry { key, value } in reader.names(value, "`may`", example) {
        let what = format!("`may` for `{}`", shown(&key.text));
        may.push((key, reader.texts(value, &what, "`[\"select\", \"update(status)\"]`")));
    }
    may
}

fn ceilings(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<(Spanned<String>, Ceiling)> {
    let Some(value) = fields.get("ceilings") else { return Vec::new() };
    let mut ceilings = Vec::new();
    for Entry { key, value } in
        reader.names(value, "`ceilings`", "`ceilings = { rows_changed = 100, statement = \"5s\" }`")
    {
        ceilings.extend(ceiling(reader, &key, value).map(|ceiling| (name(&key), ceiling)));
    }
    ceilings
}

fn ceiling(reader: &mut Reader<'_>, key: &Text, value: &Value<'_>) -> Option<Ceiling> {
    let what = format!("ceiling `{}`", shown(&key.text));
    let example = "a number of rows or bytes, or a text with a unit: `\"5s\"`, `\"64MB\"`";
    match value.get_ref() {
        DeValue::String(_) => reader.text(value, &what, example).map(Ceiling::Text),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Some(Ceiling::Number(Spanned::new(number, reader.span(value)))),
            Err(_) => {
                let finding =
                    Diagnostic::error("wrong-type", reader.span(value), format!("{what} does not fit 64 bits"));
                reader.report(finding.help(format!("write {example}")));
                None
            }
        },
        _ => {
            reader.wrong_type(value, &what, "an integer or a string", example);
            None
        }
    }
}

/// `except`: table to the condition under which reaching over was meant.
fn exceptions(reader: &mut Reader<'_>, value: &Value<'_>) -> Vec<(Text, Text)> {
    let mut exceptions = Vec::new();
    for Entry { key, value } in reader.names(value, "`except`", "`except = { \"app.invoices\" = \"is_public\" }`") {
        let what = format!("`except` for `{}`", shown(&key.text));
        let condition = reader.text(value, &what, "`\"is_public\"`");
        exceptions.extend(condition.map(|condition| (key, condition)));
    }
    exceptions
}
