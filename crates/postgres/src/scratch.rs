//! A database to try things in: schema files load into it, scripts run in it, and what it then holds is read back.
//!
//! Comes in: statements. Goes out: an order in which they load, or why some do not. It is thrown away afterwards.

use std::sync::atomic::{AtomicU32, Ordering};

use pgseal_engine::catalog::{Catalog, Statement};
use pgseal_engine::sql::{ident, parse_name};
use tokio_postgres::Client;

use crate::DatabaseError;
use crate::connect::{ConnectError, Target};
use crate::embedded::{DEPLOYER, EmbeddedError, SUPERUSER, Server};
use crate::introspect::{IntrospectError, introspect, introspect_policies};
use crate::pipeline;

/// Why a scratch database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The embedded server refused.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The server of `scratch_url` cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The database failed outside of what was tried in it.
    #[error("the scratch database failed: {0}")]
    Database(#[from] DatabaseError),
    /// Its catalog cannot be read.
    #[error(transparent)]
    Introspect(#[from] IntrospectError),
    /// An entry of `external` in pgseal.toml.
    #[error(
        "`external = [\"{entry}\"]` in pgseal.toml does not create a table ({reason}): write it as `auth.users(id uuid)`"
    )]
    External {
        /// As written.
        entry: String,
        /// Why not.
        reason: String,
    },
}

impl From<tokio_postgres::Error> for ScratchError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A statement of the schema files that does not load, whatever comes before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFailure {
    /// Which of the statements handed in.
    pub index: usize,
    /// Postgres' answer; its position is one in that statement.
    pub error: DatabaseError,
}

/// A statement of a script that failed; those before it are undone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{statement}`: {error}")]
pub struct RunFailure {
    /// Which of the statements handed in.
    pub index: usize,
    /// The statement.
    pub statement: String,
    /// Postgres' answer.
    pub error: Box<DatabaseError>,
}

/// Where the scratch database is.
#[derive(Debug)]
enum Home {
    /// A socket of the embedded server.
    Embedded(Box<tokio_postgres::Config>),
    /// The server of `scratch_url`.
    Given(Box<Target>),
}

impl Home {
    /// As whoever may create databases.
    async fn connect(&self, database: Option<&str>) -> Result<Client, ScratchError> {
        self.connect_as(database, SUPERUSER).await
    }

    /// As a role of the embedded server; on a given server there is only the one of its URL.
    async fn connect_as(&self, database: Option<&str>, user: &str) -> Result<Client, ScratchError> {
        match self {
            Self::Embedded(config) => {
                let mut config = config.as_ref().clone();
                config.user(user);
                config.dbname(database.unwrap_or("postgres"));
                let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
                tokio::spawn(async move { drop(connection.await) });
                Ok(client)
            }
            Self::Given(target) => Ok(match database {
                Some(name) => target.as_ref().clone().with_database(name).connect().await?,
                None => target.connect().await?,
            }),
        }
    }
}

/// A database of its own. Call [`Scratch::close`] when done; on the embedded server a forgotten one is gone at the next start.
#[derive(Debug)]
pub struct Scratch {
    client: Client,
    deployer: Client,
    name: String,
    home: Home,
}

impl Scratch {
    /// A fresh database on the embedded server.
    pub async fn new(server: &Server) -> Result<Self, ScratchError> {
        Self::create(Home::Embedded(Box::new(server.config("postgres", SUPERUSER))), None).await
    }

    /// A copy of a database of the embedded server that nobody is connected to.
    pub async fn from_template(server: &Server, template: &str) -> Result<Self, ScratchError> {
        Self::create(Home::Embedded(Box::new(server.config("postgres", SUPERUSER))), Some(template)).await
    }

    /// A fresh database on the server of `scratch_url`, whose user must be allowed to create it.
    pub async fn at(url: &str) -> Result<Self, ScratchError> {
        Self::create(Home::Given(Box::new(Target::parse(url)?)), None).await
    }

    async fn create(home: Home, template: Option<&str>) -> Result<Self, ScratchError> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        // Unique on any server: nobody else is this process, nor has its number.
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("pgseal_scratch_{}_{number}", std::process::id());
        let administrator = home.connect(None).await?;
        let template = ident(template.unwrap_or("template1"));
        let owner = match home {
            Home::Embedded(_) => format!(" owner {}", ident(DEPLOYER)),
            Home::Given(_) => String::new(),
        };
        let create = format!("create database {} template {template}{owner}", ident(&name));
        administrator.batch_execute(&create).await?;
        let client = home.connect(Some(&name)).await?;
        let deployer = home.connect_as(Some(&name), DEPLOYER).await?;
        Ok(Self { client, deployer, name, home })
    }

    /// The connection, as whoever created the database.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The connection, for transactions.
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Creates the tables of a platform that schema files refer to: `auth.users(id uuid)`.
    pub async fn create_external(&self, entries: &[String]) -> Result<(), ScratchError> {
        for entry in entries {
            let wrong = |reason: String| ScratchError::External { entry: entry.clone(), reason };
            let name = entry.split('(').next().unwrap_or_default().trim();
            let parts = parse_name(name).ok_or_else(|| wrong("no table's name comes first".to_owned()))?;
            if let [schema, _] = parts.as_slice() {
                let create = format!("create schema if not exists {}", ident(schema));
                self.deployer
                    .batch_execute(&create)
                    .await
                    .map_err(|error| wrong(DatabaseError::from(error).message))?;
            }
            // Prepared statements hold one statement: nothing can follow in the same entry.
            let create = format!("create table {entry}");
            self.deployer.execute(&create, &[]).await.map_err(|error| wrong(DatabaseError::from(error).message))?;
        }
        Ok(())
    }

    /// Loads statements that may stand in any order, in one transaction as `apply` will. Goes through them in the order given,
    /// again and again until a round brings nothing new. Returns the order in which they loaded; if some did not, why.
    ///
    /// A savepoint for each statement would cost more than most statements do: as many as go well share one, and what shared one
    /// with a statement that fails is tried again up to that one.
    pub async fn load<'a>(
        &self,
        statements: impl IntoIterator<Item = &'a Statement>,
    ) -> Result<Result<Vec<Statement>, Vec<LoadFailure>>, ScratchError> {
        /// How many share a savepoint at most; sent without waiting for each.
        const MOST: usize = 64;
        let mut pending: Vec<(usize, &Statement)> = statements.into_iter().enumerate().collect();
        let mut loaded = Vec::with_capacity(pending.len());
        self.deployer.batch_execute("begin").await?;
        let failures = loop {
            let mut failures = Vec::new();
            let mut still_pending = Vec::new();
            let before = loaded.len();
            let (mut left, mut size) = (pending.as_slice(), MOST);
            while let [first, rest @ ..] = left {
                let (tried, later) = left.split_at_checked(size).unwrap_or((left, &[]));
                match self.attempt(tried).await? {
                    Ok(()) => {
                        loaded.extend(tried.iter().map(|(_, statement)| (*statement).clone()));
                        (left, size) = (later, (size * 2).min(MOST));
                    }
                    Err((0, error)) => {
                        failures.push(LoadFailure { index: first.0, error });
                        still_pending.push(*first);
                        (left, size) = (rest, 1);
                    }
                    Err((good, _)) => size = good,
                }
            }
            if still_pending.is_empty() || loaded.len() == before {
                break failures;
            }
            pending = still_pending;
        };
        self.deployer.batch_execute("commit").await?;
        Ok(if failures.is_empty() { Ok(loaded) } else { Err(failures) })
    }

    /// Statements within a savepoint: all of them, or none and which one failed.
    async fn attempt(
        &self,
        statements: &[(usize, &Statement)],
    ) -> Result<Result<(), (usize, DatabaseError)>, ScratchError> {
        let texts: Vec<&str> = std::iter::once("savepoint pgseal_load")
            .chain(statements.iter().map(|(_, statement)| statement.sql.as_str()))
            .chain(["release savepoint pgseal_load"])
            .collect();
        let Err((index, error)) = pipeline::run(&self.deployer, &texts).await else { return Ok(Ok(())) };
        self.deployer.batch_execute("rollback to savepoint pgseal_load; release savepoint pgseal_load").await?;
        let failed = index.saturating_sub(1).min(statements.len().saturating_sub(1));
        Ok(Err((failed, error.into())))
    }

    /// Runs a rendered script, one statement each, in one transaction, as the role that owns the database.
    pub async fn run(&self, script: &[String]) -> Result<(), RunFailure> {
        run(&self.deployer, script).await
    }

    /// The same as whoever created the database: for statements of pgseal's own that evaluate nothing of the user's.
    pub async fn run_as_superuser(&self, script: &[String]) -> Result<(), RunFailure> {
        run(&self.client, script).await
    }

    /// Whether Postgres accepts a statement. It runs, for 5 s at most, and is undone.
    pub async fn probe(&self, sql: &str) -> Result<(), DatabaseError> {
        self.probe_all(&[sql]).await?.pop().unwrap_or(Ok(()))
    }

    /// The same for many; the answers in the same order.
    pub async fn probe_all(&self, probes: &[&str]) -> Result<Vec<Result<(), DatabaseError>>, DatabaseError> {
        let statements: Vec<&str> =
            probes.iter().flat_map(|sql| ["begin; set local statement_timeout = '5s'", *sql, "rollback"]).collect();
        let mut answers = pipeline::answers(&self.deployer, &statements).await.into_iter();
        let mut results = Vec::with_capacity(probes.len());
        while let (Some(begun), Some(answer), Some(undone)) = (answers.next(), answers.next(), answers.next()) {
            begun?;
            undone?;
            results.push(answer.map_err(DatabaseError::from));
        }
        Ok(results)
    }

    /// What the database now holds.
    pub async fn introspect(&self, prefix: &str) -> Result<Catalog, ScratchError> {
        let mut catalog = introspect(&self.client, prefix).await?;
        // From 16 on, whoever creates a role holds it with ADMIN OPTION. That is the scratch server's business.
        catalog.memberships.retain(|(_, member), _| member != DEPLOYER);
        Ok(catalog)
    }

    /// Reads the policies of a catalog's tables again.
    pub async fn introspect_policies(&self, catalog: &mut Catalog) -> Result<(), ScratchError> {
        Ok(introspect_policies(&self.client, catalog).await?)
    }

    /// Drops the database, and with it what the roles of this prefix own; then these roles, if one is given.
    pub async fn close(self, prefix: Option<&str>) -> Result<(), ScratchError> {
        let Self { client, deployer, name, home } = self;
        drop((client, deployer));
        let administrator = home.connect(None).await?;
        administrator.batch_execute(&format!("drop database {} with (force)", ident(&name))).await?;
        if let Some(prefix) = prefix {
            let query = "select rolname::text from pg_roles where starts_with(rolname, $1) order by 1";
            let roles =
                administrator.query_typed(query, &[(&format!("{prefix}_"), tokio_postgres::types::Type::TEXT)]).await?;
            for row in roles {
                administrator.batch_execute(&format!("drop role {}", ident(row.get(0)))).await?;
            }
        }
        Ok(())
    }
}

async fn run(client: &Client, script: &[String]) -> Result<(), RunFailure> {
    let statements: Vec<&str> =
        std::iter::once("begin").chain(script.iter().map(String::as_str)).chain(["commit"]).collect();
    let Err((index, error)) = pipeline::run(client, &statements).await else { return Ok(()) };
    // If this fails too, the connection is gone, and the transaction with it.
    drop(client.batch_execute("rollback").await);
    let statement = statements.get(index).map_or_else(String::new, |sql| (*sql).to_owned());
    Err(RunFailure { index: index.saturating_sub(1), statement, error: Box::new(error.into()) })
}
