//! `[views]`: who may use which view. Views run as whoever asks; a materialized view is a copy without rules and must be meant.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use super::tables::toml_key;
use crate::catalog::{self, Command};
use crate::model::{Expr, RuleKind, View};
use crate::source::Span;
use crate::sql::QualifiedName;
use crate::syntax::ast;

impl<'a> Resolver<'a> {
    pub(super) fn resolve_views(&mut self) -> BTreeMap<QualifiedName, View> {
        let ast = self.ast;
        let mut resolved = BTreeMap::new();
        for entry in &ast.views {
            let Some(name) = self.qualified(&entry.name) else { continue };
            let Some(view) = self.catalog.views.get(&name) else {
                self.unknown_view(&name, entry.name.span);
                continue;
            };
            let rights = self.view_rights(entry, &name, view);
            resolved.insert(name, rights);
        }
        self.materialized_without_entry(&resolved);
        if self.rules_known {
            self.check_view_reads(&resolved);
        }
        resolved
    }

    fn unknown_view(&mut self, name: &QualifiedName, span: Span) {
        if self.catalog.tables.contains_key(name) {
            self.error("unknown-view", span, format!("`{name}` is a table, not a view"))
                .help_with("tables have their entries in `[tables]`");
            return;
        }
        let known: Vec<String> = self.catalog.views.keys().map(QualifiedName::sql).collect();
        self.unknown("unknown-view", "view", &name.sql(), span, known.iter().map(String::as_str));
    }

    fn view_rights(&mut self, entry: &ast::View, name: &QualifiedName, view: &catalog::View) -> View {
        let span = entry.name.span;
        let grants: BTreeMap<Command, BTreeSet<String>> =
            entry.grants.iter().map(|(command, roles)| (*command, self.role_set(roles))).collect();
        let materialized = entry.materialized.as_ref().is_some_and(|said| said.value);
        match (view.materialized, materialized) {
            (true, false) => self
                .error("materialized-view", span, format!("`{name}` is materialized: a copy that no rule protects"))
                .help_with("if that is meant: materialized = true, because = \"..\", and refresh = [..] with the roles that may refresh it"),
            (false, true) => self
                .error("materialized-view", span, format!("`{name}` is not materialized"))
                .help_with("take `materialized` away"),
            _ => {}
        }
        self.reason(entry.because.as_ref());
        if view.materialized && grants.keys().any(|command| *command != Command::Select) {
            self.error("materialized-view", span, format!("`{name}` is materialized and cannot be written"))
                .help_with("only `select` can be given");
        }
        let refresh = self.role_set(&entry.refresh);
        if let Some(first) = entry.refresh.first().filter(|_| !view.materialized) {
            self.error("materialized-view", first.span, format!("`{name}` is not materialized and needs no refresh"))
                .help_with("take `refresh` away");
        }
        View { grants, materialized, refresh, span }
    }

    fn materialized_without_entry(&mut self, resolved: &BTreeMap<QualifiedName, View>) {
        let catalog = self.catalog;
        for (name, view) in &catalog.views {
            if view.materialized && !resolved.contains_key(name) {
                self.absent(
                    "materialized-view",
                    format!(
                        "`{name}` is a materialized view, a copy that no rule protects, without an entry in `[views]`"
                    ),
                )
                .help_with(format!(
                    "under [views]: {} = {{ materialized = true, because = \"..\", select = [..], refresh = [..] }}",
                    toml_key(&name.sql())
                ));
            }
        }
    }

    /// A view runs as whoever asks, so its readers need what it reads.
    fn check_view_reads(&mut self, resolved: &BTreeMap<QualifiedName, View>) {
        let catalog = self.catalog;
        for (name, rights) in resolved {
            let Some(view) = catalog.views.get(name).filter(|view| !view.materialized) else { continue };
            let readers: BTreeSet<String> = rights.grants.values().flatten().cloned().collect();
            for role in &readers {
                let lacking: Vec<String> = view
                    .reads
                    .iter()
                    .filter(|(relation, column)| !self.role_reads(resolved, role, relation, column))
                    .map(|(relation, column)| format!("`{}`", catalog::column_sql(relation, column)))
                    .collect();
                if let Some(first) = lacking.first() {
                    let more =
                        if lacking.len() > 1 { format!(" and {} more", lacking.len() - 1) } else { String::new() };
                    self.error("view-not-readable", rights.span, format!("role `{role}` cannot read {first}{more}, which `{name}` does"))
                        .help_with("a view runs as whoever asks: give the role what the view reads, or take the column out of the view");
                }
            }
        }
    }

    fn role_reads(
        &self,
        views: &BTreeMap<QualifiedName, View>,
        role: &str,
        relation: &QualifiedName,
        column: &str,
    ) -> bool {
        let Some(found) = self.roles.get(role) else { return true };
        if let Some(view) = views.get(relation) {
            return view
                .grants
                .get(&Command::Select)
                .is_some_and(|named| named.iter().any(|name| found.includes.contains(name)));
        }
        if self.catalog.views.contains_key(relation) {
            return false;
        }
        // What is not the schema's own (a platform's table, the system's catalog) is not for pgseal to say.
        let Some(table) = self.tables.get(relation) else { return true };
        let rule = found.includes.iter().any(|included| {
            table
                .rules
                .get(included)
                .and_then(|commands| commands.get(RuleKind::Select))
                .is_some_and(|rule| rule.expr != Expr::FALSE)
        });
        let hidden = table.columns.get(column).and_then(|column| column.select.as_ref());
        rule && hidden.is_none_or(|named| named.iter().any(|name| found.includes.contains(name)))
    }
}
