//! One request about one row, and what comes of it.
//!
//! The order of the checks is Postgres' own, so that a request that fails for two reasons names the same one: privileges,
//! which rows are reached, values that the database sets, rules on the new row, and last what the columns and groups say
//! about a change. Who may be admitted to a group and removed from it, and how a row may start, are rules like the others.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::columns::starts_well;
use super::{AtomError, Evaluator, Row};
use crate::catalog::Command;
use crate::model::{Expr, Model, RuleKind};
use crate::sql::QualifiedName;

/// A request about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The table.
    pub table: QualifiedName,
    /// What is to be done.
    pub command: Command,
    /// The row as it is: SELECT, UPDATE, DELETE.
    pub old: Option<Row>,
    /// The row as the statement wants it: INSERT, UPDATE. Values that the database sets itself need not be in it.
    pub new: Option<Row>,
    /// Columns that the statement reads: in WHERE, SET, RETURNING, as the arbiter of ON CONFLICT, in ON of MERGE.
    pub columns_read: BTreeSet<String>,
    /// Columns that it writes.
    pub columns_written: BTreeSet<String>,
    /// RETURNING; the columns that it returns are in `columns_read`.
    pub returning: bool,
    /// ON CONFLICT of an INSERT.
    pub conflict: Option<Conflict>,
    /// An action of MERGE, not a statement of its own.
    pub merge: bool,
}

/// ON CONFLICT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The row that the new one conflicts with, if there is one.
    pub existing: Option<Row>,
    /// DO UPDATE; none is DO NOTHING.
    pub update: Option<ConflictUpdate>,
}

/// DO UPDATE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictUpdate {
    /// Columns that it sets.
    pub columns_written: BTreeSet<String>,
    /// What becomes of the existing row; none where there is none.
    pub new: Option<Row>,
}

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is done: one row.
    Allowed,
    /// The row is not reached: no error, no row.
    Invisible,
    /// An error.
    Refused(Refusal),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The privilege is missing, on the table or on a column.
    Privilege,
    /// The database sets a value to the principal, and there is none.
    Nobody,
    /// The new row, or the row that ON CONFLICT or MERGE meets, breaks a rule.
    Rule,
    /// The change of a column, or its first value, is not allowed.
    Column,
    /// The change of a membership or of the tree of groups is not allowed.
    Admission,
}

impl Evaluator<'_> {
    /// What comes of the request.
    pub(super) fn decide(&mut self, decision: &Decision) -> Result<Outcome, AtomError> {
        if !self.may_run(decision) {
            return Ok(Outcome::Refused(Refusal::Privilege));
        }
        let nothing = Row::new();
        let (old, new) = (decision.old.as_ref().unwrap_or(&nothing), decision.new.as_ref().unwrap_or(&nothing));
        match decision.command {
            Command::Select => self.reached(decision, old),
            Command::Delete => match self.reached(decision, old)? {
                Outcome::Allowed => self.after(&decision.table, old, None),
                other => Ok(other),
            },
            Command::Update => match self.reached(decision, old)? {
                Outcome::Allowed => self.replace(decision, &decision.columns_written, old, new),
                other => Ok(other),
            },
            Command::Insert => self.insert(decision, new),
        }
    }

    /// Privileges for everything that the statement says, whether it comes to it or not.
    fn may_run(&self, decision: &Decision) -> bool {
        let Decision { table, command, columns_read, columns_written, .. } = decision;
        let reads = *command == Command::Select || !columns_read.is_empty();
        let arm = decision.conflict.as_ref().and_then(|conflict| conflict.update.as_ref());
        (!reads || self.may_use(table, Command::Select, columns_read))
            && self.may_use(table, *command, columns_written)
            && arm.is_none_or(|arm| self.may_use(table, Command::Update, &arm.columns_written))
    }

    /// Whether a SELECT, UPDATE or DELETE reaches the row. MERGE reaches what may be selected, and an action that is then
    /// not allowed on the row is an error.
    fn reached(&mut self, decision: &Decision, old: &Row) -> Result<Outcome, AtomError> {
        let gate = self.principal.passes_gate(self.model);
        if !gate || (decision.merge && !self.may_do(&decision.table, Command::Select, old)?) {
            return Ok(Outcome::Invisible);
        }
        Ok(match self.may_do(&decision.table, decision.command, old)? {
            true => Outcome::Allowed,
            false if decision.merge => Outcome::Refused(Refusal::Rule),
            false => Outcome::Invisible,
        })
    }

    fn insert(&mut self, decision: &Decision, new: &Row) -> Result<Outcome, AtomError> {
        let table = &decision.table;
        let Some(new) = self.set_on_insert(table, new)? else { return Ok(Outcome::Refused(Refusal::Nobody)) };
        if !self.may_become(decision, RuleKind::Insert, &new)? {
            return Ok(Outcome::Refused(Refusal::Rule));
        }
        if self.model.tables.get(table).is_some_and(|rules| !starts_well(rules, &new)) {
            return Ok(Outcome::Refused(Refusal::Column));
        }
        if !self.may_admit(table, &new)? {
            return Ok(Outcome::Refused(Refusal::Admission));
        }
        match &decision.conflict {
            Some(Conflict { existing: Some(_), update: None }) => Ok(Outcome::Invisible),
            Some(Conflict { existing: Some(existing), update: Some(arm) }) => {
                if !self.may_do(table, Command::Update, existing)? {
                    return Ok(Outcome::Refused(Refusal::Rule));
                }
                self.replace(decision, &arm.columns_written, existing, arm.new.as_ref().unwrap_or(existing))
            }
            _ => Ok(Outcome::Allowed),
        }
    }

    /// The second half of an UPDATE: the row is reached, may it become the new one?
    fn replace(
        &mut self,
        decision: &Decision,
        written: &BTreeSet<String>,
        old: &Row,
        new: &Row,
    ) -> Result<Outcome, AtomError> {
        let table = &decision.table;
        if !self.may_write_blindly(table, written, old)? {
            return Ok(Outcome::Refused(Refusal::Column));
        }
        if !self.may_change_groups_blindly(table, written, old, new)? {
            return Ok(Outcome::Refused(Refusal::Admission));
        }
        let Some(new) = self.set_on_update(table, new)? else { return Ok(Outcome::Refused(Refusal::Nobody)) };
        if !self.may_become(decision, RuleKind::UpdateAfter, &new)? {
            return Ok(Outcome::Refused(Refusal::Rule));
        }
        self.after(table, old, Some(&new))
    }

    /// Whether the rules allow a new row. A statement that reads columns must be able to select it too: what it returns, or
    /// could have compared, must be visible. What MERGE only compares with the rows that are there is no reading of the new one.
    fn may_become(&mut self, decision: &Decision, kind: RuleKind, new: &Row) -> Result<bool, AtomError> {
        let table = &decision.table;
        let Some(rules) = self.model.tables.get(table) else { return Ok(false) };
        let all = Expr::and([self.rule(table, kind), Model::required_of_new(rules)]);
        let inserts_by_merge = decision.merge && decision.command == Command::Insert;
        let reads = !decision.columns_read.is_empty() && (!inserts_by_merge || decision.returning);
        Ok(self.principal.passes_gate(self.model)
            && self.holds(&all, table, new)?
            && (!reads || self.may_do(table, Command::Select, new)?))
    }

    /// What is looked at once the row is written, seen from the state before.
    fn after(&mut self, name: &QualifiedName, old: &Row, new: Option<&Row>) -> Result<Outcome, AtomError> {
        if let (Some(table), Some(new)) = (self.model.tables.get(name), new) {
            if !self.may_change(name, table, old, new)? {
                return Ok(Outcome::Refused(Refusal::Column));
            }
            if !self.may_change_groups(name, old, new)? {
                return Ok(Outcome::Refused(Refusal::Admission));
            }
        }
        let orphaned = self.loses_last_holder(name, old, new)?;
        Ok(if orphaned { Outcome::Refused(Refusal::Admission) } else { Outcome::Allowed })
    }
}
