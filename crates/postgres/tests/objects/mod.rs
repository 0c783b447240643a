//! Every kind of object that schema files may hold: sealed by a real `apply`, with the guard, and tried by sessions.

mod kinds;
mod materialized;
mod stored;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Applied, Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Compiled, Input, prepare};
use tokio_postgres::Client;

use crate::attacks::Session;
use crate::examples::findings;

/// A project applied to a database of its own.
struct Project<'a> {
    server: &'a Server,
    prefix: &'static str,
    name: String,
    deployer: String,
}

impl<'a> Project<'a> {
    /// Applied by a superuser, or by somebody who only owns the database and may create roles.
    async fn new(server: &'a Server, prefix: &'static str, plain: bool, compiled: &Compiled) -> Self {
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        let deployer = match plain {
            true => format!("deployer_of_{prefix}"),
            false => SUPERUSER.to_owned(),
        };
        if plain {
            administrator.batch_execute(&format!("create role {deployer} login createrole")).await.unwrap();
        }
        let name = format!("{prefix}_db");
        administrator.batch_execute(&format!("create database {name} owner {deployer}")).await.unwrap();
        let project = Self { server, prefix, name, deployer };
        project.apply(compiled).await;
        project
    }

    /// Applies, and finds nothing more to do.
    async fn apply(&self, compiled: &Compiled) -> Applied {
        let mut client = self.connect(&self.deployer).await;
        let options = Options { yes: true, ..Options::default() };
        let applied = apply(&mut client, &compiled.canonical, self.prefix, options).await.unwrap();
        let again = apply(&mut client, &compiled.canonical, self.prefix, options).await.unwrap();
        assert_eq!(again.changes, [], "on {}", self.server.version());
        applied
    }

    async fn connect(&self, user: &str) -> Client {
        self.server.connect(&self.name, user).await.unwrap()
    }

    /// As a superuser.
    async fn operate(&self, sql: &str) {
        let client = self.connect(SUPERUSER).await;
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// One text, as a superuser.
    async fn text(&self, sql: &str) -> Option<String> {
        self.connect(SUPERUSER)
            .await
            .query_one(sql, &[])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    }

    async fn session(&self, lease: Lease) -> Session {
        let control = self.connect(SUPERUSER).await;
        let login = issue(&control, self.prefix, &self.server.url(&self.name), &lease).await.unwrap();
        let mut config = self.server.config(&self.name, &login.role);
        config.password(&login.password);
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        Session { login: login.role, client }
    }

    async fn member(&self, id: &str) -> Session {
        self.session(Lease::new("role_member", Some(id))).await
    }
}

/// All of a project's states are compiled before one is applied: roles are the server's.
async fn compiled(server: &Server, prefix: &str, schema: &str, access: &str) -> Compiled {
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml", access)];
    let schema = vec![sources.add("schema.sql", schema)];
    let (mut settings, _) = settings::parse(&sources, None, "objects");
    settings.role_prefix = prefix.to_owned();
    let input = Input { sources, settings, access, schema };
    let project = prepare(&input, server).await.unwrap();
    project.compiled.clone().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)))
}
