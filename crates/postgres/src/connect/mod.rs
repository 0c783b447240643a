//! Connecting to a database of the user's own.
//!
//! Comes in: a URL as `psql` takes it. Goes out: a [`Client`] whose server is one that pgseal supports, or an error in one
//! line that says what to do. It never prints a password.
//!
//! What TLS verifies is what libpq documents: `prefer` (unless told otherwise) and `require` encrypt without checking who
//! answers, `verify-ca` checks the certificate, `verify-full` the certificate and the host's name, against `sslrootcert` if
//! given, else against the platform's certificates. A Unix socket is never encrypted.

mod tls;
mod url;

use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket, config::Host};

pub use tls::Verification;

use crate::DatabaseError;
use crate::embedded::SUPPORTED;

/// Names and operators are Postgres' own, whatever the database or the role has set and whatever schemas somebody made: what
/// every session of ours begins with, and again each transaction on a connection that somebody else opened.
pub(crate) const PINNED: &str = "set search_path = pg_catalog, pg_temp";

/// The same for one transaction.
pub(crate) const PINNED_HERE: &str = "set local search_path = pg_catalog, pg_temp";

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be read.
    #[error("the database URL {problem}: write it as `postgresql://user:password@host:5432/database`")]
    Url {
        /// What is wrong with it.
        problem: String,
    },
    /// Certificates cannot be read.
    #[error("{problem}")]
    Certificates {
        /// What and why.
        problem: String,
    },
    /// Nobody answers, or not as a Postgres does.
    #[error("cannot connect to {target}: {reason}; {help}")]
    Unreachable {
        /// Host, port, database and user.
        target: String,
        /// What the network or the server said.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// The server is of a major version that pgseal does not know.
    #[error("the server at {target} is Postgres {version}: pgseal works with 15 to 18")]
    Version {
        /// Host, port, database and user.
        target: String,
        /// What it says it is.
        version: String,
    },
}

/// Where and how to connect; made from a URL.
#[derive(Clone)]
pub struct Target {
    config: Config,
    verification: Verification,
    root_certificates: Option<String>,
}

impl Target {
    /// Reads a URL or a `key=value` string.
    pub fn parse(text: &str) -> Result<Self, ConnectError> {
        url::parse(text)
    }

    /// Host, port, database and user, without the password.
    pub fn describe(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or("postgres");
        match self.config.get_user() {
            Some(user) => format!("`{host}:{port}/{database}` as `{user}`"),
            None => format!("`{host}:{port}/{database}`"),
        }
    }

    /// What is known about whoever answers.
    pub fn verification(&self) -> Verification {
        self.verification
    }

    /// The name of the database.
    pub fn database(&self) -> Option<&str> {
        self.config.get_dbname()
    }

    /// Who connects.
    pub fn user(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(mut self, name: &str) -> Self {
        self.config.dbname(name);
        self
    }

    /// The same database, another user.
    #[must_use]
    pub fn with_user(mut self, name: &str, password: Option<&str>) -> Self {
        self.config.user(name);
        if let Some(password) = password {
            self.config.password(password);
        }
        self
    }

    /// The same for a program of Postgres' own, as libpq's variables: a password has no place among arguments.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let ports = self.config.get_ports().iter().map(u16::to_string);
        let mode = match self.verification {
            Verification::Plain => "disable",
            Verification::IfOffered => "prefer",
            Verification::Encrypted => "require",
            Verification::Certificate => "verify-ca",
            Verification::CertificateAndHost => "verify-full",
        };
        let list = |values: Vec<String>| (!values.is_empty()).then(|| values.join(","));
        let password = self.config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
        [
            ("PGHOST", list(hosts.collect())),
            ("PGPORT", list(ports.collect())),
            ("PGUSER", self.config.get_user().map(str::to_owned)),
            ("PGDATABASE", self.config.get_dbname().or(self.config.get_user()).map(str::to_owned)),
            ("PGPASSWORD", password),
            ("PGSSLMODE", Some(mode.to_owned())),
            ("PGSSLROOTCERT", self.root_certificates.clone()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Connects, and checks that pgseal supports the server.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        let client = if self.verification == Verification::Plain {
            self.start(tokio_postgres::NoTls).await?
        } else {
            self.start(tls::connector(self.verification, self.root_certificates.as_deref())?).await?
        };
        // A schema that somebody named after this login, or put before `pg_catalog`, holds operators of theirs.
        client.batch_execute(PINNED).await.map_err(|error| self.failed(DatabaseError::from(&error).message))?;
        let major = server_major(&client).await.map_err(|error| self.failed(error.to_string()))?;
        if !SUPPORTED.contains(&major) {
            return Err(ConnectError::Version { target: self.describe(), version: major.to_string() });
        }
        Ok(client)
    }

    async fn start<T>(&self, tls: T) -> Result<Client, ConnectError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = self.config.connect(tls).await.map_err(|error| self.unreachable(&error))?;
        tokio::spawn(async move {
            // What breaks a connection is reported to whoever waits for an answer on it.
            drop(connection.await);
        });
        Ok(client)
    }

    fn failed(&self, reason: String) -> ConnectError {
        ConnectError::Unreachable { target: self.describe(), reason, help: "try again" }
    }

    fn unreachable(&self, error: &tokio_postgres::Error) -> ConnectError {
        let reason = DatabaseError::from(error);
        let is = |states: &[SqlState]| error.code().is_some_and(|code| states.contains(code));
        let text = reason.message.to_lowercase();
        let help = if is(&[SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION]) {
            "check the user and the password in the URL, and what pg_hba.conf lets in"
        } else if text.contains("password missing") {
            "the server asks for a password: write it into the URL"
        } else if is(&[SqlState::INVALID_CATALOG_NAME]) {
            "create the database, or correct its name in the URL"
        } else if is(&[SqlState::INSUFFICIENT_PRIVILEGE]) {
            "use a role that may connect to this database"
        } else if is(&[SqlState::TOO_MANY_CONNECTIONS]) {
            "close other connections, or raise max_connections"
        } else if is(&[SqlState::CANNOT_CONNECT_NOW]) {
            "the server is starting or stopping: try again in a moment"
        } else if text.contains("certificate") || text.contains("tls") {
            "check `sslmode` and `sslrootcert` in the URL, and the certificate of the server"
        } else {
            "check the host and port in the URL, and that the server runs and can be reached from here"
        };
        ConnectError::Unreachable { target: self.describe(), reason: reason.to_string(), help }
    }
}

/// Shows where it leads, never the password.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("target", &self.describe()).field("verification", &self.verification).finish()
    }
}

/// Connects to the database that a URL names.
pub async fn connect(url: &str) -> Result<Client, ConnectError> {
    Target::parse(url)?.connect().await
}

/// The major version of the server behind a connection.
pub async fn server_major(client: &impl tokio_postgres::GenericClient) -> Result<u32, DatabaseError> {
    let row = client.query_typed_one("select current_setting('server_version_num')::int / 10000", &[]).await?;
    let major: i32 = row.try_get(0)?;
    Ok(u32::try_from(major).unwrap_or_default())
}
