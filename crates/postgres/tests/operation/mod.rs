//! What a person does who runs a sealed database: docs/operation.md, page by page, on real servers.

mod columns;
mod earlier;
mod leaving;
mod others;
mod poolers;
mod rename;
mod replication;
mod soft_delete;
mod triggers;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use tokio_postgres::Client;

use crate::attacks::Session;
use crate::examples::findings;

/// A project of two texts.
pub fn input(prefix: &str, schema: &str, access: &str) -> Input {
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml", access)];
    let schema = vec![sources.add("schema.sql", schema)];
    let (mut settings, _) = settings::parse(&sources, None, "operated");
    settings.role_prefix = prefix.to_owned();
    Input { sources, settings, access, schema }
}

/// What a project compiles to. To be called before a database of the same server is sealed: the scratch database shares its roles.
pub async fn compiled(server: &Server, prefix: &str, schema: &str, access: &str) -> Catalog {
    let input = input(prefix, schema, access);
    let project = prepare(&input, server).await.unwrap();
    let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
    compiled.canonical.clone()
}

/// A database that `pgseal apply` sealed, and may seal again.
pub struct Operated<'a> {
    pub server: &'a Server,
    pub name: String,
    pub prefix: String,
    /// Who applies and lets people in.
    pub deployer: String,
    /// The operator, who is a superuser.
    pub operator: Client,
}

impl<'a> Operated<'a> {
    /// An empty database; its name is the prefix too.
    pub async fn empty(server: &'a Server, prefix: &str) -> Self {
        Self::of(server, prefix, "pgseal").await
    }

    /// The same, owned and deployed by somebody else.
    pub async fn of(server: &'a Server, prefix: &str, deployer: &str) -> Self {
        let name = format!("operated_{prefix}");
        server.drop_database(&name).await.unwrap();
        server.create_database(&name, None).await.unwrap();
        let operator = server.connect(&name, "pgseal").await.unwrap();
        operator.batch_execute(&format!("alter database {name} owner to {deployer}")).await.unwrap();
        Self { server, name, prefix: prefix.to_owned(), deployer: deployer.to_owned(), operator }
    }

    /// A sealed one, filled past all rules and triggers.
    pub async fn sealed(server: &'a Server, prefix: &str, desired: &Catalog, seed: &str) -> Self {
        let database = Self::empty(server, prefix).await;
        database.apply(desired, Options::default()).await.unwrap();
        database.run(&format!("set session_replication_role = replica; {seed}; reset session_replication_role")).await;
        database
    }

    /// `pgseal apply`.
    pub async fn apply(&self, desired: &Catalog, options: Options<'_>) -> Result<Applied, ApplyError> {
        let mut client = self.server.connect(&self.name, &self.deployer).await.unwrap();
        apply(&mut client, desired, &self.prefix, options).await
    }

    /// As the operator.
    pub async fn run(&self, sql: &str) {
        self.operator.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// One text, as the operator.
    pub async fn value(&self, sql: &str) -> String {
        let row = self.operator.query_one(&format!("select ({sql})::text"), &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// A session with a lease.
    pub async fn session(&self, lease: Lease) -> Session {
        let url = self.server.url(&self.name);
        let login = issue(&self.server.connect(&self.name, &self.deployer).await.unwrap(), &self.prefix, &url, &lease)
            .await
            .unwrap();
        let mut config = self.server.config(&self.name, &login.role);
        config.password(&login.password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        Session { login: login.role, client }
    }

    /// A session of somebody signed in.
    pub async fn member(&self, id: &str) -> Session {
        self.session(Lease::new("role_member", Some(id))).await
    }

    /// The same of somebody in another role.
    pub async fn person(&self, role: &str, id: &str) -> Session {
        self.session(Lease { capability: format!("role_{role}"), ..Lease::new("role_member", Some(id)) }).await
    }
}
