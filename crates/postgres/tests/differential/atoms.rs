//! Values of atoms: what Postgres says, asked for many at once and kept.
//!
//! `evaluate` is run until it misses no value any more; what it missed is asked for in between.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::evaluate::{AtomError, Atoms, Row, Value};
use pgseal_engine::sql::{QualifiedName, ident};
use tokio_postgres::{Client, SimpleQueryMessage};

/// Column types of each table.
pub type Types = BTreeMap<QualifiedName, BTreeMap<String, String>>;

pub struct Answers<'a> {
    types: &'a Types,
    known: BTreeMap<String, Value>,
    missing: BTreeSet<String>,
}

impl<'a> Answers<'a> {
    pub fn new(types: &'a Types) -> Self {
        Self { types, known: BTreeMap::new(), missing: BTreeSet::new() }
    }

    /// The atom as a query that stands for itself: the row's columns that it may speak of are in it as literals.
    fn query(&self, sql: &str, table: &QualifiedName, row: &Row) -> String {
        let mut columns = Vec::new();
        for (column, type_name) in self.types.get(table).into_iter().flatten() {
            if sql.contains(&ident(column)) {
                let value = row.get(column).unwrap_or(&Value::Null);
                columns.push(format!("{}::{type_name} as {}", value.sql(), ident(column)));
            }
        }
        if columns.is_empty() {
            columns.push("1".to_owned());
        }
        let (columns, alias) = (columns.join(", "), ident(&table.name));
        format!(
            "select pg_typeof(v)::text as t, v::text as v from (select ({sql}) as v from (select {columns}) {alias}) a"
        )
    }

    /// Asks for all that was missed. False if nothing was. A sub-select is read as the session reads it.
    pub async fn fetch(&mut self, control: &Client, session: &Client) -> bool {
        let missing = std::mem::take(&mut self.missing);
        let is_any = !missing.is_empty();
        let (own, others): (Vec<String>, Vec<String>) = missing.into_iter().partition(|query| has_subselect(query));
        self.ask(session, &own).await;
        self.ask(control, &others).await;
        is_any
    }

    async fn ask(&mut self, client: &Client, missing: &[String]) {
        for chunk in missing.chunks(200) {
            let parts: Vec<String> =
                chunk.iter().enumerate().map(|(i, query)| format!("select {i} as i, q.* from ({query}) q")).collect();
            let answer = client.simple_query(&parts.join(" union all ")).await;
            for message in answer.unwrap_or_else(|error| panic!("no value for an atom: {error:?} in {chunk:#?}")) {
                let SimpleQueryMessage::Row(row) = message else { continue };
                let index: usize = row.get(0).and_then(|text| text.parse().ok()).expect("an index");
                self.known.insert(chunk[index].clone(), Value::read(row.get(1).unwrap_or_default(), row.get(2)));
            }
        }
    }
}

impl Atoms for Answers<'_> {
    fn value(&mut self, sql: &str, table: &QualifiedName, row: &Row) -> Result<Value, AtomError> {
        let query = self.query(sql, table, row);
        match self.known.get(&query) {
            Some(value) => Ok(value.clone()),
            None => {
                self.missing.insert(query);
                Err(AtomError("not yet asked".to_owned()))
            }
        }
    }
}

/// Whether there is a SELECT besides those that [`Answers::query`] puts around an atom.
fn has_subselect(query: &str) -> bool {
    query.to_lowercase().matches("select ").count() > 3
}
