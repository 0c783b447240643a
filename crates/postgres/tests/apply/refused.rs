//! What apply does not do: adopt, overlook, take from others unasked, or commit what is not what was compiled.

use pgseal_engine::catalog::Catalog;
use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::testing;

use super::project::{Database, Project, schema, table};

/// Applies, expects a refusal, and that nothing changed.
async fn refused(database: &Database<'_>, desired: &Catalog) -> ApplyError {
    let before = database.catalog().await;
    let error = database.apply(desired).await.unwrap_err();
    assert!(database.catalog().await == before, "{error}");
    error
}

#[tokio::test]
async fn roles_that_are_not_ours_or_can_do_more_are_not_adopted() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "adopt");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        let owner = format!("{}_owner", project.prefix);
        database.run(&format!("create role {owner}; comment on role {owner} is 'pgseal: {}'", project.prefix)).await;
        let mark = format!("'pgseal: {}'", project.prefix);
        for (wrong, right, says) in [
            (
                format!("comment on role {owner} is null"),
                format!("comment on role {owner} is {mark}"),
                "not made by pgseal",
            ),
            (
                format!("comment on role {owner} is 'pgseal: x'"),
                format!("comment on role {owner} is {mark}"),
                "not made by",
            ),
            (format!("alter role {owner} bypassrls"), format!("alter role {owner} nobypassrls"), "has BYPASSRLS"),
            (
                format!("alter role {owner} login superuser"),
                format!("alter role {owner} nologin nosuperuser"),
                "has SUPERUSER and LOGIN",
            ),
            (
                format!("grant pg_read_all_data to {owner}"),
                format!("revoke pg_read_all_data from {owner}"),
                "is a member of pg_read_all_data",
            ),
        ] {
            database.run(&wrong).await;
            let error = refused(&database, &desired).await;
            assert!(error.to_string().contains(says), "{error}");
            database.run(&right).await;
        }
        database.apply(&desired).await.unwrap();
    }
}

#[tokio::test]
async fn what_concerns_others_is_asked_for() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "foreign");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        database
            .run("create schema legacy; create table legacy.customers (id int); grant select on legacy.customers to public")
            .await;
        let error = refused(&database, &desired).await;
        let ApplyError::NotAgreed { changes, foreign } = &error else { panic!("{error}") };
        let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            ["revoke connect, temporary on the database from public", "revoke usage on schema public from public"]
        );
        let beside: Vec<String> = foreign.iter().map(ToString::to_string).collect();
        assert_eq!(beside, ["schema legacy", "table legacy.customers"]);
        assert!(error.to_string().contains("--yes"), "{error}");
        let yes = Options { yes: true, ..Options::default() };
        let applied = database.apply_with(&desired, yes).await.unwrap();
        assert_eq!(&applied.foreign, foreign);
        assert!(database.holds("has_table_privilege('public', 'legacy.customers', 'select')").await, "left alone");
        // A table of the schema that somebody else made is taken over only if that is meant.
        database.run("alter table app.notes owner to pgseal").await;
        let error = refused(&database, &desired).await;
        assert!(error.to_string().contains("table app.notes: owner pgseal becomes"), "{error}");
        database.apply_with(&desired, yes).await.unwrap();
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
    }
}

#[tokio::test]
async fn who_may_not_deploy_is_told_what_to_do() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "deploy");
        let desired = project.desired(&schema()).await;
        let mut database = project.database_of_deployer("db").await;
        let deployer = database.owner.clone();
        database.run(&format!("alter role {deployer} nocreaterole")).await;
        let error = refused(&database, &desired).await.to_string();
        assert!(error.contains(&format!("`alter role {deployer} createrole`")), "{error}");
        database.run(&format!("alter role {deployer} createrole noinherit")).await;
        if server.major() < 16 {
            let error = refused(&database, &desired).await.to_string();
            assert!(error.contains(&format!("`alter role {deployer} inherit`")), "{error}");
        } else {
            let owner = format!("{}_owner", project.prefix);
            let mark = format!("comment on role {owner} is 'pgseal: {}'", project.prefix);
            database.run(&format!("create role {owner}; {mark}")).await;
            let error = refused(&database, &desired).await.to_string();
            assert!(error.contains("does not administer the role") && error.contains("with admin option"), "{error}");
        }
        database.run(&format!("alter role {deployer} inherit; alter database {} owner to pgseal", database.name)).await;
        let error = refused(&database, &desired).await.to_string();
        assert!(error.contains("does not own the database") && error.contains("connect as `pgseal`"), "{error}");
        database.owner = "pgseal".to_owned();
        database.apply(&desired).await.unwrap();
    }
}

#[tokio::test]
async fn another_version_and_a_read_only_session_are_refused() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "version");
        let mut desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        database.run(&format!("alter database {} set default_transaction_read_only = on", database.name)).await;
        let error = refused(&database, &desired).await;
        assert!(matches!(error, ApplyError::ReadOnly), "{error}");
        desired.server_major = 14;
        let error = refused(&database, &desired).await.to_string();
        assert!(error.contains("compiled on Postgres 14") && error.contains("scratch_url"), "{error}");
    }
}

#[tokio::test]
async fn what_is_not_as_compiled_in_the_end_is_rolled_back() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "outcome");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        database
            .run(
                "create schema platform; create function platform.open() returns event_trigger language plpgsql as $$ begin \
                 if to_regclass('app.notes') is not null and not has_table_privilege('public', 'app.notes', 'delete') then \
                 grant delete on app.notes to public; end if; end $$; \
                 create event trigger open on ddl_command_end execute function platform.open()",
            )
            .await;
        let before = database.catalog().await;
        let yes = Options { yes: true, ..Options::default() };
        let error = database.apply_with(&desired, yes).await.unwrap_err();
        let ApplyError::NotAsCompiled(left) = &error else { panic!("{error}") };
        let left: Vec<String> = left.iter().map(ToString::to_string).collect();
        assert_eq!(left, ["revoke delete on table app.notes from public"]);
        assert!(database.catalog().await == before);
        database.run("drop event trigger open").await;
        database.apply_with(&desired, yes).await.unwrap();
    }
}

#[tokio::test]
async fn a_statement_that_fails_is_named() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "fails");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        // An object of another kind has the name.
        database
            .run("create schema app; create domain app.tickets_seq as int; create table app.\"body\" (id int)")
            .await;
        database.run("create view app.notes as select 1 as id").await;
        let yes = Options { yes: true, ..Options::default() };
        let error = database.apply_with(&desired, yes).await.unwrap_err().to_string();
        assert!(error.contains("create table app.notes") && error.contains("already exists"), "{error}");
        assert!(!database.catalog().await.tables.contains_key(&table("orgs")));
    }
}

#[tokio::test]
async fn a_database_has_one_project() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "one_of_two");
        let mut desired = project.desired(&schema()).await;
        let (ours, theirs) = (format!("{}_seal", project.prefix), format!("{}_elsewhere_seal", project.prefix));
        desired.schemas.entry("seal".to_owned()).or_default().owner.clone_from(&ours);
        let database = project.database("db").await;
        database.run(&format!("create role {theirs}; create schema seal authorization {theirs}")).await;
        let error = refused(&database, &desired).await;
        assert!(
            matches!(&error, ApplyError::OtherProject { owner, seal } if *owner == theirs && *seal == ours),
            "{error}"
        );
        database.run("drop schema seal").await;
        database.run(&format!("drop role {theirs}")).await;
    }
}
