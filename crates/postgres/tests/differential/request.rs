//! A request: the statement that a session runs, and the decisions that it stands for.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::Command;
use pgseal_engine::evaluate::{Conflict, ConflictUpdate, Decision, Row, Rows, Value};
use pgseal_engine::sql::{QualifiedName, ident, idents};
use serde::{Deserialize, Serialize};

/// What is asked of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub schema: String,
    pub table: String,
    pub key: Vec<String>,
    pub verb: Verb,
    /// Columns that the statement reads besides.
    pub read: BTreeSet<String>,
    pub returning: Option<BTreeSet<String>>,
    /// As an action of MERGE.
    pub merge: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// All rows that are to be seen.
    Select,
    /// One row by its key; without it a blind statement, which reads no column and meets every row.
    Delete {
        target: Option<Row>,
    },
    Update {
        target: Option<Row>,
        set: Row,
    },
    /// `row` is the whole row, `given` the columns that the statement gives.
    Insert {
        row: Row,
        given: BTreeSet<String>,
        conflict: Option<OnConflict>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OnConflict {
    /// Whether the key is named: always with DO UPDATE.
    pub arbiter: bool,
    pub update: Option<Row>,
}

impl Request {
    pub fn name(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    pub fn command(&self) -> Command {
        match self.verb {
            Verb::Select => Command::Select,
            Verb::Delete { .. } => Command::Delete,
            Verb::Update { .. } => Command::Update,
            Verb::Insert { .. } => Command::Insert,
        }
    }

    fn key_of(&self, row: &Row) -> Row {
        self.key.iter().map(|column| (column.clone(), row.get(column).cloned().unwrap_or(Value::Null))).collect()
    }

    /// The key of a row as the statement of a SELECT prints it.
    pub fn key_text(&self, row: &Row) -> String {
        let parts: Vec<String> = self.key.iter().filter_map(|column| row.get(column)?.text()).collect();
        parts.join("|")
    }

    /// The decisions that the statement stands for, with the rows as they are: one for each row that it could reach.
    pub fn decisions(&self, rows: &Rows) -> Vec<Decision> {
        let all = rows.of(&self.name());
        let met = |target: &Option<Row>| -> Vec<Row> {
            all.iter().filter(|row| target.as_ref().is_none_or(|key| self.key_of(row) == *key)).cloned().collect()
        };
        let base = self.base();
        match &self.verb {
            Verb::Select => all.iter().map(|row| Decision { old: Some(row.clone()), ..base.clone() }).collect(),
            Verb::Delete { target } => {
                met(target).into_iter().map(|row| Decision { old: Some(row), ..base.clone() }).collect()
            }
            Verb::Update { target, set } => met(target)
                .into_iter()
                .map(|row| Decision { new: Some(changed(&row, set)), old: Some(row), ..base.clone() })
                .collect(),
            Verb::Insert { row, conflict, .. } => {
                let existing = all.iter().find(|other| self.key_of(other) == self.key_of(row)).cloned();
                let conflict = conflict.as_ref().map(|conflict| Conflict {
                    update: conflict.update.as_ref().map(|set| ConflictUpdate {
                        columns_written: set.keys().cloned().collect(),
                        new: existing.as_ref().map(|row| changed(row, set)),
                    }),
                    existing,
                });
                vec![Decision { new: Some(row.clone()), conflict, ..base }]
            }
        }
    }

    fn base(&self) -> Decision {
        let mut columns_read = self.read.clone();
        columns_read.extend(self.returning.iter().flatten().cloned());
        let by_key = match &self.verb {
            Verb::Select => true,
            Verb::Delete { target } | Verb::Update { target, .. } => target.is_some() || self.merge,
            Verb::Insert { conflict, .. } => self.merge || conflict.as_ref().is_some_and(|conflict| conflict.arbiter),
        };
        if by_key {
            columns_read.extend(self.key.iter().cloned());
        }
        let columns_written = match &self.verb {
            Verb::Update { set, .. } => set.keys().cloned().collect(),
            Verb::Insert { given, .. } => given.clone(),
            Verb::Select | Verb::Delete { .. } => BTreeSet::new(),
        };
        Decision {
            table: self.name(),
            command: self.command(),
            old: None,
            new: None,
            columns_read,
            columns_written,
            returning: self.returning.is_some(),
            conflict: None,
            merge: self.merge,
        }
    }

    /// The statement.
    pub fn sql(&self, types: &BTreeMap<String, String>) -> String {
        let table = self.name().sql();
        if self.merge {
            return self.merge_sql(&table, types);
        }
        let statement = match &self.verb {
            Verb::Select => {
                let key: Vec<String> = self.key.iter().map(|column| format!("q.{}::text", ident(column))).collect();
                let columns: BTreeSet<&String> = self.key.iter().chain(&self.read).collect();
                return format!(
                    "select coalesce(string_agg(concat_ws('|', {}), ','), '') from (select {} from {table}) q",
                    key.join(", "),
                    idents(columns),
                );
            }
            Verb::Delete { target } => format!("delete from {table}{}", self.filter(target)),
            Verb::Update { target, set } => {
                format!("update {table} set {}{}", assignments(set, types), self.filter(target))
            }
            Verb::Insert { row, given, conflict } => {
                format!(
                    "insert into {table}{}{}",
                    values(row, given, types),
                    self.on_conflict(conflict.as_ref(), types)
                )
            }
        };
        match &self.returning {
            None => statement,
            Some(columns) => format!("{statement} returning {}", idents(columns)),
        }
    }

    fn filter(&self, target: &Option<Row>) -> String {
        let keys = target.iter().flatten().map(|(column, value)| format!("{} = {}", ident(column), value.sql()));
        let reads = self.read.iter().map(|column| format!("({0} is null or {0} is not null)", ident(column)));
        let all: Vec<String> = keys.chain(reads).collect();
        if all.is_empty() { String::new() } else { format!(" where {}", all.join(" and ")) }
    }

    fn on_conflict(&self, conflict: Option<&OnConflict>, types: &BTreeMap<String, String>) -> String {
        let Some(conflict) = conflict else { return String::new() };
        let arbiter = if conflict.arbiter { format!(" ({})", idents(&self.key)) } else { String::new() };
        match &conflict.update {
            None => format!(" on conflict{arbiter} do nothing"),
            Some(set) => format!(" on conflict{arbiter} do update set {}", assignments(set, types)),
        }
    }

    fn merge_sql(&self, table: &str, types: &BTreeMap<String, String>) -> String {
        let (key, action) = match &self.verb {
            Verb::Delete { target } => (target.clone(), "when matched then delete".to_owned()),
            Verb::Update { target, set } => {
                (target.clone(), format!("when matched then update set {}", assignments(set, types)))
            }
            Verb::Insert { row, given, .. } => {
                (Some(self.key_of(row)), format!("when not matched then insert{}", values(row, given, types)))
            }
            Verb::Select => (None, String::new()),
        };
        let key = key.unwrap_or_default();
        let source: Vec<String> = key.iter().map(|(c, v)| format!("{} as {}", v.sql(), ident(c))).collect();
        let on: Vec<String> = key.keys().map(|column| format!("t.{0} = s.{0}", ident(column))).collect();
        format!("merge into {table} t using (select {}) s on {} {action}", source.join(", "), on.join(" and "))
    }
}

fn changed(row: &Row, set: &Row) -> Row {
    let mut row = row.clone();
    row.extend(set.clone());
    row
}

fn assignments(set: &Row, types: &BTreeMap<String, String>) -> String {
    let parts: Vec<String> = set.iter().map(|(c, v)| format!("{} = {}", ident(c), typed(c, v, types))).collect();
    parts.join(", ")
}

/// A null needs the column's type where it stands in a VALUES list of MERGE.
fn typed(column: &str, value: &Value, types: &BTreeMap<String, String>) -> String {
    match (value, types.get(column)) {
        (Value::Null, Some(type_name)) => format!("null::{type_name}"),
        _ => value.sql(),
    }
}

fn values(row: &Row, given: &BTreeSet<String>, types: &BTreeMap<String, String>) -> String {
    if given.is_empty() {
        return " default values".to_owned();
    }
    let values: Vec<String> =
        given.iter().map(|column| typed(column, row.get(column).unwrap_or(&Value::Null), types)).collect();
    format!(" ({}) values ({})", idents(given), values.join(", "))
}
