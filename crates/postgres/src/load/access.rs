//! What lets the owner write in spite of FORCE ROW LEVEL SECURITY while one transaction lasts, and what takes it back.
//!
//! Where whoever loads may give BYPASSRLS, the owner has it for the time of the transaction: no table is locked. Elsewhere FORCE is
//! lifted from the owner's tables, which nobody else can read until the end. Neither is ever seen by another session.

use pgseal_engine::catalog::{Catalog, Table};
use pgseal_engine::sql::{QualifiedName, ident};
use tokio_postgres::Transaction;

use super::{How, LoadError, refused};
use crate::connect::PINNED_HERE;
use crate::embedded::SUPPORTED;

/// On which, beside the search_path, the meaning of the rows depends, whatever the server's or the role's settings are.
const SETTINGS: &str = "set local standard_conforming_strings = on; \
     set local backslash_quote = safe_encoding; \
     set local datestyle = 'ISO, YMD'; \
     set local intervalstyle = 'postgres'; \
     set local timezone = 'UTC'; \
     set local bytea_output = 'hex'; \
     set local xmloption = content; \
     set local row_security = on; \
     set local seal.applying = on; \
     set constraints all deferred";

const WHO: &str = "select r.rolname::text as name, r.rolsuper, r.rolcreaterole and r.rolbypassrls as gives, \
                   pg_catalog.current_setting('session_replication_role') as replication, \
                   pg_catalog.current_setting('transaction_read_only')::boolean as read_only \
                   from pg_catalog.pg_roles r where r.rolname = session_user";

/// What was lent, as the statements that take it back.
#[derive(Debug)]
pub(super) struct Lent {
    /// As whom rows are written.
    pub owner: String,
    /// As the owner.
    as_owner: Vec<String>,
    /// As whoever loads.
    as_self: Vec<String>,
}

/// Becomes the owner, who then writes to every table of the project.
pub(super) async fn enter(
    transaction: &Transaction<'_>,
    prefix: &str,
    catalog: &Catalog,
    how: How<'_>,
) -> Result<Lent, LoadError> {
    let owner = format!("{prefix}_owner");
    check_project(prefix, catalog)?;
    let row = transaction.query_typed_one(WHO, &[]).await?;
    let (user, superuser): (String, bool) = (row.try_get("name")?, row.try_get("rolsuper")?);
    if row.try_get("read_only")? {
        return refused("the database is read-only", "connect to the primary server");
    }
    if row.try_get::<_, String>("replication")? != "origin" {
        return refused(
            format!("`session_replication_role` is set for `{user}`: no trigger and no foreign key would be heeded"),
            format!("have a superuser run `alter role {} reset session_replication_role`", ident(&user)),
        );
    }
    let mut lent = Lent { owner, as_owner: Vec::new(), as_self: Vec::new() };
    if !superuser {
        lend_role(transaction, &user, catalog, &mut lent).await?;
    }
    transaction.batch_execute(&format!("{PINNED_HERE};{SETTINGS}")).await?;
    let owner = ident(&lent.owner);
    let gives = superuser || (catalog.server_major >= 16 && row.try_get("gives")?);
    // Who may give it in general may still not for this role.
    let lifted = gives && tried(transaction, &format!("alter role {owner} bypassrls")).await?;
    transaction.batch_execute(&format!("set local role {owner}")).await?;
    if lifted {
        lent.as_self.insert(0, format!("alter role {owner} nobypassrls"));
    } else {
        (how.notice)("every table is locked until the end: a superuser would load without that");
        lent.without_force(transaction, catalog).await?;
    }
    if how.as_is {
        lent.without_triggers(transaction, catalog).await?;
    }
    Ok(lent)
}

fn check_project(prefix: &str, catalog: &Catalog) -> Result<(), LoadError> {
    if !SUPPORTED.contains(&catalog.server_major) {
        return refused(format!("the server is Postgres {}", catalog.server_major), "pgseal works with 15 to 18");
    }
    let seal = format!("{prefix}_seal");
    match catalog.schemas.get("seal") {
        Some(schema) if schema.owner == seal && catalog.roles.contains_key(&format!("{prefix}_owner")) => Ok(()),
        Some(schema) if schema.owner != seal => refused(
            format!("this database is sealed by `{}`, not by `{seal}`", schema.owner),
            "check `role_prefix` in pgseal.toml, or give another database",
        ),
        _ => refused("this database is not sealed", "run `pgseal apply` first: it makes the tables"),
    }
}

/// Who deploys is a member of the owner, or may become one.
async fn lend_role(
    transaction: &Transaction<'_>,
    user: &str,
    catalog: &Catalog,
    lent: &mut Lent,
) -> Result<(), LoadError> {
    let held = catalog.memberships.get(&(lent.owner.clone(), user.to_owned()));
    if held.is_some_and(|held| held.set) {
        return Ok(());
    }
    let (owner, name) = (ident(&lent.owner), ident(user));
    let (grant, revoke) = if catalog.server_major >= 16 {
        (
            format!("grant {owner} to {name} with inherit false, set true"),
            format!("revoke {owner} from {name} granted by {name}"),
        )
    } else {
        (format!("grant {owner} to {name}"), format!("revoke {owner} from {name}"))
    };
    if !tried(transaction, &grant).await? {
        return refused(
            format!("`{user}` may not become `{}`", lent.owner),
            "connect as whoever deploys: the role that ran `pgseal apply`, or a superuser",
        );
    }
    lent.as_self.push(revoke);
    Ok(())
}

/// Runs a statement within a savepoint; whether it was permitted.
async fn tried(transaction: &Transaction<'_>, sql: &str) -> Result<bool, LoadError> {
    transaction.batch_execute("savepoint pgseal_lend").await?;
    match transaction.batch_execute(sql).await {
        Ok(()) => {
            transaction.batch_execute("release savepoint pgseal_lend").await?;
            Ok(true)
        }
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE) => {
            transaction.batch_execute("rollback to savepoint pgseal_lend; release savepoint pgseal_lend").await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

impl Lent {
    /// All of the owner's, not only those that get rows: what a trigger reads of another table must not be nothing.
    async fn without_force(&mut self, transaction: &Transaction<'_>, catalog: &Catalog) -> Result<(), LoadError> {
        let mut lift = Vec::new();
        for (name, _) in self.owned(catalog).filter(|(_, table)| table.force_row_security) {
            lift.push(format!("alter table {} no force row level security", name.sql()));
            self.as_owner.push(format!("alter table {} force row level security", name.sql()));
        }
        run(transaction, &lift).await
    }

    /// Those of the project's own that are enabled; pgseal's do nothing to what the owner writes.
    async fn without_triggers(&mut self, transaction: &Transaction<'_>, catalog: &Catalog) -> Result<(), LoadError> {
        let mut disable = Vec::new();
        for (name, table) in self.owned(catalog) {
            for (trigger, state) in &table.triggers {
                let again = match state.enabled {
                    'O' => "enable",
                    'A' => "enable always",
                    _ => continue,
                };
                if state.function.name.schema != "seal" {
                    let (table, trigger) = (name.sql(), ident(trigger));
                    disable.push(format!("alter table only {table} disable trigger {trigger}"));
                    self.as_owner.push(format!("alter table only {table} {again} trigger {trigger}"));
                }
            }
        }
        run(transaction, &disable).await
    }

    fn owned<'a>(&self, catalog: &'a Catalog) -> impl Iterator<Item = (&'a QualifiedName, &'a Table)> + use<'a> {
        let owner = self.owner.clone();
        catalog.tables.iter().filter(move |(_, table)| table.owner == owner)
    }

    /// Takes everything back, and becomes whoever loads again.
    pub(super) async fn leave(&self, transaction: &Transaction<'_>) -> Result<(), LoadError> {
        let row = transaction.query_typed_one("select current_user::text", &[]).await?;
        let now: String = row.try_get(0)?;
        if now != self.owner {
            return refused(
                format!(
                    "a trigger or default made the session `{now}`, so not all rows were written as `{}`",
                    self.owner
                ),
                "remove `set role` from the function",
            );
        }
        run(transaction, &self.as_owner).await?;
        transaction.batch_execute("set local role none").await?;
        run(transaction, &self.as_self).await
    }
}

async fn run(transaction: &Transaction<'_>, statements: &[String]) -> Result<(), LoadError> {
    let texts: Vec<&str> = statements.iter().map(String::as_str).collect();
    crate::pipeline::run(transaction, &texts).await.map_err(|(_, error)| error.into())
}
