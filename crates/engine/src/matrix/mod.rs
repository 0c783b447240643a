//! Who may do what: roles by tables by commands, with conditions in words. Model in, plain data out; text by [`render_text`], a page
//! for a review by [`render_html`].

mod html;
mod text;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::{Catalog, Command, Signature};
use crate::model::{ColumnUpdate, Expr, Model, RuleKind, Table};
use crate::sql::QualifiedName;
pub use html::render_html;
pub use text::render_text;
use words::Words;

/// The whole matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Roles: the anonymous one, the default one, the others by name.
    pub roles: Vec<String>,
    /// Tables, then roles. Partitions have what their parent has and are left out.
    pub tables: BTreeMap<QualifiedName, BTreeMap<String, Rights>>,
    /// Views, commands, the roles that may.
    pub views: BTreeMap<QualifiedName, BTreeMap<Command, BTreeSet<String>>>,
    /// Materialized views that somebody may refresh.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refresh: BTreeMap<QualifiedName, BTreeSet<String>>,
    /// Functions that somebody may execute, or that run as definer.
    pub functions: BTreeMap<Signature, Execution>,
    /// Agents and what they may do at most.
    pub agents: BTreeMap<String, Limits>,
}

/// What one role may do to one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// Reading rows.
    pub select: Allowed,
    /// Adding rows.
    pub insert: Allowed,
    /// Changing rows.
    pub update: Allowed,
    /// Deleting rows.
    pub delete: Allowed,
    /// Columns for which it is not as for the row.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, ColumnRights>,
}

/// What one role may do to one column of a row; absent where it is as for the row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ColumnRights {
    /// Reading it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<Allowed>,
    /// Giving it in a new row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insert: Option<Allowed>,
    /// Changing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<Allowed>,
}

/// Whether, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Refused.
    Never,
    /// Without a condition.
    Always,
    /// Under this condition, in words.
    When(String),
}

/// Who may execute a function, and as whom it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Execution {
    /// The roles.
    pub execute: BTreeSet<String>,
    /// Whether it has rights of its own.
    pub definer: bool,
}

/// What an agent may do at most; besides, what the person may not do is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The role of the person.
    pub acts_for: String,
    /// Tables, commands, columns; no columns: all.
    pub may: BTreeMap<QualifiedName, BTreeMap<Command, BTreeSet<String>>>,
    /// Ceilings as declared, in their unit. The database does not hold them, a gateway does.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ceilings: BTreeMap<String, String>,
    /// What a person decides, as declared; likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approve: Vec<String>,
}

/// Computes the matrix.
pub fn matrix(model: &Model, catalog: &Catalog) -> Matrix {
    let mut roles: Vec<String> = model.roles.keys().cloned().collect();
    roles.sort_by_key(|name| model.roles.get(name).map(|role| (!role.anonymous, !role.default)));
    let sealed =
        model.tables.iter().filter(|(name, _)| catalog.tables.get(name).is_none_or(|table| table.parents.is_empty()));
    let tables = sealed
        .map(|(name, table)| {
            let by_role = roles.iter().map(|role| (role.clone(), rights(model, name, table, role))).collect();
            (name.clone(), by_role)
        })
        .collect();
    let closed = |named: &BTreeSet<String>| {
        roles.iter().filter(|role| model.is_any_of(role, named)).cloned().collect::<BTreeSet<_>>()
    };
    Matrix {
        tables,
        views: model
            .views
            .iter()
            .map(|(name, view)| {
                (name.clone(), view.grants.iter().map(|(command, named)| (*command, closed(named))).collect())
            })
            .collect(),
        refresh: model
            .views
            .iter()
            .filter(|(_, view)| !view.refresh.is_empty())
            .map(|(name, view)| (name.clone(), closed(&view.refresh)))
            .collect(),
        functions: model
            .functions
            .iter()
            .map(|(signature, function)| {
                let execute = closed(&function.execute);
                (signature.clone(), Execution { execute, definer: function.definer.is_some() })
            })
            .collect(),
        agents: model
            .agents
            .iter()
            .map(|(name, agent)| {
                let limits = Limits {
                    acts_for: agent.acts_for.clone(),
                    may: agent.may.tables.clone(),
                    ceilings: agent.ceilings.clone(),
                    approve: agent.approve.clone(),
                };
                (name.clone(), limits)
            })
            .collect(),
        roles,
    }
}

fn rights(model: &Model, name: &QualifiedName, table: &Table, role: &str) -> Rights {
    let words = Words { table: name };
    let rule = |kind| model.effective(name, role, kind);
    let allowed = |parts: Vec<Expr>| words.allowed(&Expr::and(parts));
    let (require, change, new) =
        (Model::required_to_select(table), Model::required_to_change(table), Model::required_of_new(table));
    let select = rule(RuleKind::Select);
    let update = match (rule(RuleKind::UpdateBefore), rule(RuleKind::UpdateAfter)) {
        (Expr::FALSE, _) | (_, Expr::FALSE) => Allowed::Never,
        (before, after) => {
            let same = before == after && new == Expr::TRUE;
            let before = allowed(vec![select_narrower(&select), before, require.clone(), change.clone()]);
            if same { before } else { words.then(before, allowed(vec![after, new.clone()])) }
        }
    };
    let delete = match rule(RuleKind::Delete) {
        Expr::FALSE => Allowed::Never,
        rule => allowed(vec![select_narrower(&select), rule, require.clone(), change]),
    };
    let insert = allowed(vec![rule(RuleKind::Insert), new]);
    let mut rights =
        Rights { select: allowed(vec![select, require]), insert, update, delete, columns: BTreeMap::new() };
    rights.columns = columns(model, &words, table, role, &rights);
    rights
}

/// Who changes a row must see it. In words that is said only where nobody sees any, and where the reader's rule is a plain
/// condition on the row (`deleted_at is null`): a group's or an owner's condition mostly says the same as the rule itself.
fn select_narrower(select: &Expr) -> Expr {
    match select {
        Expr::And(parts) => Expr::and(parts.iter().map(select_narrower)),
        Expr::Is(..) | Expr::Not(_) | Expr::Column(_) | Expr::In(..) => select.clone(),
        other if *other == Expr::FALSE => Expr::FALSE,
        _ => Expr::TRUE,
    }
}

fn columns(
    model: &Model,
    words: &Words<'_>,
    table: &Table,
    role: &str,
    rights: &Rights,
) -> BTreeMap<String, ColumnRights> {
    let never = |allowed: &Allowed| *allowed == Allowed::Never;
    table
        .columns
        .iter()
        .map(|(name, column)| {
            let sees = model.sees_column(words.table, role, name);
            let plain = |allowed: bool| if allowed { Allowed::Always } else { Allowed::Never };
            let set = column.value.is_some();
            let insert = match (&column.insert, &column.initial) {
                _ if set => Allowed::When("set by the database".to_owned()),
                (Some(named), _) if !model.is_any_of(role, named) => Allowed::Never,
                (None, _) if !sees => Allowed::Never,
                (_, Some(initial)) => Allowed::When(words.one_of(initial)),
                _ => Allowed::Always,
            };
            let update = match &column.update {
                // As in `compile`: transitions tell the old value.
                None | Some(ColumnUpdate::Transitions(_)) if !sees => Allowed::Never,
                _ if column.value_on_update.is_some() => Allowed::When("set by the database".to_owned()),
                _ if set => Allowed::Never,
                None => Allowed::Always,
                Some(ColumnUpdate::Never) => Allowed::Never,
                Some(ColumnUpdate::Rule(rule)) => words.allowed(&rule.expr),
                Some(ColumnUpdate::Transitions(transitions)) => Allowed::When(words.transitions(transitions)),
            };
            // What the row refuses is refused for its columns too.
            let differs = |row: &Allowed, column: Allowed| (!never(row) && column != Allowed::Always).then_some(column);
            let column = ColumnRights {
                select: differs(&rights.select, plain(sees)),
                insert: differs(&rights.insert, insert),
                update: differs(&rights.update, update),
            };
            (name.clone(), column)
        })
        .filter(|(_, column)| *column != ColumnRights::default())
        .collect()
}
