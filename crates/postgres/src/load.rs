//! Rows into a sealed database, from CSV and from seed files: all of them in one transaction, or none.
//!
//! Comes in: a connection of somebody who deploys, and files as readers. Goes out: how many rows each table got, or the file and
//! line at which it failed. Nothing is held but one line or one statement.
//!
//! INVARIANT: rows are written as `<prefix>_owner`, past the rules of the model, which are about sessions, and under everything
//! that the tables themselves say: constraints, foreign keys, triggers. What lets the owner do that exists inside of this
//! transaction only, and it is committed only if the catalog is what it was before.

mod access;
mod csv;
mod reader;
mod seeds;

use std::collections::BTreeMap;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::sql::QualifiedName;
use tokio::io::AsyncRead;
use tokio_postgres::{Client, Transaction};

use crate::apply::{ApplyError, Options};
use crate::connect::PINNED_HERE;
use crate::introspect::{IntrospectError, introspect};
use crate::{DatabaseError, waiting};
use reader::Reader;

/// One file.
pub struct File {
    /// As whoever gave it calls it.
    pub name: String,
    /// What is in it.
    pub format: Format,
    /// Its bytes.
    pub bytes: Box<dyn AsyncRead + Send + Unpin>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Rows of one table, with a header that names the columns.
    Csv(QualifiedName),
    /// INSERT and COPY statements.
    Sql,
}

/// How to load.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Load everything, then undo it.
    pub dry_run: bool,
    /// The project's own triggers do not run: the rows stay as they stand in the file.
    pub as_is: bool,
    /// Told what takes time.
    pub notice: &'a (dyn Fn(&str) + Send + Sync),
    /// Told how many bytes have been read.
    pub progress: &'a (dyn Fn(u64) + Send + Sync),
}

/// How many rows each table got; with `dry_run`, would have got.
pub type Loaded = BTreeMap<QualifiedName, u64>;

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Something in a file.
    #[error("nothing was loaded: {file}:{line}: {message}")]
    At {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// A lock of somebody else's was waited for in vain.
    #[error("nothing was loaded: {file}:{line}: {error}")]
    Waited {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// Postgres' answer.
        error: DatabaseError,
    },
    /// The file cannot be read.
    #[error("nothing was loaded: cannot read `{file}`: {error}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// The database is not one that this project sealed, or whoever loads is not somebody who deploys.
    #[error("nothing was loaded: {message}")]
    Refused {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A constraint that is checked at the end.
    #[error("nothing was loaded: at the end of all files: {0}")]
    AtEnd(DatabaseError),
    /// What was lent for the load could not be taken back as it was.
    #[error("nothing was loaded: the database would not have been sealed as before: {0}")]
    NotAsBefore(String),
    /// The connection broke, or the server refused what is no statement of a file.
    #[error("the database failed and nothing was loaded: {0}")]
    Database(DatabaseError),
    /// The catalog could not be read.
    #[error(transparent)]
    Introspect(#[from] IntrospectError),
    /// The lock could not be had.
    #[error(transparent)]
    Lock(#[from] ApplyError),
}

impl From<tokio_postgres::Error> for LoadError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

impl LoadError {
    /// What to do, where that is known.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::At { help, .. } => help.as_deref(),
            Self::Refused { help, .. } => Some(help),
            _ => None,
        }
    }

    /// Whether a lock of somebody else's was waited for in vain.
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Waited { .. } => true,
            Self::Database(error) | Self::AtEnd(error) | Self::Introspect(IntrospectError::Database(error)) => {
                error.is_lock_timeout()
            }
            Self::Lock(error) => error.is_lock_timeout(),
            _ => false,
        }
    }

    /// Whether the answer is no, as opposed to none.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::At { .. } | Self::Refused { .. } | Self::AtEnd(_)) && !self.is_lock_timeout()
    }
}

fn refused<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, LoadError> {
    Err(LoadError::Refused { message: message.into(), help: help.into() })
}

/// Loads files in their order, in one transaction.
///
/// # Errors
/// If anything in them does not fit. Nothing is loaded then.
pub async fn load(client: &mut Client, prefix: &str, files: Vec<File>, how: How<'_>) -> Result<Loaded, LoadError> {
    // Dropped without a commit, it rolls back; so does the server if this process dies.
    let transaction =
        client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::ReadCommitted).start().await?;
    transaction.batch_execute(&format!("{PINNED_HERE}; {}", waiting::at_most(waiting::LONG))).await?;
    crate::apply::lock(&transaction, Options { notice: how.notice, ..Options::default() }).await?;
    let before = introspect(&transaction, prefix).await?;
    let lent = access::enter(&transaction, prefix, &before, how).await?;
    let mut loaded = Loaded::new();
    let mut read = 0;
    for file in files {
        let mut target =
            Target { transaction: &transaction, catalog: &before, owner: &lent.owner, loaded: &mut loaded };
        let mut reader = Reader::new(file.name, file.bytes, how.progress, read);
        match file.format {
            Format::Csv(table) => csv::load(&mut target, &mut reader, &table).await?,
            Format::Sql => seeds::load(&mut target, &mut reader).await?,
        }
        read = reader.read();
    }
    transaction.batch_execute("set constraints all immediate").await.map_err(|error| LoadError::AtEnd(error.into()))?;
    lent.leave(&transaction).await?;
    let after = introspect(&transaction, prefix).await?;
    if after != before {
        let changes: Vec<String> = pgseal_engine::diff::diff(&after, &before).iter().map(ToString::to_string).collect();
        return Err(LoadError::NotAsBefore(changes.join("; ")));
    }
    if how.dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(loaded)
}

/// Where rows go.
struct Target<'a> {
    transaction: &'a Transaction<'a>,
    catalog: &'a Catalog,
    owner: &'a str,
    loaded: &'a mut Loaded,
}

impl Target<'_> {
    /// INVARIANT: only tables of the project's schema take rows, never those that say who a session is.
    fn check(&self, name: &QualifiedName) -> Result<(), (String, Option<String>)> {
        match self.catalog.tables.get(name) {
            Some(table) if table.owner == self.owner && name.schema != "seal" => Ok(()),
            Some(_) => Err((
                format!("{name} is not a table of this project"),
                Some(format!("only what `{}` owns is loaded", self.owner)),
            )),
            None => Err((format!("there is no table {name}"), near(name, self.catalog.tables.keys()))),
        }
    }

    fn count(&mut self, table: &QualifiedName, rows: u64) {
        *self.loaded.entry(table.clone()).or_default() += rows;
    }
}

/// A known name that may have been meant.
fn near<'a>(name: &QualifiedName, known: impl Iterator<Item = &'a QualifiedName>) -> Option<String> {
    let same = |other: &&QualifiedName| other.name.eq_ignore_ascii_case(&name.name) && other.schema != "seal";
    known.into_iter().find(same).map(|other| format!("did you mean `{other}`?"))
}
