//! Apply on real servers: from nothing, again, after changes, after tampering, killed, and at the same time.

mod concurrent;
mod evolve;
mod examples;
mod hostile;
mod late;
mod project;
mod refused;
mod tampered;

use pgseal_engine::diff::diff;
use pgseal_engine::plan::order;
use pgseal_engine::render::script;
use pgseal_postgres::apply::Options;
use pgseal_postgres::testing;
use project::{Database, Project, schema, table};

/// What must hold of every sealed database, whoever sealed it.
async fn assert_sealed(database: &Database<'_>) {
    let prefix = &database.project.prefix;
    for holds in [
        "not exists (select from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and not \
         (relrowsecurity and relforcerowsecurity))"
            .to_owned(),
        format!("not has_database_privilege('{prefix}_role_visitor', current_database(), 'connect, temp')"),
        format!("has_database_privilege('{prefix}_role_member', current_database(), 'connect')"),
        format!("not has_schema_privilege('{prefix}_owner', 'public', 'create')"),
        format!("not has_schema_privilege('{prefix}_fn_merge', 'app', 'create')"),
        format!("not has_function_privilege('{prefix}_role_visitor', 'app.merge(uuid, uuid)', 'execute')"),
        format!("not has_database_privilege('{prefix}_owner', current_database(), 'create')"),
        "(select reloptions @> '{security_invoker=true}' from pg_class where oid = 'app.open_notes'::regclass)"
            .to_owned(),
        "(select proconfig = '{\"search_path=pg_catalog, pg_temp\"}' from pg_proc where oid = 'app.merge(uuid, \
         uuid)'::regprocedure)"
            .to_owned(),
        // Whoever deployed has nothing left but the right to administer.
        format!(
            "not exists (select from pg_auth_members m where m.roleid in (select oid from pg_roles where rolname ~ \
             '^{prefix}_') and coalesce((to_jsonb(m) ->> 'set_option')::boolean, true))"
        ),
    ] {
        assert!(database.holds(&holds).await, "{} on {}: {holds}", database.owner, database.project.server.version());
    }
}

#[tokio::test]
async fn an_empty_database_is_sealed_and_the_second_time_there_is_nothing_to_do() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "empty");
        let desired = project.desired(&schema()).await;
        let by_deployer = project.database_of_deployer("theirs").await;
        let by_superuser = project.database("ours").await;
        for database in [by_deployer, by_superuser] {
            let applied = database.apply(&desired).await.unwrap_or_else(|error| panic!("{}: {error}", database.owner));
            assert!(!applied.changes.is_empty() && !applied.statements.is_empty());
            assert_eq!(applied.foreign, []);
            assert_sealed(&database).await;
            let before = database.catalog().await;
            let again = database.apply(&desired).await.unwrap();
            assert_eq!((again.changes, again.statements.len()), (vec![], 0));
            assert!(database.catalog().await == before);
        }
    }
}

#[tokio::test]
async fn the_script_that_psql_runs_does_the_same() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "script");
        let raw = project.raw(&schema()).await;
        let desired = project.canonical(&raw).await;
        let database = project.database_of_deployer("db").await;
        let nothing = pgseal_engine::catalog::Catalog { roles: Default::default(), ..database.catalog().await };
        let text = script(&order(diff(&nothing, &raw)));
        let (psql, sql) = text.split_once('\n').unwrap();
        assert_eq!(psql, "\\set ON_ERROR_STOP on");
        database.connect(&database.owner).await.batch_execute(sql).await.unwrap();
        assert_sealed(&database).await;
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
        // Run again it stops at the first thing that is there, and leaves all as it was.
        let before = database.catalog().await;
        assert!(database.connect(&database.owner).await.batch_execute(sql).await.is_err());
        assert!(database.catalog().await == before);
    }
}

#[tokio::test]
async fn a_dry_run_runs_everything_and_leaves_nothing() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "dry");
        let desired = project.desired(&schema()).await;
        let database = project.database_of_deployer("db").await;
        let before = database.catalog().await;
        let dry = database.apply_with(&desired, Options { dry_run: true, ..Options::default() }).await.unwrap();
        assert!(dry.dry_run);
        assert!(database.catalog().await == before);
        let wet = database.apply(&desired).await.unwrap();
        assert_eq!((dry.changes, dry.statements), (wet.changes, wet.statements));
        assert!(!database.catalog().await.tables[&table("notes")].policies.is_empty());
    }
}
