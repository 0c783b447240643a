//! What rules ask of other tables, seen as a graph: `via` and sub-selects must not come back to where they started.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use crate::catalog::Command;
use crate::model::{Commands, Expr, Model, Rule, RuleKind, Table};
use crate::source::Span;
use crate::sql::QualifiedName;

/// From each table to the tables that it asks, with the place of a rule that does.
type Edges = BTreeMap<QualifiedName, BTreeMap<QualifiedName, Span>>;

impl Resolver<'_> {
    /// Cycles, and what cannot be reached.
    pub(super) fn check_graphs(&mut self) {
        let tables = std::mem::take(&mut self.tables);
        self.check_via_targets(&tables);
        self.report_cycles(
            &via_edges(&tables),
            "via-cycle",
            "`via` leads",
            "give one of the tables a rule of its own, or declare a group with a `parent` for a tree",
        );
        let catalog = self.catalog;
        let read = subselect_edges(&tables, &|name| {
            catalog
                .views
                .get(name)
                .into_iter()
                .flat_map(|view| view.reads.iter().map(|(table, _)| table.clone()))
                .collect()
        });
        self.report_cycles(
            &read,
            "subselect-cycle",
            "the sub-selects of select rules lead",
            "declare a group: it is read by the seal role, without rules",
        );
        self.tables = tables;
    }

    fn report_cycles(&mut self, edges: &Edges, code: &'static str, what: &str, help: &str) {
        let mut reported: BTreeSet<BTreeSet<QualifiedName>> = BTreeSet::new();
        let edges = &without_dead_ends(edges);
        for (start, next) in edges {
            for (first, span) in next {
                let Some(path) = path(edges, first, start) else { continue };
                if reported.insert(path.iter().cloned().collect()) {
                    let steps: Vec<String> =
                        std::iter::once(start).chain(&path).map(|name| format!("`{name}`")).collect();
                    self.error(code, *span, format!("{what} from {}", steps.join(" to "))).help_with(help);
                }
            }
        }
    }

    /// A parent that `via` asks has rules of its own, and none that would need the caller's rights.
    fn check_via_targets(&mut self, tables: &BTreeMap<QualifiedName, Table>) {
        for rule in tables.values().flat_map(rules) {
            for (parent, command) in via_parents(&rule.expr) {
                let Some(target) = tables.get(&parent) else {
                    // A table of the schema without an entry is reported where its entry is missing.
                    if !self.catalog.tables.contains_key(&parent) || self.is_external(&parent) {
                        self.error(
                            "via-without-rules",
                            rule.span,
                            format!("`via` leads to `{parent}`, which has no rules"),
                        )
                        .help_with("only tables that pgseal seals can be asked; declare a group instead");
                    }
                    continue;
                };
                if asked(target, command).any(|rule| rule.expr.has_subselect()) {
                    self.error("via-to-subselect", rule.span, format!("`via` leads to `{parent}`, whose rule has a sub-select"))
                        .help_with("a sub-select is read as the caller reads it, `via` is decided for them: declare a group for what the sub-select asks");
                }
            }
        }
    }

    /// Sub-selects are read as the querying role reads them: each role of the rule needs SELECT on what it reads.
    pub(super) fn check_reads(&mut self, model: &Model) {
        for table in model.tables.values() {
            for (role, rule) in rules_with_roles(table) {
                for (relation, column) in reads(&rule.expr) {
                    let readers = model.roles.keys().filter(|reader| applies(model, reader, role));
                    let mut blind: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                    for reader in readers {
                        if let Some(what) = cannot_read(model, reader, &relation, &column) {
                            blind.entry(what).or_default().insert(format!("`{reader}`"));
                        }
                    }
                    for (what, roles) in blind {
                        let roles = roles.into_iter().collect::<Vec<_>>().join(", ");
                        let message = format!("this sub-select reads {what}, which is closed to {roles}");
                        self.error("subselect-not-readable", rule.span, message).help_with(
                            "give the role a select rule there, or declare a group, which is read by the seal role",
                        );
                    }
                }
            }
        }
    }
}

/// Whether a rule of `owner` (all roles if none) is one of `role`'s.
fn applies(model: &Model, role: &str, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| model.roles.get(role).is_some_and(|role| role.includes.contains(owner)))
}

/// What keeps a role from reading a column of a relation.
pub(super) fn cannot_read(model: &Model, role: &str, relation: &QualifiedName, column: &str) -> Option<String> {
    if let Some(view) = model.views.get(relation) {
        let granted = view.grants.get(&Command::Select).is_some_and(|named| model.is_any_of(role, named));
        return (!granted).then(|| format!("the view `{relation}`"));
    }
    if !model.tables.contains_key(relation) || model.effective(relation, role, RuleKind::Select) == Expr::FALSE {
        return Some(format!("`{relation}`"));
    }
    (!model.sees_column(relation, role, column)).then(|| format!("`{}`", crate::catalog::column_sql(relation, column)))
}

/// Every rule of a table, with the role that it was given to; none: whoever asks.
fn rules_with_roles(table: &Table) -> impl Iterator<Item = (Option<&str>, &Rule)> {
    let given =
        table.rules.iter().flat_map(|(role, commands)| all(commands).map(move |rule| (Some(role.as_str()), rule)));
    given.chain(required(table).map(|rule| (None, rule)))
}

fn rules(table: &Table) -> impl Iterator<Item = &Rule> {
    let columns = table.columns.values().flat_map(|column| match &column.update {
        Some(crate::model::ColumnUpdate::Rule(rule)) => vec![rule],
        Some(crate::model::ColumnUpdate::Transitions(transitions)) => {
            transitions.iter().filter_map(|transition| transition.by.as_ref()).collect()
        }
        Some(crate::model::ColumnUpdate::Never) | None => Vec::new(),
    });
    rules_with_roles(table).map(|(_, rule)| rule).chain(columns)
}

fn required(table: &Table) -> impl Iterator<Item = &Rule> {
    [&table.require, &table.require_select, &table.require_change, &table.require_new].into_iter().flatten()
}

fn all(commands: &Commands) -> impl Iterator<Item = &Rule> {
    [&commands.select, &commands.insert, &commands.update_before, &commands.update_after, &commands.delete]
        .into_iter()
        .flatten()
}

/// The rules that decide whether a row may be selected, updated or deleted.
fn asked(table: &Table, command: Command) -> impl Iterator<Item = &Rule> {
    let given = table.rules.values().flat_map(move |commands| {
        let own = match command {
            Command::Update => commands.update_before.as_ref(),
            Command::Delete => commands.delete.as_ref(),
            Command::Select | Command::Insert => None,
        };
        commands.select.iter().chain(own)
    });
    let change: &[Rule] = if command == Command::Select { &[] } else { &table.require_change };
    given.chain(&table.require).chain(&table.require_select).chain(change)
}

fn via_parents(expr: &Expr) -> BTreeSet<(QualifiedName, Command)> {
    let mut found = BTreeSet::new();
    expr.walk(&mut |expr| {
        if let Expr::Via { parent, command, .. } = expr {
            found.insert((parent.clone(), *command));
        }
    });
    found
}

fn reads(expr: &Expr) -> BTreeSet<(QualifiedName, String)> {
    let mut found = BTreeSet::new();
    expr.walk(&mut |expr| {
        if let Expr::Atom(atom) = expr {
            found.extend(atom.reads.iter().cloned());
        }
    });
    found
}

fn via_edges(tables: &BTreeMap<QualifiedName, Table>) -> Edges {
    let mut edges = Edges::new();
    for (name, table) in tables {
        for rule in rules(table) {
            for (parent, _) in via_parents(&rule.expr) {
                edges.entry(name.clone()).or_default().entry(parent).or_insert(rule.span);
            }
        }
    }
    edges
}

/// Only select rules recurse: Postgres expands them for every relation that a policy reads.
fn subselect_edges(
    tables: &BTreeMap<QualifiedName, Table>,
    behind: &dyn Fn(&QualifiedName) -> Vec<QualifiedName>,
) -> Edges {
    let mut edges = Edges::new();
    for (name, table) in tables {
        for rule in asked(table, Command::Select) {
            for (relation, _) in reads(&rule.expr) {
                let mut tables = behind(&relation);
                tables.push(relation);
                for target in tables {
                    edges.entry(name.clone()).or_default().entry(target).or_insert(rule.span);
                }
            }
        }
    }
    edges
}

/// Without the edges that lead to where nothing leads on, again and again: those of cycles stay, and what leads to them.
fn without_dead_ends(edges: &Edges) -> Edges {
    let mut left = edges.clone();
    let mut leading: BTreeMap<&QualifiedName, Vec<&QualifiedName>> = BTreeMap::new();
    let mut ends: BTreeSet<&QualifiedName> = BTreeSet::new();
    for (from, next) in edges {
        for to in next.keys() {
            leading.entry(to).or_default().push(from);
            if !edges.contains_key(to) {
                ends.insert(to);
            }
        }
    }
    while let Some(end) = ends.pop_first() {
        for from in leading.get(end).into_iter().flatten() {
            let Some(next) = left.get_mut(*from) else { continue };
            next.remove(end);
            if next.is_empty() {
                left.remove(*from);
                ends.insert(from);
            }
        }
    }
    left
}

/// The steps from one table to another, both included; none if there is no way.
fn path(edges: &Edges, from: &QualifiedName, to: &QualifiedName) -> Option<Vec<QualifiedName>> {
    let mut came: BTreeMap<QualifiedName, QualifiedName> = BTreeMap::new();
    let mut seen = BTreeSet::from([from.clone()]);
    let mut open = std::collections::VecDeque::from([from.clone()]);
    while let Some(name) = open.pop_front() {
        if name == *to {
            let mut steps = vec![name.clone()];
            let mut at = &name;
            while let Some(before) = came.get(at) {
                steps.push(before.clone());
                at = before;
            }
            steps.reverse();
            return Some(steps);
        }
        for next in edges.get(&name).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(next.clone()) {
                came.insert(next.clone(), name.clone());
                open.push_back(next.clone());
            }
        }
    }
    None
}
