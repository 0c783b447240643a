//! The pattern of docs/access-model.md, as it stands there, against raw SQL.

use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;

use crate::access_model;
use crate::attacks::{ANN, BOB, Sealed};

const CARL: &str = "00000000-0000-0000-0000-00000000000c";

/// What is marked as deleted is gone for readers, in every shape of statement, and comes back only by who may delete.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_pattern_holds_against_raw_sql() {
    let seed = format!(
        "insert into app.orgs (id, name) values ('{ANN}', 'A'), ('{BOB}', 'B');
         insert into app.memberships values ('{ANN}', '{ANN}', 'editor'), ('{ANN}', '{BOB}', 'viewer'), ('{BOB}', '{CARL}', 'owner');
         insert into app.files (id, org_id, name, deleted_at) values
           ('{ANN}', '{ANN}', 'live', null), ('{BOB}', '{ANN}', 'deleted', now())"
    );
    for server in testing::servers().await.unwrap() {
        let input = access_model::example_input("create table app.files", "op_soft");
        let sealed = Sealed::from_input(server, "op_soft", &input, &seed).await;
        let (editor, viewer, other) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(CARL).await);
        // Reading.
        editor.rows(2, "select * from app.files").await;
        viewer.rows(1, "select * from app.files").await;
        viewer.rows(0, "select * from app.files where deleted_at is not null").await;
        other.rows(0, "select * from app.files").await;
        for (session, rows) in [(&editor, 1), (&viewer, 1), (&other, 0)] {
            session.rows(rows, "select * from app.live_files").await;
        }
        // Nobody but an editor brings back, changes, or reaches what is deleted; blind statements included.
        for session in [&viewer, &other] {
            for sql in [
                "update app.files set deleted_at = null",
                "update app.files set name = 'back'",
                "update app.files set deleted_at = null where name = 'deleted'",
                "update app.files set deleted_at = now()",
                "with back as (update app.files set deleted_at = null returning 1) select * from back",
                "select * from app.files where name = 'deleted' for update",
            ] {
                session.rows(0, sql).await;
            }
            session.refused("permission denied", "delete from app.files").await;
            session.refused("permission denied", "update app.live_files set name = 'x'").await;
            session.refused("permission denied", "truncate app.files").await;
            for arm in ["nothing", "update set deleted_at = null"] {
                let sql = format!(
                    "insert into app.files (id, org_id, name) values ('{BOB}', '{ANN}', 'x') on conflict (id) do {arm}"
                );
                session.refused("row-level security", &sql).await;
            }
        }
        // Deleting is an update that the writer may make and still sees, in both shapes.
        editor.rows(1, "update app.files set deleted_at = now() where name = 'live'").await;
        editor.rows(2, "update app.files set deleted_at = now()").await;
        editor.rows(1, "update app.files set deleted_at = now() where name = 'live' returning id").await;
        editor.rows(1, "update app.files set deleted_at = null where name = 'deleted'").await;
        editor.refused("row-level security", &format!("update app.files set org_id = '{BOB}'")).await;
        editor.refused("permission denied", "delete from app.files").await;
        editor.run("update app.files set deleted_at = now()").await.unwrap();
        viewer.rows(0, "select * from app.files").await;
        viewer.rows(0, "select * from app.live_files").await;
    }
}

/// The condition in the SELECT rule alone, with an update rule that does not repeat it: compiled it binds blind updates too; a
/// policy written by hand does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_blind_update_brings_nothing_back() {
    let schema = "
        create schema app;
        create table app.files (id int primary key, owner uuid not null, name text, deleted_at timestamptz);
        create index on app.files (owner);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [tables."app.files"]
        select = "owner = me() and deleted_at is null"
        update = "owner = me()"
        delete = "owner = me()"
    "#;
    let seed = format!("insert into app.files values (1, '{ANN}', 'live', null), (2, '{ANN}', 'deleted', now())");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_blind", schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        for sql in [
            "update app.files set deleted_at = null",
            "update app.files set name = 'back'",
            "update app.files set name = 'back' where id in (1, 2)",
            "delete from app.files",
        ] {
            ann.rows(1, sql).await;
        }
        ann.rows(0, "update app.files set deleted_at = null where id = 2").await;
        // What `check` warns of: a row cannot be hidden from its own writer where the statement reads a column.
        ann.refused("row-level security", "update app.files set deleted_at = now() where id = 1").await;

        let twin = Scratch::new(server).await.unwrap();
        let by_hand = format!(
            "create role op_blind_twin; create schema app; {}
             insert into app.files values (1, '{ANN}', 'live', null), (2, '{ANN}', 'deleted', now());
             alter table app.files enable row level security;
             create policy r on app.files for select using (owner = '{ANN}' and deleted_at is null);
             create policy u on app.files for update using (owner = '{ANN}');
             grant usage on schema app to op_blind_twin; grant select, update on app.files to op_blind_twin;
             set role op_blind_twin",
            schema.replace("create schema app;", "")
        );
        twin.client().batch_execute(&by_hand).await.unwrap();
        assert_eq!(
            twin.client().execute("update app.files set deleted_at = null", &[]).await.unwrap(),
            2,
            "the attack is real"
        );
        twin.close(Some("op_blind_twin")).await.unwrap_or_default();
    }
}
