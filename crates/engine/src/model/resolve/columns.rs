//! `columns.NAME`: who reads, gives and changes a column, and what the database puts into it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Resolver;
use super::expressions::Scope;
use super::models::Layer;
use super::tables::Named;
use crate::catalog::{self, Command, TypeKind};
use crate::model::{Column, ColumnUpdate, Constant, Rule, Transition};
use crate::source::Span;
use crate::sql::{ident, parse_qualified};
use crate::syntax::ast::{self, Text};

impl Resolver<'_> {
    /// What is said of each column; the nearest layer that names a column says all about it.
    pub(super) fn resolve_columns(&mut self, table: Named<'_>, layers: &[Layer]) -> BTreeMap<String, Column> {
        let mut resolved = BTreeMap::new();
        for layer in layers {
            let mut here = BTreeSet::new();
            for column in &layer.rules.columns {
                let Some(written) = self.identifier(&layer.text(&column.name)) else { continue };
                let names = layer.column_names(&written, column.name.span);
                for name in names.value {
                    let Some(found) = table.1.column(&name) else {
                        self.unknown_column(&name, names.span, table.0, table.1);
                        continue;
                    };
                    if !here.insert(name.clone()) {
                        self.error("duplicate-column", names.span, format!("`{}` is spoken of twice", ident(&name)))
                            .help_with("write both into one entry");
                    } else if let Entry::Vacant(entry) = resolved.entry(name) {
                        entry.insert(self.resolve_column(table, layer, column, found));
                    }
                }
            }
        }
        resolved
    }

    fn resolve_column(
        &mut self,
        table: Named<'_>,
        layer: &Layer,
        said: &ast::Column,
        column: &catalog::Column,
    ) -> Column {
        let span = layer.place(said.name.span);
        self.column_conflicts(said, column, span);
        let value = said.value.as_ref().and_then(|text| self.value(table, layer, text));
        let value_on_update = said.value_on_update.as_ref().and_then(|text| self.value(table, layer, text));
        Column {
            select: said.select.as_ref().map(|roles| self.role_set(roles)),
            insert: said.insert.as_ref().map(|roles| self.role_set(roles)),
            update: said.update.as_ref().and_then(|update| self.column_update(table, layer, update, column)),
            value,
            value_on_update,
            initial: said.initial.as_ref().map(|values| self.constants(values, column)),
            span,
        }
    }

    fn column_conflicts(&mut self, said: &ast::Column, column: &catalog::Column, span: Span) {
        let name = ident(&column.name);
        let sets = said.value.is_some() || said.value_on_update.is_some();
        if column.generated.is_some()
            && (sets || said.update.is_some() || said.insert.is_some() || said.initial.is_some())
        {
            self.error("generated-column", span, format!("`{name}` is generated: nobody writes it"))
                .help_with("only `select` can be said of a generated column");
        }
        if column.identity == Some('a') && sets {
            self.error(
                "generated-column",
                span,
                format!("`{name}` is GENERATED ALWAYS AS IDENTITY: it has its value already"),
            )
            .help_with("take `value` away");
        }
        let changes = matches!(said.update, Some(ast::ColumnUpdate::Rule(_) | ast::ColumnUpdate::Transitions(_)));
        if sets && changes {
            self.error("column-conflict", span, format!("`{name}` is set by the database and so nobody may change it"))
                .help_with("take `update` away, or `value`");
        }
        if said.value.is_some() && said.initial.is_some() {
            self.error("column-conflict", span, format!("`{name}` has both `value` and `initial`"))
                .help_with("`value` already says what a new row has");
        }
        if matches!(said.update, Some(ast::ColumnUpdate::Transitions(_))) && said.initial.is_none() {
            self.error("transition-without-initial", span, format!("`{name}` has transitions but no `initial`"))
                .help_with("without it a row can be inserted in any state: initial = [\"draft\"]");
        }
    }

    fn value(&mut self, (name, table): Named<'_>, layer: &Layer, text: &Text) -> Option<Rule> {
        let scope = Scope { runs: false, ..Scope::plain(name, table, "a column's value") };
        self.rule_in(&scope, layer, text)
    }

    fn column_update(
        &mut self,
        (name, table): Named<'_>,
        layer: &Layer,
        update: &ast::ColumnUpdate,
        column: &catalog::Column,
    ) -> Option<ColumnUpdate> {
        let scope =
            Scope { subselect: false, what: "the rule of a column", ..Scope::rule(name, table, Command::Update) };
        Some(match update {
            ast::ColumnUpdate::Never(_) => ColumnUpdate::Never,
            ast::ColumnUpdate::Rule(text) => ColumnUpdate::Rule(self.rule_in(&scope, layer, text)?),
            ast::ColumnUpdate::Transitions(transitions) => ColumnUpdate::Transitions(
                transitions
                    .iter()
                    .filter_map(|transition| self.transition(&scope, layer, transition, column))
                    .collect(),
            ),
        })
    }

    fn transition(
        &mut self,
        scope: &Scope<'_>,
        layer: &Layer,
        transition: &ast::Transition,
        column: &catalog::Column,
    ) -> Option<Transition> {
        if transition.to.is_empty() {
            self.error("empty-transition", layer.place(transition.span), "a transition needs `to`")
                .help_with("{ by = \"..\", from = \"draft\", to = [\"sent\"] }");
        }
        let by = match &transition.by {
            Some(text) => Some(self.rule_in(scope, layer, text)?),
            None => None,
        };
        let from = self.constants(&transition.from, column);
        let to = self.constants(&transition.to, column);
        Some(Transition { by, from, to })
    }

    /// Values of a column as they are written in TOML.
    fn constants(&mut self, values: &[Text], column: &catalog::Column) -> Vec<Constant> {
        let labels =
            parse_qualified(&column.base_type).and_then(|name| self.catalog.types.get(&name)).and_then(|found| {
                match &found.kind {
                    TypeKind::Enum(labels) => Some(labels),
                    _ => None,
                }
            });
        let mut constants = Vec::new();
        for Text { text, span, .. } in values {
            if let Some(labels) = labels.filter(|labels| !labels.contains(text)) {
                let kind = format!("label of the enum `{}`:", column.base_type);
                self.unknown("unknown-value", &kind, text, *span, labels.iter().map(String::as_str));
            }
            match constant(text, &column.base_type) {
                Some(constant) => constants.push(constant),
                None => self
                    .error("unknown-value", *span, format!("`{text}` is no value of `{}`", ident(&column.name)))
                    .help_with(format!("the column is {}", column.type_name)),
            }
        }
        constants
    }
}

/// A value of a type; `None` where the text cannot be one.
fn constant(text: &str, base_type: &str) -> Option<Constant> {
    Some(match base_type {
        "smallint" | "integer" | "bigint" => Constant::Number(text.trim().parse::<i64>().ok()?.to_string()),
        "boolean" => Constant::Bool(match text.trim() {
            "true" => true,
            "false" => false,
            _ => return None,
        }),
        _ => Constant::Text(text.to_owned()),
    })
}
