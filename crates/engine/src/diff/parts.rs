//! Partitions and children that somebody made below a sealed table, or that were there when it was adopted: they are the owner's
//! and closed, so that they are reached through it alone; and nothing of their own runs, or tells, where their parent's rows are
//! written.

use std::collections::BTreeMap;

use super::acl::Sides;
use super::{Change, Scope, Securable, policies, tables, triggers, unsupported};
use crate::catalog::{Column, Constraint, ConstraintKind, Table, TableKind};
use crate::sql::{QualifiedName, ident};
use crate::syntax::plain;

/// Partitions and children of sealed tables that the desired catalog does not know, with the owner of what they are part of.
pub(super) fn below<'a>(scope: &Scope<'a>) -> BTreeMap<&'a QualifiedName, &'a str> {
    let mut below: BTreeMap<&QualifiedName, &str> = BTreeMap::new();
    loop {
        let mut found: Vec<(&QualifiedName, &str)> = Vec::new();
        for (name, live) in &scope.current.tables {
            if below.contains_key(name) || scope.desired.tables.contains_key(name) {
                continue;
            }
            let owner = |parent| {
                let sealed = scope.desired.tables.get(parent).map(|table| table.owner.as_str());
                sealed.or_else(|| below.get(parent).copied())
            };
            found.extend(live.parents.iter().find_map(owner).map(|owner| (name, owner)));
        }
        if found.is_empty() {
            return below;
        }
        below.extend(found);
    }
}

/// What seals each of them, and what nobody said of what they are part of.
pub(super) fn parts(scope: &Scope<'_>) -> BTreeMap<QualifiedName, Vec<Change>> {
    let mut parts = BTreeMap::new();
    let below = below(scope);
    for (&name, &owner) in &below {
        let Some(live) = scope.current.tables.get(name) else { continue };
        let sealed = live.kind != TableKind::Foreign;
        let mut closed =
            Table { row_security: sealed, force_row_security: sealed, acl: Default::default(), ..live.clone() };
        // What is said of it, is said of what it is part of.
        closed.triggers.retain(|_, trigger| trigger.inherited);
        closed.policies.clear();
        closed.rules.clear();
        for column in &mut closed.columns {
            column.acl = Default::default();
        }
        let on = Securable::Table(name.clone());
        let mut changes = Vec::new();
        // Its rows are its parent's: nobody loses a table of their own.
        if live.owner != owner && !owner.is_empty() {
            let (from, to) = (live.owner.clone(), owner.to_owned());
            changes.push(Change::Owner { object: on.clone(), from, to, takes_over: false });
        }
        changes.extend(tables::row_security(name, live, &closed));
        changes.extend(Sides::table(on, Some(live), &closed).changes());
        changes.extend(policies::changes(scope, name, Some(live), &closed));
        changes.extend(triggers::changes(scope, name, Some(&live.triggers), &closed.triggers));
        changes.extend(tables::rules(name, &live.rules, &closed.rules));
        changes.extend(Part::new(scope, &below, name, live).own().into_iter().map(|(what, sql)| {
            let difference = format!(
                "has {what}, which {} does not have: run `{sql}`, or say the table in the schema",
                live.parents.iter().map(QualifiedName::to_string).collect::<Vec<_>>().join(", ")
            );
            unsupported(format!("table {name}"), difference)
        }));
        if !changes.is_empty() {
            parts.insert(name.clone(), changes);
        }
    }
    parts
}

/// A partition or child, and what gives it its structure.
struct Part<'a> {
    name: &'a QualifiedName,
    table: &'a Table,
    /// Those of the project, as they are and as they shall be.
    parents: Vec<&'a Table>,
}

impl<'a> Part<'a> {
    fn new(
        scope: &Scope<'a>,
        below: &BTreeMap<&QualifiedName, &str>,
        name: &'a QualifiedName,
        table: &'a Table,
    ) -> Self {
        let ours = |parent: &&QualifiedName| scope.desired.tables.contains_key(*parent) || below.contains_key(*parent);
        let of = |parent| [scope.current.tables.get(parent), scope.desired.tables.get(parent)];
        Self { name, table, parents: table.parents.iter().filter(ours).flat_map(of).flatten().collect() }
    }

    /// What it has of its own that runs where rows are written, or refuses them for what other rows or columns hold; and what takes
    /// that away. What is plain, see [`plain`], does neither.
    fn own(&self) -> Vec<(String, String)> {
        let mut own = Vec::new();
        for column in &self.table.columns {
            self.column(column, &mut own);
        }
        for (name, constraint) in &self.table.constraints {
            if !self.gives_constraint(constraint) {
                own.push((
                    format!("the constraint {} (`{}`)", ident(name), constraint.definition),
                    self.alter(&format!("drop constraint {}", ident(name))),
                ));
            }
        }
        self.indexes(&mut own);
        for (name, definition) in &self.table.statistics {
            let mut given = self.parents.iter().flat_map(|parent| parent.statistics.values());
            if !plain::statistics(definition) && !given.any(|given| plain::same_statistics(definition, given)) {
                own.push((format!("the statistics {name}"), format!("drop statistics {}", name.sql())));
            }
        }
        if let Some(partition) = &self.table.partition
            && self.table.kind == TableKind::Partitioned
            && !plain::partitioning(partition)
        {
            own.push((format!("the partitioning `{partition}`"), self.leave()));
        }
        own
    }

    fn alter(&self, action: &str) -> String {
        format!("alter table {} {action}", self.name.sql())
    }

    /// It is part of nothing any more.
    fn leave(&self) -> String {
        let parent = self.table.parents.first().map(QualifiedName::sql).unwrap_or_default();
        match self.table.partition {
            Some(_) => format!("alter table {parent} detach partition {}", self.name.sql()),
            None => self.alter(&format!("no inherit {parent}")),
        }
    }

    fn column(&self, column: &Column, own: &mut Vec<(String, String)>) {
        let given: Vec<&Column> = self.parents.iter().filter_map(|parent| parent.column(&column.name)).collect();
        let name = ident(&column.name);
        // It is not asked when a row comes through a parent; who writes to the table itself is asked for what is plain at most.
        if let Some(default) = &column.default
            && !plain::expression(default)
            && !given.iter().any(|given| given.default.as_ref() == Some(default))
        {
            own.push((
                format!("the default `{default}` of column {name}"),
                self.alter(&format!("alter {name} drop default")),
            ));
        }
        // Which rules may ask for: of a column that a parent has, it is the parent's and no other.
        if let Some(generated) = &column.generated {
            let expression = generated.strip_suffix(" STORED").or_else(|| generated.strip_suffix(" VIRTUAL"));
            let same = given.iter().any(|given| given.generated.as_ref() == Some(generated));
            let harmless = given.is_empty() && expression.is_some_and(plain::expression);
            if !same && !harmless {
                let take_away = match given.is_empty() {
                    true => self.alter(&format!("drop column {name}")),
                    false => self.leave(),
                };
                own.push((format!("the generating expression `{generated}` of column {name}"), take_away));
            }
        }
        if column.identity.is_some() && !given.iter().any(|given| given.identity == column.identity) {
            own.push((format!("the identity column {name}"), self.alter(&format!("alter {name} drop identity"))));
        }
    }

    /// Whether a constraint is a parent's too, or does nothing of what such a one must not.
    fn gives_constraint(&self, constraint: &Constraint) -> bool {
        let same = |given: &Constraint| given.kind == constraint.kind && given.definition == constraint.definition;
        match constraint.kind {
            // Triggers go; keys are told by their indexes.
            ConstraintKind::Trigger | ConstraintKind::PrimaryKey | ConstraintKind::Unique => true,
            // One that is not validated refuses rows for what they held before.
            ConstraintKind::Check if constraint.validated && plain::check(&constraint.definition) => true,
            _ => self.parents.iter().flat_map(|parent| parent.constraints.values()).any(same),
        }
    }

    fn indexes(&self, own: &mut Vec<(String, String)>) {
        let given = self.parents.iter().flat_map(|parent| parent.indexes.values());
        let given: Vec<plain::Index> = given.filter_map(|index| plain::Index::read(&index.definition)).collect();
        for (name, index) in &self.table.indexes {
            let constraint = self.table.constraints.get(name).map(|constraint| constraint.kind);
            let read = plain::Index::read(&index.definition);
            let harmless = read
                .is_some_and(|read| given.iter().any(|given| read.is_given_by(given)) || !index.unique && read.plain);
            // Named with its constraint.
            if harmless || constraint == Some(ConstraintKind::Exclusion) {
                continue;
            }
            let take_away = match constraint {
                Some(_) => self.alter(&format!("drop constraint {}", ident(name))),
                None => format!("drop index {}", QualifiedName::new(&self.name.schema, name).sql()),
            };
            own.push((format!("the index {} (`{}`)", ident(name), index.definition), take_away));
        }
    }
}
