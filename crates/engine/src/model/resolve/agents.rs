//! `[agents]` and `[jobs]`: what may act for whom, within which ceilings, and what a person decides.

use std::collections::BTreeMap;

use super::Resolver;
use crate::catalog::Command;
use crate::model::{Agent, Expr, Job, May, RuleKind};
use crate::source::{Span, Spanned};
use crate::sql::ident;
use crate::syntax::ast::{self, Ceiling, Text};

/// In what a ceiling is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Rows, changes, connections, cost.
    Number,
    /// `5s`; canonical in milliseconds.
    Duration,
    /// `64MB`; canonical in bytes.
    Bytes,
}

const CEILINGS: [(&str, Unit); 9] = [
    ("rows_changed", Unit::Number),
    ("rows_read", Unit::Number),
    ("bytes_read", Unit::Bytes),
    ("statement", Unit::Duration),
    ("transaction", Unit::Duration),
    ("changes_per_hour", Unit::Number),
    ("connections", Unit::Number),
    ("temp", Unit::Bytes),
    ("plan_cost", Unit::Number),
];

/// What the canonical number of a ceiling counts, where its name does not say it.
pub(crate) fn ceiling_unit(ceiling: &str) -> &'static str {
    match CEILINGS.iter().find(|(name, _)| *name == ceiling) {
        Some((_, Unit::Duration)) => " ms",
        Some((_, Unit::Bytes)) => " bytes",
        Some((_, Unit::Number)) | None => "",
    }
}

impl Resolver<'_> {
    pub(super) fn resolve_agents(&mut self) -> BTreeMap<String, Agent> {
        let ast = self.ast;
        let mut agents = BTreeMap::new();
        for entry in &ast.agents {
            self.check_name("agent", "agent", &entry.name);
            let Spanned { value: name, span } = &entry.name;
            let may = self.may(&entry.may);
            let ceilings = self.ceilings(&entry.ceilings);
            let approve = self.approvals(&entry.approve, &may);
            let Some(acts_for) = &entry.acts_for else { continue };
            let Some(acts_for_role) = self.role(acts_for) else { continue };
            if self.roles.get(&acts_for_role).is_some_and(|role| role.anonymous || role.service) {
                self.error("agent-without-person", acts_for.span, format!("`{acts_for_role}` is no person to act for"))
                    .help_with("an agent acts for somebody who is signed in");
            }
            self.within_person(&may, &acts_for_role, entry);
            let agent = Agent { acts_for: acts_for_role, may, ceilings, approve, span: *span };
            agents.insert(name.clone(), agent);
        }
        agents
    }

    pub(super) fn resolve_jobs(&mut self) -> BTreeMap<String, Job> {
        let ast = self.ast;
        let mut jobs = BTreeMap::new();
        for entry in &ast.jobs {
            self.check_name("job", "job", &entry.name);
            let Spanned { value: name, span } = &entry.name;
            let may = self.may(&entry.may);
            let job = Job {
                execute: self.role_set(&entry.execute),
                scheduled_as: entry.scheduled_as.as_ref().and_then(|text| self.schedule(text)),
                ceilings: self.ceilings(&entry.ceilings),
                approve: self.approvals(&entry.approve, &may),
                may,
            };
            if entry.execute.is_empty() && entry.scheduled_as.is_none() {
                self.warning("job-for-nobody", *span, format!("nobody may run job `{name}`"))
                    .help_with("name roles in `execute`, or a service role in `scheduled_as`");
            }
            jobs.insert(name.clone(), job);
        }
        jobs
    }

    fn schedule(&mut self, text: &Text) -> Option<String> {
        let role = self.role(text)?;
        if self.roles.get(&role).is_some_and(|role| !role.service) {
            self.error(
                "schedule-needs-service",
                text.span,
                format!("`{role}` is no service role: a schedule has no person"),
            )
            .help_with(format!(
                "declare one: [roles] nightly = {{ service = true }}, or say `{role} = {{ service = true }}`"
            ));
        }
        Some(role)
    }

    /// An agent sees at most what the person sees: what it could never use is a mistake.
    fn within_person(&mut self, may: &May, role: &str, entry: &ast::Agent) {
        for (name, privileges) in &may.tables {
            let span = entry
                .may
                .iter()
                .find(|(text, _)| crate::sql::parse_qualified(&text.text).as_ref() == Some(name))
                .map_or(entry.name.span, |(text, _)| text.span);
            for (command, columns) in privileges {
                for column in columns {
                    self.hidden_from_person(name, column, role, span);
                }
                if self.rules_known && !self.person_may(name, *command, role) {
                    let message = format!("role `{role}` never may {} `{name}`, so its agent cannot", command.word());
                    self.warning("agent-beyond-person", span, message)
                        .help_with("an agent does at most what the person it acts for may do");
                }
            }
        }
    }

    fn hidden_from_person(&mut self, name: &crate::sql::QualifiedName, column: &str, role: &str, span: Span) {
        let named = self.tables.get(name).and_then(|table| table.columns.get(column)?.select.clone());
        let includes = self.roles.get(role).map(|role| role.includes.clone()).unwrap_or_default();
        if named.is_some_and(|named| named.is_disjoint(&includes)) {
            self.error(
                "agent-beyond-person",
                span,
                format!("the column `{}` of `{name}` is hidden from role `{role}`", ident(column)),
            )
            .help_with("an agent sees at most what the person it acts for sees");
        }
    }

    fn person_may(&self, name: &crate::sql::QualifiedName, command: Command, role: &str) -> bool {
        let Some(table) = self.tables.get(name) else { return true };
        let kind = match command {
            Command::Select => RuleKind::Select,
            Command::Insert => RuleKind::Insert,
            Command::Update => RuleKind::UpdateBefore,
            Command::Delete => RuleKind::Delete,
        };
        let includes = self.roles.get(role).map(|role| role.includes.clone()).unwrap_or_default();
        includes.iter().any(|role| {
            table.rules.get(role).and_then(|commands| commands.get(kind)).is_some_and(|rule| rule.expr != Expr::FALSE)
        })
    }

    /// Ceilings in their canonical unit: numbers as they are, durations in milliseconds, sizes in bytes.
    fn ceilings(&mut self, written: &[(Spanned<String>, Ceiling)]) -> BTreeMap<String, String> {
        let mut ceilings = BTreeMap::new();
        for (name, ceiling) in written {
            let Some((_, unit)) = CEILINGS.iter().find(|(known, _)| *known == name.value) else {
                self.unknown(
                    "unknown-ceiling",
                    "ceiling",
                    &name.value,
                    name.span,
                    CEILINGS.iter().map(|(known, _)| *known),
                );
                continue;
            };
            let (value, span) = match ceiling {
                Ceiling::Number(number) => (canonical_number(number.value, *unit), number.span),
                Ceiling::Text(text) => (canonical_text(&text.text, *unit), text.span),
            };
            match value {
                Some(value) => {
                    ceilings.insert(name.value.clone(), value.to_string());
                }
                None => {
                    let example = match unit {
                        Unit::Number => "a number above zero: 100",
                        Unit::Duration => "a number with ms, s, min or h: \"5s\"",
                        Unit::Bytes => "bytes, or a number with B, kB, MB or GB: \"64MB\"",
                    };
                    self.error("bad-ceiling", span, format!("this is no value for `{}`", name.value))
                        .help_with(format!("write {example}"));
                }
            }
        }
        ceilings
    }

    /// `delete`, `update > 20 rows`.
    fn approvals(&mut self, written: &[Text], may: &May) -> Vec<String> {
        let mut approvals = Vec::new();
        for text in written {
            let Some((command, canonical)) = approval(&text.text) else {
                self.error("bad-approval", text.span, format!("`{}` does not say what a person decides", text.text))
                    .help_with("write a command, alone or with a number of rows: `delete`, `update > 20 rows`");
                continue;
            };
            if may.tables.values().all(|privileges| !privileges.contains_key(&command)) {
                self.warning(
                    "idle-approval",
                    text.span,
                    format!("`may` gives no {} that a person could decide about", command.word()),
                )
                .help_with("take it away, or give the privilege");
            }
            approvals.push(canonical);
        }
        approvals
    }
}

fn canonical_number(number: i64, unit: Unit) -> Option<i64> {
    (number > 0 && unit != Unit::Duration).then_some(number)
}

fn canonical_text(text: &str, unit: Unit) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text.get(..digits)?.parse().ok()?;
    let factor = match (unit, text.get(digits..)?.trim()) {
        (Unit::Number, "") | (Unit::Duration, "ms") | (Unit::Bytes, "" | "B") => 1,
        (Unit::Duration, "s") => 1_000,
        (Unit::Duration, "min" | "m") => 60_000,
        (Unit::Duration, "h") => 3_600_000,
        (Unit::Bytes, "kB" | "KB") => 1_024,
        (Unit::Bytes, "MB") => 1_048_576,
        (Unit::Bytes, "GB") => 1_073_741_824,
        _ => return None,
    };
    number.checked_mul(factor).filter(|value| *value > 0)
}

/// What a person decides, as a command and in one spelling.
fn approval(text: &str) -> Option<(Command, String)> {
    let spaced = text.replace('>', " > ").to_lowercase();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (command, rest) = words.split_first()?;
    let command = Command::from_word(command)?;
    match rest {
        [] => Some((command, command.word().to_owned())),
        [">", number, "row" | "rows"] => {
            let number: u64 = number.parse().ok()?;
            Some((command, format!("{} > {number} rows", command.word())))
        }
        _ => None,
    }
}
