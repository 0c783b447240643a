//! Capabilities: the database roles that sessions act in, one per role of the model and one per kind of agent. Each has the
//! rules of one role of the model; an agent is narrowed further by its own `may`.

use std::collections::BTreeSet;

use crate::catalog::{Command, Table};
use crate::compile::computed::named_for;
use crate::model::{ColumnUpdate, May, Model, RuleKind};
use crate::sql::QualifiedName;

/// One capability.
#[derive(Debug, Clone)]
pub struct Capability<'a> {
    /// As `seal.is_live` knows it: `role_member`, `agent_triage`.
    pub name: String,
    /// In names of policies: `member`, `agent_triage`.
    pub short: String,
    /// The database role.
    pub role: String,
    /// The role of the model whose rules it has.
    pub rules_of: &'a str,
    /// An agent's own limits.
    pub may: Option<&'a May>,
    /// Whether a session needs a live identity; only the anonymous role needs none.
    pub needs_identity: bool,
}

/// Every capability of a model, roles first.
pub fn all(model: &Model) -> Vec<Capability<'_>> {
    let roles = model.roles.iter().map(|(name, role)| Capability {
        name: format!("role_{name}"),
        short: name.clone(),
        role: model.role_name(name),
        rules_of: name,
        may: None,
        needs_identity: !role.anonymous,
    });
    let agents = model.agents.iter().map(|(name, agent)| Capability {
        name: format!("agent_{name}"),
        short: format!("agent_{name}"),
        role: model.agent_name(name),
        rules_of: &agent.acts_for,
        may: Some(&agent.may),
        needs_identity: true,
    });
    roles.chain(agents).collect()
}

/// The columns of a table on which a privilege is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// None: the command is refused.
    Nothing,
    /// The whole table, columns to come included.
    Table,
    /// These columns.
    Columns(BTreeSet<String>),
}

impl Capability<'_> {
    /// Which columns this capability may read, write on INSERT or on UPDATE; `Nothing` where no rule lets it do the command.
    pub fn reach(&self, model: &Model, name: &QualifiedName, table: &Table, command: Command) -> Reach {
        let narrowed = match self.may {
            None => None,
            Some(may) => match may.tables.get(name).and_then(|commands| commands.get(&command)) {
                None => return Reach::Nothing,
                Some(columns) if columns.is_empty() => None,
                Some(columns) => Some(columns),
            },
        };
        if !self.has_rule(model, name, command) {
            return Reach::Nothing;
        }
        if command == Command::Delete {
            return Reach::Table;
        }
        let held: BTreeSet<String> = table
            .columns
            .iter()
            .map(|column| &column.name)
            .filter(|column| self.may_touch(model, name, column, command))
            .filter(|column| narrowed.is_none_or(|columns| columns.contains(*column)))
            .cloned()
            .collect();
        match held.len() {
            0 if !table.columns.is_empty() => Reach::Nothing,
            // Who lists columns is given no other, not even one that is added later.
            all if all == table.columns.len() && narrowed.is_none() => Reach::Table,
            _ => Reach::Columns(held),
        }
    }

    /// Whether this capability may change a column by UPDATE whose value it may not know. Who reads all that a column is computed from
    /// knows it.
    pub fn writes_blindly(&self, model: &Model, name: &QualifiedName, table: &Table, column: &str) -> bool {
        let named = named_for(table, column);
        let holds = |command, column: &str| match self.reach(model, name, table, command) {
            Reach::Nothing => false,
            Reach::Table => true,
            Reach::Columns(columns) => columns.contains(column),
        };
        let reads = |column: &String| holds(Command::Select, column);
        named.iter().any(|column| holds(Command::Update, column))
            && !holds(Command::Select, column)
            && !named.iter().all(reads)
    }

    /// Whether any rule lets this capability's role do the command at all.
    fn has_rule(&self, model: &Model, table: &QualifiedName, command: Command) -> bool {
        let kinds: &[RuleKind] = match command {
            Command::Select => &[RuleKind::Select],
            Command::Insert => &[RuleKind::Insert],
            Command::Update => &[RuleKind::UpdateBefore, RuleKind::UpdateAfter],
            Command::Delete => &[RuleKind::Delete],
        };
        kinds.iter().all(|kind| model.gives(table, self.rules_of, *kind))
    }

    /// A hidden column can be neither read nor written, unless the model names who may: a unique one would be an oracle.
    fn may_touch(&self, model: &Model, table: &QualifiedName, column: &str, command: Command) -> bool {
        let visible = model.sees_column(table, self.rules_of, column);
        let said = model.tables.get(table).and_then(|table| table.columns.get(column));
        match command {
            Command::Insert => match said.and_then(|said| said.insert.as_ref()) {
                Some(named) => model.is_any_of(self.rules_of, named),
                None => visible,
            },
            Command::Update => {
                // Transitions tell the old value: they are for those who see it.
                visible || said.is_some_and(|said| matches!(said.update, Some(ColumnUpdate::Rule(_))))
            }
            Command::Select | Command::Delete => visible,
        }
    }
}
