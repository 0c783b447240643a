//! Whose the objects are that would become the project's.
//!
//! INVARIANT: what belongs to a stranger is never taken over. Whatever its owner hung on it (triggers, casts, foreign keys, children ..)
//! came along, and there is no end to what that can be: so neither is what is no stranger's while strangers are about (`company`).

use std::collections::BTreeSet;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diff::{Change, Securable};
use pgseal_engine::render;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::ApplyError;
use super::company::{self, Taken};

/// Which of the owners in `$1` is a stranger: no superuser, not who deploys, no role of the project (`$2`), and none that is let act as
/// its owner (`$3`). The owner of `public` is whoever owns the database, and as such nobody that could hang something on an object.
const STRANGERS: &str = "select x.owner, session_user::text from pg_catalog.unnest($1::text[]) x (owner) \
     where x.owner <> all ($2::text[]) and not exists (select from pg_catalog.pg_roles r where r.rolname = x.owner \
     and (r.rolsuper or r.rolname = session_user or r.rolname = 'pg_database_owner' or exists (select from pg_catalog.pg_roles o \
     where o.rolname = $3 and pg_catalog.pg_has_role(r.oid, o.oid, 'member'))))";

/// That none of the objects which change hands is a stranger's.
pub(super) async fn check(
    transaction: &Transaction<'_>,
    current: &Catalog,
    desired: &Catalog,
    prefix: &str,
    changes: &[Change],
    trusted: &[String],
) -> Result<(), ApplyError> {
    let handed: Vec<(&Securable, &str)> = (changes.iter())
        .filter_map(|change| match change {
            Change::Owner { object, from, .. } if !from.is_empty() => Some((object, from.as_str())),
            _ => None,
        })
        .collect();
    if handed.is_empty() {
        return Ok(());
    }
    let owners: BTreeSet<&str> = handed.iter().map(|(_, owner)| *owner).collect();
    let owners: Vec<&str> = owners.into_iter().collect();
    let mark = format!("pgseal: {prefix}");
    let of_before =
        current.roles.iter().filter(|(_, role)| role.comment.as_ref() == Some(&mark)).map(|(name, _)| name.as_str());
    let ours: Vec<&str> = desired.roles.keys().map(String::as_str).chain(of_before).collect();
    let owner = format!("{prefix}_owner");
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
        [(&owners, Type::TEXT_ARRAY), (&ours, Type::TEXT_ARRAY), (&owner, Type::TEXT)];
    let (mut strangers, mut deployer) = (BTreeSet::new(), String::new());
    for row in transaction.query_typed(STRANGERS, &parameters).await? {
        strangers.insert(row.try_get::<_, String>(0)?);
        deployer = row.try_get(1)?;
    }
    let line = |(object, from): &(&Securable, &str)| {
        // Given to somebody who may more, a function of its maker's would run as that one, for whoever it lets call it.
        let sql = match object {
            Securable::Function(..) => format!("drop {object}"),
            object => {
                let given = Change::Owner {
                    object: (*object).clone(),
                    from: (*from).to_owned(),
                    to: deployer.clone(),
                    takes_over: false,
                };
                render::statements(&given).join("; ")
            }
        };
        format!("{object} belongs to `{from}`: `{sql}`")
    };
    let lines: Vec<String> = handed.iter().filter(|(_, owner)| strangers.contains(*owner)).map(line).collect();
    if !lines.is_empty() {
        return Err(ApplyError::OfOthers(lines));
    }
    let adopted: Vec<&Securable> =
        handed.iter().filter(|(_, from)| !ours.contains(from)).map(|(object, _)| *object).collect();
    let schemas: Option<Vec<&str>> = (adopted.iter())
        .map(|object| if let Securable::Schema(name) = object { Some(name.as_str()) } else { None })
        .collect();
    let taken = match schemas {
        Some(none) if none.is_empty() => return Ok(()),
        Some(schemas) => Taken::Schemas(schemas),
        None => Taken::Objects,
    };
    company::check(transaction, &taken, &ours, &owner, trusted).await
}
