//! What is said of single columns: values that the database sets, and how a value may change.

use std::collections::BTreeSet;

use super::{AtomError, Evaluator, Row, Value};
use crate::catalog::Command;
use crate::model::{Column, ColumnUpdate, Expr, Rule, Table, Transition};
use crate::sql::QualifiedName;

impl Evaluator<'_> {
    /// The new row with the values that the database sets on INSERT; none if one of them is the principal and there is none.
    pub(super) fn set_on_insert(&mut self, name: &QualifiedName, new: &Row) -> Result<Option<Row>, AtomError> {
        self.set(name, new, |column| column.value.as_ref())
    }

    /// Likewise on UPDATE.
    pub(super) fn set_on_update(&mut self, name: &QualifiedName, new: &Row) -> Result<Option<Row>, AtomError> {
        self.set(name, new, |column| column.value_on_update.as_ref())
    }

    fn set(
        &mut self,
        name: &QualifiedName,
        new: &Row,
        which: fn(&Column) -> Option<&Rule>,
    ) -> Result<Option<Row>, AtomError> {
        let mut row = new.clone();
        let Some(table) = self.model.tables.get(name) else { return Ok(Some(row)) };
        for (column, said) in &table.columns {
            let Some(rule) = which(said) else { continue };
            if mentions_me(&rule.expr) && self.principal.me(self.model) == Value::Null {
                return Ok(None);
            }
            let value = self.value(&rule.expr, name, new)?;
            row.insert(column.clone(), value);
        }
        Ok(Some(row))
    }

    /// Whether every column that differs may change so.
    pub(super) fn may_change(
        &mut self,
        name: &QualifiedName,
        table: &Table,
        old: &Row,
        new: &Row,
    ) -> Result<bool, AtomError> {
        for (column, said) in &table.columns {
            if differs(column, old, new) && !self.may_change_column(name, said, column, old, new)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the columns that are written without being readable may be changed, whether or not their values differ.
    pub(super) fn may_write_blindly(
        &mut self,
        name: &QualifiedName,
        written: &BTreeSet<String>,
        old: &Row,
    ) -> Result<bool, AtomError> {
        let Some(table) = self.model.tables.get(name) else { return Ok(true) };
        for (column, said) in &table.columns {
            let readable = || self.may_use(name, Command::Select, &BTreeSet::from([column.clone()]));
            if !written.contains(column) || said.value_on_update.is_some() || readable() {
                continue;
            }
            let allowed = match &said.update {
                _ if said.value.is_some() => false,
                None => true,
                Some(ColumnUpdate::Rule(rule)) => self.holds(&rule.expr, name, old)?,
                Some(ColumnUpdate::Never | ColumnUpdate::Transitions(_)) => false,
            };
            if !allowed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn may_change_column(
        &mut self,
        name: &QualifiedName,
        said: &Column,
        column: &str,
        old: &Row,
        new: &Row,
    ) -> Result<bool, AtomError> {
        if said.value_on_update.is_some() {
            return Ok(true);
        }
        match &said.update {
            _ if said.value.is_some() => Ok(false),
            None => Ok(true),
            Some(ColumnUpdate::Never) => Ok(false),
            Some(ColumnUpdate::Rule(rule)) => self.holds(&rule.expr, name, old),
            Some(ColumnUpdate::Transitions(transitions)) => {
                for transition in transitions {
                    if leads(transition, column, old, new) && self.may_take(transition, name, old)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    fn may_take(&mut self, transition: &Transition, name: &QualifiedName, old: &Row) -> Result<bool, AtomError> {
        transition.by.as_ref().map_or(Ok(true), |by| self.holds(&by.expr, name, old))
    }
}

/// Whether a new row starts with values that it may start with.
pub(super) fn starts_well(table: &Table, new: &Row) -> bool {
    table.columns.iter().all(|(column, said)| {
        let value = new.get(column).unwrap_or(&Value::Null);
        said.initial.as_ref().is_none_or(|initial| initial.iter().any(|constant| value.is_constant(constant)))
    })
}

/// Whether a column changes.
pub(super) fn differs(column: &str, old: &Row, new: &Row) -> bool {
    !old.get(column).unwrap_or(&Value::Null).same(new.get(column).unwrap_or(&Value::Null))
}

/// Whether the change is one that the transition speaks of.
fn leads(transition: &Transition, column: &str, old: &Row, new: &Row) -> bool {
    let (old, new) = (old.get(column).unwrap_or(&Value::Null), new.get(column).unwrap_or(&Value::Null));
    let from = transition.from.is_empty() || transition.from.iter().any(|constant| old.is_constant(constant));
    from && transition.to.iter().any(|constant| new.is_constant(constant))
}

fn mentions_me(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| found |= *part == Expr::Me);
    found
}
