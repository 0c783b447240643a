//! What a project's rules do not reach: other databases, other roles, settings, languages, foreign servers and the server's own
//! version. Read from the server, never changed; each is said once a run, with the SQL for whoever may.

use std::collections::BTreeMap;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::reach::Open;
use pgseal_engine::sql::{ident, literal};
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use super::{ApplyError, fixed};
use crate::introspect::is_login_of_run_time;

/// The project on a server.
pub(super) struct Around<'a> {
    pub transaction: &'a Transaction<'a>,
    pub current: &'a Catalog,
    pub desired: &'a Catalog,
    pub prefix: &'a str,
}

impl Around<'_> {
    /// Everything that is open around the project.
    pub async fn all(&self) -> Result<Vec<Open>, ApplyError> {
        let mut open = Vec::new();
        open.extend(self.other_databases().await?);
        open.extend(self.logins().await?);
        open.extend(self.other_roles().await?);
        open.extend(self.settings().await?);
        open.extend(self.parameters().await?);
        open.extend(self.schemas().await?);
        open.extend(self.languages().await?);
        open.extend(self.foreign_servers().await?);
        open.extend(self.server().await?);
        Ok(open)
    }

    async fn rows(&self, query: &str) -> Result<Vec<Row>, ApplyError> {
        Ok(self.transaction.query_typed(query, &[]).await?)
    }

    fn is_ours(&self, role: &str) -> bool {
        self.desired.roles.contains_key(role)
            || self.current.roles.contains_key(role)
            || is_login_of_run_time(role, self.prefix)
    }

    /// Roles are the server's: the logins of this project reach every database of it that lets everybody connect.
    async fn other_databases(&self) -> Result<Option<Open>, ApplyError> {
        let query = "select d.datname::text from pg_catalog.pg_database d \
                     where d.datallowconn and d.datname <> pg_catalog.current_database() and exists (select from \
                     pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a \
                     where a.grantee = 0 and a.privilege_type = 'CONNECT') order by 1";
        let mut names: Vec<String> = Vec::new();
        for row in self.rows(query).await? {
            names.push(row.try_get(0)?);
        }
        let close = |name: &String| format!("revoke connect, temporary on database {} from public", ident(name));
        Ok((!names.is_empty()).then(|| Open {
            what: format!(
                "the logins of this project may connect to other databases of the server: {}",
                names.join(", ")
            ),
            why: "PUBLIC has CONNECT there, and they are not this project's to close".to_owned(),
            sql: names.iter().map(close).collect(),
        }))
    }

    /// Logins of run time are not compiled, so nothing else looks at what they are.
    async fn logins(&self) -> Result<Vec<Open>, ApplyError> {
        let mut open = Vec::new();
        for (role, held) in self.powers().await? {
            if is_login_of_run_time(&role, self.prefix) && !held.attributes.is_empty() {
                open.push(Open {
                    what: format!("login {} of this project has {}", ident(&role), held.attributes.join(" and ")),
                    why: "it was not made so: somebody altered it".to_owned(),
                    sql: vec![take(&role, &held.attributes)],
                });
            }
        }
        Ok(open)
    }

    /// Who is none of this project's and gets past its rules all the same. Superusers, who get past everything, are not listed.
    async fn other_roles(&self) -> Result<Option<Open>, ApplyError> {
        let (mut names, mut sql) = (Vec::new(), Vec::new());
        for (role, held) in self.powers().await? {
            let ours = self.is_ours(&role) || held.deploys || held.attributes.contains(&"SUPERUSER");
            // From 16 on, who may create roles may give only what they administer.
            let attributes: Vec<&str> = (held.attributes.iter().copied())
                .filter(|word| match *word {
                    "CREATEROLE" => self.current.server_major < 16,
                    word => word == "BYPASSRLS" || word == "REPLICATION",
                })
                .collect();
            if ours || (attributes.is_empty() && held.member_of.is_empty()) {
                continue;
            }
            let words: Vec<&str> =
                attributes.iter().copied().chain(held.member_of.iter().map(String::as_str)).collect();
            names.push(format!("{} ({})", ident(&role), words.join(", ")));
            if !attributes.is_empty() {
                sql.push(take(&role, &attributes));
            }
            sql.extend(held.member_of.iter().map(|of| format!("revoke {} from {}", ident(of), ident(&role))));
        }
        Ok((!names.is_empty()).then(|| Open {
            what: format!("roles that are not this project's get past its rules: {}", names.join(", ")),
            why: "attributes and memberships of others are not this project's to take".to_owned(),
            sql,
        }))
    }

    async fn powers(&self) -> Result<BTreeMap<String, Powers>, ApplyError> {
        // Another project's role for backups is meant to read all of that project's, and nothing of this one's: nobody logs in
        // as it, and its mark names the project that its own name begins with.
        let query = "select r.rolname::text, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolreplication, r.rolbypassrls \
                     and (r.rolcanlogin or pg_catalog.shobj_description(r.oid, 'pg_authid') || '_backup' is distinct from \
                     'pgseal: ' || r.rolname::text), \
                     r.rolname = session_user, array(select g.rolname::text from pg_catalog.pg_auth_members m \
                     join pg_catalog.pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname in \
                     ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', \
                     'pg_execute_server_program') order by 1) from pg_catalog.pg_roles r where r.rolname !~ '^pg_'";
        let mut powers = BTreeMap::new();
        for row in self.rows(query).await? {
            let words = ["SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS"];
            let mut attributes = Vec::new();
            for (index, word) in words.into_iter().enumerate() {
                if row.try_get::<_, bool>(index + 1)? {
                    attributes.push(word);
                }
            }
            let held = Powers { attributes, deploys: row.try_get(6)?, member_of: row.try_get(7)? };
            powers.insert(row.try_get(0)?, held);
        }
        Ok(powers)
    }

    /// Settings of the database, or of a role of this project, that a session begins with and that change whom it is or what binds it.
    async fn settings(&self) -> Result<Vec<Open>, ApplyError> {
        let query = "select r.rolname::text, d.datname::text, c.setting from pg_catalog.pg_db_role_setting s \
                     left join pg_catalog.pg_roles r on r.oid = s.setrole \
                     left join pg_catalog.pg_database d on d.oid = s.setdatabase \
                     cross join lateral pg_catalog.unnest(s.setconfig) with ordinality c (setting, place) \
                     where s.setdatabase = 0 or d.datname = pg_catalog.current_database() order by 1, 2, c.place";
        let mut open = Vec::new();
        for row in self.rows(query).await? {
            let (role, database): (Option<String>, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
            let setting: String = row.try_get(2)?;
            let (name, value) = setting.split_once('=').unwrap_or((&setting, ""));
            if !weakens(name, value) || role.as_ref().is_some_and(|role| !self.is_ours(role)) {
                continue;
            }
            let of = match (&role, &database) {
                (Some(role), Some(database)) => format!("role {} in database {}", ident(role), ident(database)),
                (Some(role), None) => format!("role {}", ident(role)),
                (None, Some(database)) => format!("database {}", ident(database)),
                (None, None) => "role all".to_owned(),
            };
            let name = name.split('.').map(ident).collect::<Vec<_>>().join(".");
            open.push(Open {
                what: format!("sessions begin with `{name}`, which was set for {of}"),
                why: "it weakens or speaks for what the rules rest on, and pgseal sets no such thing".to_owned(),
                sql: vec![format!("alter {of} reset {name}")],
            });
        }
        let row = self.rows("select pg_catalog.current_setting('lo_compat_privileges')::boolean").await?;
        if row.first().map(|row| row.try_get::<_, bool>(0)).transpose()? == Some(true) {
            open.push(Open {
                what: "privileges on large objects are not checked".to_owned(),
                why: "`lo_compat_privileges` is on for this server, database or login".to_owned(),
                sql: vec!["alter system reset lo_compat_privileges".to_owned()],
            });
        }
        Ok(open)
    }

    /// Parameters that only superusers may set, unless somebody was given them: `session_replication_role` turns triggers off.
    async fn parameters(&self) -> Result<Vec<Open>, ApplyError> {
        let query = "select p.parname, pg_catalog.lower(a.privilege_type), case when a.grantee = 0 then null else \
                     pg_catalog.pg_get_userbyid(a.grantee)::text end from pg_catalog.pg_parameter_acl p, \
                     pg_catalog.aclexplode(p.paracl) a order by 1, 3, 2";
        let mut open = Vec::new();
        for row in self.rows(query).await? {
            let (name, privilege): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let grantee: Option<String> = row.try_get(2)?;
            if grantee.as_ref().is_some_and(|role| !self.is_ours(role)) {
                continue;
            }
            let who = grantee.map_or_else(|| "public".to_owned(), |role| ident(&role));
            let name = name.split('.').map(ident).collect::<Vec<_>>().join(".");
            open.push(Open {
                what: format!("{who} may {privilege} the parameter `{name}`"),
                why: "parameters are the server's, and only a superuser may take such a privilege".to_owned(),
                sql: vec![format!("revoke {privilege} on parameter {name} from {who}")],
            });
        }
        Ok(open)
    }

    /// A session looks names up first in the schema that is called like its login, whoever made that.
    async fn schemas(&self) -> Result<Vec<Open>, ApplyError> {
        let query = "select n.nspname::text, exists (select from pg_catalog.pg_roles r \
                     join pg_catalog.pg_roles o on o.rolname = any ($1) where r.rolname = n.nspname and r.rolcanlogin \
                     and not r.rolsuper and r.oid <> n.nspowner and pg_catalog.pg_has_role(r.oid, o.oid, 'member')) \
                     from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' order by 1";
        let ours: Vec<&str> = self.desired.roles.keys().map(String::as_str).collect();
        let mut open = Vec::new();
        for row in self.transaction.query_typed(query, &[(&ours, Type::TEXT_ARRAY)]).await? {
            let (name, of_a_member): (String, bool) = (row.try_get(0)?, row.try_get(1)?);
            if of_a_member || is_login_of_run_time(&name, self.prefix) {
                open.push(Open {
                    what: format!("schema {} comes first for the login of that name", ident(&name)),
                    why: "names are looked up in `\"$user\"` before other schemas, and it is not this project's to rename"
                        .to_owned(),
                    sql: vec![format!("alter schema {} rename to {}", ident(&name), ident(&format!("{name}_schema")))],
                });
            }
        }
        Ok(open)
    }

    /// A language that reaches outside of the database has a name that ends in `u`, or is C.
    async fn languages(&self) -> Result<Vec<Open>, ApplyError> {
        let query = "select l.lanname::text from pg_catalog.pg_language l where l.lanpltrusted \
                     and (l.lanname ~ '^pl.*u$' or l.lanname in ('c', 'internal')) and exists (select from \
                     pg_catalog.aclexplode(coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner))) a where a.grantee = 0) \
                     order by 1";
        let mut open = Vec::new();
        for row in self.rows(query).await? {
            let name: String = row.try_get(0)?;
            open.push(Open {
                what: format!(
                    "everybody who may create functions may write them in {}, which reaches the whole server",
                    ident(&name)
                ),
                why: "the language is marked as trusted, and only a superuser may change that".to_owned(),
                sql: vec![format!(
                    "update pg_catalog.pg_language set lanpltrusted = false where lanname = {}",
                    literal(&name)
                )],
            });
        }
        Ok(open)
    }

    async fn foreign_servers(&self) -> Result<Vec<Open>, ApplyError> {
        let query = "select k.kind, k.name from (select 'foreign data wrapper' as kind, w.fdwname::text as name, w.fdwacl as acl, \
                     w.fdwowner as owner, 'F'::\"char\" as letter from pg_catalog.pg_foreign_data_wrapper w union all \
                     select 'foreign server', s.srvname::text, s.srvacl, s.srvowner, 'S'::\"char\" from pg_catalog.pg_foreign_server s) k \
                     where exists (select from pg_catalog.aclexplode(coalesce(k.acl, pg_catalog.acldefault(k.letter, k.owner))) a \
                     where a.grantee = 0) order by 1, 2";
        let mut open = Vec::new();
        for row in self.rows(query).await? {
            let (kind, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            open.push(Open {
                what: format!("every login may use {kind} {}", ident(&name)),
                why: "PUBLIC has USAGE on it, and it is not this project's to close".to_owned(),
                sql: vec![format!("revoke usage on {kind} {} from public", ident(&name))],
            });
        }
        Ok(open)
    }

    async fn server(&self) -> Result<Option<Open>, ApplyError> {
        let query = "select pg_catalog.current_setting('server_version_num')::int4, pg_catalog.current_setting('server_version')";
        let row = self.transaction.query_typed_one(query, &[]).await?;
        let (number, version): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
        Ok(fixed::open(u32::try_from(number).unwrap_or_default()).map(|(holes, least)| Open {
            what: format!("the server is Postgres {version}, which has known holes: {}", holes.join(", ")),
            why: format!("they are fixed in {least}: install it"),
            sql: Vec::new(),
        }))
    }
}

/// What a role can do beside what it was granted.
struct Powers {
    attributes: Vec<&'static str>,
    /// It is whoever deploys.
    deploys: bool,
    member_of: Vec<String>,
}

fn take(role: &str, attributes: &[&str]) -> String {
    let words: Vec<String> = attributes.iter().map(|word| format!("no{}", word.to_lowercase())).collect();
    format!("alter role {} {}", ident(role), words.join(" "))
}

/// Whether a session that begins with this setting is somebody else, or less bound, than the rules say.
fn weakens(name: &str, value: &str) -> bool {
    match name {
        "session_replication_role" => value == "replica",
        "row_security" => matches!(value, "off" | "false" | "no" | "0"),
        "role" | "session_authorization" => value != "none" && value != "default",
        _ => ["request.", "jwt.claims.", "seal."].iter().any(|begin| name.starts_with(begin)),
    }
}

#[cfg(test)]
mod tests {
    use super::weakens;

    #[test]
    fn only_what_weakens_is_told() {
        for (name, value) in [
            ("session_replication_role", "replica"),
            ("row_security", "off"),
            ("role", "x"),
            ("request.jwt.claims", "{}"),
        ] {
            assert!(weakens(name, value), "{name}");
        }
        for (name, value) in
            [("session_replication_role", "origin"), ("row_security", "on"), ("statement_timeout", "5s")]
        {
            assert!(!weakens(name, value), "{name}");
        }
    }
}
