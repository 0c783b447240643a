//! The scratch database: loading in any order, scripts, probes.

use pgseal_engine::catalog::{ObjectId, Statement};
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;

fn statements(texts: &[&str]) -> Vec<Statement> {
    texts.iter().map(|sql| Statement { object: ObjectId::Other((*sql).to_owned()), sql: (*sql).to_owned() }).collect()
}

fn texts(statements: &[Statement]) -> Vec<&str> {
    statements.iter().map(|statement| statement.sql.as_str()).collect()
}

#[tokio::test]
async fn files_load_in_any_order() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        let given = statements(&[
            "create view app.open_tasks as select id from app.tasks -- a comment at the end",
            "create table app.tasks (id int primary key, project int references app.projects, state app.state)",
            "create table app.projects (id int primary key)",
            "create schema app",
            "create type app.state as enum ('open', 'done')",
        ]);
        let order = scratch.load(&given).await.unwrap().unwrap();
        assert_eq!(texts(&order), [given[3].sql.as_str(), &given[4].sql, &given[2].sql, &given[1].sql, &given[0].sql]);
        let catalog = scratch.introspect("acme").await.unwrap();
        assert_eq!(catalog.tables.len(), 2);
        // That order loads in one round: each keeps its place.
        let again = Scratch::new(server).await.unwrap();
        assert_eq!(again.load(&order).await.unwrap().unwrap(), order);
        again.close(None).await.unwrap();
        scratch.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn what_does_not_load_is_reported_with_its_place() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        let given = statements(&[
            "create table b (id int references a)",
            "create table broken (id inte)",
            "create table a (id int primary key)",
            "create view v as select nothing from a",
        ]);
        let failures = scratch.load(&given).await.unwrap().unwrap_err();
        let seen: Vec<_> = failures.iter().map(|f| (f.index, f.error.message.as_str(), f.error.position)).collect();
        assert_eq!(
            seen,
            [(1, "type \"inte\" does not exist", Some(25)), (3, "column \"nothing\" does not exist", Some(25)),]
        );
        scratch.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn external_tables_come_first() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        scratch.create_external(&["auth.users(id uuid primary key)".to_owned()]).await.unwrap();
        let given = statements(&["create table notes (author uuid references auth.users)"]);
        scratch.load(&given).await.unwrap().unwrap();
        for wrong in ["auth.users", "auth.x(id uuid); drop schema auth cascade", "1(id int)", ""] {
            let error = scratch.create_external(&[wrong.to_owned()]).await.unwrap_err();
            assert!(error.to_string().contains("write it as"), "{error}");
        }
        scratch.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn a_script_runs_whole_or_not_at_all() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        let script = |last: &str| ["create table t (id int)".to_owned(), last.to_owned()];
        let failure = scratch.run(&script("create table t2 (id inte)")).await.unwrap_err();
        assert_eq!((failure.index, failure.statement.as_str()), (1, "create table t2 (id inte)"));
        assert!(scratch.introspect("acme").await.unwrap().tables.is_empty());
        scratch.run(&script("create table t2 (id int)")).await.unwrap();
        assert_eq!(scratch.introspect("acme").await.unwrap().tables.len(), 2);
        scratch.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn a_probe_leaves_nothing() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        scratch.probe("create table t (id int)").await.unwrap();
        let error = scratch.probe("select id from t").await.unwrap_err();
        assert_eq!((error.code.as_str(), error.position), ("42P01", Some(16)));
        assert!(scratch.introspect("acme").await.unwrap().tables.is_empty());
        scratch.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn closing_takes_the_database_and_the_roles() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::at(&server.url("postgres")).await.unwrap();
        scratch
            .run(&["create role closing_owner".into(), "create schema s authorization closing_owner".into()])
            .await
            .unwrap();
        let name = scratch.name().to_owned();
        let template = {
            let copy = Scratch::new(server).await.unwrap();
            copy.name().to_owned()
        };
        assert_ne!(name, template);
        scratch.close(Some("closing")).await.unwrap();
        let client = server.connect("postgres", "pgseal").await.unwrap();
        let query = "select (select count(*) from pg_roles where rolname ~ '^closing_') \
                     + (select count(*) from pg_database where datname = $1)";
        let left: i64 = client.query_one(query, &[&name]).await.unwrap().get(0);
        assert_eq!(left, 0);
    }
}

/// Postgres evaluates parts of some statements right away. Whoever checks a project need not trust it with the server's files.
#[tokio::test]
async fn what_a_schema_evaluates_runs_without_rights() {
    for server in testing::servers().await.unwrap() {
        let scratch = Scratch::new(server).await.unwrap();
        let given = statements(&[
            "create function public.who() returns boolean language plpgsql as \
             'begin reset role; return (select rolsuper from pg_roles where rolname = session_user); end'",
            "create table public.parent (superuser boolean) partition by list (superuser)",
            "create table public.seen partition of public.parent for values in (public.who())",
        ]);
        scratch.load(&given).await.unwrap().unwrap();
        let bound = "select pg_get_expr(relpartbound, oid) from pg_class where relname = 'seen'";
        let seen: String = scratch.client().query_one(bound, &[]).await.unwrap().get(0);
        let asked: bool = scratch.client().query_one("select public.who()", &[]).await.unwrap().get(0);
        assert_eq!(
            (seen.as_str(), asked),
            ("FOR VALUES IN (false)", true),
            "only the test's connection is a superuser's"
        );
        let program = "do $$ begin reset role; copy (select 1) to program 'true'; end $$";
        assert!(scratch.probe(program).await.unwrap_err().is("42501"));
        assert!(scratch.run(&[program.to_owned()]).await.unwrap_err().error.is("42501"));
        scratch.close(None).await.unwrap();
    }
}
