//! `may`: exactly which commands on which tables and columns something may do.

use std::collections::BTreeSet;

use super::Resolver;
use crate::model::May;
use crate::source::Span;
use crate::sql::{QualifiedName, ident};
use crate::syntax::ast::Text;
use crate::syntax::rule;

impl Resolver<'_> {
    /// Reads a `may` table; unknown tables, columns and privileges are findings.
    pub(super) fn may(&mut self, written: &[(Text, Vec<Text>)]) -> May {
        let mut may = May::default();
        for (relation, privileges) in written {
            let Some(name) = self.relation_name(relation) else { continue };
            for text in privileges {
                let (command, columns) = match rule::parse_privilege(text) {
                    Ok(parsed) => parsed,
                    Err(diagnostic) => {
                        self.diagnostics.push(diagnostic);
                        continue;
                    }
                };
                let columns = self.known_columns(&name, &columns, text.span);
                let held = may.tables.entry(name.clone()).or_default();
                match held.get_mut(&command) {
                    // An empty set is all columns and takes in every other.
                    Some(known) if known.is_empty() || columns.is_empty() => *known = BTreeSet::new(),
                    Some(known) => known.extend(columns),
                    None => {
                        held.insert(command, columns);
                    }
                }
            }
        }
        may
    }

    fn known_columns(&mut self, name: &QualifiedName, columns: &[String], span: Span) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        for column in columns {
            if self.catalog.has_column(name, column) {
                known.insert(column.clone());
                continue;
            }
            let existing: Vec<String> = match (self.catalog.tables.get(name), self.catalog.views.get(name)) {
                (Some(table), _) => table.columns.iter().map(|column| ident(&column.name)).collect(),
                (None, Some(view)) => view.columns.iter().map(|(name, _)| ident(name)).collect(),
                (None, None) => Vec::new(),
            };
            let kind = format!("column of `{name}`:");
            self.unknown("unknown-column", &kind, &ident(column), span, existing.iter().map(String::as_str));
        }
        known
    }

    /// A table or view of the schema.
    fn relation_name(&mut self, text: &Text) -> Option<QualifiedName> {
        let name = self.qualified(text)?;
        if self.is_external(&name) {
            self.error(
                "external-table",
                text.span,
                format!("`{name}` is `external` in pgseal.toml: pgseal grants nothing on it"),
            );
            return None;
        }
        match self.catalog.tables.get(&name) {
            Some(_) => return Some(name),
            None if self.catalog.views.contains_key(&name) => return Some(name),
            _ => {}
        }
        let known: Vec<String> =
            self.catalog.tables.keys().chain(self.catalog.views.keys()).map(QualifiedName::sql).collect();
        self.unknown("unknown-table", "table", &name.sql(), text.span, known.iter().map(String::as_str));
        None
    }
}
