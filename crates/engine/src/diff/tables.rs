//! Tables: what seals them is applied; what they are made of is for a plan to change, and named in words here.

use std::collections::{BTreeMap, BTreeSet};

use super::acl::Sides;
use super::{Change, Scope, Securable, parts, policies, triggers, unsupported};
use crate::catalog::{Catalog, Column, ObjectId, Table, TableKind};
use crate::compile::identity::SCHEMA;
use crate::sql::{QualifiedName, ident};

pub(super) fn changes(scope: &Scope<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, desired) in &scope.desired.tables {
        let on = Securable::Table(name.clone());
        let live = scope.current.tables.get(name);
        match live {
            Some(live) => changes.extend(existing(scope, name, live, desired)),
            None if !scope.made.contains(&ObjectId::Table(name.clone())) => {
                changes.push(unsupported(&on, "is missing, and no statement creates it"));
            }
            None => {}
        }
        changes.extend(Sides::table(on, live, desired).changes());
        changes.extend(policies::changes(scope, name, live, desired));
        changes.extend(triggers::changes(scope, name, live.map(|live| &live.triggers), &desired.triggers));
    }
    changes.extend(parts::parts(scope).into_values().flatten());
    changes
}

fn existing(scope: &Scope<'_>, name: &QualifiedName, live: &Table, desired: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    changes.extend(scope.owner(Securable::Table(name.clone()), &live.owner, &desired.owner));
    changes.extend(row_security(name, live, desired));
    changes.extend(
        told(name, live, shape(live, desired))
            .into_iter()
            .map(|difference| unsupported(format!("table {name}"), difference)),
    );
    changes.extend(indexes(scope, name, live, desired));
    changes.extend(rules(name, &live.rules, &desired.rules));
    changes
}

pub(super) fn row_security(name: &QualifiedName, live: &Table, desired: &Table) -> Option<Change> {
    let differs = (live.row_security, live.force_row_security) != (desired.row_security, desired.force_row_security);
    differs.then(|| sealing(name, desired))
}

/// The flags that a table shall have.
pub(super) fn sealing(name: &QualifiedName, desired: &Table) -> Change {
    Change::RowSecurity { table: name.clone(), enabled: desired.row_security, forced: desired.force_row_security }
}

/// Differences of a table of pgseal's own are another version's: nobody wrote it, and nothing in it is kept but what can be had again.
fn told(name: &QualifiedName, live: &Table, differences: Vec<String>) -> Vec<String> {
    if name.schema != SCHEMA || differences.is_empty() {
        return differences;
    }
    let goes = match name.name.as_str() {
        "lease" => "all leases end with it: `pgseal url` makes new ones",
        "token_key" => "all keys go with it: `pgseal token --new-key` makes new ones",
        _ => "`apply` makes it again",
    };
    vec![format!(
        "is another version's of pgseal ({}): run `begin; set local seal.applying = on; drop table {}; commit` as a superuser, or as `{}`, \
         and apply again; {goes}",
        differences.join(", "),
        name.sql(),
        live.owner
    )]
}

/// All that differs in what the table is made of.
fn shape(live: &Table, desired: &Table) -> Vec<String> {
    let mut differences = Vec::new();
    let kind = |kind: TableKind| match kind {
        TableKind::Ordinary => "an ordinary table",
        TableKind::Partitioned => "a partitioned table",
        TableKind::Foreign => "a foreign table",
    };
    if live.kind != desired.kind {
        differences.push(format!("is {}, shall be {}", kind(live.kind), kind(desired.kind)));
    }
    if live.unlogged != desired.unlogged {
        let word = |unlogged: bool| if unlogged { "unlogged" } else { "logged" };
        differences.push(format!("is {}, shall be {}", word(live.unlogged), word(desired.unlogged)));
    }
    if live.parents != desired.parents {
        let names = |parents: &[QualifiedName]| match parents.is_empty() {
            true => "nothing".to_owned(),
            false => parents.iter().map(QualifiedName::sql).collect::<Vec<_>>().join(", "),
        };
        differences.push(format!(
            "is a child of {}, shall be one of {}",
            names(&live.parents),
            names(&desired.parents)
        ));
    }
    if live.partition != desired.partition {
        let words = |partition: &Option<String>| partition.clone().unwrap_or_else(|| "none".to_owned());
        differences.push(format!(
            "has the partitioning `{}`, shall have `{}`",
            words(&live.partition),
            words(&desired.partition)
        ));
    }
    differences.extend(columns(live, desired));
    differences.extend(constraints(live, desired));
    differences
}

/// Their order is not compared: a column that was added later comes last, and nothing depends on it.
fn columns(live: &Table, desired: &Table) -> Vec<String> {
    let mut differences = Vec::new();
    for column in &desired.columns {
        match live.column(&column.name) {
            None => differences.push(format!("column `{}` ({}) is new", ident(&column.name), column.type_name)),
            Some(live) => differences.extend(
                column_differences(live, column)
                    .into_iter()
                    .map(|difference| format!("column `{}` {difference}", ident(&column.name))),
            ),
        }
    }
    for column in live.columns.iter().filter(|column| desired.column(&column.name).is_none()) {
        differences.push(format!("column `{}` is no longer in the schema", ident(&column.name)));
    }
    differences
}

fn column_differences(live: &Column, desired: &Column) -> Vec<String> {
    let mut differences = Vec::new();
    if live.type_name != desired.type_name {
        differences.push(format!("is {}, shall be {}", live.type_name, desired.type_name));
    }
    if live.not_null != desired.not_null {
        let word = |not_null: bool| if not_null { "NOT NULL" } else { "nullable" };
        differences.push(format!("is {}, shall be {}", word(live.not_null), word(desired.not_null)));
    }
    let words = |text: &Option<String>| text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
    for (what, live, desired) in [
        ("the default", &live.default, &desired.default),
        ("the generating expression", &live.generated, &desired.generated),
        ("the collation", &live.collation, &desired.collation),
    ] {
        if live != desired {
            differences.push(format!("has {what} {}, shall have {}", words(live), words(desired)));
        }
    }
    if live.identity != desired.identity {
        let word = |identity: Option<char>| match identity {
            Some('a') => "GENERATED ALWAYS AS IDENTITY",
            Some(_) => "GENERATED BY DEFAULT AS IDENTITY",
            None => "no identity column",
        };
        differences.push(format!("is {}, shall be {}", word(live.identity), word(desired.identity)));
    }
    differences
}

fn constraints(live: &Table, desired: &Table) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, constraint) in &desired.constraints {
        let there = live.constraints.get(name);
        let name = ident(name);
        match there {
            None => differences.push(format!("constraint `{name}` ({}) is new", constraint.definition)),
            Some(live) if live.definition != constraint.definition => differences
                .push(format!("constraint `{name}` is `{}`, shall be `{}`", live.definition, constraint.definition)),
            Some(live) if live.validated != constraint.validated => {
                let word = |validated: bool| {
                    if validated { "validated" } else { "not validated" }
                };
                differences.push(format!(
                    "constraint `{name}` is {}, shall be {}",
                    word(live.validated),
                    word(constraint.validated)
                ));
            }
            Some(_) => {}
        }
    }
    for name in live.constraints.keys().filter(|name| !desired.constraints.contains_key(*name)) {
        differences.push(format!("constraint `{}` is no longer in the schema", ident(name)));
    }
    differences
}

/// Indexes that differ: made again, unless a constraint or a parent's index makes them.
pub(super) fn indexes_made_anew(current: &Catalog, desired: &Catalog) -> BTreeSet<(QualifiedName, String)> {
    let mut anew = BTreeSet::new();
    for (name, table) in &desired.tables {
        let Some(live) = current.tables.get(name) else {
            continue;
        };
        for (index_name, index) in &table.indexes {
            let Some(there) = live.indexes.get(index_name) else {
                continue;
            };
            let differs = there.definition != index.definition || there.valid != index.valid;
            if differs && !index.constraint && !there.constraint {
                anew.insert((name.clone(), index_name.clone()));
            }
        }
    }
    anew
}

fn indexes(scope: &Scope<'_>, name: &QualifiedName, live: &Table, desired: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index_name, index) in &desired.indexes {
        let anew = scope.anew_indexes.contains(&(name.clone(), index_name.clone()));
        if anew {
            changes.push(Change::DropIndex { table: name.clone(), name: index_name.clone() });
        }
        let missing = anew || !live.indexes.contains_key(index_name);
        // One behind a constraint is named with it; a partition's comes with its parent's.
        let comes_along = index.constraint || (desired.partition.is_some() && !desired.parents.is_empty());
        let made = scope.made.contains(&ObjectId::Index(name.clone(), index_name.clone()));
        if missing && !made && !comes_along {
            changes.push(Change::CreateIndex {
                table: name.clone(),
                name: index_name.clone(),
                definition: index.definition.clone(),
            });
        }
    }
    for (index_name, index) in &live.indexes {
        if !index.constraint && !desired.indexes.contains_key(index_name) {
            changes.push(not_in_the_schema(name, index_name, &index.definition));
        }
    }
    changes
}

/// An index that somebody made beside the schema.
pub(super) fn not_in_the_schema(name: &QualifiedName, index: &str, definition: &str) -> Change {
    unsupported(
        format!("index {} on {name}", ident(index)),
        format!("is not in the schema: add `{definition}` to it, or drop the index"),
    )
}

/// Rewrite rules of a table or view. They run with its owner's rights, past every rule of the model.
pub(super) fn rules(
    name: &QualifiedName,
    live: &BTreeMap<String, String>,
    desired: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (rule, definition) in live {
        if desired.get(rule) != Some(definition) {
            changes.push(Change::DropRule { table: name.clone(), name: rule.clone() });
        }
    }
    for (rule, definition) in desired {
        if live.get(rule) != Some(definition) {
            let (table, name, definition) = (name.clone(), rule.clone(), definition.clone());
            changes.push(Change::CreateRule { table, name, definition });
        }
    }
    changes
}
