//! The reference meaning of a model, in plain Rust: a principal, the rows that are there and one request in, a decision out.
//!
//! It is the plainest translation of what `access.toml` means, and shares no code with `compile`: what Postgres decides after
//! `compile` and what stands here are compared on generated projects all the time. Where they differ, one of them is wrong.
//! It never talks to Postgres itself: SQL that it does not interpret is an atom, and [`Atoms`] tells its value.

mod admission;
mod columns;
mod decision;
mod principal;
mod rights;
mod rules;
mod value;
mod words;

use std::collections::BTreeMap;

use crate::model::Model;
use crate::sql::QualifiedName;

pub use decision::{Conflict, ConflictUpdate, Decision, Outcome, Refusal};
pub use principal::{Capability, Principal};
pub use value::{Row, Value};

/// The content of the database, as a role sees it that sees everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Table to its rows.
    pub tables: BTreeMap<QualifiedName, Vec<Row>>,
}

impl Rows {
    /// The rows of a table; none where it is not there.
    pub fn of(&self, table: &QualifiedName) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }
}

/// Why an atom has no value: the caller could not ask, or Postgres answered with an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtomError(pub String);

/// Tells the values of SQL that the evaluator does not interpret.
pub trait Atoms {
    /// The value of an expression over one row of a table. Words stand in it as literals, columns as columns.
    fn value(&mut self, sql: &str, table: &QualifiedName, row: &Row) -> Result<Value, AtomError>;
}

/// For models whose rules hold no atoms: refuses to answer.
pub struct NoAtoms;

impl Atoms for NoAtoms {
    fn value(&mut self, sql: &str, _: &QualifiedName, _: &Row) -> Result<Value, AtomError> {
        Err(AtomError(format!("nobody to ask for the value of `{sql}`")))
    }
}

/// Decides one request about one row.
pub fn evaluate(
    model: &Model,
    rows: &Rows,
    principal: &Principal,
    decision: &Decision,
    atoms: &mut dyn Atoms,
) -> Result<Outcome, AtomError> {
    Evaluator { model, rows, principal, atoms }.decide(decision)
}

/// What every part of the evaluator looks at.
struct Evaluator<'a> {
    model: &'a Model,
    rows: &'a Rows,
    principal: &'a Principal,
    atoms: &'a mut dyn Atoms,
}

#[cfg(test)]
mod tests;
