//! One seed's project on one server: every principal's requests, decided twice.

use std::collections::BTreeMap;

use pgseal_engine::evaluate::{Outcome, Principal, Rows};
use pgseal_postgres::embedded::Server;

use super::compare::{self, Verdict};
use super::database::{Database, Session, Texts};
use super::dice::Dice;
use super::request::Request;
use super::session::Answer;
use super::{ask, content, generate, session};

/// Changes asked about each table by each principal.
const CHANGES: usize = 14;
/// How many decisions of each kind there were.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// One for each row that a statement was about; a missing privilege is one.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Statements that a constraint of the schema ended before anything could be compared; not among the decisions.
    pub open: usize,
    pub projects: usize,
}

impl Tally {
    pub fn decisions(&self) -> usize {
        self.outcomes.values().sum()
    }

    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Agree(outcomes) => {
                for outcome in outcomes {
                    *self.outcomes.entry(*outcome).or_default() += 1;
                }
            }
            Verdict::Open => self.open += 1,
            Verdict::Disagree { .. } => {}
        }
    }

    pub fn add(&mut self, other: &Self) {
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
        self.open += other.open;
        self.projects += other.projects;
    }
}

/// A statement about which the two do not agree.
#[derive(Debug, Clone)]
pub struct Disagreement {
    pub rows: Rows,
    pub principal: Principal,
    pub request: Request,
    pub expected: String,
    pub answer: Answer,
}

/// All requests of one session, decided by both. Requests about no row at all are left out.
pub async fn compare_session(
    database: &Database<'_>,
    rows: &Rows,
    session: &Session,
    requests: &[Request],
) -> Vec<(Request, Verdict)> {
    let (model, types) = (&database.model, &database.types);
    let expected = compare::expected(model, types, rows, session, requests, &database.control).await;
    let nothing = BTreeMap::new();
    let statements: Vec<String> =
        requests.iter().map(|request| request.sql(types.get(&request.name()).unwrap_or(&nothing))).collect();
    let answers = session::run(&session.client, &statements).await;
    let mut verdicts = Vec::new();
    for ((request, outcomes), answer) in requests.iter().zip(expected).zip(answers) {
        if !outcomes.is_empty() && !compare::is_about_many_members(model, request, &outcomes) {
            let impossible =
                compare::leads_nowhere(&database.keys, rows, request) && matches!(answer, Answer::Error(..));
            let verdict = if impossible { Verdict::Open } else { compare::judge(request, rows, &outcomes, &answer) };
            verdicts.push((request.clone(), verdict));
        }
    }
    verdicts
}

/// A sealed database of a seed's project, with sessions in it.
pub struct Stage<'a> {
    pub project: super::project::Project,
    pub database: Database<'a>,
    pub sessions: Vec<Session>,
    dice: Dice,
}

impl<'a> Stage<'a> {
    pub async fn set(server: &'a Server, seed: u64, prefix: &str) -> Self {
        let project = generate::project(seed);
        let texts = Texts::of(&project);
        let database = Database::new(server, &texts, prefix).await.unwrap_or_else(|findings| {
            panic!("seed {seed} makes no project: {findings}\n{}\n{}", texts.schema, texts.access)
        });
        let mut dice = Dice::new(seed ^ 0x5eed);
        let mut sessions = Vec::new();
        for principal in content::principals(&project, &mut dice) {
            sessions.push(database.session(&principal).await);
        }
        Self { project, database, sessions, dice }
    }

    /// Fills the tables anew and has everybody ask.
    pub async fn fill_and_ask(&mut self, tally: &mut Tally) -> Vec<Disagreement> {
        let rows = content::rows(&self.project, &mut self.dice);
        self.database.load(&rows).await;
        let mut found = Vec::new();
        for session in &self.sessions {
            let requests = ask::requests(&self.project, &mut self.dice, &rows, CHANGES);
            for (request, verdict) in compare_session(&self.database, &rows, session, &requests).await {
                tally.count(&verdict);
                if let Verdict::Disagree { expected, answer } = verdict {
                    let (rows, principal) = (rows.clone(), session.principal.clone());
                    found.push(Disagreement { rows, principal, request, expected, answer });
                }
            }
        }
        found
    }

    pub async fn strike(self) {
        drop(self.sessions);
        self.database.drop().await;
    }
}

/// One seed's project, with one set of rows.
pub async fn run_seed(server: &Server, seed: u64) -> (Tally, Vec<Disagreement>) {
    let mut tally = Tally { projects: 1, ..Tally::default() };
    let mut stage = Stage::set(server, seed, &format!("d{seed}")).await;
    let found = stage.fill_and_ask(&mut tally).await;
    stage.strike().await;
    (tally, found)
}
