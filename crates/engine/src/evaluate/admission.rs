//! `granted_by`: who may make, change and end memberships, and move the nodes of a tree of groups.
//!
//! All of it is decided by the state before the change: nobody admits himself by the row that he writes.

use std::collections::BTreeSet;

use super::columns::differs;
use super::words::{key_of, rank_of};
use super::{AtomError, Evaluator, Row, Value};
use crate::catalog::Command;
use crate::model::{Group, GroupParent, Model, RankAtLeast};
use crate::sql::QualifiedName;

impl Evaluator<'_> {
    /// Whether a new row may be: a membership that it admits somebody to, an edge that lets a group in.
    pub(super) fn may_admit(&mut self, table: &QualifiedName, new: &Row) -> Result<bool, AtomError> {
        for (name, group, least) in granted(self.model) {
            if group.table == *table && !self.may_hand_out(name, group, least, new)? {
                return Ok(false);
            }
            let Some(parent) = edge_in(group, table) else { continue };
            let is_root = key_of(new, std::slice::from_ref(&parent.column)).is_none();
            let highest = group.rank.as_ref().and_then(|(_, order)| order.last().map(String::as_str)).unwrap_or(least);
            // A node that is a group is new; others may be somebody's.
            let hands_over = is_root
                || parent.is_group
                || self.in_group(
                    name,
                    std::slice::from_ref(&parent.key),
                    &RankAtLeast::Label(highest.to_owned()),
                    new,
                )?;
            if !hands_over || !self.admits_at(name, &parent.column, least, new)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a row may be deleted: a membership by whoever could hand it out, or by the member, who leaves.
    pub(super) fn may_remove(&mut self, table: &QualifiedName, old: &Row) -> Result<bool, AtomError> {
        for (name, group, least) in granted(self.model) {
            let me = self.principal.me(self.model);
            let leaves = me != Value::Null && old.get(&group.member).is_some_and(|member| member.same(&me));
            // A row that makes nobody a member of anything is only what the table's own rule says.
            let nothing = key_of(old, &group.key).is_none()
                || group.rank.as_ref().is_some_and(|(rank, _)| key_of(old, std::slice::from_ref(rank)).is_none());
            if group.table == *table && !leaves && !nothing && !self.may_hand_out(name, group, least, old)? {
                return Ok(false);
            }
            // An edge that goes makes its node a root; a node that is a group is the table's own rule.
            if let Some(parent) = edge_in(group, table).filter(|parent| !parent.is_group)
                && key_of(old, std::slice::from_ref(&parent.column)).is_some()
                && !(self.admits_at(name, &parent.column, least, old)?
                    && self.in_group(
                        name,
                        std::slice::from_ref(&parent.key),
                        &RankAtLeast::Label(least.to_owned()),
                        old,
                    )?)
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a row may be changed so: a membership by whoever could hand out both what it was and what it becomes, an edge
    /// by whoever admits at its ends, before and after.
    pub(super) fn may_change_groups(&mut self, table: &QualifiedName, old: &Row, new: &Row) -> Result<bool, AtomError> {
        for (name, group, least) in granted(self.model) {
            let membership = group.table == *table && any_differs(&membership_columns(group), old, new);
            if membership
                && !(self.may_hand_out(name, group, least, old)? && self.may_hand_out(name, group, least, new)?)
            {
                return Ok(false);
            }
            if let Some(parent) = edge_in(group, table)
                && any_differs(&BTreeSet::from([parent.column.clone(), parent.key.clone()]), old, new)
                && !self.edge_may_change(name, group, parent, old, new)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The same of columns that are written without being readable, whether or not their values differ.
    pub(super) fn may_change_groups_blindly(
        &mut self,
        table: &QualifiedName,
        written: &BTreeSet<String>,
        old: &Row,
        new: &Row,
    ) -> Result<bool, AtomError> {
        for (name, group, least) in granted(self.model) {
            if group.table == *table
                && self.writes_blindly(table, written, &membership_columns(group))
                && !(self.may_hand_out(name, group, least, old)? && self.may_hand_out(name, group, least, new)?)
            {
                return Ok(false);
            }
            if let Some(parent) = edge_in(group, table)
                && self.writes_blindly(table, written, &BTreeSet::from([parent.column.clone(), parent.key.clone()]))
                && !self.edge_may_change(name, group, parent, old, new)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn writes_blindly(&self, table: &QualifiedName, written: &BTreeSet<String>, columns: &BTreeSet<String>) -> bool {
        columns
            .intersection(written)
            .any(|column| !self.may_use(table, Command::Select, &BTreeSet::from([column.clone()])))
    }

    /// Both ends of the edge that was and of the one that becomes. Who holds a rank above gets it below, so nobody puts a
    /// node below another without the highest rank there: that would hand out more than they hold.
    fn edge_may_change(
        &mut self,
        name: &str,
        group: &Group,
        parent: &GroupParent,
        old: &Row,
        new: &Row,
    ) -> Result<bool, AtomError> {
        let Some(least) = &group.granted_by else { return Ok(true) };
        let highest = group.rank.as_ref().and_then(|(_, order)| order.last()).unwrap_or(least);
        let node = std::slice::from_ref(&parent.key);
        let is_root = key_of(new, std::slice::from_ref(&parent.column)).is_none();
        Ok(self.in_group(name, node, &RankAtLeast::Label(least.clone()), old)?
            && self.admits_at(name, &parent.column, least, old)?
            && self.admits_at(name, &parent.column, least, new)?
            && (is_root || self.in_group(name, node, &RankAtLeast::Label(highest.clone()), new)?))
    }

    /// Whether the principal may admit to the node that a column names; nothing is above a root.
    fn admits_at(&mut self, name: &str, column: &str, least: &str, row: &Row) -> Result<bool, AtomError> {
        let column = [column.to_owned()];
        Ok(key_of(row, &column).is_none()
            || self.in_group(name, &column, &RankAtLeast::Label(least.to_owned()), row)?)
    }

    /// The rank that may admit, and at least the rank that the membership itself gives.
    fn may_hand_out(&mut self, name: &str, group: &Group, least: &str, row: &Row) -> Result<bool, AtomError> {
        let admits = self.in_group(name, &group.key, &RankAtLeast::Label(least.to_owned()), row)?;
        let holds = match &group.rank {
            Some((column, _)) => self.in_group(name, &group.key, &RankAtLeast::Column(column.clone()), row)?,
            None => true,
        };
        Ok(admits && holds)
    }

    /// Whether a group would be left without anybody of the highest rank, and had somebody.
    pub(super) fn loses_last_holder(
        &mut self,
        table: &QualifiedName,
        old: &Row,
        new: Option<&Row>,
    ) -> Result<bool, AtomError> {
        for (_, group, _) in granted(self.model) {
            if group.table != *table || !self.holds_highest(group, old)? {
                continue;
            }
            let key = key_of(old, &group.key);
            let mut holders = 0;
            for row in self.rows.of(table).iter().chain(new) {
                holders += usize::from(key_of(row, &group.key) == key && self.holds_highest(group, row)?);
            }
            // The old row is still among the rows: one holder is that one.
            if holders <= 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn holds_highest(&mut self, group: &Group, row: &Row) -> Result<bool, AtomError> {
        let highest = group.rank.as_ref().and_then(|(_, order)| order.len().checked_sub(1));
        let somebody = row.get(&group.member).is_some_and(|member| *member != Value::Null);
        Ok(highest.is_some()
            && rank_of(group, row) == highest
            && somebody
            && key_of(row, &group.key).is_some()
            && self.counts(group, row)?)
    }
}

/// The groups that somebody must admit to: name, group, the rank that may.
fn granted(model: &Model) -> Vec<(&str, &Group, &str)> {
    let groups = model.groups.iter();
    groups.filter_map(|(name, group)| Some((name.as_str(), group, group.granted_by.as_deref()?))).collect()
}

fn edge_in<'a>(group: &'a Group, table: &QualifiedName) -> Option<&'a GroupParent> {
    group.parent.as_ref().filter(|parent| parent.table == *table)
}

fn any_differs(columns: &BTreeSet<String>, old: &Row, new: &Row) -> bool {
    columns.iter().any(|column| differs(column, old, new))
}

/// The columns that decide who is a member of what: member, key, rank and those of the condition.
fn membership_columns(group: &Group) -> BTreeSet<String> {
    let mut columns = group.condition.as_ref().map(crate::model::Expr::columns).unwrap_or_default();
    columns.insert(group.member.clone());
    columns.extend(group.key.iter().cloned());
    columns.extend(group.rank.iter().map(|(column, _)| column.clone()));
    columns
}
