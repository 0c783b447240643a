//! Attempts to break what is compiled: small projects with awkward features, sealed on every server, attacked with raw SQL by
//! sessions with real leases. Beside each refusal stands what the same statement may do for somebody who may.

mod adopted;
mod aliases;
mod cascades;
mod dodged;
mod generated;
mod granted;
mod groups;
mod held;
mod names;
mod parts;
mod printed;
mod public_schema;
mod reach;
mod refused;
mod replaced;
mod rules;
mod sessions;
mod statements;
mod touched;
mod under_way;
mod wider;

use std::future::poll_fn;
use std::sync::{Arc, Mutex};

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::DatabaseError;
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use tokio_postgres::{AsyncMessage, Client, SimpleQueryMessage};

use crate::examples::findings;

/// Ann and Bob, by their ids.
pub const ANN: &str = "00000000-0000-0000-0000-00000000000a";
pub const BOB: &str = "00000000-0000-0000-0000-00000000000b";

/// A sealed project on a database of its own.
pub struct Sealed<'a> {
    pub server: &'a Server,
    pub scratch: Scratch,
    pub prefix: &'a str,
}

impl<'a> Sealed<'a> {
    /// Seals a schema and fills it, past all rules and triggers.
    pub async fn new(server: &'a Server, prefix: &'a str, schema: &str, access: &str, seed: &str) -> Self {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", access)];
        let schema = vec![sources.add("schema.sql", schema)];
        let (mut settings, _) = settings::parse(&sources, None, "attacked");
        settings.role_prefix = prefix.to_owned();
        Self::from_input(server, prefix, &Input { sources, settings, access, schema }, seed).await
    }

    /// Seals what `check` refuses, by each of these codes: the twin on which an attack is real.
    pub async fn despite(server: &'a Server, prefix: &'a str, schema: &str, access: &str, codes: &[&str]) -> Self {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", access)];
        let schema = vec![sources.add("schema.sql", schema)];
        let (mut settings, _) = settings::parse(&sources, None, "attacked");
        settings.role_prefix = prefix.to_owned();
        let input = Input { sources, settings, access, schema };
        let project = prepare(&input, server).await.unwrap();
        assert!(project.compiled.is_none(), "{:#?}", findings(&input, &project));
        for code in codes {
            assert!(project.diagnostics.iter().any(|found| found.code == *code), "{:#?}", findings(&input, &project));
        }
        let scratch = Scratch::new(server).await.unwrap();
        let empty = scratch.introspect(prefix).await.unwrap();
        let (model, _) = pgseal_engine::understand(&project.ast, &project.schema, &input.settings);
        let sealed = pgseal_engine::seal(&model, &project.schema, &empty);
        scratch.run(&sealed.script).await.unwrap();
        Self { server, scratch, prefix }
    }

    /// The same for a project of files.
    pub async fn from_input(server: &'a Server, prefix: &'a str, input: &Input, seed: &str) -> Self {
        let project = prepare(input, server).await.unwrap();
        let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(input, &project)));
        let scratch = Scratch::new(server).await.unwrap();
        scratch.run(&compiled.script).await.unwrap();
        let seed = format!("set session_replication_role = replica; {seed}; reset session_replication_role");
        scratch.client().batch_execute(&seed).await.unwrap();
        Self { server, scratch, prefix }
    }

    /// A session of somebody signed in.
    pub async fn member(&self, id: &str) -> Session {
        self.session(Lease::new("role_member", Some(id))).await
    }

    /// A session with a lease.
    pub async fn session(&self, lease: Lease) -> Session {
        self.overheard(lease).await.0
    }

    /// The same, and what the server says to it beside answers, as it comes.
    pub async fn overheard(&self, lease: Lease) -> (Session, Said) {
        let url = self.server.url(self.scratch.name());
        let login = issue(self.scratch.client(), self.prefix, &url, &lease).await.unwrap();
        let mut config = self.server.config(self.scratch.name(), &login.role);
        config.password(&login.password);
        let (client, mut connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        let said = Said::default();
        let hears = Said::clone(&said);
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message {
                    let detail = notice.detail().unwrap_or_default();
                    hears.lock().unwrap().push(format!("{}\n{detail}", notice.message()));
                }
            }
        });
        (Session { login: login.role, client }, said)
    }

    /// Runs SQL as the operator, past the guard.
    pub async fn tamper(&self, sql: &str) {
        self.operate(&format!("set seal.applying = on; {sql}; reset seal.applying")).await;
    }

    /// Runs SQL as the operator.
    pub async fn operate(&self, sql: &str) {
        self.scratch.client().batch_execute(sql).await.unwrap();
    }
}

/// Notices of a session.
pub type Said = Arc<Mutex<Vec<String>>>;

/// A session of somebody.
pub struct Session {
    pub login: String,
    pub client: Client,
}

impl Session {
    /// Runs statements; the rows that they returned or touched together.
    pub async fn run(&self, sql: &str) -> Result<u64, DatabaseError> {
        let count = |messages: Vec<SimpleQueryMessage>| {
            messages
                .iter()
                .filter_map(|m| if let SimpleQueryMessage::CommandComplete(n) = m { Some(*n) } else { None })
                .sum()
        };
        self.client.simple_query(sql).await.map(count).map_err(DatabaseError::from)
    }

    /// Runs statements and undoes them.
    pub async fn attempt(&self, sql: &str) -> Result<u64, DatabaseError> {
        self.run("begin").await.unwrap();
        let answer = self.run(sql).await;
        self.run("rollback").await.unwrap();
        answer
    }

    /// They touch exactly that many rows.
    pub async fn rows(&self, expected: u64, sql: &str) {
        match self.attempt(sql).await {
            Ok(rows) => assert_eq!(rows, expected, "{sql}"),
            Err(error) => panic!("{sql}: {error:?}"),
        }
    }

    /// One of them is refused, with words of the message.
    pub async fn refused(&self, message: &str, sql: &str) {
        match self.attempt(sql).await {
            Ok(rows) => panic!("{sql}: {rows} rows"),
            Err(error) => {
                assert!(error.is("42501") && error.message.contains(message), "{sql}: {error:?}");
            }
        }
    }

    /// One of them is refused by a foreign key, or by what holds beside it, with words of the message.
    pub async fn held(&self, message: &str, sql: &str) {
        match self.attempt(sql).await {
            Ok(rows) => panic!("{sql}: {rows} rows"),
            Err(error) => {
                assert!(error.is("23503") && error.message.contains(message), "{sql}: {error:?}");
            }
        }
    }

    /// The first value of the first row.
    pub async fn value(&self, sql: &str) -> Option<String> {
        let messages = self.client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    }
}
