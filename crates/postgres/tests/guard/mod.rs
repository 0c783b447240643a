//! The guard: what somebody makes beside pgseal is born closed, what weakens a sealed object is refused, and nothing else is.

mod creator;
mod names;
mod operation;
mod operator;

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::DatabaseError;
use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::project::{Compiled, Input, prepare};
use tokio_postgres::Client;

use crate::examples::findings;

const SCHEMA: &str = "\
create schema app;
create type app.kind as enum ('a', 'b');
create table app.notes (id bigint generated always as identity primary key, owner_id uuid not null, body text, secret text);
create table app.events (at int not null, owner_id uuid not null, what text) partition by range (at);
create table app.events_1 partition of app.events for values from (1) to (2);
create view app.open_notes as select id, body from app.notes;
create sequence app.tickets;
create function app.count_notes() returns bigint language sql stable as 'select 1::bigint';
create function app.steps(n int) returns int language plpgsql security definer set search_path = pg_catalog, pg_temp as 'begin return n; end';
";

const ACCESS: &str = r#"
[identity]
user = "uuid"

[roles]
member = { default = true }

[tables]
"app.notes" = "owned(owner_id)"
"app.events" = { model = "owned(owner_id)", columns.owner_id = { update = "never" } }

[views]
"app.open_notes" = { select = ["member"] }

[functions]
"app.count_notes()" = { execute = ["member"] }
"app.steps(int)" = { execute = ["member"], runs_as = "definer", may = {}, because = "counts steps" }
"#;

/// What is there before pgseal and is not its own: `creator` may make what they like in `play` and owns some of `theirs`.
const BEFORE: &str = "\
create schema play authorization creator_of_$p;
create schema theirs authorization creator_of_$p;
set role creator_of_$p;
create table theirs.old (id int);
create table theirs.parts (id int) partition by range (id);
grant select on theirs.old to public;
create view theirs.all_old as select * from theirs.old;
create function theirs.two() returns int language sql as 'select 2';
reset role;
";

/// A database sealed by a superuser, so that the guard is on.
struct Guarded<'a> {
    server: &'a Server,
    prefix: &'static str,
    name: String,
    compiled: Compiled,
}

impl<'a> Guarded<'a> {
    async fn new(server: &'a Server, prefix: &'static str) -> Self {
        let compiled = compiled(server, prefix, SCHEMA, ACCESS).await;
        let guarded = Self { server, prefix, name: format!("{prefix}_db"), compiled };
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        for role in ["creator_of", "other_of"] {
            administrator.batch_execute(&format!("create role {role}_{prefix} login")).await.unwrap();
        }
        administrator.batch_execute(&format!("create database {}", guarded.name)).await.unwrap();
        guarded.run(BEFORE).await;
        let applied = guarded.apply(Options { yes: true, ..Options::default() }).await.unwrap();
        assert!(applied.changes.iter().any(|change| change.to_string() == "create event trigger seal_guard_verify"));
        assert_eq!(guarded.apply(Options::default()).await.unwrap().changes, []);
        // Whoever makes tables may connect.
        guarded.run("grant connect, create, temp on database $d to creator_of_$p").await;
        guarded
    }

    async fn connect(&self, user: &str) -> Client {
        self.server.connect(&self.name, &user.replace("$p", self.prefix)).await.unwrap()
    }

    fn filled(&self, sql: &str) -> String {
        sql.replace("$p", self.prefix).replace("$d", &self.name)
    }

    async fn apply(&self, options: Options<'_>) -> Result<Applied, ApplyError> {
        let mut client = self.connect(SUPERUSER).await;
        apply(&mut client, &self.compiled.canonical, self.prefix, options).await
    }

    /// As a superuser.
    async fn run(&self, sql: &str) {
        let sql = self.filled(sql);
        let client = self.connect(SUPERUSER).await;
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// One boolean, as a superuser.
    async fn holds(&self, sql: &str) -> bool {
        let sql = format!("select {}", self.filled(sql));
        self.connect(SUPERUSER)
            .await
            .query_one(&sql, &[])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    }

    /// Statements in a transaction that is undone: the answer.
    async fn attempt(&self, client: &Client, sql: &str) -> Result<(), DatabaseError> {
        client.batch_execute("begin").await.unwrap();
        let answer = client.batch_execute(&self.filled(sql)).await.map_err(DatabaseError::from);
        client.batch_execute("rollback").await.unwrap();
        answer
    }

    async fn refuses(&self, client: &Client, cases: &[(&str, &str)]) {
        let mut wrong = Vec::new();
        for (sql, message) in cases {
            let message = self.filled(message);
            match self.attempt(client, sql).await {
                Err(error) if error.is("42501") && error.message.contains(&message) => {}
                Err(error) => wrong.push(format!("{sql}: {error:?}")),
                Ok(()) => wrong.push(format!("{sql}: not refused")),
            }
        }
        assert!(wrong.is_empty(), "on {}:\n{}", self.server.version(), wrong.join("\n"));
    }

    async fn lets(&self, client: &Client, cases: &[&str]) {
        let mut wrong = Vec::new();
        for sql in cases {
            if let Err(error) = self.attempt(client, sql).await {
                wrong.push(format!("{sql}: {error:?}"));
            }
        }
        assert!(wrong.is_empty(), "on {}:\n{}", self.server.version(), wrong.join("\n"));
    }
}

async fn compiled(server: &Server, prefix: &str, schema: &str, access: &str) -> Compiled {
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml", access)];
    let schema = vec![sources.add("schema.sql", schema)];
    let (mut settings, _) = settings::parse(&sources, None, "guarded");
    settings.role_prefix = prefix.to_owned();
    let input = Input { sources, settings, access, schema };
    let project = prepare(&input, server).await.unwrap();
    project.compiled.clone().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)))
}
