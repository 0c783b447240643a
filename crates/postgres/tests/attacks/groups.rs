//! Groups: several on one table, children by INHERITS, founders, the last holder, granting in every disguise.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// Two groups share the table of members and the table that a founder inserts into: each keeps its own triggers.
#[tokio::test(flavor = "multi_thread")]
async fn groups_on_one_table_keep_their_own_triggers() {
    let schema = "
        create schema app;
        create table app.orgs (id int primary key, name text);
        create table app.members (org_id int references app.orgs, user_id uuid, role text, level text);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "owner"] }
        granted_by = "owner"
        founder = "owner"
        [groups.club]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "level", order = ["guest", "host"] }
        granted_by = "host"
        founder = "host"
        [tables]
        "app.orgs" = { select = "org(id) or club(id)", insert = "true" }
        "app.members" = { select = "user_id = me() or org(org_id)", update = "user_id = me()", delete = "user_id = me()" }
    "#;
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_twice", schema, access, "select").await;
        let ann = sealed.member(ANN).await;
        ann.run("insert into app.orgs values (1, 'x')").await.unwrap();
        ann.rows(1, "select from app.members where role = 'owner'").await;
        ann.rows(1, "select from app.members where level = 'host'").await;
        ann.refused("the last owner of `org` cannot leave", "delete from app.members where role = 'owner'").await;
        ann.refused("the last host of `club` cannot leave", "delete from app.members where level = 'host'").await;
    }
}

/// Rows of a child by INHERITS, which statements on the parent reach, obey what is said of the parent's columns and members.
#[tokio::test(flavor = "multi_thread")]
async fn children_by_inherits_obey_the_parents_triggers() {
    let schema = "
        create schema app;
        create table app.members (org_id int, user_id uuid, role text, stamp text);
        create table app.guests (until date) inherits (app.members);
        create table app.parts (org_id int, user_id uuid, role text) partition by list (org_id);
        create table app.parts_1 partition of app.parts for values in (1);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin", "owner"] }
        granted_by = "admin"
        [groups.part]
        table = "app.parts"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin", "owner"] }
        granted_by = "admin"
        [tables]
        "app.members" = { select = "org(org_id)", update = "user_id = me()", delete = "user_id = me()", columns.stamp = { update = "never" } }
        "app.parts" = { select = "part(org_id)", update = "user_id = me()", delete = "user_id = me()" }
    "#;
    let seed = format!(
        "insert into app.guests (org_id, user_id, role) values (1, '{ANN}', 'viewer'), (1, '{BOB}', 'owner');
         insert into app.parts select org_id, user_id, role from app.guests"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_inherits", schema, access, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        for (table, group) in [("members", "org"), ("parts", "part")] {
            ann.rows(2, &format!("select * from app.{table}")).await;
            ann.refused("a membership of", &format!("update app.{table} set role = 'owner'")).await;
            bob.rows(1, &format!("update app.{table} set role = role")).await;
            let last = format!("the last owner of `{group}` cannot leave");
            bob.refused(&last, &format!("update app.{table} set role = 'admin'")).await;
            bob.refused(&last, &format!("delete from app.{table}")).await;
            ann.rows(1, &format!("delete from app.{table}")).await;
        }
        ann.refused("can never change", "update app.members set stamp = 'x'").await;
        ann.refused("permission denied", "select * from app.guests").await;
        ann.refused("permission denied", "select * from app.parts_1").await;
        ann.refused("permission denied", "insert into app.guests values (2)").await;
    }
}

/// Two owners leave at once: one of them stays, whatever the isolation.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_holder_stays_whoever_else_leaves_meanwhile() {
    let schema = "
        create schema app;
        create table app.members (org_id int, user_id uuid, role text, note text, primary key (org_id, user_id));
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "owner"] }
        granted_by = "owner"
        [tables]
        "app.members" = { select = "org(org_id)", update = "user_id = me()", delete = "user_id = me()" }
    "#;
    let seed = format!("insert into app.members values (1, '{ANN}', 'owner'), (1, '{BOB}', 'owner')");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_last", schema, access, &seed).await;
        for isolation in ["read committed", "repeatable read", "serializable"] {
            for leave in [
                "delete from app.members where user_id = seal.me()",
                "update app.members set role = 'viewer' where user_id = seal.me()",
            ] {
                let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
                for session in [&ann, &bob] {
                    let begin = format!("begin isolation level {isolation}; select count(*) from app.members");
                    session.run(&begin).await.unwrap();
                    session.run("update app.members set note = 'x' where user_id = seal.me()").await.unwrap();
                }
                // Bob waits for Ann, who is done a little later.
                let ann_leaves = async {
                    let left = ann.run(leave).await.is_ok();
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    left && ann.run("commit").await.is_ok()
                };
                let bob_leaves = async {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    bob.run(leave).await.is_ok() && bob.run("commit").await.is_ok()
                };
                let (first, second) = tokio::join!(ann_leaves, bob_leaves);
                assert!(!(first && second), "{isolation}: {leave}");
                assert_eq!(first, isolation == "read committed", "{isolation}: {leave}");
                for session in [&ann, &bob] {
                    session.run("rollback").await.unwrap();
                }
                let owners = "select count(*) from app.members where role = 'owner'";
                let rows = sealed.scratch.client().query_one(owners, &[]).await.unwrap();
                assert!(rows.get::<_, i64>(0) >= 1, "{isolation}: {leave}");
                sealed.operate(&format!("truncate app.members; set session_replication_role = replica; {seed}; reset session_replication_role")).await;
            }
        }
    }
}
