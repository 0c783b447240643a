//! A private Postgres, started on demand on a Unix socket that nobody else can reach, and gone when this process is.
//!
//! Comes in: an installed Postgres 15 to 18. Goes out: a [`Server`] with an empty superuser database to connect to. It never
//! listens on TCP, never touches a server that somebody else runs, and never outlives its parent, however that ends.

mod account;
mod binaries;
mod cache;
mod process;
mod slot;

use std::path::{Path, PathBuf};
use std::time::Duration;

use pgseal_engine::sql::{ident, literal};
use tokio_postgres::{Client, Config, NoTls};

pub use binaries::{Binaries, SUPPORTED, found};
pub use cache::folder as cache_folder;

use crate::DatabaseError;
use account::Account;
use process::Process;
use slot::Slot;

/// The server's superuser, who may log in over the private socket only.
pub const SUPERUSER: &str = "pgseal";

/// The role that runs a user's statements in scratch databases. No superuser: Postgres evaluates parts of some statements right
/// away (a partition's bound, a constant call), and whoever checks a project need not trust it with the server's files.
pub const DEPLOYER: &str = "pgseal scratch";

/// Leftover databases beyond this number are dropped with the whole cluster, which is quicker.
const SWEPT_ONE_BY_ONE: usize = 20;

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct StartOptions {
    /// This major version only; the newest that is installed if none.
    pub major: Option<u32>,
    /// Where the data of servers is kept between runs; [`cache_folder`] if none.
    pub cache: Option<PathBuf>,
    /// Settings besides those of every embedded server, which they replace: `wal_level=logical`.
    pub settings: Vec<String>,
}

impl StartOptions {
    /// A server of this major version.
    pub fn major(major: u32) -> Self {
        Self { major: Some(major), ..Self::default() }
    }
}

/// Why there is no embedded server.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// None is installed where we look.
    #[error(
        "no Postgres 15 to 18 found: install one (`apt-get install postgresql`, `brew install postgresql@18`), run `scripts/fetch-postgres 18`, or set PGSEAL_PG_BIN to the folder of its `postgres` and `initdb`"
    )]
    NotFound,
    /// Others are installed, that one is not.
    #[error(
        "no Postgres {wanted} found, only {found}: run `scripts/fetch-postgres {wanted}`, or set PGSEAL_PG_BIN to the folder of its `postgres` and `initdb`"
    )]
    MajorNotFound {
        /// The major version that was asked for.
        wanted: u32,
        /// Those that are there.
        found: String,
    },
    /// That one we do not know.
    #[error("pgseal does not support Postgres {wanted}: ask for 15 to 18")]
    Unsupported {
        /// The major version that was asked for.
        wanted: u32,
    },
    /// PGSEAL_PG_BIN does not lead to a server.
    #[error(
        "PGSEAL_PG_BIN is `{folder}`, which holds no Postgres 15 to 18: set it to the folder of `postgres` and `initdb`"
    )]
    NoServerInFolder {
        /// What it was set to.
        folder: PathBuf,
    },
    /// The cache folder cannot be used.
    #[error(
        "`{folder}` cannot hold the embedded Postgres ({reason}): set PGSEAL_CACHE to a folder that {account} can reach and pgseal can write"
    )]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        reason: String,
        /// Whose server it is.
        account: String,
    },
    /// We are root, and there is nobody to run it as.
    #[error(
        "Postgres does not run as root and there is neither a user `postgres` nor `nobody` to run it as: run pgseal as an ordinary user"
    )]
    NoAccount,
    /// `initdb` or the server failed.
    #[error("Postgres {major} did not start from `{bin}`: {reason}{log}")]
    DidNotStart {
        /// Its major version.
        major: u32,
        /// Where its programs are.
        bin: PathBuf,
        /// In one line.
        reason: String,
        /// The end of its log, indented, on lines of its own.
        log: String,
    },
    /// It runs but refuses something that we need.
    #[error("the embedded Postgres refused `{doing}`: {error}")]
    Refused {
        /// What we were doing.
        doing: String,
        /// Its answer.
        error: Box<DatabaseError>,
    },
}

/// A running Postgres of our own. It stops when this value is dropped, or when the process ends in whatever way.
#[derive(Debug)]
pub struct Server {
    major: u32,
    version: String,
    socket: PathBuf,
    process: Process,
}

impl Server {
    /// Starts one: about 0.1 s, and 0.5 s more the first time. Anything that an earlier run left in it is gone.
    pub async fn start(options: StartOptions) -> Result<Self, EmbeddedError> {
        let account = Account::for_server()?;
        let (cache, binaries_cache) = match (options.cache, cache::folder()) {
            (Some(folder), usual) => (folder.clone(), usual.unwrap_or(folder)),
            (None, usual) => (usual?, cache::folder()?),
        };
        let binaries = binaries::choose(options.major, &binaries_cache)?;
        let slot = Slot::take(&cache, binaries.major, &account)?;
        match Self::start_in(&slot, &binaries, &account, &options.settings).await {
            Ok(server) => Ok(server),
            // What an earlier run, or another build of the same major, left may be unusable. It holds nothing of value.
            Err(_) if slot.is_reused() => {
                slot.clear()?;
                Self::start_in(&slot, &binaries, &account, &options.settings).await
            }
            Err(error) => Err(error),
        }
    }

    async fn start_in(
        slot: &Slot,
        binaries: &Binaries,
        account: &Account,
        settings: &[String],
    ) -> Result<Self, EmbeddedError> {
        slot.stop_leftover(binaries, account)?;
        slot.initialize(binaries, account)?;
        let process = process::start(slot, binaries, account, settings)?;
        let mut server =
            Self { major: binaries.major, version: binaries.version.clone(), socket: slot.socket.clone(), process };
        server.wait_until_ready(slot, binaries).await?;
        if slot.is_reused() {
            server.sweep().await?;
        }
        // No user's project has a role of this name: there is a space in it.
        server.administer(&format!("create role {} login createrole", ident(DEPLOYER))).await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self, slot: &Slot, binaries: &Binaries) -> Result<(), EmbeddedError> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let begun = std::time::Instant::now();
        loop {
            let error = match self.connect("postgres", SUPERUSER).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            let reason = if self.process.has_ended() {
                "it ended at once".to_owned()
            } else if begun.elapsed() > PATIENCE {
                format!("no answer within {} s ({error})", PATIENCE.as_secs())
            } else {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            let (major, bin) = (binaries.major, binaries.folder.clone());
            return Err(EmbeddedError::DidNotStart { major, bin, reason, log: slot.log_tail() });
        }
    }

    /// Drops the databases and roles that an earlier run left behind.
    async fn sweep(&self) -> Result<(), EmbeddedError> {
        let client = self.superuser().await?;
        let refused = |doing: &str| {
            let doing = doing.to_owned();
            move |error: tokio_postgres::Error| EmbeddedError::Refused { doing, error: Box::new(error.into()) }
        };
        let left = "select datname::text from pg_database where datname not in ('template0', 'template1', 'postgres')";
        let databases = client.query_typed(left, &[]).await.map_err(refused(left))?;
        if databases.len() > SWEPT_ONE_BY_ONE {
            let error = DatabaseError { message: "too many databases are left".to_owned(), ..DatabaseError::default() };
            return Err(EmbeddedError::Refused { doing: left.to_owned(), error: Box::new(error) });
        }
        for row in databases {
            self.drop_database(row.get(0)).await?;
        }
        let left = format!(
            "select rolname::text from pg_roles where rolname not like 'pg\\_%' and rolname <> {}",
            literal(SUPERUSER)
        );
        for row in client.query_typed(&left, &[]).await.map_err(refused(&left))? {
            let role = ident(row.get(0));
            let drop = format!("drop owned by {role}; drop role {role}");
            client.batch_execute(&drop).await.map_err(refused(&drop))?;
        }
        Ok(())
    }

    /// Its major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Its version as it prints it: `18.4`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// A URL that any client on this machine understands, for the superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_as(database, SUPERUSER)
    }

    /// The same for another role.
    pub fn url_as(&self, database: &str, user: &str) -> String {
        let socket = percent(&self.socket.to_string_lossy());
        format!("postgresql://{}@/{}?host={socket}", percent(user), percent(database))
    }

    /// How to connect, for clients that take a `Config`.
    pub fn config(&self, database: &str, user: &str) -> Config {
        let mut config = Config::new();
        config.host_path(&self.socket).dbname(database).user(user).application_name("pgseal");
        config
    }

    /// Connects to a database as a role; no password is asked for on this socket.
    pub async fn connect(&self, database: &str, user: &str) -> Result<Client, DatabaseError> {
        let (client, connection) = self.config(database, user).connect(NoTls).await?;
        tokio::spawn(async move {
            // What breaks a connection is reported to whoever waits for an answer on it.
            drop(connection.await);
        });
        Ok(client)
    }

    async fn superuser(&self) -> Result<Client, EmbeddedError> {
        self.connect("postgres", SUPERUSER)
            .await
            .map_err(|error| EmbeddedError::Refused { doing: "connect".to_owned(), error: Box::new(error) })
    }

    async fn administer(&self, statement: &str) -> Result<(), EmbeddedError> {
        self.superuser()
            .await?
            .batch_execute(statement)
            .await
            .map_err(|error| EmbeddedError::Refused { doing: statement.to_owned(), error: Box::new(error.into()) })
    }

    /// Creates a database, empty or as a copy of another that nobody is connected to.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), EmbeddedError> {
        let template = ident(template.unwrap_or("template1"));
        self.administer(&format!("create database {} template {template}", ident(name))).await
    }

    /// Drops a database if it exists, and ends the sessions in it.
    pub async fn drop_database(&self, name: &str) -> Result<(), EmbeddedError> {
        self.administer(&format!("drop database if exists {} with (force)", ident(name))).await
    }

    /// Drops all roles whose name begins with `<prefix>_`, which must not own anything in a database that is still there.
    pub async fn drop_roles(&self, prefix: &str) -> Result<(), EmbeddedError> {
        let client = self.superuser().await?;
        let refused = |doing: &str, error: tokio_postgres::Error| EmbeddedError::Refused {
            doing: doing.to_owned(),
            error: Box::new(error.into()),
        };
        let find = format!(
            "select rolname::text from pg_roles where starts_with(rolname, {})",
            literal(&format!("{prefix}_"))
        );
        let rows = client.query_typed(&find, &[]).await.map_err(|error| refused(&find, error))?;
        for row in rows {
            let drop = format!("drop role {}", ident(row.get(0)));
            client.batch_execute(&drop).await.map_err(|error| refused(&drop, error))?;
        }
        Ok(())
    }

    /// Stops it and waits until it has stopped. Dropping the server stops it too, without waiting.
    pub async fn stop(mut self) {
        self.process.close();
        while !self.process.has_ended() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Percent-encodes everything but what needs none in any part of a URL.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
