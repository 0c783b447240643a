//! What a dump of a sealed database needs: that `<prefix>_backup` reads every row, held true until the dump is made.
//!
//! Comes in: a transaction of somebody who may become that role. Goes out: a snapshot for `pg_dump`, or what it would not read.
//!
//! INVARIANT: the tables are locked before their policies are looked at, and stay locked: what was found to be readable cannot
//! become less while `pg_dump` reads. A snapshot alone would not do, because policies are read as they are at the moment.

use std::collections::BTreeSet;

use pgseal_engine::model::backup_role;
use pgseal_engine::sql::ident;
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::connect::PINNED_HERE;
use crate::{DatabaseError, waiting};

/// What `pg_dump` is told of schema `seal`: its functions belong into a dump, its tables, which say who a session is and hold the
/// keys that sign tokens, do not.
pub const EXCLUDED: &str = "seal.*";

/// How many tables one LOCK names.
const LOCKED_AT_ONCE: usize = 500;

/// Why there is no dump.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The role is not there, or whoever backs up may not become it.
    #[error("`{role}` makes the dump, and you may not become it: {reason}")]
    NotTheRole {
        /// `<prefix>_backup`.
        role: String,
        /// Postgres' words.
        reason: String,
    },
    /// Rows would be missing.
    #[error("nothing was dumped, because `{role}` would not read everything:{}", listed(.gaps))]
    Incomplete {
        /// `<prefix>_backup`.
        role: String,
        /// Table and reason.
        gaps: Vec<String>,
    },
    /// A table was to be left out, and there is none.
    #[error("there is no table {0} to leave out")]
    NoSuchTable(String),
    /// The database failed.
    #[error("nothing was dumped: {0}")]
    Database(#[from] DatabaseError),
}

fn listed(gaps: &[String]) -> String {
    gaps.iter().map(|gap| format!("\n  {gap}")).collect()
}

impl BackupError {
    /// Whether a lock of somebody else's was waited for in vain.
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_lock_timeout())
    }
}

impl From<tokio_postgres::Error> for BackupError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Everything can be read, as long as the transaction lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    /// As whom.
    pub role: String,
    /// For `pg_dump --snapshot`.
    pub snapshot: String,
    /// Rows are read by policy and not past it: `pg_dump` needs `--enable-row-security`.
    pub by_policy: bool,
    /// How many tables there are.
    pub tables: usize,
}

/// Tables with rows of their own, and sequences: the database's, those of extensions and of schema `seal` left out.
const TABLES: &str = "select pg_catalog.format('%I.%I', n.nspname, c.relname) as name, pg_catalog.format('%I', n.nspname) as schema, \
       c.relkind = 'S' as sequence, pg_catalog.pg_get_userbyid(c.relowner)::text as owner, \
       pg_catalog.has_schema_privilege(n.oid, 'usage') as usage, pg_catalog.has_table_privilege(c.oid, 'select') as granted, \
       pg_catalog.row_security_active(c.oid) as by_policy, \
       exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('r', '*') \
         and pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true' and {SPEAKS}) as permitted, \
       exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd in ('r', '*') \
         and {SPEAKS}) as restricted \
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_' \
       and n.nspname not in ('information_schema', 'seal') \
       and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_class'::regclass \
         and e.objid = c.oid and e.objsubid = 0 and e.deptype = 'e') order by 1";

/// Tables of the project, or below one that dumps hold, that an extension has: dumps leave their rows to the extension's script.
const OF_EXTENSIONS: &str = "select pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.format('%I', x.extname) \
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
       join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e' \
       join pg_catalog.pg_extension x on x.oid = d.refobjid \
     where c.relkind in ('r', 'p') and n.nspname <> 'seal' and (pg_catalog.pg_get_userbyid(c.relowner) = $1 or exists ( \
       select from pg_catalog.pg_inherits h where h.inhrelid = c.oid and not exists (select from pg_catalog.pg_depend e \
         where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = h.inhparent and e.objsubid = 0 and e.deptype = 'e'))) order by 1";

/// Whether a policy speaks to the current role.
const SPEAKS: &str = "exists (select from pg_catalog.unnest(p.polroles) r where case when r = 0 then true \
                      else pg_catalog.pg_has_role(current_user, r, 'usage') end)";

/// What `pg_dump` reads.
struct Table {
    /// A sequence, which has a row and no rules.
    sequence: bool,
    name: String,
    schema: String,
    owner: String,
    usage: bool,
    granted: bool,
    by_policy: bool,
    whole: bool,
}

async fn tables(transaction: &Transaction<'_>, without: &[String]) -> Result<Vec<Table>, BackupError> {
    let query = TABLES.replace("{SPEAKS}", SPEAKS);
    let mut tables = Vec::new();
    for row in transaction.query_typed(&query, &[]).await? {
        let by_policy: bool = row.try_get("by_policy")?;
        let (permitted, restricted): (bool, bool) = (row.try_get("permitted")?, row.try_get("restricted")?);
        tables.push(Table {
            sequence: row.try_get("sequence")?,
            name: row.try_get("name")?,
            schema: row.try_get("schema")?,
            owner: row.try_get("owner")?,
            usage: row.try_get("usage")?,
            granted: row.try_get("granted")?,
            by_policy,
            whole: !by_policy || (permitted && !restricted),
        });
    }
    if let Some(name) = without.iter().find(|name| !tables.iter().any(|table| table.name == **name)) {
        return Err(BackupError::NoSuchTable(name.clone()));
    }
    tables.retain(|table| !without.contains(&table.name));
    Ok(tables)
}

/// Becomes the backup role, locks every table against changes of its rules, and makes sure that each is read in full.
///
/// The transaction is at READ COMMITTED; the dump is made before it ends. `without` are tables that the dump leaves out, with
/// their schemas and quoted as Postgres does.
///
/// # Errors
/// If a row would be missing.
pub async fn readable(
    transaction: &Transaction<'_>,
    prefix: &str,
    without: &[String],
) -> Result<Readable, BackupError> {
    let role = backup_role(prefix);
    transaction.batch_execute(&format!("{PINNED_HERE}; {}", waiting::at_most(waiting::LONG))).await?;
    if let Err(error) = transaction.batch_execute(&format!("set local role {}", ident(&role))).await {
        let answer = DatabaseError::from(&error);
        let known = [SqlState::INSUFFICIENT_PRIVILEGE, SqlState::INVALID_PARAMETER_VALUE];
        return Err(match error.code() {
            Some(code) if known.contains(code) => BackupError::NotTheRole { role, reason: answer.message },
            _ => answer.into(),
        });
    }
    let named = tables(transaction, without).await?;
    let closed = |table: &&Table| !(table.usage && table.granted);
    incomplete(&role, named.iter().filter(closed), |table| not_granted(table, prefix, &role))?;
    let tabled: Vec<&str> = named.iter().filter(|table| !table.sequence).map(|table| table.name.as_str()).collect();
    for some in tabled.chunks(LOCKED_AT_ONCE) {
        transaction.batch_execute(&format!("lock table {} in access share mode", some.join(", "))).await?;
    }
    let locked = tables(transaction, without).await?;
    let names: BTreeSet<&str> = named.iter().map(|table| table.name.as_str()).collect();
    let new = |table: &&Table| !names.contains(table.name.as_str());
    incomplete(&role, locked.iter().filter(new), |_| "was made at this moment: try again".to_owned())?;
    let filtered = |table: &&Table| !table.whole;
    incomplete(&role, locked.iter().filter(filtered), |table| left_out(table, prefix, &role))?;
    let row = transaction.query_typed_one("select pg_catalog.pg_export_snapshot()", &[]).await?;
    // As it is by now: no later than what the dump reads.
    of_extensions(transaction, prefix, &role, without).await?;
    Ok(Readable {
        role,
        snapshot: row.try_get(0)?,
        by_policy: locked.iter().any(|table| table.by_policy),
        tables: tabled.len(),
    })
}

/// INVARIANT: the dump holds the rows of every table whose rows are the project's.
async fn of_extensions(
    transaction: &Transaction<'_>,
    prefix: &str,
    role: &str,
    without: &[String],
) -> Result<(), BackupError> {
    let owner = format!("{prefix}_owner");
    let mut gaps = Vec::new();
    for row in transaction.query_typed(OF_EXTENSIONS, &[(&owner, Type::TEXT)]).await? {
        let (table, extension): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if !without.contains(&table) {
            gaps.push(format!(
                "table {table}: it is part of extension {extension}, and dumps leave out what extensions have; have the extension's \
                 owner, or a superuser, run: alter extension {extension} drop table {table}"
            ));
        }
    }
    if gaps.is_empty() { Ok(()) } else { Err(BackupError::Incomplete { role: role.to_owned(), gaps }) }
}

fn incomplete<'a>(
    role: &str,
    tables: impl Iterator<Item = &'a Table>,
    why: impl Fn(&Table) -> String,
) -> Result<(), BackupError> {
    let gaps: Vec<String> = tables
        .map(|table| format!("{} {}: {}", if table.sequence { "sequence" } else { "table" }, table.name, why(table)))
        .collect();
    if gaps.is_empty() { Ok(()) } else { Err(BackupError::Incomplete { role: role.to_owned(), gaps }) }
}

fn not_granted(table: &Table, prefix: &str, role: &str) -> String {
    let usage = (!table.usage).then(|| ("USAGE of its schema", format!("grant usage on schema {}", table.schema)));
    let select = (!table.granted).then(|| ("SELECT", format!("grant select on {}", table.name)));
    let (missing, grants): (Vec<&str>, Vec<String>) = usage.into_iter().chain(select).unzip();
    let grants: Vec<String> = grants.into_iter().map(|grant| format!("{grant} to {}", ident(role))).collect();
    let are = if missing.len() > 1 { "are" } else { "is" };
    format!("{} {are} not granted: {}", missing.join(" and "), way_out(table, prefix, &grants))
}

fn left_out(table: &Table, prefix: &str, role: &str) -> String {
    let policy = format!("create policy seal_backup on {} for select to {} using (true)", table.name, ident(role));
    format!("a policy, or none, leaves rows out: {}", way_out(table, prefix, &[policy]))
}

/// What opens a table to the backup role. The guard lets nobody through without the setting.
fn way_out(table: &Table, prefix: &str, sql: &[String]) -> String {
    if table.owner == format!("{prefix}_owner") {
        return "run `pgseal apply`".to_owned();
    }
    format!(
        "it belongs to {}; leave it out with `--exclude-table {}`, say it in the schema files, or have a superuser run: \
         begin; set local seal.applying = on; {}; commit",
        ident(&table.owner),
        quoted(&table.name),
        sql.join("; "),
    )
}

/// As an argument for a shell.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}
