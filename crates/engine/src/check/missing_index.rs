//! Columns that policies compare and that no index begins with.

use std::collections::BTreeMap;

use super::facts;
use crate::catalog::{self, Catalog};
use crate::diagnostic::Diagnostic;
use crate::model::{CompareOp, Expr, Model, RuleKind};
use crate::source::Span;
use crate::sql::{QualifiedName, idents};

/// For each table the lists of columns that its rules for rows that exist compare, or by which a group's members and nodes are
/// found, and that no index begins with, with the place of a rule that does. Columns of one list are compared together.
pub fn missing(model: &Model, catalog: &Catalog) -> BTreeMap<QualifiedName, BTreeMap<Vec<String>, Span>> {
    let mut missing: BTreeMap<QualifiedName, BTreeMap<Vec<String>, Span>> = BTreeMap::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        let given = facts::given(table)
            .filter(|(_, kind, _)| !matches!(kind, RuleKind::Insert | RuleKind::UpdateAfter))
            .map(|(_, _, rule)| rule);
        let required = facts::required(table).filter(|(key, _)| *key != "require.new").map(|(_, rule)| rule);
        for rule in given.chain(required) {
            for columns in compared(model, schema, &rule.expr) {
                if !indexed(schema, &columns) {
                    missing.entry(name.clone()).or_default().entry(columns).or_insert(rule.span);
                }
            }
        }
    }
    for group in model.groups.values() {
        let looked_up = std::iter::once((&group.table, &group.member))
            .chain(group.parent.as_ref().map(|parent| (&parent.table, &parent.column)));
        for (name, column) in looked_up {
            let columns = vec![column.clone()];
            if catalog.tables.get(name).is_some_and(|schema| !indexed(schema, &columns)) {
                missing.entry(name.clone()).or_default().entry(columns).or_insert(group.span);
            }
        }
    }
    missing
}

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    if model.add_indexes {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (table, lists) in missing(model, catalog) {
        for (columns, span) in lists {
            found.push(
                Diagnostic::warning(
                    "missing-index",
                    span,
                    format!("the rules of `{table}` compare ({}), and no index begins with it", idents(&columns)),
                )
                .help(format!("create index on {table} ({});", idents(&columns))),
            );
        }
    }
    found
}

/// The columns that the words and comparisons of a rule look up, where the rule is true only if they match.
fn compared(model: &Model, schema: &catalog::Table, expr: &Expr) -> Vec<Vec<String>> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().flat_map(|part| compared(model, schema, part)).collect(),
        Expr::InGroup { key, .. } => vec![key.clone()],
        Expr::Peer { user, .. } => vec![vec![user.clone()]],
        // Where the table carries the tenant's key, that is what its policy compares.
        Expr::Via { columns, parent, .. } => {
            vec![facts::carried_key(model, schema, columns, parent).unwrap_or_else(|| columns.clone())]
        }
        Expr::Compare(CompareOp::Eq, left, right) => match (&**left, &**right) {
            (Expr::Column(column), Expr::Me | Expr::Claim(_)) | (Expr::Me | Expr::Claim(_), Expr::Column(column)) => {
                vec![vec![column.clone()]]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whether an index over all rows begins with these columns, in any order.
fn indexed(table: &catalog::Table, columns: &[String]) -> bool {
    table.indexes.values().any(|index| {
        let leading: Option<Vec<&String>> = index.columns.iter().take(columns.len()).map(Option::as_ref).collect();
        let begins = leading.is_some_and(|leading| {
            leading.len() == columns.len() && columns.iter().all(|column| leading.contains(&column))
        });
        begins && !index.partial && index.valid && matches!(index.method.as_str(), "btree" | "hash")
    })
}
