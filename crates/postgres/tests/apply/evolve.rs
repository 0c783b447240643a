//! A sealed database and a model or schema that moved on.

use pgseal_engine::catalog::{Catalog, ObjectId, Privilege, Statement};
use pgseal_engine::diff::Change;
use pgseal_postgres::apply::ApplyError;
use pgseal_postgres::testing;

use super::assert_sealed;
use super::project::{Database, Project, schema, table};

fn words(changes: &[Change]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

/// Applies, and makes sure that nothing is left to do.
async fn apply(database: &Database<'_>, desired: &Catalog) -> Vec<String> {
    let applied = database.apply(desired).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(database.apply(desired).await.unwrap().changes, []);
    assert_sealed(database).await;
    words(&applied.changes)
}

#[tokio::test]
async fn new_things_are_made_and_old_ones_go() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "evolve");
        let member = format!("{}_role_member", project.prefix);
        let database = project.database_of_deployer("db").await;
        database.apply(&project.desired(&schema()).await).await.unwrap();
        database.run("insert into app.orgs (name) values ('kept')").await;

        // A rule, a grant and a role.
        let mut raw = project.raw(&schema()).await;
        let notes = raw.tables.get_mut(&table("notes")).unwrap();
        notes.policies.get_mut("seal_select_member").unwrap().using = Some("status = 'draft'".to_owned());
        notes.acl.grant(&member, Privilege::Delete);
        let role = raw.roles[&member].clone();
        raw.roles.insert(format!("{}_role_staff", project.prefix), role);
        let desired = project.canonical(&raw).await;
        let changed = apply(&database, &desired).await;
        for expected in [
            format!("grant delete on table app.notes to {member}"),
            "drop policy seal_select_member on app.notes".to_owned(),
            "create policy seal_select_member on app.notes".to_owned(),
        ] {
            assert!(changed.contains(&expected), "{expected}: {changed:#?}");
        }

        // A table, an index on a table with rows, another body, another view, one function less.
        let mut files = schema();
        for statement in &mut files {
            statement.sql = statement
                .sql
                .replace("select count(*) from app.notes", "select 1 + count(*) from app.notes")
                .replace("select id, body from app.notes", "select id, body, author from app.notes");
        }
        files.retain(|statement| !statement.sql.contains("app.touch()"));
        let new = |object, sql: &str| Statement { object, sql: sql.to_owned() };
        files.push(new(
            ObjectId::Table(table("tasks")),
            "create table app.tasks (id int, note bigint references app.notes)",
        ));
        files.push(new(
            ObjectId::Index(table("orgs"), "orgs_name".to_owned()),
            "create index orgs_name on app.orgs (name)",
        ));
        files.push(new(
            ObjectId::Index(table("events"), "events_at".to_owned()),
            "create index events_at on app.events (at)",
        ));
        files.push(new(ObjectId::Other("collation".to_owned()), "create collation app.plain from \"C\""));
        let changed = apply(&database, &project.desired(&files).await).await;
        for expected in [
            "create table app.tasks",
            "create index orgs_name on app.orgs",
            "create index events_at on app.events",
            "replace function app.count_notes()",
            "replace view app.open_notes",
            "drop trigger touch on app.notes",
            "drop function app.touch()",
        ] {
            assert!(changed.iter().any(|line| line == expected), "{expected}: {changed:#?}");
        }
        assert!(database.holds("exists (select from pg_collation where collname = 'plain')").await);
        assert!(database.holds("exists (select from app.orgs where name = 'kept')").await);
    }
}

#[tokio::test]
async fn a_view_whose_columns_change_is_made_anew_with_those_that_read_it() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "views");
        let mut files = schema();
        files.push(Statement {
            object: ObjectId::View(table("of_open")),
            sql: "create view app.of_open with (security_barrier) as select body from app.open_notes".to_owned(),
        });
        let database = project.database_of_deployer("db").await;
        database.apply(&project.desired(&files).await).await.unwrap();
        for statement in &mut files {
            statement.sql = statement.sql.replace("select id, body from app.notes", "select body, id from app.notes");
        }
        let changed = apply(&database, &project.desired(&files).await).await;
        for expected in ["drop view app.of_open", "drop view app.open_notes", "create view app.of_open"] {
            assert!(changed.iter().any(|line| line == expected), "{expected}: {changed:#?}");
        }
    }
}

#[tokio::test]
async fn a_function_with_another_result_is_made_anew() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "functions");
        let database = project.database_of_deployer("db").await;
        database.apply(&project.desired(&schema()).await).await.unwrap();
        let mut files = schema();
        for statement in &mut files {
            statement.sql =
                statement.sql.replace("returns bigint", "returns numeric").replace("returns void", "returns setof int");
            statement.sql = statement.sql.replace("where author = old", "where author = old returning 1");
        }
        let changed = apply(&database, &project.desired(&files).await).await;
        for expected in ["drop function app.count_notes()", "drop function app.merge(uuid, uuid)"] {
            assert!(changed.iter().any(|line| line == expected), "{expected}: {changed:#?}");
        }
    }
}

#[tokio::test]
async fn changes_of_tables_are_named_all_at_once_and_nothing_is_applied() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "columns");
        let database = project.database_of_deployer("db").await;
        database.apply(&project.desired(&schema()).await).await.unwrap();
        let mut files = schema();
        for statement in &mut files {
            statement.sql = statement
                .sql
                .replace("author uuid, body text", "author text not null, heading varchar(20)")
                .replace("length(body) < 1000", "author <> ''")
                .replace("('draft', 'sent')", "('draft', 'sent', 'paid')")
                .replace("id, body from", "id from")
                .replace("set author = new where author = old", "set author = '' where author = ''");
        }
        files.retain(|statement| !statement.sql.contains("Tags"));
        files.push(Statement {
            object: ObjectId::Table(table("would_be_new")),
            sql: "create table app.would_be_new (id int)".to_owned(),
        });
        let mut raw = project.raw(&files).await;
        raw.tables.get_mut(&table("notes")).unwrap().policies.clear();
        let desired = project.canonical(&raw).await;
        let before = database.catalog().await;
        let error = database.apply(&desired).await.unwrap_err();
        assert!(matches!(error, ApplyError::Unsupported(_)), "{error}");
        let text = error.to_string();
        for expected in [
            "table app.notes: column `author` is uuid, shall be text",
            "table app.notes: column `author` is nullable, shall be NOT NULL",
            "table app.notes: column `heading` (character varying(20)) is new",
            "table app.notes: column `body` is no longer in the schema",
            "table app.notes: constraint `body_short` is `CHECK ((length(body) < 1000))`, shall be `CHECK ((author <> ''::text))`",
            "type app.status: has the labels draft, sent, shall have draft, sent, paid",
            "table public.\"Tags\": is no longer in the schema: drop it by hand, then apply again",
        ] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(database.catalog().await == before);
    }
}
