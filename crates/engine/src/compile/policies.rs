//! Policies: one permissive policy per command and set of capabilities with the same rule, restrictive ones for `require`, and a
//! restrictive gate for each capability that needs an identity.
//!
//! INVARIANT: every restrictive policy names capability roles, never PUBLIC and never the seal role, which reads membership
//! tables from inside these very conditions.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Command, Policy, Table};
use crate::compile::capability::{Capability, Reach};
use crate::compile::expression::{Columns, Printer, constant_sql};
use crate::compile::granting::granting_rule;
use crate::compile::via::ViaFunctions;
use crate::model::{self, Atom, AtomPiece, CompareOp, Constant, Expr, Model, RuleKind};
use crate::sql::{QualifiedName, fit_name, literal, short_hash};

/// USING and WITH CHECK.
type Conditions = (Option<String>, Option<String>);

/// Every policy of a table that speaks to capabilities.
pub fn of_table(
    model: &Model,
    schema: &Catalog,
    capabilities: &[Capability<'_>],
    via: &mut ViaFunctions,
    name: &QualifiedName,
    table: &Table,
) -> BTreeMap<String, Policy> {
    let Some(rules) = model.tables.get(name) else { return BTreeMap::new() };
    let mut grouped: BTreeMap<(bool, Command, Conditions), Vec<&Capability<'_>>> = BTreeMap::new();
    let mut policies = BTreeMap::new();
    for capability in capabilities {
        let mut speaks = false;
        let mut printer = Printer { model, schema, capability, via: &mut *via, given_up: false };
        for command in Command::ALL {
            if capability.reach(model, name, table, command) == Reach::Nothing {
                continue;
            }
            speaks = true;
            let permissive = conditions(&mut printer, name, permitted(model, name, capability.rules_of, command));
            grouped.entry((true, command, permissive)).or_default().push(capability);
            if let Some(restricted) = required(model, schema, name, table, rules, command) {
                let restrictive = conditions(&mut printer, name, restricted);
                grouped.entry((false, command, restrictive)).or_default().push(capability);
            }
        }
        if speaks && capability.needs_identity {
            let live = format!("(select seal.is_live({}))", literal(&capability.name));
            let gate = Policy {
                command: None,
                permissive: false,
                roles: BTreeSet::from([capability.role.clone()]),
                using: Some(live.clone()),
                check: Some(live),
            };
            insert(&mut policies, &format!("seal_gate_{}", capability.short), gate);
        }
    }
    for ((permissive, command, (using, check)), members) in grouped {
        let shorts: Vec<&str> = members.iter().map(|capability| capability.short.as_str()).collect();
        let kind = if permissive { "" } else { "require_" };
        let policy = Policy {
            command: Some(command),
            permissive,
            roles: members.iter().map(|capability| capability.role.clone()).collect(),
            using,
            check,
        };
        insert(&mut policies, &format!("seal_{kind}{}_{}", command.word(), shorts.join("_")), policy);
    }
    policies
}

/// Adds a policy. INVARIANT: none takes another's place. The roles `a`, `b_c` join to the same name as `a_b`, `c`, and a role may be
/// called `agent_triage` beside an agent `triage`: the second to come is told by its roles.
fn insert(policies: &mut BTreeMap<String, Policy>, name: &str, policy: Policy) {
    let mut fitted = fit_name(name);
    while policies.contains_key(&fitted) {
        let roles: Vec<&str> = policy.roles.iter().map(String::as_str).collect();
        fitted = fit_name(&format!("{fitted}_{}", short_hash(&roles.join(","), 8)));
    }
    policies.insert(fitted, policy);
}

/// The old row's and the new row's condition, where the command has them.
type Halves = (Option<Expr>, Option<Expr>);

/// What the model permits. UPDATE and DELETE contain the select rule, so that a blind statement reaches the same rows.
fn permitted(model: &Model, table: &QualifiedName, role: &str, command: Command) -> Halves {
    let rule = |kind| model.effective(table, role, kind);
    match command {
        Command::Select => (Some(rule(RuleKind::Select)), None),
        Command::Insert => (None, Some(rule(RuleKind::Insert))),
        Command::Update => {
            (Some(Expr::and([rule(RuleKind::Select), rule(RuleKind::UpdateBefore)])), Some(rule(RuleKind::UpdateAfter)))
        }
        Command::Delete => (Some(Expr::and([rule(RuleKind::Select), rule(RuleKind::Delete)])), None),
    }
}

/// What the model asks of a row that is written, of what its writer chose: permitted and required.
pub(super) fn asked_of_new(model: &Model, table: &QualifiedName, role: &str, command: Command) -> Expr {
    let required = model.tables.get(table).map(Model::required_of_new);
    Expr::and(permitted(model, table, role, command).1.into_iter().chain(required))
}

/// What is required besides; none where nothing is.
fn required(
    model: &Model,
    schema: &Catalog,
    name: &QualifiedName,
    table: &Table,
    rules: &model::Table,
    command: Command,
) -> Option<Halves> {
    let old = || Expr::and([Model::required_to_select(rules), Model::required_to_change(rules)]);
    let new = |set| Expr::and([Model::required_of_new(rules), set]);
    let granting = || granting_rule(model, schema, name, command);
    let (using, check) = match command {
        Command::Select => (Some(Model::required_to_select(rules)), None),
        Command::Insert => (None, Some(Expr::and([new(set_by_database(table, rules, command)), granting()]))),
        // Without WITH CHECK, USING would be asked of the new row too.
        Command::Update => (Some(old()), Some(new(set_by_database(table, rules, command)))),
        Command::Delete => (Some(Expr::and([old(), granting()])), None),
    };
    let says_something = [&using, &check].into_iter().flatten().any(|expr| *expr != Expr::TRUE);
    says_something.then_some((using, check))
}

/// Columns that the database sets hold what it set, and a new row begins in an initial state.
fn set_by_database(table: &Table, rules: &model::Table, command: Command) -> Expr {
    Expr::and(rules.columns.iter().flat_map(|(name, column)| {
        let insert = command == Command::Insert;
        let value = if insert { &column.value } else { &column.value_on_update };
        let kind = table.column(name).map_or("text", |column| column.type_name.as_str());
        let same = value.as_ref().map(|rule| {
            Expr::Compare(
                CompareOp::NotDistinct,
                Box::new(Expr::Column(name.clone())),
                Box::new(as_type(&rule.expr, kind)),
            )
        });
        let initial = column.initial.as_ref().filter(|_| insert).map(|values| one_of(name, values));
        same.into_iter().chain(initial)
    }))
}

/// A value as the column holds it once it has been assigned.
fn as_type(value: &Expr, kind: &str) -> Expr {
    if *value == Expr::Me {
        return Expr::Me;
    }
    let pieces = vec![AtomPiece::Hole(value.clone()), AtomPiece::Text(format!("::{kind}"))];
    Expr::Atom(Atom { pieces, subselect: false, reads: BTreeSet::new() })
}

/// `column in (..)` over constants.
pub fn one_of(column: &str, values: &[Constant]) -> Expr {
    Expr::In(Box::new(Expr::Column(column.to_owned())), values.iter().cloned().map(Expr::Constant).collect())
}

fn conditions(printer: &mut Printer<'_>, table: &QualifiedName, halves: Halves) -> Conditions {
    let mut print = |half: Option<Expr>| half.map(|expr| printer.print(&expr, table, Columns::Policy));
    (print(halves.0), print(halves.1))
}

/// A policy that lets one role of pgseal's own (the seal role, a definer's role) do one command to every row.
pub fn unconditional(role: &str, command: Command) -> Policy {
    let every = || Some(constant_sql(&Constant::Bool(true)));
    let (using, check) = match command {
        Command::Select | Command::Delete => (every(), None),
        Command::Insert => (None, every()),
        Command::Update => (every(), every()),
    };
    Policy { command: Some(command), permissive: true, roles: BTreeSet::from([role.to_owned()]), using, check }
}
