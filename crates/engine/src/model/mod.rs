//! The access model with everything resolved against a schema: who may do what, as plain data.
//!
//! `resolve` makes it from an `Ast` and a `Catalog`; `compile` turns it into a `Catalog`; `evaluate` decides by it.

pub mod builtin;
pub mod expr;
pub mod print;
pub mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Command, Privilege, Signature, SystemClass};
use crate::source::Span;
use crate::sql::QualifiedName;
pub use expr::{Atom, AtomPiece, CompareOp, Constant, Expr, IsTest, RankAtLeast, Rule};

/// A whole model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Model {
    /// What every role's name begins with.
    pub prefix: String,
    /// SQL type of `me()`, as `format_type` prints it.
    pub identity_type: String,
    /// Where the identity comes from.
    pub source: IdentitySource,
    /// Roles by name. There is always exactly one anonymous and one default role.
    pub roles: BTreeMap<String, Role>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// Every table of the schema.
    pub tables: BTreeMap<QualifiedName, Table>,
    /// Every function of the schema that is named in `[functions]`.
    pub functions: BTreeMap<Signature, Function>,
    /// Every view of the schema that is named in `[views]`.
    pub views: BTreeMap<QualifiedName, View>,
    /// Triggers of the user's own: table, name.
    #[serde(serialize_with = "crate::catalog::pairs")]
    pub triggers: BTreeMap<(QualifiedName, String), Trigger>,
    /// Agents by name.
    pub agents: BTreeMap<String, Agent>,
    /// Jobs by name; kept for later parts.
    pub jobs: BTreeMap<String, Job>,
    /// Invariants to prove; kept for later parts.
    pub proves: Vec<Prove>,
    /// Contracts; kept for later parts.
    pub trusts: Vec<Trust>,
    /// Whether `compile` adds the indexes that policies need.
    pub add_indexes: bool,
    /// Whether event triggers keep the database sealed between two runs of `apply`.
    pub guard: bool,
    /// System objects that everybody keeps, from pgseal.toml.
    pub keep_open: BTreeSet<SystemClass>,
}

/// Where the identity of a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentitySource {
    /// A lease of the session's login role, or a signed token.
    Lease,
    /// PostgREST's `request.jwt.claims`: unsigned, correct only behind a trusted front end.
    Postgrest,
    /// The same setting, as Supabase's `auth.uid()` reads it.
    Supabase,
}

/// A role that principals act in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// No identity is needed.
    pub anonymous: bool,
    /// Rules that name no role speak of this one.
    pub default: bool,
    /// Has no person: `me()` is null.
    pub service: bool,
    /// The roles whose rules it has, itself and the anonymous role among them, transitively.
    pub includes: BTreeSet<String>,
    /// Where it was declared; none for the implicit ones.
    pub span: Option<Span>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The membership table.
    pub table: QualifiedName,
    /// Its column of members.
    pub member: String,
    /// Its key columns.
    pub key: Vec<String>,
    /// Types of the key columns, as `format_type` prints them.
    pub key_types: Vec<String>,
    /// Its rank column and the labels, lowest first.
    pub rank: Option<(String, Vec<String>)>,
    /// Which rows count, over the membership table.
    pub condition: Option<Expr>,
    /// The tree that membership reaches down.
    pub parent: Option<GroupParent>,
    /// The label from which one may admit others.
    pub granted_by: Option<String>,
    /// The group's own table and the label that its founder gets.
    pub founder: Option<Founder>,
    /// Where it was declared.
    pub span: Span,
}

/// The edge of a tree of groups: in `table`, the node `key` hangs below the node `column`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupParent {
    /// The table of nodes.
    pub table: QualifiedName,
    /// The column of the node's own key (what the parent column references).
    pub key: String,
    /// The column of the parent's key.
    pub column: String,
    /// Whether the nodes are the groups themselves (the membership's key references them): who inserts a node makes a new group.
    pub is_group: bool,
}

/// How a group's first member comes to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Founder {
    /// The group's own table: what the membership's key columns reference.
    pub table: QualifiedName,
    /// The referenced columns, in the key's order.
    pub columns: Vec<String>,
    /// The rank that the founder gets; none where the group has no ranks.
    pub rank: Option<String>,
}

/// The rules of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What each role was given under its own name. An absent role or command is refused. Use [`Model::effective`].
    pub rules: BTreeMap<String, Commands>,
    /// `require`: rows that exist: selected, updated or deleted, as they were.
    pub require: Vec<Rule>,
    /// `require.select`
    pub require_select: Vec<Rule>,
    /// `require.change`: the old row of UPDATE and DELETE.
    pub require_change: Vec<Rule>,
    /// `require.new`: the new row of INSERT and UPDATE.
    pub require_new: Vec<Rule>,
    /// What is said of single columns.
    pub columns: BTreeMap<String, Column>,
    /// The entry in `[tables]`.
    pub span: Span,
}

/// One role's rules for a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Commands {
    /// SELECT.
    pub select: Option<Rule>,
    /// INSERT, the new row.
    pub insert: Option<Rule>,
    /// UPDATE, the old row.
    pub update_before: Option<Rule>,
    /// UPDATE, the new row.
    pub update_after: Option<Rule>,
    /// DELETE.
    pub delete: Option<Rule>,
}

/// Which of a table's rules is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// SELECT.
    Select,
    /// INSERT, the new row.
    Insert,
    /// UPDATE, the old row.
    UpdateBefore,
    /// UPDATE, the new row.
    UpdateAfter,
    /// DELETE.
    Delete,
}

impl Commands {
    /// The rule of that kind.
    pub fn get(&self, kind: RuleKind) -> Option<&Rule> {
        match kind {
            RuleKind::Select => self.select.as_ref(),
            RuleKind::Insert => self.insert.as_ref(),
            RuleKind::UpdateBefore => self.update_before.as_ref(),
            RuleKind::UpdateAfter => self.update_after.as_ref(),
            RuleKind::Delete => self.delete.as_ref(),
        }
    }
}

/// What is said of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Roles that may read it (those that include one of them may too); none: whoever may read the row.
    pub select: Option<BTreeSet<String>>,
    /// Roles that may give it on INSERT; none: whoever may insert and read it.
    pub insert: Option<BTreeSet<String>>,
    /// Who may change it; none: whoever may update the row and read the column.
    pub update: Option<ColumnUpdate>,
    /// What the database sets it to on INSERT; frozen afterwards.
    pub value: Option<Rule>,
    /// What the database sets it to on UPDATE.
    pub value_on_update: Option<Rule>,
    /// Values that a new row may have.
    pub initial: Option<Vec<Constant>>,
    /// Where it was said.
    pub span: Span,
}

/// Who may change a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnUpdate {
    /// Nobody.
    Never,
    /// Whoever fulfils this rule over the old row.
    Rule(Rule),
    /// Only along these.
    Transitions(Vec<Transition>),
}

/// One allowed change of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// Over the old row; none: whoever may update the row.
    pub by: Option<Rule>,
    /// Values of the old row; empty: any.
    pub from: Vec<Constant>,
    /// Values of the new row.
    pub to: Vec<Constant>,
}

/// A function that somebody may execute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Roles that may execute it; those that include one of them may too.
    pub execute: BTreeSet<String>,
    /// The definer's own rights; none: it runs as the caller.
    pub definer: Option<May>,
    /// Where.
    pub span: Span,
}

/// Exactly what an agent, a job or a definer's role may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct May {
    /// Table or view, privilege, columns; an empty set of columns is all that there are.
    pub tables: BTreeMap<QualifiedName, BTreeMap<Command, BTreeSet<String>>>,
}

/// A view that somebody may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct View {
    /// Roles that may do each command; those that include one of them may too.
    pub grants: BTreeMap<Command, BTreeSet<String>>,
    /// A materialized view, meant.
    pub materialized: bool,
    /// Roles that may refresh it.
    pub refresh: BTreeSet<String>,
    /// Where.
    pub span: Span,
}

/// A user's trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// Whether its function runs as definer.
    pub definer: bool,
    /// Where.
    pub span: Span,
}

/// An agent kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// The role of the person that it acts for.
    pub acts_for: String,
    /// What it may do at most.
    pub may: May,
    /// Ceilings by name, in their canonical unit as text; kept for the gateway.
    pub ceilings: BTreeMap<String, String>,
    /// What a person decides; kept for the gateway.
    pub approve: Vec<String>,
    /// Where.
    pub span: Span,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Roles that may enqueue or call it.
    pub execute: BTreeSet<String>,
    /// As whom its schedule runs.
    pub scheduled_as: Option<String>,
    /// What it may do at most.
    pub may: May,
    /// Ceilings by name.
    pub ceilings: BTreeMap<String, String>,
    /// What a person decides.
    pub approve: Vec<String>,
}

/// An invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prove {
    /// The group that must be isolated.
    pub isolated: Option<String>,
    /// Where reaching over was meant.
    pub except: BTreeMap<QualifiedName, Expr>,
    /// Or a table with a condition per command.
    pub table: Option<(QualifiedName, Commands)>,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// The function.
    pub function: Signature,
    /// What it ensures, as written.
    pub ensures: String,
}

impl Model {
    /// The name of the anonymous role, which every other includes.
    pub fn visitor(&self) -> &str {
        self.roles.iter().find(|(_, role)| role.anonymous).map_or("visitor", |(name, _)| name)
    }

    /// What a role may do to a table: its own rule or those of the roles that it includes. FALSE where nothing was given.
    pub fn effective(&self, table: &QualifiedName, role: &str, kind: RuleKind) -> Expr {
        let (Some(table), Some(role)) = (self.tables.get(table), self.roles.get(role)) else {
            return Expr::FALSE;
        };
        Expr::or(
            role.includes
                .iter()
                .filter_map(|included| table.rules.get(included)?.get(kind))
                .map(|rule| rule.expr.clone()),
        )
    }

    /// Whether [`Model::effective`] is anything but FALSE.
    pub fn gives(&self, table: &QualifiedName, role: &str, kind: RuleKind) -> bool {
        let (Some(table), Some(role)) = (self.tables.get(table), self.roles.get(role)) else { return false };
        let mut rules = role.includes.iter().filter_map(|included| table.rules.get(included)?.get(kind));
        rules.any(|rule| rule.expr != Expr::FALSE)
    }

    /// Whether a role is one of those named or includes one of them.
    pub fn is_any_of(&self, role: &str, named: &BTreeSet<String>) -> bool {
        self.roles.get(role).is_some_and(|role| role.includes.iter().any(|included| named.contains(included)))
    }

    /// Whether a role may read a column of a row that it may read.
    pub fn sees_column(&self, table: &QualifiedName, role: &str, column: &str) -> bool {
        self.tables
            .get(table)
            .and_then(|table| table.columns.get(column)?.select.as_ref())
            .is_none_or(|named| self.is_any_of(role, named))
    }

    /// What a row must fulfil to be selected besides the select rule.
    pub fn required_to_select(table: &Table) -> Expr {
        Expr::and(table.require.iter().chain(&table.require_select).map(|rule| rule.expr.clone()))
    }

    /// What the old row must fulfil to be updated or deleted besides the rules (`required_to_select` holds too).
    pub fn required_to_change(table: &Table) -> Expr {
        Expr::and(table.require_change.iter().map(|rule| rule.expr.clone()))
    }

    /// What a new row must fulfil besides the rules.
    pub fn required_of_new(table: &Table) -> Expr {
        Expr::and(table.require_new.iter().map(|rule| rule.expr.clone()))
    }

    /// The database role of a role: `<prefix>_role_<name>`.
    pub fn role_name(&self, role: &str) -> String {
        format!("{}_role_{role}", self.prefix)
    }

    /// The database role of an agent kind: `<prefix>_agent_<name>`.
    pub fn agent_name(&self, agent: &str) -> String {
        format!("{}_agent_{agent}", self.prefix)
    }

    /// The role that owns tables, views and functions.
    pub fn owner_name(&self) -> String {
        format!("{}_owner", self.prefix)
    }

    /// The role that owns identity functions.
    pub fn seal_name(&self) -> String {
        format!("{}_seal", self.prefix)
    }

    /// The role that reads everything for a dump.
    pub fn backup_name(&self) -> String {
        backup_role(&self.prefix)
    }
}

/// The role that reads everything for a dump, by a project's prefix.
pub fn backup_role(prefix: &str) -> String {
    format!("{prefix}_backup")
}

/// The privilege that a command needs.
pub fn privilege(command: Command) -> Privilege {
    match command {
        Command::Select => Privilege::Select,
        Command::Insert => Privilege::Insert,
        Command::Update => Privilege::Update,
        Command::Delete => Privilege::Delete,
    }
}
