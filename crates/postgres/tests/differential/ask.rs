//! Makes requests: every command, blind and by key, with and without RETURNING, ON CONFLICT, MERGE.

use std::collections::BTreeSet;

use pgseal_engine::evaluate::{Row, Rows, Value};

use super::content;
use super::dice::Dice;
use super::project::{Column, Domain, Project, Table};
use super::request::{OnConflict, Request, Verb};

/// So many requests about each table.
pub fn requests(project: &Project, dice: &mut Dice, rows: &Rows, per_table: usize) -> Vec<Request> {
    let mut requests = Vec::new();
    for table in &project.tables {
        let mut asking = Asking { project, dice, rows, table };
        requests.push(asking.base(Verb::Select));
        requests.push(asking.select());
        for _ in 0..per_table {
            requests.extend(asking.change());
        }
    }
    requests
}

struct Asking<'a> {
    project: &'a Project,
    dice: &'a mut Dice,
    rows: &'a Rows,
    table: &'a Table,
}

impl Asking<'_> {
    fn base(&self, verb: Verb) -> Request {
        Request {
            schema: self.table.name.schema.clone(),
            table: self.table.name.name.clone(),
            key: self.table.key.clone(),
            verb,
            read: BTreeSet::new(),
            returning: None,
            merge: false,
        }
    }

    fn select(&mut self) -> Request {
        let read = self.some_columns(2);
        Request { read, ..self.base(Verb::Select) }
    }

    fn change(&mut self) -> Option<Request> {
        let mut request = match self.dice.below(10) {
            0..=1 => self.delete()?,
            2..=5 => self.update()?,
            _ => self.insert(),
        };
        if !request.merge && self.dice.chance(15) {
            request.returning = Some(if self.dice.chance(60) {
                self.table.key.iter().cloned().collect()
            } else {
                let mut columns = self.some_columns(2);
                columns.extend(self.table.key.first().cloned());
                columns
            });
        }
        Some(request)
    }

    fn some_columns(&mut self, most: usize) -> BTreeSet<String> {
        (0..=self.dice.below(most)).map(|_| self.dice.pick(&self.table.columns).name.clone()).collect()
    }

    /// A row's key; sometimes none: the statement is blind.
    fn target(&mut self) -> Option<Option<Row>> {
        if self.dice.chance(12) {
            return Some(None);
        }
        let rows = self.rows.of(&self.table.name);
        if rows.is_empty() {
            return None;
        }
        let row = self.dice.pick(rows);
        Some(Some(
            self.table.key.iter().filter_map(|column| Some((column.clone(), row.get(column)?.clone()))).collect(),
        ))
    }

    fn delete(&mut self) -> Option<Request> {
        let target = self.target()?;
        let merge = target.is_some() && self.dice.chance(15);
        let read = if !merge && self.dice.chance(10) { self.some_columns(1) } else { BTreeSet::new() };
        Some(Request { merge, read, ..self.base(Verb::Delete { target }) })
    }

    fn update(&mut self) -> Option<Request> {
        let target = self.target()?;
        let set = self.assignments();
        let merge = target.is_some() && self.dice.chance(12);
        let read = if !merge && self.dice.chance(10) { self.some_columns(1) } else { BTreeSet::new() };
        Some(Request { merge, read, ..self.base(Verb::Update { target, set }) })
    }

    /// One column, sometimes two, never the key. A column of which something is said is taken more often than another.
    fn assignments(&mut self) -> Row {
        let mut set = Row::new();
        let mut columns: Vec<&Column> = Vec::new();
        for column in self.table.columns.iter().filter(|column| !self.table.key.contains(&column.name)) {
            let times = if self.table.says_of(column) { 4 } else { 1 };
            columns.extend(std::iter::repeat_n(column, times));
        }
        for _ in 0..=usize::from(self.dice.chance(20)) {
            let column = *self.dice.pick(&columns);
            let value = if self.dice.chance(15) && !column.not_null {
                Value::Null
            } else {
                content::value(self.project, self.dice, column, 1)
            };
            set.insert(column.name.clone(), value);
        }
        set
    }

    fn insert(&mut self) -> Request {
        let taken = self.dice.chance(25);
        let number = if taken { 1 + self.dice.below(6) } else { 100 + self.dice.below(50) };
        let mut row = content::row(self.project, self.dice, self.rows, self.table, number);
        let mut given = BTreeSet::new();
        let rare =
            |column: &str| column.to_lowercase().starts_with("secret") || column.to_lowercase().starts_with("created");
        for column in &self.table.columns {
            let keep =
                self.table.key.contains(&column.name) || column.not_null || matches!(column.domain, Domain::Status);
            let percent = if rare(&column.name) { 25 } else { 85 };
            if keep || self.dice.chance(percent) {
                given.insert(column.name.clone());
            } else {
                row.insert(column.name.clone(), column.default.clone().unwrap_or(Value::Null));
            }
        }
        let is_there = self
            .rows
            .of(&self.table.name)
            .iter()
            .any(|other| self.table.key.iter().all(|column| other.get(column) == row.get(column)));
        let merge = !is_there && self.dice.chance(8);
        let conflict = (!merge && self.dice.chance(30)).then(|| {
            let update = self.dice.chance(55).then(|| self.assignments());
            OnConflict { arbiter: update.is_some() || self.dice.chance(50), update }
        });
        Request { merge, ..self.base(Verb::Insert { row, given, conflict }) }
    }
}
