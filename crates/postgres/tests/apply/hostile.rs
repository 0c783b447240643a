//! A database that somebody else prepared for whoever applies.

use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::testing;

use super::project::{Project, schema};

/// Operators that fit better than Postgres' own, in a schema that is searched first; each call is written down.
const TRAP: &str = "create schema $s; create table $s.sprung (who text); grant usage on schema $s to public; \
     grant insert on $s.sprung to public; \
     create function $s.eq(oid, int) returns boolean language plpgsql as \
     $$ begin insert into $s.sprung values (current_user); return pg_catalog.oideq($1, $2::oid); end $$; \
     create operator $s.= (leftarg = oid, rightarg = int4, function = $s.eq); \
     create function $s.same(name, name) returns boolean language plpgsql as \
     $$ begin insert into $s.sprung values (current_user); return pg_catalog.nameeq($1, $2); end $$; \
     create operator $s.= (leftarg = name, rightarg = name, function = $s.same)";

#[tokio::test]
async fn nothing_of_somebody_elses_runs_as_whoever_applies() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "hostile");
        let desired = project.desired(&schema()).await;
        for database in [project.database_of_deployer("theirs").await, project.database("ours").await] {
            // Called like the login, and first in the database's own path.
            let name = format!("\"{}\"", database.owner);
            database.run(&TRAP.replace("$s", &name)).await;
            database.run(&TRAP.replace("$s", "evil")).await;
            let set = "do $$ begin execute format('alter database %I set search_path = evil, \"$user\", pg_catalog, public', \
                       current_database()); end $$";
            database.run(set).await;
            // The trap works: a session that pins nothing walks into it.
            let careless = database.connect(&database.owner).await;
            careless.batch_execute("select 1 from pg_class where relowner = 0").await.unwrap();
            let sprung = format!("not exists (select from {name}.sprung) and not exists (select from evil.sprung)");
            assert!(!database.holds(&sprung).await, "the trap is real");
            database.run(&format!("truncate {name}.sprung; truncate evil.sprung")).await;
            let options = Options { yes: true, ..Options::default() };
            let applied = database.apply_with(&desired, options).await.unwrap();
            assert!(!applied.changes.is_empty());
            assert_eq!(database.apply_with(&desired, options).await.unwrap().changes, []);
            assert!(database.holds(&sprung).await, "{} on {}", database.owner, server.version());
        }
    }
}

#[tokio::test]
async fn statistics_of_somebody_else_are_not_computed_as_the_owner() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "statistics");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        database.apply(&desired).await.unwrap();
        let other = format!("{}_other", project.prefix);
        database
            .run(&format!(
                "create role {other}; create schema mine; create statistics mine.st on (lower(body)) from app.notes; \
                 alter statistics mine.st owner to {other}"
            ))
            .await;
        let error = database.apply(&desired).await.unwrap_err();
        assert!(matches!(&error, ApplyError::CodeOfOthers(_)), "{error}");
        assert!(
            error
                .to_string()
                .contains(&format!("table app.notes has statistics object mine.st, which belongs to `{other}`")),
            "{error}"
        );
        database.run("drop statistics mine.st").await;
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
    }
}
