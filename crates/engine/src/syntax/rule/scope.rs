//! Whose column a name in a sub-select is, as far as the text alone tells.

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{Alias, Node, RangeFunction, RangeVar, SelectStmt};

use super::tree;

/// What the FROM clauses around a name bring into scope, innermost last.
#[derive(Debug, Clone, Default)]
pub(super) struct Scopes {
    items: Vec<Item>,
}

/// An item of a FROM clause.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The name by which columns are qualified.
    name: String,
    /// The relation, schema and name, if it is one.
    relation: Option<Vec<String>>,
    /// It has an alias, so that its own name does not count.
    aliased: bool,
    /// Names of its columns as far as the text tells them.
    columns: BTreeSet<String>,
    /// It may have more columns than that, and no catalog will tell.
    more: bool,
}

/// Where a name belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// To the row that the rule is about.
    Row,
    /// To the sub-select; the relation that is read, where known.
    Inner(Option<Vec<String>>),
    /// Only the catalog tells.
    Unplaced {
        /// Relations that may have such a column.
        relations: BTreeSet<Vec<String>>,
        /// Something else in FROM has it.
        inner: bool,
    },
    /// Not even the catalog tells.
    Unknown,
}

impl Scopes {
    /// Outside of every sub-select.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// These and more.
    pub(super) fn with(&self, items: &[Item]) -> Self {
        Self { items: self.items.iter().chain(items).cloned().collect() }
    }

    /// Where a column's name belongs.
    pub(super) fn place(&self, parts: &[String]) -> Place {
        match parts {
            [name] => self.place_unqualified(name),
            [qualifier, _] => match self.items.iter().rev().find(|item| item.name == *qualifier) {
                Some(item) => Place::Inner(item.relation.clone()),
                None => Place::Row,
            },
            [schema, table, _] => {
                let relation = vec![schema.clone(), table.clone()];
                let inner = self.items.iter().any(|item| !item.aliased && item.relation.as_ref() == Some(&relation));
                if inner { Place::Inner(Some(relation)) } else { Place::Row }
            }
            _ => Place::Unknown,
        }
    }

    fn place_unqualified(&self, name: &str) -> Place {
        let relations: BTreeSet<Vec<String>> = self.items.iter().filter_map(|item| item.relation.clone()).collect();
        let inner = self.items.iter().any(|item| item.columns.contains(name));
        if !inner && self.items.iter().any(|item| item.more) {
            Place::Unknown
        } else if !inner && relations.is_empty() {
            Place::Row
        } else {
            Place::Unplaced { relations, inner }
        }
    }
}

impl Item {
    /// The relation that it is.
    pub(super) fn relation(&self) -> Option<Vec<String>> {
        self.relation.clone()
    }
}

/// A table in FROM. Without a schema it is in `public`.
pub(super) fn relation_of(range: &RangeVar) -> Vec<String> {
    let schema = if range.schemaname.is_empty() { "public" } else { &range.schemaname };
    vec![schema.to_owned(), range.relname.clone()]
}

/// A table in FROM as an item.
pub(super) fn table(range: &RangeVar) -> Item {
    let alias = range.alias.as_ref().map(|alias| alias.aliasname.clone());
    Item {
        aliased: alias.is_some(),
        name: alias.unwrap_or_else(|| range.relname.clone()),
        relation: Some(relation_of(range)),
        columns: BTreeSet::new(),
        more: false,
    }
}

/// A function in FROM as an item.
pub(super) fn function(range: &RangeFunction) -> Item {
    let name = range.functions.iter().find_map(|node| match &node.node {
        Some(NodeEnum::List(list)) => list.items.iter().find_map(function_name),
        _ => None,
    });
    let name = name.unwrap_or_default();
    // These give one column, which has the alias's name; another may give a row of many.
    let single = range.functions.len() == 1
        && !range.ordinality
        && matches!(
            name.as_str(),
            "unnest" | "generate_series" | "regexp_split_to_table" | "string_to_table" | "generate_subscripts"
        );
    let mut item = listed(range.alias.as_ref(), Vec::new(), !single);
    if item.name.is_empty() {
        item.name = name;
    }
    item.columns.insert(item.name.clone());
    item
}

/// A sub-select in FROM as an item.
pub(super) fn derived(alias: Option<&Alias>, select: &SelectStmt) -> Item {
    match columns_of(select) {
        Some(columns) => listed(alias, columns, false),
        None => listed(alias, Vec::new(), true),
    }
}

/// An alias alone, for a join.
pub(super) fn joined(alias: &Alias) -> Item {
    listed(Some(alias), Vec::new(), false)
}

fn listed(alias: Option<&Alias>, columns: Vec<String>, more: bool) -> Item {
    let renamed: Vec<String> = alias.and_then(|alias| tree::strings(&alias.colnames)).unwrap_or_default();
    let kept = columns.into_iter().skip(renamed.len());
    Item {
        name: alias.map(|alias| alias.aliasname.clone()).unwrap_or_default(),
        relation: None,
        aliased: true,
        more: more && renamed.is_empty(),
        columns: kept.chain(renamed.iter().cloned()).collect(),
    }
}

/// The names of a sub-select's columns; none if they cannot be told.
fn columns_of(select: &SelectStmt) -> Option<Vec<String>> {
    if let Some(left) = &select.larg {
        return columns_of(left);
    }
    if let Some(Node { node: Some(NodeEnum::List(row)) }) = select.values_lists.first() {
        return Some((1..=row.items.len()).map(|number| format!("column{number}")).collect());
    }
    select
        .target_list
        .iter()
        .map(|node| match &node.node {
            Some(NodeEnum::ResTarget(target)) if !target.name.is_empty() => Some(target.name.clone()),
            Some(NodeEnum::ResTarget(target)) => match target.val.as_deref().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::ColumnRef(column)) => tree::strings(&column.fields)?.pop(),
                Some(NodeEnum::FuncCall(call)) => tree::strings(&call.funcname)?.pop(),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

fn function_name(node: &Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::FuncCall(call)) => tree::strings(&call.funcname)?.pop(),
        _ => None,
    }
}
