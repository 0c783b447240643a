//! Questions that only Postgres can answer: does a rule have the type that it must have, do its functions exist, is any volatile.
//!
//! Each probe is one statement that succeeds if all is well. Run in a scratch database that holds the schema; it changes nothing.

use std::collections::BTreeSet;

use super::execute_too_narrow::left_out;
use super::{facts, rule_tree};
use crate::catalog::{self, Catalog, Signature, column_sql};
use crate::compile::expression::constant_sql;
use crate::diagnostic::Diagnostic;
use crate::model::print::print;
use crate::model::{Column, ColumnUpdate, Constant, Expr, Model, Rule, Table};
use crate::source::Span;
use crate::sql::{QualifiedName, ident};

/// A statement to run, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The statement: an error of Postgres is a finding about the rule.
    pub sql: String,
    /// The rule's place.
    pub span: Span,
    /// What it is: ``the select rule of `app.tasks` ``.
    pub what: String,
}

/// What a part of Postgres' message means: the first that fits.
const ANSWERS: [(&str, &str, &str); 12] = [
    (" == ", "type-mismatch", "SQL compares with a single `=`"),
    (
        "schema \"auth\" does not exist",
        "unknown-function",
        "`me()` is who asks, whatever the platform: write `owner_id = me()`",
    ),
    ("must be type boolean", "rule-not-boolean", "a rule is a condition: compare with something"),
    ("must not return a set", "rule-not-boolean", "a rule is one condition: it cannot return several rows"),
    (
        "operator does not exist",
        "type-mismatch",
        "compare values of the same type; me() has the type of `[identity] user`",
    ),
    ("but expression is of type", "type-mismatch", "the value must have the column's type"),
    ("cannot be matched", "type-mismatch", "compare values of the same type"),
    ("could not identify", "type-mismatch", "this type cannot be compared"),
    ("invalid input", "invalid-value", "the constant is no value of that type"),
    (
        "function",
        "unknown-function",
        "a group must be declared under [groups] to be a word; functions of the schema have their schema's name: app.is_open(status)",
    ),
    ("column", "unknown-column", "qualify columns inside sub-selects with the relation's name or alias"),
    ("relation", "unknown-table", "write the schema's name before the table's"),
];

/// The questions about a model. Equal ones are asked once.
pub fn probes(model: &Model, catalog: &Catalog) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (name, table, schema) in facts::tables(model, catalog) {
        of_table(model, name, table, schema, &mut probes);
    }
    for (name, group) in &model.groups {
        if let Some(condition) = &group.condition {
            probes.extend(condition_probe(
                model,
                &group.table,
                condition,
                group.span,
                format!("the condition of group `{name}`"),
                // The seal role reads groups.
                &[],
            ));
        }
    }
    for prove in &model.proves {
        for (name, condition) in &prove.except {
            let span = model.tables.get(name).map(|table| table.span);
            probes.extend(span.and_then(|span| {
                condition_probe(model, name, condition, span, format!("an exception for `{name}`"), &[])
            }));
        }
    }
    let mut asked = BTreeSet::new();
    probes.retain(|probe| asked.insert(probe.sql.clone()));
    probes
}

fn of_table(model: &Model, name: &QualifiedName, table: &Table, schema: &catalog::Table, probes: &mut Vec<Probe>) {
    let may = |role: &str| facts::KINDS.into_iter().any(|kind| facts::may(model, name, role, kind));
    let users: Vec<&str> = model.roles.keys().map(String::as_str).filter(|role| may(role)).collect();
    let mut rule = |rule: &Rule, what: String, users: &[&str]| {
        probes.extend(condition_probe(model, name, &rule.expr, rule.span, what, users));
    };
    for (role, kind, found) in facts::given(table) {
        let of = BTreeSet::from([role.to_owned()]);
        let users: Vec<&str> = users.iter().copied().filter(|user| model.is_any_of(user, &of)).collect();
        rule(found, format!("the {} rule of `{name}`", facts::kind_word(kind)), &users);
    }
    for (key, found) in facts::required(table) {
        rule(found, format!("a `{key}` of `{name}`"), &users);
    }
    for (column, found) in facts::of_columns(table) {
        rule(found, format!("the update rule of `{}`", column_sql(name, column)), &users);
    }
    for (column, said) in &table.columns {
        for value in said.value.iter().chain(&said.value_on_update) {
            probes.push(value_probe(model, name, schema, column, value, &users));
        }
        probes.extend(constants_probe(name, column, said));
    }
}

/// Whether only pgseal's words are in it, which resolve has checked.
fn words_alone(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(Constant::Bool(_))
        | Expr::Agent
        | Expr::Human
        | Expr::InGroup { .. }
        | Expr::Peer { .. }
        | Expr::Via { .. } => true,
        Expr::And(parts) | Expr::Or(parts) => parts.iter().all(words_alone),
        Expr::Not(inner) => words_alone(inner),
        _ => false,
    }
}

/// WHERE takes nothing but a boolean. Postgres' own functions are safe to plan: no row is read.
fn condition_probe(
    model: &Model,
    table: &QualifiedName,
    expr: &Expr,
    span: Span,
    what: String,
    users: &[&str],
) -> Option<Probe> {
    if words_alone(expr) {
        return None;
    }
    let condition = typed(model, table, expr);
    let query = format!("select 1 from only {table} where ({condition})");
    let sql = if calls(expr) {
        rule_tree::statement(&query, None, &closed(model, users))
    } else {
        format!("{query} limit 0")
    };
    Some(Probe { sql, span, what })
}

/// The functions that `[functions]` lists and not for all of these roles, with those left out.
fn closed<'a>(model: &'a Model, users: &[&str]) -> Vec<(&'a Signature, String)> {
    let listed = model.functions.keys();
    listed.filter_map(|signature| Some((signature, left_out(model, signature, users)?))).collect()
}

/// An assignment converts as INSERT does.
fn value_probe(
    model: &Model,
    table: &QualifiedName,
    schema: &catalog::Table,
    column: &str,
    value: &Rule,
    users: &[&str],
) -> Probe {
    let text = typed(model, table, &value.expr);
    let kind = schema.column(column).map_or("text", |column| column.type_name.as_str());
    let assign = format!("update only {table} set {} = ({text}) where false", ident(column));
    let sql = if calls(&value.expr) {
        // What the policies compare with what was assigned.
        let query = format!("select ({text})::{kind} as value from only {table}");
        rule_tree::statement(&query, Some(&assign), &closed(model, users))
    } else {
        assign
    };
    Probe { sql, span: value.span, what: format!("the value of `{}`", column_sql(table, column)) }
}

/// Values that a column may have must be values of its type.
fn constants_probe(table: &QualifiedName, column: &str, said: &Column) -> Option<Probe> {
    let mut constants: Vec<&Constant> = said.initial.iter().flatten().collect();
    if let Some(ColumnUpdate::Transitions(transitions)) = &said.update {
        constants.extend(transitions.iter().flat_map(|transition| transition.from.iter().chain(&transition.to)));
    }
    if constants.is_empty() {
        return None;
    }
    let list: Vec<String> = constants.into_iter().map(constant_sql).collect();
    Some(Probe {
        sql: format!("select 1 from only {table} where {} in ({}) limit 0", ident(column), list.join(", ")),
        span: said.span,
        what: format!("the values of `{}`", column_sql(table, column)),
    })
}

/// The rule with nulls of the right type for what only a session knows.
fn typed(model: &Model, table: &QualifiedName, expr: &Expr) -> String {
    print(expr, table, &|expr| match expr {
        Expr::Me => Some(format!("null::{}", model.identity_type)),
        Expr::Claim(_) => Some("null::text".to_owned()),
        Expr::Agent | Expr::Human | Expr::InGroup { .. } | Expr::Peer { .. } | Expr::Via { .. } => {
            Some("true".to_owned())
        }
        _ => None,
    })
}

/// Whether a function could be called that is not immutable: comparisons of columns and constants are Postgres' own operators,
/// and of one column with another they may convert between types.
fn calls(expr: &Expr) -> bool {
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(_));
    let mut found = false;
    expr.walk(&mut |expr| {
        found |= match expr {
            Expr::Atom(_) => true,
            Expr::Compare(_, left, right) | Expr::Any(_, left, right) => is_column(left) && is_column(right),
            Expr::In(left, list) => is_column(left) && list.iter().any(is_column),
            _ => false,
        }
    });
    found
}

/// What Postgres' answer means for whoever wrote the rule.
pub fn explain(probe: &Probe, message: &str) -> Diagnostic {
    let Probe { span, what, .. } = probe;
    if let Some(found) = rule_tree::explain(probe, message) {
        return found;
    }
    let missing = message.contains("does not exist");
    let found = ANSWERS
        .iter()
        .find(|(part, ..)| message.contains(part) && (missing || !matches!(*part, "function" | "column" | "relation")));
    let (code, help) = found
        .map_or(("rule-refused", "Postgres cannot evaluate this: see what it says"), |(_, code, help)| (*code, *help));
    Diagnostic::error(code, *span, format!("{what}: {message}")).help(help)
}
