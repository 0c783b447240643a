//! What hangs on the project's objects and is somebody else's: code that would run in sealed tables, and keys that point into them.
//!
//! Comes in: a transaction, and the desired catalog. Goes out: every function, type, operator or the like of somebody else's that
//! something of the project's calls or is made of, as Postgres itself records it. INVARIANT: nothing is told by its text, which is
//! the same for two functions of one name, and nobody's word is taken: what is Postgres' own, the project's, a superuser's or that
//! of whoever may deploy is let through, and nothing else.

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::Open;
use pgseal_engine::sql::{QualifiedName, ident, literal};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use super::ApplyError;

/// What the project's objects are and what they reach. `$1` roles, `$2` and `$3` relations, `$4` functions, `$5` and `$6` types.
const REACHED: &str = include_str!("hangs/reached.sql");
/// What is somebody else's of it.
const STRANGERS: &str = include_str!("hangs/strangers.sql");
/// Functions, types and operators of somebody else's that a name could mean.
const NAMESAKES: &str = include_str!("hangs/namesakes.sql");
/// What is part of the project's tables, and that somebody else has a hold on; with the statement that takes it away.
const PARTS: &str = include_str!("hangs/parts.sql");
/// Extensions of somebody else's that something is made of.
const EXTENSIONS: &str = "select distinct e.extname::text, pg_catalog.pg_get_userbyid(e.extowner)::text from reached r \
     join pg_catalog.pg_depend d on d.classid = r.class and d.objid = r.id and d.deptype = 'e' \
     join pg_catalog.pg_extension e on e.oid = d.refobjid where e.extowner not in (select t.oid from trusted t) order by 1";
/// Foreign keys of tables that are not the project's.
const KEYS: &str = "select k.conname::text, kn.nspname::text, kc.relname::text, pg_catalog.pg_get_userbyid(kc.relowner)::text, \
     rn.nspname::text, rc.relname::text from pg_catalog.pg_constraint k \
     join pg_catalog.pg_class kc on kc.oid = k.conrelid join pg_catalog.pg_namespace kn on kn.oid = kc.relnamespace \
     join pg_catalog.pg_class rc on rc.oid = k.confrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace \
     where k.contype = 'f' and k.conparentid = 0 and k.confrelid in (select o.oid from relations o) \
     and k.conrelid not in (select o.oid from relations o) order by 2, 3, 1";

/// As people write it.
fn short(identity: &str) -> String {
    identity.replace("pg_catalog.", "")
}

/// Which part of what is there is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before the plan, which drops triggers, policies and rules of others and makes views and functions again.
    Before,
    /// Everything.
    After,
}

/// The project in a database.
pub(super) struct Hangs<'a> {
    transaction: &'a Transaction<'a>,
    roles: Vec<&'a str>,
    owner: String,
    relations: [Vec<&'a str>; 2],
    functions: Vec<String>,
    types: [Vec<&'a str>; 2],
}

impl<'a> Hangs<'a> {
    pub fn new(transaction: &'a Transaction<'a>, desired: &'a Catalog, prefix: &str) -> Self {
        let names = |names: &mut dyn Iterator<Item = &'a QualifiedName>| -> [Vec<&'a str>; 2] {
            let (schemas, names) = names.map(|name| (name.schema.as_str(), name.name.as_str())).unzip();
            [schemas, names]
        };
        Self {
            transaction,
            roles: desired.roles.keys().map(String::as_str).collect(),
            owner: format!("{prefix}_owner"),
            relations: names(&mut desired.tables.keys().chain(desired.views.keys()).chain(desired.sequences.keys())),
            functions: (desired.functions.keys())
                .map(|function| {
                    format!("{}.{}({})", function.name.schema, function.name.name, function.arguments.join(", "))
                })
                .collect(),
            types: names(&mut desired.types.keys()),
        }
    }

    async fn rows(&self, query: &str, when: When) -> Result<Vec<Row>, ApplyError> {
        let query = format!("{REACHED} {query}");
        let [schemas, names] = &self.relations;
        let [type_schemas, types] = &self.types;
        Ok(self
            .transaction
            .query_typed(
                &query,
                &[
                    (&self.roles, Type::TEXT_ARRAY),
                    (schemas, Type::TEXT_ARRAY),
                    (names, Type::TEXT_ARRAY),
                    (&self.functions, Type::TEXT_ARRAY),
                    (type_schemas, Type::TEXT_ARRAY),
                    (types, Type::TEXT_ARRAY),
                    (&self.owner, Type::TEXT),
                    (&(when == When::After), Type::BOOL),
                ],
            )
            .await?)
    }

    /// INVARIANT: no code of somebody else's runs where the project's rows are written or read.
    pub async fn check(&self, when: When) -> Result<(), ApplyError> {
        let mut found = Vec::new();
        for row in self.rows(STRANGERS, when).await? {
            let (by, does, what, owner): (String, String, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
            found.push(format!("{} {does} {}, which belongs to `{owner}`", short(&by), short(&what)));
        }
        for row in self.rows(NAMESAKES, when).await? {
            let (what, owner, of): (String, String, Option<String>) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let what = short(&what);
            found.push(match of {
                Some(of) => format!("{what}, which belongs to `{owner}`, is called like {of}"),
                None => format!("{what}, which belongs to `{owner}`, is in a schema of the project's"),
            });
        }
        if !found.is_empty() {
            return Err(ApplyError::CodeOfOthers(found));
        }
        self.parts(when).await
    }

    /// INVARIANT: nobody else has a hold on rows that are read and written through the project's tables.
    async fn parts(&self, when: When) -> Result<(), ApplyError> {
        let mut found = Vec::new();
        for row in self.rows(PARTS, when).await? {
            let (what, sql): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            found.push(format!("{what}: `{sql}`"));
        }
        if found.is_empty() { Ok(()) } else { Err(ApplyError::OfOthers(found)) }
    }

    /// What is left alone and said.
    pub async fn open(&self) -> Result<Vec<Open>, ApplyError> {
        let mut open = Vec::new();
        for row in self.rows(EXTENSIONS, When::After).await? {
            let (name, owner): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            open.push(Open {
                what: format!(
                    "extension {} belongs to {}, who may drop it, and with CASCADE the columns of the project that are made of it",
                    ident(&name),
                    ident(&owner)
                ),
                why: "extensions are whose they are, and Postgres has no statement that gives one to somebody else".to_owned(),
                sql: vec![
                    format!(
                        "delete from pg_catalog.pg_shdepend where classid = 'pg_catalog.pg_extension'::regclass and deptype = 'o' \
                         and objid = (select oid from pg_catalog.pg_extension where extname = {0}) \
                         and dbid = (select oid from pg_catalog.pg_database where datname = current_database())",
                        literal(&name)
                    ),
                    format!("update pg_catalog.pg_extension set extowner = 10 where extname = {}", literal(&name)),
                ],
            });
        }
        for row in self.rows(KEYS, When::After).await? {
            let name = |at: usize| -> Result<QualifiedName, ApplyError> {
                Ok(QualifiedName::new(row.try_get::<_, String>(at)?, row.try_get::<_, String>(at + 1)?))
            };
            let (key, owner): (String, String) = (row.try_get(0)?, row.try_get(3)?);
            let (from, to) = (name(1)?, name(4)?);
            open.push(Open {
                what: format!(
                    "foreign key {} of {from}, which belongs to {}, points to {to}: who writes there learns which keys exist in {to} \
                     and keeps its rows, or what they are changed to follows; before Postgres 18 its triggers run as whoever deletes",
                    ident(&key),
                    ident(&owner)
                ),
                why: "the table is not this project's".to_owned(),
                sql: vec![format!("alter table {} drop constraint {}", from.sql(), ident(&key))],
            });
        }
        Ok(open)
    }
}
