//! Which privileges a principal holds: those of its role; for an agent only those that it was given besides.

use std::collections::BTreeSet;

use super::{Capability, Evaluator};
use crate::catalog::Command;
use crate::model::{Column, ColumnUpdate, Expr, RuleKind};
use crate::sql::QualifiedName;

impl Evaluator<'_> {
    /// Whether the command may be run on the table with these columns. Without columns, any one will do.
    pub(super) fn may_use(&self, table: &QualifiedName, command: Command, columns: &BTreeSet<String>) -> bool {
        let own = self.given(table, command);
        own && columns.iter().all(|column| self.may_use_column(table, command, column))
    }

    /// What a role is not given any rule for, or only FALSE, it may not try either.
    fn given(&self, table: &QualifiedName, command: Command) -> bool {
        let kind = match command {
            Command::Select => RuleKind::Select,
            Command::Insert => RuleKind::Insert,
            Command::Update => RuleKind::UpdateBefore,
            Command::Delete => RuleKind::Delete,
        };
        self.rule(table, kind) != Expr::FALSE && self.agent_may(table, command, None)
    }

    fn may_use_column(&self, table: &QualifiedName, command: Command, column: &str) -> bool {
        let role = self.principal.role(self.model);
        let seen = self.model.sees_column(table, role, column);
        let said = self.model.tables.get(table).and_then(|table| table.columns.get(column));
        let role_may = match (command, said) {
            (Command::Insert, Some(Column { insert: Some(named), .. })) => self.model.is_any_of(role, named),
            (Command::Update, Some(Column { update: Some(ColumnUpdate::Rule(_)), .. })) => true,
            (Command::Delete, _) => true,
            _ => seen,
        };
        role_may && self.agent_may(table, command, Some(column))
    }

    /// Whether an agent's own rights allow it; anybody else is not bound by any. No columns listed means all of them.
    fn agent_may(&self, table: &QualifiedName, command: Command, column: Option<&str>) -> bool {
        let Capability::Agent(agent) = &self.principal.capability else { return true };
        let listed = self.model.agents.get(agent).and_then(|agent| agent.may.tables.get(table)?.get(&command));
        listed.is_some_and(|listed| listed.is_empty() || column.is_none_or(|column| listed.contains(column)))
    }
}
