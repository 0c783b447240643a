//! `access.toml` as it was written: every value with its span, nothing resolved, nothing defaulted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Command;
use crate::source::{Span, Spanned};

/// A piece of SQL in the user's TOML: a rule, a name, a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The text with TOML's escapes undone.
    pub text: String,
    /// The whole TOML value.
    pub span: Span,
    /// Where byte 0 of `text` stands in the file, when the TOML string has no escapes and so maps byte by byte.
    pub origin: Option<u32>,
}

impl Text {
    /// The place of a range of bytes of the text; the whole value where that cannot be told.
    pub fn at(&self, start: usize, end: usize) -> Span {
        match (self.origin, u32::try_from(start), u32::try_from(end)) {
            (Some(origin), Ok(start), Ok(end)) if end as usize <= self.text.len() && start <= end => {
                Span { start: origin + start, end: origin + end, ..self.span }
            }
            _ => self.span,
        }
    }
}

/// A whole access model, all files of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ast {
    /// `[identity]`
    pub identity: Identity,
    /// `[roles]`, in the order written.
    pub roles: Vec<Role>,
    /// `[groups.NAME]`
    pub groups: Vec<Group>,
    /// `[models."name(params)"]`
    pub models: Vec<ModelDefinition>,
    /// `[tables]`
    pub tables: Vec<Table>,
    /// `[functions]`
    pub functions: Vec<Function>,
    /// `[views]`
    pub views: Vec<View>,
    /// `[triggers]`
    pub triggers: Vec<Trigger>,
    /// `[subscriptions]`: names and reasons.
    pub subscriptions: Vec<(Text, Option<Text>)>,
    /// `[agents.NAME]`
    pub agents: Vec<Agent>,
    /// `[jobs.NAME]`
    pub jobs: Vec<Job>,
    /// `[[prove]]`
    pub proves: Vec<Prove>,
    /// `[[trust]]`
    pub trusts: Vec<Trust>,
}

/// `[identity]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// SQL type of `me()`.
    pub user: Option<Text>,
    /// `lease`, `postgrest` or `supabase`.
    pub source: Option<Text>,
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Its name.
    pub name: Spanned<String>,
    /// A request with no identity.
    pub anonymous: bool,
    /// The role that rules speak of unless they say otherwise.
    pub default: bool,
    /// A role without a person.
    pub service: bool,
    /// Roles whose rules it has too.
    pub includes: Vec<Text>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name, the word.
    pub name: Spanned<String>,
    /// The membership table.
    pub table: Option<Text>,
    /// The column that holds the member.
    pub member: Option<Text>,
    /// The column or columns that hold the key.
    pub key: Vec<Text>,
    /// The rank column and the order of ranks, lowest first.
    pub rank: Option<(Text, Vec<Text>)>,
    /// Which rows count.
    pub condition: Option<Text>,
    /// `schema.table.column`
    pub parent: Option<Text>,
    /// The rank that may admit others.
    pub granted_by: Option<Text>,
    /// The rank that whoever inserts a row of the group's own table gets.
    pub founder: Option<Text>,
}

/// A rule for UPDATE: one for both rows, or one each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateRule {
    /// Old and new row alike.
    Both(Text),
    /// `{ before = "..", after = ".." }`; an absent side is refused.
    Split {
        /// The old row.
        before: Option<Text>,
        /// The new row.
        after: Option<Text>,
    },
}

/// `select`, `insert`, `update`, `delete`: what is not given is absent here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Commands {
    /// `select = ".."`
    pub select: Option<Text>,
    /// `insert = ".."`
    pub insert: Option<Text>,
    /// `update = ".."`
    pub update: Option<UpdateRule>,
    /// `delete = ".."`
    pub delete: Option<Text>,
}

/// The body of a table entry or of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// `model = "tenant(org_id)"`, or the whole entry if it is a string.
    pub model: Option<Text>,
    /// Rules of the default role.
    pub commands: Commands,
    /// `for.ROLE.select = ..`
    pub roles: Vec<(Spanned<String>, Commands)>,
    /// `require = [..]`: rows that exist, whoever asks.
    pub require: Vec<Text>,
    /// `require.select`
    pub require_select: Vec<Text>,
    /// `require.change`
    pub require_change: Vec<Text>,
    /// `require.new`
    pub require_new: Vec<Text>,
    /// `columns.NAME = ..`
    pub columns: Vec<Column>,
    /// `because = ".."`, a note for whoever reviews.
    pub because: Option<Text>,
}

/// `[models."name(a, b)"]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelDefinition {
    /// The header as written: `tenant(key)`.
    pub header: Text,
    /// What it stands for.
    pub rules: Rules,
}

/// `[tables."schema.name"]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The table's name.
    pub name: Text,
    /// Its rules.
    pub rules: Rules,
}

/// `columns.NAME`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The column, as SQL spells it.
    pub name: Text,
    /// Roles that may read it; everybody who may read the row if absent.
    pub select: Option<Vec<Text>>,
    /// Roles that may give it on INSERT; everybody who may insert, unless it is hidden from them.
    pub insert: Option<Vec<Text>>,
    /// Who may change it.
    pub update: Option<ColumnUpdate>,
    /// Set by the database on INSERT, frozen afterwards.
    pub value: Option<Text>,
    /// Set by the database on UPDATE.
    pub value_on_update: Option<Text>,
    /// Values that a new row may have, as SQL literals' text.
    pub initial: Option<Vec<Text>>,
}

/// Who may change a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnUpdate {
    /// `"never"`
    Never(Span),
    /// A rule over the old row.
    Rule(Text),
    /// `[{ by = "..", from = "..", to = [..] }]`
    Transitions(Vec<Transition>),
}

/// One allowed change of a column's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// Who, as a rule over the old row; everybody who may update it if absent.
    pub by: Option<Text>,
    /// From which values; any if empty.
    pub from: Vec<Text>,
    /// To which values.
    pub to: Vec<Text>,
    /// The whole entry.
    pub span: Span,
}

/// `[functions."schema.name(types)"]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Function {
    /// The signature as written.
    pub signature: Text,
    /// Roles that may execute it.
    pub execute: Vec<Text>,
    /// `caller` (unless said) or `definer`.
    pub runs_as: Option<Text>,
    /// What the definer's role may do: table to privileges.
    pub may: Vec<(Text, Vec<Text>)>,
    /// Why it runs as definer.
    pub because: Option<Text>,
}

/// `[views."schema.name"]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// The view.
    pub name: Text,
    /// Roles that may do each command.
    pub grants: BTreeMap<Command, Vec<Text>>,
    /// A materialized view, meant.
    pub materialized: Option<Spanned<bool>>,
    /// Roles that may refresh it.
    pub refresh: Vec<Text>,
    /// Why.
    pub because: Option<Text>,
}

/// `[triggers."schema.table.trigger"]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// `schema.table.trigger`
    pub name: Text,
    /// `caller` or `definer`.
    pub runs_as: Option<Text>,
    /// Why.
    pub because: Option<Text>,
}

/// `[agents.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// Its name.
    pub name: Spanned<String>,
    /// The role of the person that it acts for.
    pub acts_for: Option<Text>,
    /// Table to privileges, `update(status, note)`.
    pub may: Vec<(Text, Vec<Text>)>,
    /// Ceilings by name: a number or a text with a unit.
    pub ceilings: Vec<(Spanned<String>, Ceiling)>,
    /// What a person decides.
    pub approve: Vec<Text>,
}

/// The value of a ceiling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ceiling {
    /// Rows, bytes, connections.
    Number(Spanned<i64>),
    /// `5s`, `64MB`
    Text(Text),
}

/// `[jobs.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its name.
    pub name: Spanned<String>,
    /// Roles that may enqueue or call it.
    pub execute: Vec<Text>,
    /// As whom its schedule runs.
    pub scheduled_as: Option<Text>,
    /// Table to privileges.
    pub may: Vec<(Text, Vec<Text>)>,
    /// Ceilings by name.
    pub ceilings: Vec<(Spanned<String>, Ceiling)>,
    /// What a person decides.
    pub approve: Vec<Text>,
}

/// `[[prove]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prove {
    /// The group whose tenants must be isolated.
    pub isolated: Option<Text>,
    /// Tables with the condition under which reaching over was meant.
    pub except: Vec<(Text, Text)>,
    /// Or one table,
    pub table: Option<Text>,
    /// with a condition for each command.
    pub commands: Commands,
    /// The whole entry.
    pub span: Span,
}

/// `[[trust]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// The function's signature.
    pub function: Option<Text>,
    /// What it ensures, with `$1` for its arguments.
    pub ensures: Option<Text>,
    /// The whole entry.
    pub span: Span,
}
