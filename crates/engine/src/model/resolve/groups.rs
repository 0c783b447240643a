//! `[groups]`: membership tables, and the words that they make.

use std::collections::BTreeSet;

use super::Resolver;
use super::expressions::Scope;
use super::names::comparable;
use crate::catalog::{self, ConstraintKind, TypeKind};
use crate::diagnostic::did_you_mean;
use crate::model::{Founder, Group, GroupParent};
use crate::source::Span;
use crate::sql::{QualifiedName, ident, idents, parse_name, parse_qualified};
use crate::syntax::ast::{self, Text};

impl<'a> Resolver<'a> {
    pub(super) fn resolve_groups(&mut self) {
        let ast = self.ast;
        for group in &ast.groups {
            let name = &group.name.value;
            self.check_name("group", "found", &group.name);
            if self.words.contains(name) || self.words.contains(&format!("{name}_peer")) {
                self.error("duplicate-word", group.name.span, format!("the word `{name}` is taken already")).help_with(
                    "me, claim, via, agent, human and the names of other groups with and without `_peer` are taken",
                );
                continue;
            }
            if ident(name) != *name {
                self.error(
                    "reserved-name",
                    group.name.span,
                    format!("`{name}` is a word of SQL: a rule could not call it"),
                )
                .help_with("choose another name for the group");
                continue;
            }
            // Known as words even when the group itself has errors, so that its every use is not reported too.
            self.words.insert(name.clone());
            self.words.insert(format!("{name}_peer"));
            if let Some(resolved) = self.group(group) {
                self.groups.insert(name.clone(), resolved);
            }
        }
        // Conditions last: they may use any word but the groups'.
        for group in &ast.groups {
            self.group_condition(group);
        }
    }

    fn group(&mut self, group: &'a ast::Group) -> Option<Group> {
        let span = group.name.span;
        let name = &group.name.value;
        let (table_name, table) = self.table(group.table.as_ref()?)?;
        let member = group.member.as_ref().and_then(|text| self.member(text, &table_name, table));
        let key: Vec<&catalog::Column> =
            group.key.iter().filter_map(|text| self.column(text, &table_name, table)).collect();
        let distinct: BTreeSet<&str> = key.iter().map(|column| column.name.as_str()).collect();
        if distinct.len() < key.len() {
            self.error("duplicate-column", span, format!("group `{name}` names a key column twice"));
        }
        let rank = group.rank.as_ref().map(|(column, order)| self.rank(column, order, &table_name, table));
        let labels = rank.as_ref().and_then(|rank| rank.as_ref()).map(|(_, labels)| labels.clone());
        let granted_by = group.granted_by.as_ref().and_then(|text| self.label(text, labels.as_deref(), "granted_by"));
        let parent = group.parent.as_ref().and_then(|text| self.parent(text, group, &key, table));
        let founder = group.founder.as_ref().and_then(|text| self.founder(text, group, labels.as_deref(), &key, table));
        if key.is_empty() || key.len() != group.key.len() {
            return None;
        }
        Some(Group {
            table: table_name,
            member: member?,
            key: key.iter().map(|column| column.name.clone()).collect(),
            key_types: key.iter().map(|column| column.type_name.clone()).collect(),
            rank: match rank {
                Some(rank) => Some(rank?),
                None => None,
            },
            condition: None,
            parent,
            granted_by,
            founder,
            span,
        })
    }

    fn member(&mut self, text: &Text, name: &QualifiedName, table: &'a catalog::Table) -> Option<String> {
        let column = self.column(text, name, table)?;
        let identity = self.identity_base();
        if !comparable(&column.base_type, &identity) {
            let message = format!(
                "`{}` is {}, but me() is {}",
                catalog::column_sql(name, &column.name),
                column.type_name,
                self.identity_type
            );
            self.error("identity-type", text.span, message)
                .help_with("`[identity] user` says which type me() has; the column of members must have the same");
        }
        Some(column.name.clone())
    }

    fn rank(
        &mut self,
        text: &Text,
        order: &[Text],
        name: &QualifiedName,
        table: &'a catalog::Table,
    ) -> Option<(String, Vec<String>)> {
        let column = self.column(text, name, table);
        let labels: Vec<String> = order.iter().map(|label| label.text.clone()).collect();
        if order.is_empty() {
            self.error("rank-order", text.span, "a rank needs its labels, lowest first")
                .help_with("rank = { column = \"role\", order = [\"viewer\", \"admin\"] }");
        }
        for (at, label) in order.iter().enumerate() {
            if order.iter().take(at).any(|earlier| earlier.text == label.text) {
                self.error("rank-order", label.span, format!("the rank `{}` stands in the order twice", label.text));
            }
        }
        let column = column?;
        match parse_qualified(&column.base_type).and_then(|kind| self.catalog.types.get(&kind)).map(|found| &found.kind)
        {
            Some(TypeKind::Enum(known)) => self.enum_labels(order, known, &column.base_type, text.span),
            _ if matches!(column.base_type.as_str(), "text" | "character varying" | "character" | "name") => {}
            _ => self
                .error(
                    "rank-type",
                    text.span,
                    format!("`{}` is {}: a rank is text or an enum", ident(&column.name), column.type_name),
                )
                .help_with("store the rank as text with a CHECK, or as an enum"),
        }
        Some((column.name.clone(), labels))
    }

    fn enum_labels(&mut self, order: &[Text], known: &[String], type_name: &str, span: Span) {
        for label in order {
            if !known.contains(&label.text) {
                let kind = format!("label of the enum `{type_name}`:");
                self.unknown("unknown-rank", &kind, &label.text, label.span, known.iter().map(String::as_str));
            }
        }
        let unranked: Vec<String> = known
            .iter()
            .filter(|label| order.iter().all(|ranked| ranked.text != **label))
            .map(|label| format!("`{label}`"))
            .collect();
        if !unranked.is_empty() && !order.is_empty() {
            let message = format!("{} of `{type_name}` has no place in the order", unranked.join(", "));
            self.warning("unranked-label", span, message)
                .help_with("who holds a rank that is not in the order is no member");
        }
    }

    /// A label that must be one of the group's ranks.
    fn label(&mut self, text: &Text, labels: Option<&[String]>, key: &str) -> Option<String> {
        let Some(labels) = labels else {
            self.error("no-ranks", text.span, format!("`{key}` names a rank, but the group has none"))
                .help_with("add `rank = { column = \"..\", order = [..] }`");
            return None;
        };
        if labels.contains(&text.text) {
            return Some(text.text.clone());
        }
        self.unknown("unknown-rank", "rank", &text.text, text.span, labels.iter().map(String::as_str));
        None
    }

    fn parent(
        &mut self,
        text: &Text,
        group: &ast::Group,
        key: &[&catalog::Column],
        members: &catalog::Table,
    ) -> Option<GroupParent> {
        let Some([schema, name, column]) = parse_name(&text.text).and_then(|parts| <[String; 3]>::try_from(parts).ok())
        else {
            self.error("invalid-name", text.span, format!("`{}` is not of the form `schema.table.column`", text.text))
                .help_with("the column that holds the key of the node above: `app.orgs.parent_id`");
            return None;
        };
        let table_name = QualifiedName { schema, name };
        let Some(table) = self.catalog.tables.get(&table_name) else {
            self.unknown_table(&table_name, text);
            return None;
        };
        if table.column(&column).is_none() {
            self.unknown_column(&column, text.span, &table_name, table);
            return None;
        }
        let edge = table
            .constraints
            .values()
            .filter_map(|constraint| constraint.references.as_ref().map(|far| (constraint, far)));
        let node = edge
            .filter(|(constraint, far)| constraint.columns == [column.clone()] && far.table == table_name)
            .find_map(|(_, far)| far.columns.first());
        let Some(node) = node else {
            self.error("group-parent", text.span, format!("`{}` is no foreign key to its own table", text.text))
                .help_with(format!(
                    "alter table {table_name} add foreign key ({}) references {table_name};",
                    ident(&column)
                ));
            return None;
        };
        let [key] = key else {
            self.error(
                "group-parent",
                text.span,
                format!("group `{}` has a composite key and cannot have a `parent`", group.name.value),
            );
            return None;
        };
        let node_type = table.column(node).map_or("", |column| column.base_type.as_str());
        if node_type != key.base_type {
            let message = format!("the nodes of `{table_name}` are {node_type}, the group's key is {}", key.base_type);
            self.error("key-type", text.span, message);
        }
        let is_group = members.constraints.values().filter(|constraint| constraint.validated).any(|constraint| {
            constraint.columns == [key.name.clone()]
                && constraint
                    .references
                    .as_ref()
                    .is_some_and(|far| far.table == table_name && far.columns == [node.clone()])
        });
        Some(GroupParent { table: table_name, key: node.clone(), column, is_group })
    }

    fn founder(
        &mut self,
        text: &Text,
        group: &ast::Group,
        labels: Option<&[String]>,
        key: &[&catalog::Column],
        table: &catalog::Table,
    ) -> Option<Founder> {
        let rank = match (&group.rank, text.text.as_str()) {
            (None, "member") => None,
            (None, _) => {
                self.error("no-ranks", text.span, format!("`{}` is a rank, but the group has none", text.text))
                    .help_with("write `founder = \"member\"`, or give the group ranks");
                return None;
            }
            (Some(_), _) => Some(self.label(text, labels, "founder")?),
        };
        let wanted: BTreeSet<&str> = key.iter().map(|column| column.name.as_str()).collect();
        // One that is not validated may have left memberships of a group that is gone: whoever founds it again would meet them.
        let found = table
            .constraints
            .values()
            .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey && constraint.validated)
            .find_map(|constraint| {
                let far = constraint.references.as_ref()?;
                let same = constraint.columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == wanted;
                same.then_some((constraint, far))
            });
        let Some((constraint, far)) = found else {
            let columns: Vec<String> = key.iter().map(|column| column.name.clone()).collect();
            let message =
                format!("the group's own table is unknown: no validated foreign key of ({})", idents(&columns));
            self.error("founder-table", text.span, message)
                .help_with("the key of a group with a founder references the group's own table");
            return None;
        };
        let columns = key
            .iter()
            .filter_map(|column| {
                let at = constraint.columns.iter().position(|name| *name == column.name)?;
                far.columns.get(at).cloned()
            })
            .collect();
        Some(Founder { table: far.table.clone(), columns, rank })
    }

    fn group_condition(&mut self, group: &'a ast::Group) {
        let Some(text) = &group.condition else { return };
        let name = &group.name.value;
        let Some(table_name) = self.groups.get(name).map(|group| group.table.clone()) else { return };
        let Some(table) = self.catalog.tables.get(&table_name) else { return };
        let Some(term) = self.parse(text) else { return };
        let scope = Scope::plain(&table_name, table, "the condition of a group");
        let condition = self.expression(&scope, &term);
        if let Some(group) = self.groups.get_mut(name) {
            group.condition = condition;
        }
    }

    /// The closest thing to say about a rank that a group does not have.
    pub(super) fn unknown_rank(&mut self, group: &str, label: &str, labels: &[String], span: Span) {
        let help = match did_you_mean(label, labels.iter().map(String::as_str)) {
            Some(close) => format!("did you mean '{close}'?"),
            None => format!("ranks of `{group}`, lowest first: {}", labels.join(", ")),
        };
        self.error("unknown-rank", span, format!("`{label}` is no rank of `{group}`")).help_with(help);
    }
}
