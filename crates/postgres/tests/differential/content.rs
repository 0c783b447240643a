//! Rows and principals for a generated project: few values, so that they meet.

use std::collections::BTreeMap;

use pgseal_engine::evaluate::{Capability, Principal, Row, Rows, Value};

use super::dice::Dice;
use super::generate::{GROUPS, STATES, USERS, WORDS};
use super::project::{Column, Domain, Foreign, Kind, Project, Table};

/// A value for a column; `number` is what a column of numbers of their own gets.
pub fn value(project: &Project, dice: &mut Dice, column: &Column, number: usize) -> Value {
    if !column.not_null && dice.chance(12) {
        return Value::Null;
    }
    match &column.domain {
        Domain::Number => Value::Number(number.to_string()),
        Domain::Group | Domain::Team => group(column.kind, dice.below(GROUPS)),
        Domain::Region => Value::Text(dice.pick(&["eu", "us"]).to_string()),
        Domain::User => user(project, dice.below(USERS)),
        Domain::People => {
            let mut elements: Vec<Value> = (0..dice.below(3)).map(|_| user(project, dice.below(USERS))).collect();
            if dice.chance(20) {
                elements.push(Value::Null);
            }
            Value::Array { type_name: project.type_name(project.identity), elements }
        }
        Domain::Rank(labels) => text(project, column.kind, dice.pick::<String>(labels)),
        Domain::Status => text(project, column.kind, dice.pick::<&str>(&STATES)),
        Domain::Flag => Value::Bool(dice.chance(50)),
        Domain::Word => Value::Text(dice.pick(&WORDS).to_string()),
        Domain::Amount => Value::Number(dice.below(5).to_string()),
        Domain::Reference => Value::Number((dice.below(5) + 1).to_string()),
    }
}

fn text(project: &Project, kind: Kind, label: &str) -> Value {
    match kind {
        Kind::Enum(_) => Value::label(&project.type_name(kind), label),
        _ => Value::Text(label.to_owned()),
    }
}

fn of_kind(kind: Kind, number: usize, names: &[&str]) -> Value {
    match kind {
        Kind::Uuid => Value::Uuid(format!("00000000-0000-4000-8000-00000000000{number}")),
        Kind::Integer => Value::Number(number.to_string()),
        _ => Value::Text(names.get(number).copied().unwrap_or("zoe").to_owned()),
    }
}

fn group(kind: Kind, number: usize) -> Value {
    of_kind(kind, number, &["acme", "Acme", "bolt's", "core"])
}

/// The last one is in no group: no row names it as a member.
pub fn user(project: &Project, number: usize) -> Value {
    of_kind(project.identity, number, &["ann", "bob", "cay", "dan", "eve", "o'fay", "nobody"])
}

/// Rows for every table, with every foreign key right: others cannot be.
pub fn rows(project: &Project, dice: &mut Dice) -> Rows {
    let mut rows = Rows::default();
    for table in &project.tables {
        let mut made: Vec<Row> = Vec::new();
        let count = 4 + dice.below(6);
        for number in 1..=count {
            let mut row = row(project, dice, &rows, table, number);
            for foreign in &table.foreign {
                if foreign.parent != table.name && !is_held(&rows, foreign, &row) {
                    cut(table, foreign, &mut row);
                }
            }
            let taken = |columns: &[String]| {
                made.iter().any(|other: &Row| columns.iter().all(|column| other.get(column) == row.get(column)))
            };
            // A key that cannot be cut because its columns are not null.
            let lost = |foreign: &Foreign| foreign.parent != table.name && !is_held(&rows, foreign, &row);
            if table.foreign.iter().any(lost) {
                continue;
            }
            if !taken(&table.key) && !table.unique.iter().any(|columns| taken(columns)) {
                made.push(row);
            }
        }
        rows.tables.insert(table.name.clone(), made);
        for foreign in table.foreign.iter().filter(|foreign| foreign.parent == table.name) {
            let all = rows.clone();
            for row in rows.tables.get_mut(&table.name).into_iter().flatten() {
                if !is_held(&all, foreign, row) {
                    cut(table, foreign, row);
                }
            }
        }
    }
    assert!(is_whole(project, &rows), "every foreign key leads somewhere");
    rows
}

/// Whether every foreign key leads to a row that is there.
pub fn is_whole(project: &Project, rows: &Rows) -> bool {
    let held = |table: &Table| {
        rows.of(&table.name).iter().all(|row| table.foreign.iter().all(|foreign| is_held(rows, foreign, row)))
    };
    project.tables.iter().all(held)
}

fn is_held(rows: &Rows, foreign: &Foreign, row: &Row) -> bool {
    let own: Vec<&Value> = foreign.columns.iter().map(|column| row.get(column).unwrap_or(&Value::Null)).collect();
    let is_key_of = |parent: &Row| {
        foreign.parent_columns.iter().zip(&own).all(|(column, value)| parent.get(column) == Some(*value))
    };
    own.contains(&&Value::Null) || rows.of(&foreign.parent).iter().any(is_key_of)
}

/// Points to nothing.
fn cut(table: &Table, foreign: &Foreign, row: &mut Row) {
    for column in &foreign.columns {
        if table.column(column).is_some_and(|column| !column.not_null) {
            row.insert(column.clone(), Value::Null);
        }
    }
}

/// A new row of a table, foreign keys mostly right.
pub fn row(project: &Project, dice: &mut Dice, rows: &Rows, table: &Table, number: usize) -> Row {
    let mut row: Row =
        table.columns.iter().map(|column| (column.name.clone(), value(project, dice, column, number))).collect();
    for foreign in &table.foreign {
        let parents = rows.of(&foreign.parent);
        if parents.is_empty() || dice.chance(10) {
            continue;
        }
        let parent = dice.pick(parents);
        for (column, parent_column) in foreign.columns.iter().zip(&foreign.parent_columns) {
            let value = parent.get(parent_column).cloned().unwrap_or(Value::Null);
            let optional = table.column(column).is_none_or(|column| !column.not_null);
            if value != Value::Null || optional {
                row.insert(column.clone(), value);
            }
        }
    }
    row
}

/// Everybody who asks: visitors, members inside and outside, those with more rights, services, agents, an expired lease.
pub fn principals(project: &Project, dice: &mut Dice) -> Vec<Principal> {
    let claims = |dept: &str| BTreeMap::from([("dept".to_owned(), dept.to_owned())]);
    let role = |role: &str, user: Option<Value>| Principal {
        capability: Capability::Role(role.to_owned()),
        live: true,
        user,
        acts_for_role: None,
        claims: BTreeMap::new(),
    };
    let mut principals = vec![role("visitor", None)];
    for number in 0..4 {
        principals.push(role("member", Some(user(project, number))));
    }
    principals[1].claims = claims("a");
    principals.push(role("member", Some(user(project, USERS))));
    principals.push(Principal { claims: claims("b"), ..role("staff", Some(user(project, dice.below(USERS)))) });
    principals.push(role("auditor", Some(user(project, dice.below(USERS)))));
    principals.push(Principal { claims: claims("a"), ..role("nightly", None) });
    principals.push(Principal { live: false, ..role("member", Some(user(project, 0))) });
    principals.push(Principal { live: false, ..role("visitor", None) });
    for agent in &project.agents {
        for (number, acts_for_role) in [(0, "member"), (1, "staff"), (2, "auditor")] {
            principals.push(Principal {
                capability: Capability::Agent(agent.name.clone()),
                live: true,
                user: Some(user(project, number)),
                acts_for_role: Some(acts_for_role.to_owned()),
                claims: claims("a"),
            });
        }
    }
    principals
}
