//! Questions that only Postgres can answer: does a rule have the type that it must have, do its functions exist, is any volatile.
//!
//! Each probe is one statement that succeeds if all is well. Run in a scratch database that holds the schema; it changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::execute_too_narrow::left_out;
use super::{facts, frozen_time, rule_tree};
use crate::catalog::{self, Catalog, Command, Signature, column_sql};
use crate::compile::expression::constant_sql;
use crate::diagnostic::Diagnostic;
use crate::model::print::print;
use crate::model::{Column, ColumnUpdate, Constant, Expr, Model, Rule, RuleKind, Table};
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
    let via = AskedByVia::of(model);
    for (name, table, schema) in facts::tables(model, catalog) {
        of_table(model, name, table, (schema, catalog), &via, &mut probes);
    }
    for (name, group) in &model.groups {
        if let Some(condition) = &group.condition {
            probes.extend(condition_probe(
                model,
                &group.table,
                condition,
                group.span,
                format!("the condition of group `{name}`"),
                &Asked {
                    users: Vec::new(),
                    by_seal: true,
                    in_function: true,
                    table: catalog.tables.get(&group.table).map(|table| (table, catalog)),
                },
            ));
        }
    }
    for prove in &model.proves {
        for (name, condition) in &prove.except {
            let span = model.tables.get(name).map(|table| table.span);
            probes.extend(span.into_iter().flat_map(|span| {
                condition_probe(model, name, condition, span, format!("an exception for `{name}`"), &Asked::default())
            }));
        }
    }
    let mut asked = BTreeSet::new();
    probes.retain(|probe| asked.insert(probe.sql.clone()));
    probes
}

fn of_table(
    model: &Model,
    name: &QualifiedName,
    table: &Table,
    (schema, catalog): (&catalog::Table, &Catalog),
    via: &AskedByVia,
    probes: &mut Vec<Probe>,
) {
    let columns = Some((schema, catalog));
    use RuleKind::{Delete, Insert, Select, UpdateAfter, UpdateBefore};
    let users = |kinds: &[RuleKind]| -> Vec<&str> {
        let may = |role: &&str| kinds.iter().any(|kind| facts::may(model, name, role, *kind));
        model.roles.keys().map(String::as_str).filter(may).collect()
    };
    let mut rule = |rule: &Rule, what: String, asked: &Asked<'_>| {
        probes.extend(condition_probe(model, name, &rule.expr, rule.span, what, asked));
    };
    // `via` decides by the parent's rules, in a function of the seal role.
    let by_seal = |kinds: &[RuleKind]| kinds.iter().any(|kind| via.asks(name, *kind));
    for (role, kind, found) in facts::given(table) {
        let of = BTreeSet::from([role.to_owned()]);
        let users = users(&[kind]).into_iter().filter(|user| model.is_any_of(user, &of)).collect();
        let by_seal = by_seal(&[kind]);
        let asked = Asked { users, by_seal, in_function: by_seal, table: columns };
        rule(found, format!("the {} rule of `{name}`", facts::kind_word(kind)), &asked);
    }
    for (key, found) in facts::required(table) {
        let kinds: &[RuleKind] = match key {
            "require.new" => &[Insert, UpdateAfter],
            "require.change" => &[UpdateBefore, Delete],
            _ => &[Select, UpdateBefore, Delete],
        };
        let by_seal = key != "require.new" && by_seal(kinds);
        let asked = Asked { users: users(kinds), by_seal, in_function: by_seal, table: columns };
        rule(found, format!("a `{key}` of `{name}`"), &asked);
    }
    for (column, found) in facts::of_columns(table) {
        let blind =
            matches!(table.columns.get(column).and_then(|said| said.update.as_ref()), Some(ColumnUpdate::Rule(_)));
        let writes = |role: &&str| blind || model.sees_column(name, role, column);
        let users = users(&[UpdateBefore]).into_iter().filter(writes).collect();
        let asked = Asked { users, by_seal: false, in_function: true, table: columns };
        rule(found, format!("the update rule of `{}`", column_sql(name, column)), &asked);
    }
    for (column, said) in &table.columns {
        for (value, kind) in [(&said.value, Insert), (&said.value_on_update, UpdateBefore)] {
            let Some(value) = value else { continue };
            let asked = Asked { users: users(&[kind]), by_seal: false, in_function: true, table: columns };
            probes.extend(value_probe(model, name, schema, column, value, &asked));
        }
        probes.extend(constants_probe(name, column, said));
    }
}

/// Who asks a rule, and where.
#[derive(Debug, Default)]
struct Asked<'a> {
    /// The roles that it binds.
    users: Vec<&'a str>,
    /// Whether the seal role asks it for others.
    by_seal: bool,
    /// Whether a function of pgseal's asks it, in which names are Postgres' own.
    in_function: bool,
    /// The table whose columns it compares.
    table: Option<(&'a catalog::Table, &'a Catalog)>,
}

/// By which rules of which tables some `via` decides.
#[derive(Debug, Default)]
struct AskedByVia(BTreeMap<QualifiedName, BTreeSet<Command>>);

impl AskedByVia {
    fn of(model: &Model) -> Self {
        let mut asked = Self::default();
        for rule in model.tables.values().flat_map(facts::all_rules) {
            rule.expr.walk(&mut |expr| {
                if let Expr::Via { parent, command, .. } = expr {
                    asked.0.entry(parent.clone()).or_default().insert(*command);
                }
            });
        }
        asked
    }

    /// Whether some `via` decides by that kind of rule of a table. Whatever it asks, it asks for rows that may be seen.
    fn asks(&self, parent: &QualifiedName, kind: RuleKind) -> bool {
        let command = match kind {
            RuleKind::Select => None,
            RuleKind::Insert => Some(Command::Insert),
            RuleKind::UpdateBefore => Some(Command::Update),
            RuleKind::Delete => Some(Command::Delete),
            RuleKind::UpdateAfter => return false,
        };
        self.0.get(parent).is_some_and(|commands| command.is_none_or(|command| commands.contains(&command)))
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
    asked: &Asked<'_>,
) -> Vec<Probe> {
    if words_alone(expr) {
        return Vec::new();
    }
    let condition = typed(model, table, expr);
    let query = format!("select 1 from only {table} where ({condition})");
    let read = format!("{query} limit 0");
    let timeless = frozen_time::marked(&read).map(|sql| Probe { sql, span, what: what.clone() });
    let sql = if calls(expr) || compares(expr, asked) {
        rule_tree::statement(&query, None, &looked_for(model, asked))
    } else {
        read
    };
    timeless.into_iter().chain([Probe { sql, span, what }]).collect()
}

/// What a rule's tree is looked through for.
fn looked_for<'a>(model: &'a Model, asked: &Asked<'_>) -> rule_tree::LookedFor<'a> {
    let definers = model.functions.iter().filter(|(_, function)| function.definer.is_some());
    rule_tree::LookedFor {
        closed: closed(model, &asked.users),
        callers: asked.by_seal.then(|| definers.map(|(signature, _)| signature).collect()),
        in_function: asked.in_function,
    }
}

/// Whether a column is compared in it of a type that an extension brought, or in a function of any that is not Postgres' own: the
/// operator may be another's.
fn compares(expr: &Expr, asked: &Asked<'_>) -> bool {
    let Some((table, catalog)) = asked.table else { return false };
    let made = |side: &Expr| match side {
        Expr::Column(name) => table.column(name).is_none_or(|column| {
            column.base_type.contains('.') && (asked.in_function || catalog.type_named(&column.base_type).is_none())
        }),
        _ => false,
    };
    let mut found = false;
    expr.walk(&mut |expr| {
        found |= match expr {
            Expr::Compare(_, left, right) | Expr::Any(_, left, right) => made(left) || made(right),
            Expr::In(left, list) => made(left) || list.iter().any(made),
            _ => false,
        }
    });
    found
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
    asked: &Asked<'_>,
) -> Vec<Probe> {
    let text = typed(model, table, &value.expr);
    let kind = schema.column(column).map_or("text", |column| column.type_name.as_str());
    let assign = format!("update only {table} set {} = ({text}) where false", ident(column));
    let timeless = frozen_time::marked(&assign);
    let sql = if calls(&value.expr) {
        // What the policies compare with what was assigned.
        let query = format!("select ({text})::{kind} as value from only {table}");
        rule_tree::statement(&query, Some(&assign), &looked_for(model, asked))
    } else {
        assign
    };
    let (span, what) = (value.span, format!("the value of `{}`", column_sql(table, column)));
    timeless.map(|sql| Probe { sql, span, what: what.clone() }).into_iter().chain([Probe { sql, span, what }]).collect()
}

/// Values that a column may have must be values of its type.
fn constants_probe(table: &QualifiedName, column: &str, said: &Column) -> Vec<Probe> {
    let mut constants: Vec<&Constant> = said.initial.iter().flatten().collect();
    if let Some(ColumnUpdate::Transitions(transitions)) = &said.update {
        constants.extend(transitions.iter().flat_map(|transition| transition.from.iter().chain(&transition.to)));
    }
    if constants.is_empty() {
        return Vec::new();
    }
    let list: Vec<String> = constants.into_iter().map(constant_sql).collect();
    let sql = format!("select 1 from only {table} where {} in ({}) limit 0", ident(column), list.join(", "));
    let what = format!("the values of `{}`", column_sql(table, column));
    let timeless = frozen_time::marked(&sql);
    let probes = timeless.into_iter().chain([sql]);
    probes.map(|sql| Probe { sql, span: said.span, what: what.clone() }).collect()
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

/// What Postgres' answer means for whoever wrote the rule; none if it means nothing.
pub fn explain(probe: &Probe, message: &str) -> Option<Diagnostic> {
    let Probe { span, what, .. } = probe;
    if let Some(found) = frozen_time::explain(probe, message) {
        return found;
    }
    if let Some(found) = rule_tree::explain(probe, message) {
        return Some(found);
    }
    let missing = message.contains("does not exist");
    let found = ANSWERS
        .iter()
        .find(|(part, ..)| message.contains(part) && (missing || !matches!(*part, "function" | "column" | "relation")));
    let (code, help) = found
        .map_or(("rule-refused", "Postgres cannot evaluate this: see what it says"), |(_, code, help)| (*code, *help));
    Some(Diagnostic::error(code, *span, format!("{what}: {message}")).help(help))
}
