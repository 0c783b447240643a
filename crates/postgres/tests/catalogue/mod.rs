//! `examples/catalogue`: every decision of its `decisions.toml` is what a real server answers to sessions with real leases, and
//! `docs/catalogue.md` shows the example's own lines and what they compile to.

mod page;

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::diagnostic::Severity;
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::prepare;
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::statement::{self, Outcome};
use pgseal_postgres::testing;
use serde::Deserialize;
use tokio_postgres::Client;

use crate::examples::{findings, input};

/// What the design calls the published models, in its order.
const MODELS: [&str; 27] = [
    "owner",
    "any owner",
    "app membership",
    "entity membership",
    "app member-owner",
    "member-owner",
    "related membership",
    "related member-owner",
    "peer",
    "related peer",
    "hierarchy",
    "temporal",
    "publishable",
    "member list",
    "related list",
    "file path",
    "not read-only",
    "system-only",
    "human-only",
    "database claim",
    "value allowed",
    "value exists",
    "value match",
    "column security",
    "composite",
    "allow",
    "deny",
];

/// The superuser, whom nothing binds: shows that a row is there which nobody reaches.
const OPERATOR: &str = "operator";

#[derive(Debug, Deserialize)]
struct Decisions {
    principals: BTreeMap<String, Principal>,
    #[serde(flatten)]
    models: BTreeMap<String, Vec<Decision>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Principal {
    role: Option<String>,
    agent: Option<String>,
    user: Option<String>,
    #[serde(default)]
    claims: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// What they send.
    statement: String,
    /// Principals, and how many rows it returns or changes.
    allowed: BTreeMap<String, u64>,
    /// Principals, and words of the refusal; `no row` where it passes over the rows.
    refused: BTreeMap<String, String>,
}

impl Principal {
    fn lease(&self) -> Lease {
        let lease = match (&self.agent, &self.role) {
            (Some(agent), None) => Lease::new(&format!("agent_{agent}"), Some(agent))
                .acting_for(self.user.as_deref().unwrap(), "role_member"),
            (None, Some(role)) => Lease::new(&format!("role_{role}"), self.user.as_deref()),
            _ => panic!("a principal has a role or is an agent: {self:?}"),
        };
        let claims = self.claims.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        Lease { claims, ..lease }
    }
}

fn example(file: &str) -> String {
    std::fs::read_to_string(xtask::tree::root().join("examples/catalogue").join(file)).unwrap()
}

fn decisions() -> Decisions {
    toml::from_str(&example("decisions.toml")).unwrap()
}

/// Each model is asked to read, to write, and to refuse; whoever is refused stands beside somebody who is not.
#[test]
fn every_model_is_tried_from_both_sides() {
    let decisions = decisions();
    let named: BTreeSet<&str> = decisions.models.keys().map(String::as_str).collect();
    assert_eq!(named, BTreeSet::from(MODELS));
    for (model, tried) in &decisions.models {
        let begins = |word: &str| tried.iter().any(|decision| decision.statement.starts_with(word));
        assert!(begins("select"), "{model}: nothing is read");
        assert!(["insert", "update", "delete"].iter().any(|word| begins(word)), "{model}: nothing is written");
        assert!(tried.iter().any(|decision| !decision.refused.is_empty()), "{model}: nothing is refused");
        for Decision { statement, allowed, .. } in tried {
            assert!(allowed.values().any(|rows| *rows > 0), "{model}: nobody shows that there is a row: {statement}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_of_the_catalogue_holds() {
    let mut wrong = Vec::new();
    for server in testing::servers().await.unwrap() {
        wrong.extend(wrong_on(server, &decisions()).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The decisions that are others than declared.
async fn wrong_on(server: &'static Server, decisions: &Decisions) -> Vec<String> {
    let prefix = "catalogue";
    let input = input("catalogue", prefix);
    let project = prepare(&input, server).await.unwrap();
    let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
    // Both are meant; the comments in access.toml say why.
    let warned: Vec<&str> = project.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(warned, ["tenant-key", "row-may-vanish"], "{:#?}", findings(&input, &project));
    assert!(project.diagnostics.iter().all(|finding| finding.severity == Severity::Warning));

    let scratch = Scratch::new(server).await.unwrap();
    scratch.run(&compiled.script).await.unwrap();
    let seed = format!(
        "set session_replication_role = replica; {}; reset session_replication_role",
        example("rows.sql").trim_end().trim_end_matches(';')
    );
    scratch.client().batch_execute(&seed).await.unwrap();
    let operator = scratch.client();
    let mut sessions: BTreeMap<&str, Client> = BTreeMap::new();
    for (name, principal) in &decisions.principals {
        let url = server.url(scratch.name());
        let login = issue(operator, prefix, &url, &principal.lease()).await.unwrap();
        let mut config = server.config(scratch.name(), &login.role);
        config.password(&login.password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        sessions.insert(name, client);
    }

    let mut wrong = Vec::new();
    for (model, decision) in decisions.models.iter().flat_map(|(model, tried)| tried.iter().map(move |it| (model, it)))
    {
        let sql = with_ids(&decision.statement, &decisions.principals);
        let expected = decision.allowed.iter().map(|(who, rows)| (who, Ok(*rows)));
        for (who, expected) in expected.chain(decision.refused.iter().map(|(who, words)| (who, Err(words)))) {
            let session = match who.as_str() {
                OPERATOR => operator,
                name => sessions.get(name).unwrap_or_else(|| panic!("there is no principal `{name}`")),
            };
            let outcome = attempt(session, &sql).await;
            let right = match (&expected, &outcome) {
                (Ok(rows), Outcome::Changed(changed)) => changed == rows,
                (Ok(expected), Outcome::Rows { rows, .. }) => rows.len() as u64 == *expected,
                (Err(words), Outcome::Refused(error)) => error.message.contains(words.as_str()),
                (Err(words), Outcome::Changed(0)) => *words == "no row",
                (Err(words), Outcome::Rows { rows, .. }) => *words == "no row" && rows.is_empty(),
                _ => false,
            };
            if !right {
                let major = server.major();
                wrong.push(format!("{major}: {model}: {who}: expected {expected:?}: {outcome:?}: {sql}"));
            }
        }
    }
    wrong
}

/// `{ann}` stands for Ann's id.
fn with_ids(sql: &str, principals: &BTreeMap<String, Principal>) -> String {
    let users = principals.iter().filter_map(|(name, principal)| Some((name, principal.user.as_ref()?)));
    users.fold(sql.to_owned(), |sql, (name, user)| sql.replace(&format!("{{{name}}}"), user))
}

/// Runs it and undoes it.
async fn attempt(session: &Client, sql: &str) -> Outcome {
    session.batch_execute("begin").await.unwrap();
    let outcome = statement::run(session, sql).await;
    session.batch_execute("rollback").await.unwrap();
    outcome
}
