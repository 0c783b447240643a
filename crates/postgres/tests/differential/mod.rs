//! The differential test: what Postgres decides after `compile` and `apply`, and what `evaluate` decides, must be the same.
//!
//! A seed makes a project; the real pipeline seals a database with it; rows are loaded, principals get leases and sessions,
//! and every statement runs in a savepoint that is rolled back. `PGSEAL_DIFFERENTIAL` is the number of decisions, all
//! servers together, `PGSEAL_SEED` the first seed. A disagreement is made small and written to tests/cases/differential.

mod ask;
mod atoms;
mod case;
mod compare;
mod content;
mod database;
mod dice;
mod generate;
mod project;
mod request;
mod run;
mod session;
mod shrink;
mod weaken;

use std::io::Write;

use pgseal_engine::evaluate::{Outcome, Refusal};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::testing;

use compare::Verdict;
use run::{Disagreement, Tally, run_seed};

/// Decisions of a default run, all servers together.
const DECISIONS: usize = 110_000;
/// Projects at a time.
const AT_A_TIME: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_decided_alike() {
    for server in testing::servers().await.unwrap() {
        for (name, texts, case) in case::all() {
            let verdict = case.verdict(server, &texts, &format!("c_{name}")).await;
            assert!(matches!(verdict, Ok(Some(Verdict::Agree(_)))), "{name} on {}: {verdict:#?}", server.major());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_decides_as_evaluate_decides() {
    let servers = testing::servers().await.unwrap();
    let share = variable("PGSEAL_DIFFERENTIAL", DECISIONS).div_ceil(servers.len());
    let first: u64 = variable("PGSEAL_SEED", 1);
    for (index, server) in (0..).zip(servers) {
        // Other projects on each server: together they see more.
        let tally = decide(server, first + index * 1_000_000, share).await;
        say(&format!(
            "Postgres {}: {} decisions in {} projects: {tally:?}",
            server.major(),
            tally.decisions(),
            tally.projects
        ));
        for outcome in [
            Outcome::Allowed,
            Outcome::Invisible,
            Outcome::Refused(Refusal::Privilege),
            Outcome::Refused(Refusal::Nobody),
            Outcome::Refused(Refusal::Rule),
            Outcome::Refused(Refusal::Column),
            Outcome::Refused(Refusal::Admission),
        ] {
            assert!(tally.outcomes.contains_key(&outcome), "{outcome:?} never occurs");
        }
    }
}

/// Project after project, until there were so many decisions.
async fn decide(server: &'static Server, mut seed: u64, share: usize) -> Tally {
    let mut tally = Tally::default();
    while tally.decisions() < share {
        let running: Vec<_> = (seed..seed + AT_A_TIME).map(|seed| tokio::spawn(run_seed(server, seed))).collect();
        for (seed, running) in (seed..).zip(running) {
            let (counted, found) = running.await.unwrap();
            tally.add(&counted);
            if let Some(first) = found.into_iter().next() {
                report(server, seed, first).await;
            }
        }
        seed += AT_A_TIME;
    }
    tally
}

/// Makes a disagreement small, writes it down, and fails.
async fn report(server: &Server, seed: u64, found: Disagreement) {
    let (texts, case) = shrink::shrink(server, &format!("m{seed}"), generate::project(seed), found).await;
    let folder = case::write(&texts, &case);
    panic!(
        "seed {seed} on Postgres {}: {}\nwritten to {}\n{}\n{}\n{case:#?}",
        server.major(),
        case.about,
        folder.display(),
        texts.schema,
        texts.access
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_weakened_is_noticed() {
    let server = *testing::servers().await.unwrap().last().unwrap();
    let counts = weaken::noticed(server, 1..10).await;
    say(&format!("weakened and noticed: {counts:?}"));
    // What is opened where another rule lets the same through anyway makes no difference, and cannot be noticed.
    for (weakness, count) in &counts {
        assert!(count.noticed > 0, "{weakness:?}: {count:?}");
    }
    let tried: usize = counts.values().map(|count| count.tried).sum();
    let noticed: usize = counts.values().map(|count| count.noticed).sum();
    assert!(noticed * 2 > tried, "noticed {noticed} of {tried}");
}

/// Past the capture of test output: what was compared is part of every run's answer.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

fn variable<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
