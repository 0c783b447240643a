//! What `evaluate` says beside what Postgres answered.

use pgseal_engine::catalog::Constraint;
use pgseal_engine::evaluate::{AtomError, Outcome, Refusal, Row, Rows, Value, evaluate};
use pgseal_engine::model::Model;
use pgseal_engine::sql::QualifiedName;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

use super::atoms::{Answers, Types};
use super::database::Session;
use super::request::{Request, Verb};
use super::session::Answer;

/// The foreign keys of each table.
pub type Keys = BTreeMap<QualifiedName, Vec<Constraint>>;

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// They agree, about these outcomes: one for each decision.
    Agree(Vec<Outcome>),
    /// A constraint of the schema spoke before it could be seen whether they agree.
    Open,
    /// They do not.
    Disagree { expected: String, answer: Answer },
}

/// The outcomes of every request of one principal. Asks Postgres for the values of atoms, until none is missing.
pub async fn expected(
    model: &Model,
    types: &Types,
    rows: &Rows,
    session: &Session,
    requests: &[Request],
    control: &Client,
) -> Vec<Vec<Outcome>> {
    let mut answers = Answers::new(types);
    loop {
        let mut all = Vec::new();
        for request in requests {
            let outcomes: Result<Vec<Outcome>, AtomError> = request
                .decisions(rows)
                .iter()
                .map(|decision| evaluate(model, rows, &session.principal, decision, &mut answers))
                .collect();
            all.push(outcomes.unwrap_or_default());
        }
        if !answers.fetch(control, &session.client).await {
            return all;
        }
    }
}

/// What kind of error an answer is: those that pgseal stands for, and those of the schema's own constraints.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Privilege,
    Nobody,
    /// A policy.
    Rule,
    /// A trigger.
    Change,
    Constraint,
    Unknown,
}

fn kind(state: &str, message: &str) -> Kind {
    match state {
        "42501" if message.starts_with("permission denied") => Kind::Privilege,
        "42501" if message.contains("row-level security policy") => Kind::Rule,
        "42501" if message.contains("there is none") => Kind::Nobody,
        "42501" => Kind::Change,
        _ if state.starts_with("23") => Kind::Constraint,
        _ => Kind::Unknown,
    }
}

/// Admission and first values are rules where a row is inserted; where one is changed a trigger says them.
fn kind_of(request: &Request, refusal: Refusal) -> Kind {
    let inserts = matches!(&request.verb, Verb::Insert { conflict, .. }
        if conflict.as_ref().is_none_or(|conflict| conflict.update.is_none()));
    match refusal {
        Refusal::Privilege => Kind::Privilege,
        Refusal::Nobody => Kind::Nobody,
        Refusal::Rule => Kind::Rule,
        Refusal::Column | Refusal::Admission if inserts => Kind::Rule,
        Refusal::Column | Refusal::Admission => Kind::Change,
    }
}

/// Compares one statement's outcomes with its answer.
pub fn judge(request: &Request, rows: &Rows, outcomes: &[Outcome], answer: &Answer) -> Verdict {
    let disagree = |expected: String| Verdict::Disagree { expected, answer: answer.clone() };
    // A missing privilege is one decision, however many rows there are.
    let counted = match outcomes {
        [Outcome::Refused(Refusal::Privilege), ..] => &outcomes[..1],
        _ => outcomes,
    };
    let agree = || Verdict::Agree(counted.to_vec());
    let upserts = matches!(&request.verb, Verb::Insert { conflict: Some(conflict), .. } if conflict.update.is_some());
    let refused: Vec<Kind> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Refused(refusal) => Some(kind_of(request, *refusal)),
            _ => None,
        })
        .collect();
    let done = outcomes.iter().filter(|outcome| **outcome == Outcome::Allowed).count();
    // Triggers speak when all rows are written, everything else when its row is met.
    let first = refused.iter().find(|kind| **kind != Kind::Change).or(refused.first());
    match (answer, first) {
        (Answer::Error(state, message), expected) => match (kind(state, message), expected) {
            (Kind::Constraint, None) if done > 0 => Verdict::Open,
            (Kind::Constraint, Some(Kind::Change)) => Verdict::Open,
            (Kind::Constraint, Some(_)) if outcomes.len() > 1 => Verdict::Open,
            (found, Some(expected)) if found == *expected => agree(),
            // First values and admission of a row that then becomes an update.
            (Kind::Rule, Some(Kind::Change)) if upserts => agree(),
            (_, Some(expected)) => disagree(format!("refused: {expected:?}")),
            (_, None) => disagree(format!("{done} rows")),
        },
        (_, Some(expected)) => disagree(format!("refused: {expected:?}")),
        (Answer::Count(count), None) if *count == done => agree(),
        (Answer::Count(_), None) => disagree(format!("{done} rows")),
        (Answer::Keys(keys), None) => {
            let visible: BTreeSet<String> = rows
                .of(&request.name())
                .iter()
                .zip(outcomes)
                .filter(|(_, outcome)| **outcome == Outcome::Allowed)
                .map(|(row, _)| request.key_text(row))
                .collect();
            if *keys == visible { agree() } else { disagree(format!("rows {visible:?}")) }
        }
    }
}

/// Whether a statement changes several memberships at once: then the state before does not decide who is the last.
pub fn is_about_many_members(model: &Model, request: &Request, outcomes: &[Outcome]) -> bool {
    let name: QualifiedName = request.name();
    let reached = outcomes.iter().filter(|outcome| **outcome != Outcome::Invisible).count();
    reached > 1
        && request.verb != Verb::Select
        && model.groups.values().any(|group| group.granted_by.is_some() && group.table == name)
}

/// Whether a statement makes a row whose foreign key leads nowhere. Such a row cannot be: `via` by the tenant's key leaves it
/// to the foreign key to say so, and what it says besides is of no consequence.
pub fn leads_nowhere(keys: &Keys, rows: &Rows, request: &Request) -> bool {
    let Some(keys) = keys.get(&request.name()) else { return false };
    let made = request.decisions(rows).into_iter().flat_map(|decision| {
        let updated = decision.conflict.and_then(|conflict| conflict.update?.new);
        decision.new.into_iter().chain(updated)
    });
    made.into_iter().any(|row| {
        keys.iter().any(|key| {
            let own: Vec<&Value> = key.columns.iter().filter_map(|column| row.get(column)).collect();
            let is_parent = |parent: &Row| {
                key.references
                    .iter()
                    .all(|to| to.columns.iter().zip(&own).all(|(column, value)| parent.get(column) == Some(*value)))
            };
            let parents = key.references.iter().flat_map(|to| rows.of(&to.table));
            !own.contains(&&Value::Null) && !parents.into_iter().any(is_parent)
        })
    })
}
