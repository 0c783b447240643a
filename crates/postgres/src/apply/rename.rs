//! A project under another prefix: its roles are renamed in the transaction of `apply`, before anything is compared.
//!
//! Policies, grants and owners follow a role by its number. What names roles in text (function bodies, conditions of triggers)
//! differs afterwards, and the comparison puts it right. INVARIANT: only roles that carry the old prefix's mark are touched,
//! and none if a new name is taken or another database of the server uses them.

use pgseal_engine::sql::{dollar, ident, literal};
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::ApplyError;
use crate::lease::{LeaseError, UNTIL, ground, mark};

/// The longest name that Postgres keeps, in bytes.
const NAME_LIMIT: usize = 63;

/// Roles of the old prefix, with what stands behind it, and what stands behind the mark: the end of a lease's login.
const OURS: &str = "select r.oid, r.rolname::text, pg_catalog.substr(r.rolname::text, pg_catalog.length($1) + 1), \
                    pg_catalog.substr(pg_catalog.shobj_description(r.oid, 'pg_authid'), pg_catalog.length($2) + 1) \
                    from pg_catalog.pg_roles r where pg_catalog.starts_with(r.rolname::text, $1) \
                    and pg_catalog.split_part(pg_catalog.shobj_description(r.oid, 'pg_authid'), $3, 1) = $2 order by 2";

/// Databases other than this one in which a role owns or holds something.
const ELSEWHERE: &str = "select distinct d.datname::text from pg_catalog.pg_shdepend s join pg_catalog.pg_database d \
                         on d.oid = case when s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass then s.objid else s.dbid end \
                         where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = any ($1) \
                         and d.datname <> pg_catalog.current_database() order by 1";

/// Renames what is there under the old prefix; the statements that did it. None if the database has the new one already.
pub(super) async fn rename(transaction: &Transaction<'_>, old: &str, new: &str) -> Result<Vec<String>, ApplyError> {
    let owner = "select pg_catalog.pg_get_userbyid(nspowner)::text from pg_catalog.pg_namespace where nspname = 'seal'";
    let owner: Option<String> = match transaction.query_typed(owner, &[]).await?.first() {
        Some(row) => row.try_get(0)?,
        None => None,
    };
    if owner.as_deref() == Some(&format!("{new}_seal")) {
        return Ok(Vec::new());
    }
    if owner.as_deref() != Some(&format!("{old}_seal")) {
        return refuse(format!("this database is not sealed by `{old}_seal`: check `--rename-from`"));
    }
    let from = format!("{old}_");
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
        [(&from, Type::TEXT), (&mark(old), Type::TEXT), (&UNTIL, Type::TEXT)];
    let mut roles: Vec<(u32, String, String)> = Vec::new();
    let mut comments = Vec::new();
    for row in transaction.query_typed(OURS, &parameters).await? {
        let to = format!("{new}_{}", row.try_get::<_, String>(2)?);
        let comment = format!("{}{}", mark(new), row.try_get::<_, String>(3)?);
        comments.push(format!("comment on role {} is {}", ident(&to), literal(&comment)));
        roles.push((row.try_get(0)?, row.try_get(1)?, to));
    }
    may_be_renamed(transaction, &roles, new).await?;
    // The guard lets whoever deploys through, as in the rest of the transaction.
    let mut statements: Vec<String> = vec!["set local seal.applying = on".to_owned()];
    for ((_, name, to), comment) in roles.iter().zip(comments) {
        statements.push(format!("alter role {} rename to {}", ident(name), ident(to)));
        statements.push(comment);
    }
    for statement in &statements {
        transaction.batch_execute(statement).await?;
    }
    let leases = leases(transaction, old, new).await?;
    transaction.batch_execute(&leases).await?;
    statements.push(leases);
    Ok(statements)
}

async fn may_be_renamed(
    transaction: &Transaction<'_>,
    roles: &[(u32, String, String)],
    new: &str,
) -> Result<(), ApplyError> {
    if let Some((_, name, to)) = roles.iter().find(|(_, _, to)| to.len() > NAME_LIMIT) {
        return refuse(format!("`{name}` would be called `{to}`, which is longer than {NAME_LIMIT} bytes"));
    }
    // Also a role of the new prefix that stands in nobody's way: some other project has the prefix, or had it.
    let taken = "select rolname::text from pg_catalog.pg_roles where pg_catalog.starts_with(rolname::text, $1) \
                 and (rolname::text = any ($2) or pg_catalog.split_part(pg_catalog.shobj_description(oid, 'pg_authid'), $4, 1) = $3) order by 1";
    let wanted: Vec<&str> = roles.iter().map(|(_, _, to)| to.as_str()).collect();
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] =
        [(&format!("{new}_"), Type::TEXT), (&wanted, Type::TEXT_ARRAY), (&mark(new), Type::TEXT), (&UNTIL, Type::TEXT)];
    if let Some(row) = transaction.query_typed(taken, &parameters).await?.first() {
        let role: String = row.try_get(0)?;
        return refuse(format!(
            "the role `{role}` is on the server already: choose another `role_prefix`, or drop the role if nobody needs it"
        ));
    }
    let numbers: Vec<u32> = roles.iter().map(|(number, ..)| *number).collect();
    let elsewhere = transaction.query_typed(ELSEWHERE, &[(&numbers, Type::OID_ARRAY)]).await?;
    if let Some(row) = elsewhere.first() {
        let database: String = row.try_get(0)?;
        return refuse(format!(
            "the database `{database}` of this server uses the same roles: give its project another prefix, or drop it, first"
        ));
    }
    Ok(())
}

/// Leases name their login, and refuse an application's; a session that is there goes on.
async fn leases(transaction: &Transaction<'_>, old: &str, new: &str) -> Result<String, ApplyError> {
    let ground = ground(transaction, new).await.map_err(|error| match error {
        LeaseError::Database(error) => ApplyError::from(error),
        other => ApplyError::Rename(other.to_string()),
    })?;
    let block = format!(
        "
declare
  caller text := current_user;
begin
  {enter}
  update seal.lease set login_role = {new} || pg_catalog.substr(login_role::text, {length})
    where pg_catalog.starts_with(login_role::text, {old});
  alter table seal.lease drop constraint lease_login, add constraint lease_login check (not starts_with(login_role::text, {app}));
  {leave}
end
",
        enter = ground.enter,
        leave = ground.leave,
        old = literal(&format!("{old}_")),
        new = literal(&format!("{new}_")),
        length = old.chars().count() + 2,
        app = literal(&format!("{new}_app_")),
    );
    Ok(format!("do {}", dollar(&block)))
}

fn refuse<T>(reason: String) -> Result<T, ApplyError> {
    Err(ApplyError::Rename(reason))
}
