//! What lies around the tables, attacked with raw SQL by a leased login: closed by a deployer who is a superuser, said by one who is
//! not. Beside each refusal stands an unsealed database, in which the same statement works.

mod around;
mod capability;
mod kept;
mod shared;
mod system;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::DatabaseError;
use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::examples::findings;

/// A person.
const ANN: &str = "00000000-0000-0000-0000-00000000000a";

const SCHEMA: &str = "create schema app;
create table app.orgs (id int primary key, name text);
create table app.seats (org_id int not null references app.orgs, user_id uuid not null, rank text not null default 'owner', primary key (org_id, user_id));
create table app.notes (id int primary key, author_id uuid not null, body text);
create index on app.notes (author_id);
create function app.tell() returns void language plpgsql as $$begin perform pg_notify('notes', 'hers'); end$$;
create function app.hello() returns text language sql as $$select 'key-4711'::text$$;";

const ACCESS: &str = r#"
[roles]
visitor = { anonymous = true }
member  = { default = true }

[groups.org]
table      = "app.seats"
member     = "user_id"
key        = "org_id"
rank       = { column = "rank", order = ["viewer", "owner"] }
granted_by = "owner"

[tables]
"app.orgs"  = { select = "org(id)" }
"app.seats" = { select = "org(org_id)", insert = "org(org_id, 'owner')", delete = "org(org_id, 'owner')" }
"app.notes" = "owned(author_id)"

[functions]
"app.hello()" = { execute = ["member"] }
"app.tell()"  = { execute = ["member"], runs_as = "definer", may = {}, because = "tells the others" }
"#;

/// Rows, and what a database may hold besides.
const SEED: &str = "set session_replication_role = replica;
insert into app.orgs values (1, 'one');
insert into app.seats values (1, '00000000-0000-0000-0000-00000000000a', 'owner');
insert into app.notes select n, '00000000-0000-0000-0000-00000000000b', 'VICTIM' from generate_series(1, 1000) n;
reset session_replication_role;
analyze app.notes;
select lo_from_bytea(4242, 'VICTIM'); grant select on large object 4242 to public;";

/// A project, compiled, and the server that it is tried on.
struct Closing<'a> {
    server: &'a Server,
    prefix: String,
    compiled: pgseal_engine::catalog::Catalog,
}

impl<'a> Closing<'a> {
    async fn new(server: &'a Server, prefix: &str, pgseal_toml: &str) -> Self {
        Self::with_access(server, prefix, pgseal_toml, ACCESS).await
    }

    async fn with_access(server: &'a Server, prefix: &str, pgseal_toml: &str, access: &str) -> Self {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", access)];
        let schema = vec![sources.add("schema.sql", SCHEMA)];
        let file = sources.add("pgseal.toml", pgseal_toml);
        let (mut settings, found) = settings::parse(&sources, Some(file), prefix);
        assert_eq!(found, []);
        settings.role_prefix = prefix.to_owned();
        let input = Input { sources, settings, access, schema };
        let project = prepare(&input, server).await.unwrap();
        let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
        Self { server, prefix: prefix.to_owned(), compiled: compiled.canonical.clone() }
    }

    /// A database of that name, which belongs to somebody.
    async fn database(&self, name: &str, owner: &str) -> String {
        let name = format!("{}_{name}", self.prefix);
        let administrator = self.connect("postgres", SUPERUSER).await;
        administrator.batch_execute(&format!("create database {name} owner {owner}")).await.unwrap();
        name
    }

    /// A login that may create roles.
    async fn deployer(&self) -> String {
        let name = format!("deployer_{}", self.prefix);
        let administrator = self.connect("postgres", SUPERUSER).await;
        administrator.batch_execute(&format!("create role {name} login createrole")).await.unwrap();
        name
    }

    async fn connect(&self, database: &str, user: &str) -> Client {
        self.server.connect(database, user).await.unwrap()
    }

    async fn apply(&self, database: &str, user: &str) -> Result<Applied, ApplyError> {
        self.apply_with(database, user, Options::default()).await
    }

    async fn apply_with(&self, database: &str, user: &str, options: Options<'_>) -> Result<Applied, ApplyError> {
        apply(&mut self.connect(database, user).await, &self.compiled, &self.prefix, options).await
    }

    async fn catalog(&self, database: &str) -> pgseal_engine::catalog::Catalog {
        introspect(&self.connect(database, SUPERUSER).await, &self.prefix).await.unwrap()
    }

    /// A session of a member, let in by whoever operates.
    async fn member(&self, database: &str, operator: &str) -> Session {
        self.session(database, operator, &Lease::new("role_member", Some(ANN))).await
    }

    async fn session(&self, database: &str, operator: &str, lease: &Lease) -> Session {
        let control = self.connect(database, operator).await;
        let login = issue(&control, &self.prefix, &self.server.url(database), lease).await.unwrap();
        let mut config = self.server.config(database, &login.role);
        config.password(&login.password);
        Session::open(&config).await
    }

    /// A database with the same tables and no seal, and a login that may read them.
    async fn twin(&self) -> (String, String) {
        let (database, login) = (self.database("twin", SUPERUSER).await, format!("twin_{}", self.prefix));
        let control = self.connect(&database, SUPERUSER).await;
        control.batch_execute(SCHEMA).await.unwrap();
        control.batch_execute(SEED).await.unwrap();
        let policy = "create policy own on app.notes using (false)";
        let setup = format!(
            "create role {login} login; grant usage on schema app to {login}; grant select on all tables in schema app to {login}; \
             alter table app.notes enable row level security; {policy}"
        );
        control.batch_execute(&setup).await.unwrap();
        (database, login)
    }
}

/// A session that sends statements.
struct Session {
    client: Client,
}

impl Session {
    async fn open(config: &tokio_postgres::Config) -> Self {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        Self { client }
    }

    /// The rows that a statement returned.
    async fn run(&self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let messages = self.client.simple_query(sql).await.map_err(DatabaseError::from)?;
        let row = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        Ok(messages.iter().filter_map(row).collect())
    }

    /// A statement works.
    async fn may(&self, sql: &str) -> Vec<String> {
        self.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// It is refused for want of a privilege.
    async fn may_not(&self, sql: &str) {
        match self.run(sql).await {
            Ok(rows) => panic!("{sql}: {rows:?}"),
            Err(error) => {
                assert!(error.is("42501") && error.message.starts_with("permission denied for"), "{sql}: {error:?}")
            }
        }
    }
}
