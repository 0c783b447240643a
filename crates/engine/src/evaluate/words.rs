//! The words that a rule has besides SQL's own: who is in which group, who is whose peer, what may be done to a parent.

use std::collections::BTreeSet;

use super::{AtomError, Evaluator, Row, Value};
use crate::catalog::Command;
use crate::model::{Expr, Group, Model, RankAtLeast, RuleKind};
use crate::sql::QualifiedName;

/// The key of one group of a kind; no part is null.
type Key = Vec<Value>;

impl Evaluator<'_> {
    /// The value of a word for a row; of anything that is no word, null.
    pub(super) fn word(&mut self, expr: &Expr, row: &Row) -> Result<Value, AtomError> {
        Ok(match expr {
            Expr::Me => self.principal.me(self.model),
            Expr::Claim(name) => self.principal.claim(self.model, name),
            Expr::Agent => self.principal.is_agent(),
            Expr::Human => self.principal.is_human(self.model),
            Expr::InGroup { group, key, rank } => Value::Bool(self.in_group(group, key, rank, row)?),
            Expr::Peer { group, user } => Value::Bool(self.is_peer(group, user, row)?),
            Expr::Via { columns, parent, parent_columns, command } => {
                Value::Bool(self.via(columns, parent, parent_columns, *command, row)?)
            }
            _ => Value::Null,
        })
    }

    /// `org(key)`, `org(key, 'admin')`, `org(key, role)`: never null.
    pub(super) fn in_group(
        &mut self,
        group: &str,
        key: &[String],
        rank: &RankAtLeast,
        row: &Row,
    ) -> Result<bool, AtomError> {
        let Some(group) = self.model.groups.get(group) else { return Ok(false) };
        let least = match rank {
            RankAtLeast::Any => 0,
            RankAtLeast::Label(label) => match position(group, Some(label)) {
                Some(least) => least,
                None => return Ok(false),
            },
            RankAtLeast::Column(column) => match position(group, row.get(column).and_then(Value::text).as_deref()) {
                Some(least) => least,
                None => return Ok(false),
            },
        };
        let Some(key) = key_of(row, key) else { return Ok(false) };
        let me = self.principal.me(self.model);
        Ok(self.reach(group, &me, least)?.contains(&key))
    }

    /// `org_peer(user_id)`: that user is in a group that the principal is in. Never null.
    fn is_peer(&mut self, group: &str, user: &str, row: &Row) -> Result<bool, AtomError> {
        let Some(group) = self.model.groups.get(group) else { return Ok(false) };
        let me = self.principal.me(self.model);
        let other = row.get(user).cloned().unwrap_or(Value::Null);
        let mine = self.reach(group, &me, 0)?;
        Ok(!self.reach(group, &other, 0)?.is_disjoint(&mine))
    }

    /// The keys of the groups that a user is in with at least the rank at that position: those of its memberships, and under
    /// a parent every node below them.
    fn reach(&mut self, group: &Group, user: &Value, least: usize) -> Result<BTreeSet<Key>, AtomError> {
        let mut keys = BTreeSet::new();
        if *user == Value::Null {
            return Ok(keys);
        }
        for row in self.rows.of(&group.table) {
            if !row.get(&group.member).is_some_and(|member| member.same(user)) || !self.counts(group, row)? {
                continue;
            }
            if rank_of(group, row).is_some_and(|rank| rank >= least) {
                keys.extend(key_of(row, &group.key));
            }
        }
        self.reach_down(group, &mut keys);
        Ok(keys)
    }

    /// Whether a membership's condition holds.
    pub(super) fn counts(&mut self, group: &Group, row: &Row) -> Result<bool, AtomError> {
        group.condition.as_ref().map_or(Ok(true), |condition| self.holds(condition, &group.table, row))
    }

    /// Adds every node below those in the set. Ends on a cycle, because a node is added once.
    fn reach_down(&self, group: &Group, keys: &mut BTreeSet<Key>) {
        let Some(parent) = &group.parent else { return };
        let mut waiting: Vec<Key> = keys.iter().cloned().collect();
        while let Some(above) = waiting.pop() {
            for node in self.rows.of(&parent.table) {
                let edge = key_of(node, std::slice::from_ref(&parent.column));
                let below = key_of(node, std::slice::from_ref(&parent.key));
                if let (true, Some(below)) = (edge.as_ref() == Some(&above), below)
                    && keys.insert(below.clone())
                {
                    waiting.push(below);
                }
            }
        }
    }

    /// `via(fk)`: the row that the foreign key points to is there, and the principal's rules allow the command on it, whatever
    /// its privileges on that table are. False where a column is null.
    fn via(
        &mut self,
        columns: &[String],
        parent: &QualifiedName,
        parent_columns: &[String],
        command: Command,
        row: &Row,
    ) -> Result<bool, AtomError> {
        let Some(key) = key_of(row, columns) else { return Ok(false) };
        for candidate in self.rows.of(parent) {
            if key_of(candidate, parent_columns).as_ref() == Some(&key) {
                return self.may_do(parent, command, candidate);
            }
        }
        Ok(false)
    }

    /// Whether the rules of the principal's role and what the table requires allow a command on a row that is there.
    pub(super) fn may_do(&mut self, table: &QualifiedName, command: Command, row: &Row) -> Result<bool, AtomError> {
        let Some(rules) = self.model.tables.get(table) else { return Ok(false) };
        let seen = Expr::and([self.rule(table, RuleKind::Select), Model::required_to_select(rules)]);
        let changed = |own: Expr| Expr::and([seen.clone(), own, Model::required_to_change(rules)]);
        let all = match command {
            Command::Select => seen,
            Command::Update => changed(self.rule(table, RuleKind::UpdateBefore)),
            Command::Delete => changed(self.rule(table, RuleKind::Delete)),
            Command::Insert => Expr::and([self.rule(table, RuleKind::Insert), Model::required_of_new(rules)]),
        };
        Ok(self.holds(&all, table, row)? && (command != Command::Delete || self.may_remove(table, row)?))
    }

    /// What the principal's role is given.
    pub(super) fn rule(&self, table: &QualifiedName, kind: RuleKind) -> Expr {
        self.model.effective(table, self.principal.role(self.model), kind)
    }
}

/// The values of key columns; none if one is null.
pub(super) fn key_of(row: &Row, columns: &[String]) -> Option<Key> {
    columns.iter().map(|column| row.get(column).filter(|value| **value != Value::Null).cloned()).collect()
}

/// Where a label stands in the declared order; none for null and for a label that is not in it.
fn position(group: &Group, label: Option<&str>) -> Option<usize> {
    group.rank.as_ref()?.1.iter().position(|known| Some(known.as_str()) == label)
}

/// The rank of a membership: none is no membership. Where a group has no ranks all are equal.
pub(super) fn rank_of(group: &Group, row: &Row) -> Option<usize> {
    match &group.rank {
        None => Some(0),
        Some((column, _)) => position(group, row.get(column).and_then(Value::text).as_deref()),
    }
}
