//! A sealed database made from a project's texts by the real pipeline, filled with rows, and real sessions in it.

use std::collections::BTreeMap;
use std::time::Duration;

use pgseal_engine::catalog::{Catalog, Constraint, ConstraintKind};
use pgseal_engine::evaluate::{Capability, Principal, Rows, Value};
use pgseal_engine::model::Model;
use pgseal_engine::source::Sources;
use pgseal_engine::sql::{idents, literal};
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::lease::{self, Lease};
use pgseal_postgres::project::{Input, Project, prepare};
use tokio_postgres::Client;

use super::atoms::Types;
use super::compare::Keys;

/// A project as texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    pub schema: String,
    pub access: String,
}

impl Texts {
    pub fn of(project: &super::project::Project) -> Self {
        Self { schema: project.schema_sql(), access: project.access_toml() }
    }
}

/// Its database.
pub struct Database<'a> {
    server: &'a Server,
    name: String,
    pub prefix: String,
    pub model: Model,
    pub types: Types,
    pub keys: Keys,
    /// A superuser's connection.
    pub control: Client,
}

/// A session and who is in it.
pub struct Session {
    pub principal: Principal,
    pub client: Client,
}

impl<'a> Database<'a> {
    /// Makes it; or says what `check` finds wrong with the texts.
    pub async fn new(server: &'a Server, texts: &Texts, prefix: &str) -> Result<Self, String> {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", &texts.access)];
        let schema = vec![sources.add("schema/schema.sql", &texts.schema)];
        let (mut settings, _) = settings::parse(&sources, None, prefix);
        settings.role_prefix = prefix.to_owned();
        let input = Input { sources, settings, access, schema };
        let project = prepare(&input, server).await.map_err(|error| format!("BUG: {error}"))?;
        let (Some(compiled), Some(model)) = (&project.compiled, project.model.clone()) else {
            return Err(findings(&input, &project));
        };
        let name = format!("differential_{prefix}");
        server.drop_database(&name).await.expect("the server is there");
        server.create_database(&name, None).await.expect("the server is there");
        let mut control = server.connect(&name, SUPERUSER).await.expect("the server is there");
        let options = Options { yes: true, ..Options::default() };
        apply(&mut control, &compiled.canonical, prefix, options).await.map_err(|error| format!("BUG: {error}"))?;
        let (types, keys) = (types(&project.schema), keys(&project.schema));
        Ok(Self { server, name, prefix: prefix.to_owned(), model, types, keys, control })
    }

    /// Replaces all rows, past every constraint and trigger.
    pub async fn load(&self, rows: &Rows) {
        let mut script = String::from("begin; set local session_replication_role = replica;\n");
        for (table, types) in &self.types {
            script.push_str(&format!("delete from {};\n", table.sql()));
            for row in rows.of(table) {
                let columns: Vec<String> = row.keys().filter(|column| types.contains_key(*column)).cloned().collect();
                let values: Vec<String> = columns.iter().filter_map(|column| row.get(column).map(Value::sql)).collect();
                let (columns, values) = (idents(&columns), values.join(", "));
                script.push_str(&format!("insert into {} ({columns}) values ({values});\n", table.sql()));
            }
        }
        script.push_str("commit;");
        self.control.batch_execute(&script).await.unwrap_or_else(|error| panic!("{error:?}\n{script}"));
    }

    /// A session with a lease of its own. An expired one is let in first.
    pub async fn session(&self, principal: &Principal) -> Session {
        let url = self.server.url(&self.name);
        let login = lease::issue(&self.control, &self.prefix, &url, &lease_of(&self.model, principal))
            .await
            .unwrap_or_else(|error| panic!("no lease for {principal:?}: {error:?}"));
        let client = self.server.connect(&self.name, &login.role).await.expect("the login may connect");
        if !principal.live {
            let expire = format!(
                "update seal.lease set expires_at = now() - interval '1 hour' where login_role = {}",
                literal(&login.role)
            );
            self.control.batch_execute(&expire).await.expect("the lease is there");
        }
        Session { principal: principal.clone(), client }
    }

    /// Drops the database and its roles.
    pub async fn drop(self) {
        let Self { server, name, prefix, control, .. } = self;
        drop(control);
        server.drop_database(&name).await.expect("the server is there");
        server.drop_roles(&prefix).await.expect("nothing holds the roles any more");
    }
}

fn lease_of(model: &Model, principal: &Principal) -> Lease {
    let user = principal.user.as_ref().and_then(Value::text);
    let mut lease = match &principal.capability {
        Capability::Role(role) => {
            let service = model.roles.get(role).is_some_and(|role| role.service || role.anonymous);
            Lease::new(&format!("role_{role}"), if service { None } else { user.as_deref() })
        }
        Capability::Agent(agent) => {
            let role = principal.acts_for_role.as_deref().unwrap_or("member");
            Lease::new(&format!("agent_{agent}"), Some(agent))
                .acting_for(user.as_deref().unwrap_or_default(), &format!("role_{role}"))
        }
    };
    lease.claims = principal.claims.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    lease.ttl = Duration::from_secs(3600);
    lease
}

fn keys(schema: &Catalog) -> Keys {
    let of = |table: &pgseal_engine::catalog::Table| -> Vec<Constraint> {
        table.constraints.values().filter(|held| held.kind == ConstraintKind::ForeignKey).cloned().collect()
    };
    schema.tables.iter().map(|(name, table)| (name.clone(), of(table))).collect()
}

fn types(schema: &Catalog) -> Types {
    let columns = |table: &pgseal_engine::catalog::Table| -> BTreeMap<String, String> {
        table.columns.iter().map(|column| (column.name.clone(), column.type_name.clone())).collect()
    };
    schema.tables.iter().map(|(name, table)| (name.clone(), columns(table))).collect()
}

/// The errors that `check` finds.
fn findings(input: &Input, project: &Project) -> String {
    crate::examples::findings(input, project)
        .into_iter()
        .filter(|finding| finding.starts_with("Error"))
        .collect::<Vec<_>>()
        .join("\n")
}
