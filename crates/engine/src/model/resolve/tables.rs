//! `[tables]`: the rules of every table of the schema, models expanded. Policy comes first: a table without an entry is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use super::expressions::Scope;
use super::models::Layer;
use crate::catalog::{self, Command, TableKind};
use crate::model::{Commands, Expr, Rule, RuleKind, Table};
use crate::sql::{QualifiedName, literal, parse_qualified};
use crate::syntax::ast::{self, Text, UpdateRule};

/// A table of the schema under its name.
pub(super) type Named<'s> = (&'s QualifiedName, &'s catalog::Table);

impl<'a> Resolver<'a> {
    pub(super) fn resolve_tables(&mut self) {
        let ast = self.ast;
        let external = self.external();
        let mut entries: BTreeMap<QualifiedName, &ast::Table> = BTreeMap::new();
        for entry in &ast.tables {
            let Some(name) = self.qualified(&entry.name) else { continue };
            if external.contains(&name) {
                self.error(
                    "external-table",
                    entry.name.span,
                    format!("`{name}` is `external` in pgseal.toml and not sealed by pgseal"),
                )
                .help_with("take the entry away: the platform that owns the table decides who may use it");
                continue;
            }
            let Some(table) = self.catalog.tables.get(&name) else {
                self.unknown_table(&name, &entry.name);
                continue;
            };
            if !table.parents.is_empty() {
                let root = root(&name, self.catalog);
                self.error(
                    "partition-with-rules",
                    entry.name.span,
                    format!("`{name}` gets the rules of the table that it is part of"),
                )
                .help_with(format!("take the entry away; `{root}` has the rules"));
            } else {
                entries.insert(name, entry);
            }
        }
        for (name, entry) in &entries {
            if let Some(table) = self.catalog.tables.get(name) {
                let resolved = self.resolve_table((name, table), entry);
                if table.kind == TableKind::Foreign && !is_closed(&resolved) {
                    self.error(
                        "foreign-table",
                        entry.name.span,
                        format!("`{name}` is a foreign table: Postgres cannot keep rules for its rows"),
                    )
                    .help_with(format!(
                        "{} = \"sealed\" under [tables]; a function that runs as definer, with `may` on it, shows what is meant",
                        toml_key(&name.sql())
                    ));
                }
                self.tables.insert(name.clone(), resolved);
            }
        }
        self.tables_without_entry(&external);
        self.partitions();
    }

    /// Tables of a platform, `auth.users(id uuid)`: they exist in the scratch database only so that the schema loads.
    pub(super) fn external(&self) -> BTreeSet<QualifiedName> {
        let head = |text: &String| parse_qualified(text.split('(').next().unwrap_or(text).trim());
        self.settings.external.iter().filter_map(head).collect()
    }

    pub(super) fn is_external(&self, name: &QualifiedName) -> bool {
        self.external().contains(name)
    }

    fn tables_without_entry(&mut self, external: &BTreeSet<QualifiedName>) {
        let catalog = self.catalog;
        let written: BTreeSet<QualifiedName> =
            self.ast.tables.iter().filter_map(|entry| parse_qualified(&entry.name.text)).collect();
        for (name, table) in &catalog.tables {
            if written.contains(name) || external.contains(name) || !table.parents.is_empty() {
                continue;
            }
            if table.kind == TableKind::Foreign {
                self.absent(
                    "foreign-table",
                    format!("`{name}` is a foreign table: Postgres cannot keep rules for its rows"),
                )
                .help_with(format!("under [tables]: {} = \"sealed\"", toml_key(&name.sql())));
                continue;
            }
            let entry = format!("{} = {}", toml_key(&name.sql()), self.suggested(name, table));
            self.absent("table-without-rules", format!("table `{name}` has no entry in `[tables]`"))
                .help_with(format!("under [tables]: {entry}"));
        }
    }

    /// A model that would fit, for whoever has to write the entry: by a key to a parent, by an owner's column, else nothing.
    fn suggested(&self, name: &QualifiedName, table: &catalog::Table) -> String {
        let identity = self.identity_base();
        let owner = ["owner_id", "user_id", "author_id", "created_by"]
            .into_iter()
            .find(|column| table.column(column).is_some_and(|found| found.base_type == identity));
        if let Some(owner) = owner {
            return format!("\"owned({owner})\"");
        }
        let parent = table.constraints.values().find(|constraint| {
            constraint.references.as_ref().is_some_and(|far| far.table != *name) && constraint.columns.len() == 1
        });
        match parent.and_then(|constraint| constraint.columns.first()) {
            Some(column) if crate::sql::ident(column) == *column => format!("\"via({column})\""),
            _ => "\"sealed\"".to_owned(),
        }
    }

    /// A partition or inheritance child has what its parent has.
    fn partitions(&mut self) {
        let catalog = self.catalog;
        for (name, table) in &catalog.tables {
            if table.parents.is_empty() {
                continue;
            }
            if table.parents.len() > 1 {
                self.absent("several-parents", format!("`{name}` inherits from {} tables", table.parents.len()))
                    .help_with("rules come from one parent: give each kind of row a table of its own");
                continue;
            }
            if let Some(rules) = self.tables.get(&root(name, catalog)).cloned() {
                self.tables.insert(name.clone(), rules);
            }
        }
    }

    fn resolve_table(&mut self, table: Named<'_>, entry: &ast::Table) -> Table {
        let layers = self.layers(&entry.rules);
        let mut rules: BTreeMap<String, Commands> = BTreeMap::new();
        let default = self.default_role();
        for (role, commands) in self.commands_by_role(&layers, &default) {
            let resolved = self.commands(table, &commands);
            let given: &mut Commands = rules.entry(role).or_default();
            *given = resolved;
        }
        Table {
            rules,
            require: self.required(table, &layers, Command::Select, |rules| &rules.require),
            require_select: self.required(table, &layers, Command::Select, |rules| &rules.require_select),
            require_change: self.required(table, &layers, Command::Update, |rules| &rules.require_change),
            require_new: self.required(table, &layers, Command::Update, |rules| &rules.require_new),
            columns: self.resolve_columns(table, &layers),
            span: entry.name.span,
        }
    }

    /// For each role and command the nearest layer that says something.
    fn commands_by_role<'l>(
        &mut self,
        layers: &'l [Layer],
        default: &str,
    ) -> BTreeMap<String, Vec<(&'l Layer, &'l ast::Commands)>> {
        let mut found: BTreeMap<String, Vec<(&Layer, &ast::Commands)>> = BTreeMap::new();
        for layer in layers {
            found.entry(default.to_owned()).or_default().push((layer, &layer.rules.commands));
            for (role, commands) in &layer.rules.roles {
                let name =
                    if layer.builtin && role.value == "visitor" { self.anonymous_role() } else { role.value.clone() };
                if self.roles.contains_key(&name) {
                    found.entry(name).or_default().push((layer, commands));
                } else {
                    self.unknown_role(&name, layer.place(role.span));
                }
            }
        }
        found
    }

    fn commands(&mut self, table: Named<'_>, given: &[(&Layer, &ast::Commands)]) -> Commands {
        let first = |pick: fn(&ast::Commands) -> Option<&Text>| {
            given.iter().find_map(|(layer, commands)| Some((*layer, pick(commands)?)))
        };
        let mut rule = |found: Option<(&Layer, &Text)>, kind: RuleKind| {
            let via = if kind == RuleKind::Select { Command::Select } else { Command::Update };
            found.and_then(|(layer, text)| self.rule(table, layer, text, via))
        };
        let update = given.iter().find_map(|(layer, commands)| Some((*layer, commands.update.as_ref()?)));
        let (before, after) = match update {
            Some((layer, UpdateRule::Both(text))) => (Some((layer, text)), Some((layer, text))),
            Some((layer, UpdateRule::Split { before, after })) => {
                (before.as_ref().map(|text| (layer, text)), after.as_ref().map(|text| (layer, text)))
            }
            None => (None, None),
        };
        Commands {
            select: rule(first(|commands| commands.select.as_ref()), RuleKind::Select),
            insert: rule(first(|commands| commands.insert.as_ref()), RuleKind::Insert),
            update_before: rule(before, RuleKind::UpdateBefore),
            update_after: rule(after, RuleKind::UpdateAfter),
            delete: rule(first(|commands| commands.delete.as_ref()), RuleKind::Delete),
        }
    }

    /// One rule of a layer over the rows of a table.
    pub(super) fn rule(&mut self, (name, table): Named<'_>, layer: &Layer, text: &Text, via: Command) -> Option<Rule> {
        self.rule_in(&Scope::rule(name, table, via), layer, text)
    }

    /// One rule of a layer, where the scope says what it may contain.
    pub(super) fn rule_in(&mut self, scope: &Scope<'_>, layer: &Layer, text: &Text) -> Option<Rule> {
        let term = self.parse(&layer.text(text))?;
        self.check_capture(layer, &term);
        let expr = self.expression(scope, &layer.substitute(term))?;
        Some(Rule { expr, span: layer.place(text.span) })
    }

    /// The `require` rules of all layers: they all must hold.
    fn required(
        &mut self,
        table: Named<'_>,
        layers: &[Layer],
        via: Command,
        pick: impl Fn(&ast::Rules) -> &Vec<Text>,
    ) -> Vec<Rule> {
        let mut rules = Vec::new();
        for layer in layers.iter().rev() {
            for text in pick(&layer.rules) {
                rules.extend(self.rule(table, layer, text, via));
            }
        }
        rules
    }
}

/// The topmost table that a partition or inheritance child belongs to.
fn root(name: &QualifiedName, catalog: &catalog::Catalog) -> QualifiedName {
    let mut name = name;
    // Postgres refuses cycles; the bound is for catalogs that nobody made.
    for _ in 0..64 {
        match catalog.tables.get(name).and_then(|table| table.parents.first()) {
            Some(parent) => name = parent,
            None => break,
        }
    }
    name.clone()
}

/// Whether nobody may do anything.
fn is_closed(table: &Table) -> bool {
    let kinds = [RuleKind::Select, RuleKind::Insert, RuleKind::UpdateBefore, RuleKind::UpdateAfter, RuleKind::Delete];
    let mut rules = table.rules.values().flat_map(|commands| kinds.iter().filter_map(|kind| commands.get(*kind)));
    rules.all(|rule| rule.expr == Expr::FALSE) && table.columns.is_empty()
}

/// A name as a TOML key.
pub(super) fn toml_key(name: &str) -> String {
    if name.contains(['"', '\\']) && !name.contains(['\'', '\n', '\r']) { literal(name) } else { format!("{name:?}") }
}
