//! `granted_by` and `founder`: who may make, change and end memberships, and move the nodes of a tree of groups.
//!
//! All of it is decided by the state before the change: nobody admits himself by the row that he writes.

use std::collections::BTreeSet;

use super::columns::differs;
use super::words::{key_of, rank_of};
use super::{AtomError, Evaluator, Row, Value};
use crate::model::{Group, GroupParent, RankAtLeast};
use crate::sql::QualifiedName;

impl Evaluator<'_> {
    /// Whether every group that the table holds the memberships or the tree of allows the change of a row.
    pub(super) fn admits(
        &mut self,
        table: &QualifiedName,
        old: Option<&Row>,
        new: Option<&Row>,
    ) -> Result<bool, AtomError> {
        for (name, group) in &self.model.groups {
            let Some(least) = &group.granted_by else { continue };
            if group.table == *table && !self.membership_may_change(name, group, least, old, new)? {
                return Ok(false);
            }
            if let Some(parent) = group.parent.as_ref().filter(|parent| parent.table == *table)
                && !self.edge_may_change(name, parent, least, old, new)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn membership_may_change(
        &mut self,
        name: &str,
        group: &Group,
        least: &str,
        old: Option<&Row>,
        new: Option<&Row>,
    ) -> Result<bool, AtomError> {
        if let (Some(old), Some(new)) = (old, new)
            && !membership_columns(group).iter().any(|column| differs(column, old, new))
        {
            return Ok(true);
        }
        if let Some(old) = old {
            let leaves = new.is_none() && old.get(&group.member).is_some_and(|member| self.is_me(member));
            if self.is_last_holder(group, old)? || !(leaves || self.may_hand_out(name, group, least, old)?) {
                return Ok(false);
            }
        }
        new.map_or(Ok(true), |new| self.may_hand_out(name, group, least, new))
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

    fn is_me(&self, member: &Value) -> bool {
        *member != Value::Null && member.same(&self.principal.me(self.model))
    }

    /// Whether the membership is the only one of its group with the highest rank.
    fn is_last_holder(&mut self, group: &Group, row: &Row) -> Result<bool, AtomError> {
        let highest = group.rank.as_ref().and_then(|(_, order)| order.len().checked_sub(1));
        let Some(key) = key_of(row, &group.key).filter(|_| highest.is_some()) else { return Ok(false) };
        let mut holders = 0;
        for other in self.rows.of(&group.table) {
            let same = rank_of(group, other) == highest && key_of(other, &group.key).as_ref() == Some(&key);
            if same
                && other.get(&group.member).is_some_and(|member| *member != Value::Null)
                && self.counts(group, other)?
            {
                holders += 1;
            }
        }
        Ok(rank_of(group, row) == highest && holders == 1 && self.counts(group, row)?)
    }

    /// Whoever hangs a node below another, or takes it away, must be able to admit at the node and at the one above.
    fn edge_may_change(
        &mut self,
        name: &str,
        parent: &GroupParent,
        least: &str,
        old: Option<&Row>,
        new: Option<&Row>,
    ) -> Result<bool, AtomError> {
        let Some(new) = new else { return Ok(true) };
        let above = std::slice::from_ref(&parent.column);
        let label = RankAtLeast::Label(least.to_owned());
        let Some(old) = old else {
            return Ok(key_of(new, above).is_none() || self.in_group(name, above, &label, new)?);
        };
        if !differs(&parent.column, old, new) && !differs(&parent.key, old, new) {
            return Ok(true);
        }
        let node = self.in_group(name, std::slice::from_ref(&parent.key), &label, old)?;
        let new_above = key_of(new, above).is_none() || self.in_group(name, above, &label, new)?;
        Ok(node && new_above)
    }

    /// Whether a row of a group's own table is inserted by nobody, so that it would have no first member.
    pub(super) fn founds_without_founder(&self, table: &QualifiedName, old: Option<&Row>, new: Option<&Row>) -> bool {
        let founded = |group: &Group| group.founder.as_ref().is_some_and(|founder| founder.table == *table);
        old.is_none()
            && new.is_some()
            && self.principal.me(self.model) == Value::Null
            && self.model.groups.values().any(founded)
    }
}

/// The columns that decide who is a member of what: member, key, rank and those of the condition.
fn membership_columns(group: &Group) -> BTreeSet<String> {
    let mut columns = group.condition.as_ref().map(crate::model::Expr::columns).unwrap_or_default();
    columns.insert(group.member.clone());
    columns.extend(group.key.iter().cloned());
    columns.extend(group.rank.iter().map(|(column, _)| column.clone()));
    columns
}
