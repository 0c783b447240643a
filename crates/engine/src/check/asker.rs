//! Who asks for single columns: a role, or an agent, which is narrowed by its own list.

use super::facts;
use crate::catalog::Command;
use crate::model::{May, Model, RuleKind};
use crate::source::Span;
use crate::sql::QualifiedName;

/// One of them.
pub(super) struct Asker<'a> {
    model: &'a Model,
    /// As findings call it: `member`, `agents.bot`.
    pub(super) name: String,
    /// The role whose rules it has.
    pub(super) role: &'a str,
    may: Option<&'a May>,
    /// Where an agent stands.
    pub(super) span: Option<Span>,
}

/// All of a model, roles first.
pub(super) fn askers(model: &Model) -> Vec<Asker<'_>> {
    let roles = model.roles.keys().map(|role| Asker { model, name: role.clone(), role, may: None, span: None });
    let agents = model.agents.iter().map(|(name, agent)| Asker {
        model,
        name: format!("agents.{name}"),
        role: &agent.acts_for,
        may: Some(&agent.may),
        span: Some(agent.span),
    });
    roles.chain(agents).collect()
}

impl Asker<'_> {
    pub(super) fn is_agent(&self) -> bool {
        self.may.is_some()
    }

    /// Whether it may see a column where it sees a row at all.
    pub(super) fn sees(&self, table: &QualifiedName, column: &str) -> bool {
        self.model.sees_column(table, self.role, column) && self.is_given(table, Command::Select, Some(column))
    }

    /// Whether it may ever select rows.
    pub(super) fn selects(&self, table: &QualifiedName) -> bool {
        facts::may(self.model, table, self.role, RuleKind::Select) && self.is_given(table, Command::Select, None)
    }

    /// Whether it may ever change a column of a row that is there.
    pub(super) fn changes(&self, table: &QualifiedName, column: &String) -> bool {
        facts::may_change(self.model, table, self.role, [column]) && self.is_given(table, Command::Update, Some(column))
    }

    /// Whether it may ever give a column on INSERT.
    pub(super) fn gives(&self, table: &QualifiedName, column: &str) -> bool {
        facts::may(self.model, table, self.role, RuleKind::Insert)
            && facts::may_give(self.model, table, self.role, column)
            && self.is_given(table, Command::Insert, Some(column))
    }

    fn is_given(&self, table: &QualifiedName, command: Command, column: Option<&str>) -> bool {
        self.may.is_none_or(|may| {
            let columns = may.tables.get(table).and_then(|commands| commands.get(&command));
            columns.is_some_and(|columns| column.is_none_or(|column| columns.is_empty() || columns.contains(column)))
        })
    }
}
