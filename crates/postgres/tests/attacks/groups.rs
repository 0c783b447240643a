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
    /// A key's type, Ann's and Bob's value of it, and what Ann's session sets: equal keys need not read alike.
    const KEYS: [(&str, [&str; 2], &str); 3] = [
        ("int", ["1", "1"], "select 1"),
        ("numeric", ["1.0", "1.00"], "select 1"),
        ("date", ["'2026-11-21'", "'2026-11-21'"], "set datestyle = 'German'"),
    ];
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
    let mut tried = Vec::new();
    for server in testing::servers().await.unwrap() {
        tried.extend(KEYS.map(|key| (server, key)));
    }
    for (server, (kind, [anns, bobs], setting)) in tried {
        let schema = format!(
            "create schema app;
             create table app.members (org_id {kind}, user_id uuid, role text, note text, primary key (org_id, user_id));"
        );
        let prefix = format!("atk_last_{kind}");
        let seed = format!("insert into app.members values ({anns}, '{ANN}', 'owner'), ({bobs}, '{BOB}', 'owner')");
        let sealed = Sealed::new(server, &prefix, &schema, access, &seed).await;
        let isolations = ["read committed", "repeatable read", "serializable"];
        for isolation in isolations.into_iter().take(if kind == "int" { 3 } else { 1 }) {
            for leave in [
                "delete from app.members where user_id = seal.me()",
                "update app.members set role = 'viewer' where user_id = seal.me()",
            ] {
                let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
                ann.run(setting).await.unwrap();
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

/// Whoever deletes a group's row and inserts it again does not found it anew; a row that moves to another partition founds nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_group_is_not_founded_again() {
    let schema = "
        create schema app;
        create table app.orgs (id int, region text, parent_id int, primary key (id));
        alter table app.orgs add foreign key (parent_id) references app.orgs deferrable initially deferred;
        create table app.members (
            org_id int references app.orgs deferrable initially deferred, user_id uuid, role text, primary key (org_id, user_id)
        );
        create table app.sites (id int, region text, primary key (id, region)) partition by list (region);
        create table app.sites_eu partition of app.sites for values in ('eu');
        create table app.sites_us partition of app.sites for values in ('us');
        create table app.site_members (
            site_id int, region text, user_id uuid, role text,
            foreign key (site_id, region) references app.sites on update cascade deferrable initially deferred
        );
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin", "owner"] }
        parent = "app.orgs.parent_id"
        granted_by = "admin"
        founder = "owner"
        [groups.site]
        table = "app.site_members"
        member = "user_id"
        key = ["site_id", "region"]
        rank = { column = "role", order = ["viewer", "owner"] }
        founder = "owner"
        [tables]
        "app.orgs" = { select = "org(id)", insert = "true", delete = "org(id, 'admin')" }
        "app.members" = { select = "org(org_id)" }
        "app.sites" = { select = "true", insert = "true", update = "true" }
        "app.site_members" = { select = "true" }
    "#;
    let seed = format!(
        "insert into app.orgs (id) values (1), (2), (3); update app.orgs set parent_id = 1 where id = 3;
         insert into app.members values (1, '{BOB}', 'owner'), (1, '{ANN}', 'admin'), (2, '{ANN}', 'owner');
         insert into app.sites values (1, 'eu'); insert into app.sites values (2, 'eu');
         insert into app.site_members values (1, 'eu', '{BOB}', 'owner')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_refound", schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        let before = "was there before";
        for again in ["null", "2"] {
            let held = "rows of app.members still point to a row of app.orgs";
            let insert = format!("insert into app.orgs values (1, 'x', {again})");
            ann.held(held, &format!("with d as (delete from app.orgs where id = 1 returning id) insert into app.orgs select id, 'x', {again} from d")).await;
            ann.held(held, &format!("delete from app.orgs where id = 1; {insert}")).await;
        }
        let moved =
            "with d as (delete from app.orgs where id = 3 returning id) insert into app.orgs select id, 'x', 2 from d";
        ann.refused(before, moved).await;
        ann.rows(2, "insert into app.orgs values (4, 'x', 2); select from app.members where org_id = 4").await;
        // Rows that move: nobody becomes a member, whose memberships are there or not.
        let mine = "select from app.site_members where user_id = seal.me()";
        ann.rows(1, &format!("update app.sites set region = 'us' where id = 2; {mine}")).await;
        ann.rows(1, &format!("update app.sites set region = 'us' where id = 1; {mine}")).await;
        ann.rows(3, &format!("insert into app.sites values (5, 'eu'), (6, 'us'); {mine} and site_id = 6")).await;
    }
}

/// A tree in a table of its own: nobody hangs somebody else's group below their own, by INSERT as little as by UPDATE.
#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_its_own_takes_in_only_what_is_ones_own() {
    let schema = "
        create schema app;
        create table app.orgs (id int primary key);
        create table app.members (org_id int references app.orgs, user_id uuid, role text);
        create table app.tree (org_id int primary key references app.orgs, parent_id int references app.tree);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "owner"] }
        parent = "app.tree.parent_id"
        granted_by = "owner"
        [tables]
        "app.orgs" = { select = "org(id)" }
        "app.members" = { select = "org(org_id)" }
        "app.tree" = { select = "org(org_id)", insert = "true" }
    "#;
    let seed = format!(
        "insert into app.orgs values (1), (2), (3); insert into app.tree values (1);
         insert into app.members values (1, '{ANN}', 'owner'), (2, '{BOB}', 'owner'), (3, '{ANN}', 'owner')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_tree", schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        ann.refused("row-level security", "insert into app.tree values (2, 1)").await;
        ann.rows(1, "insert into app.tree values (3, 1)").await;
    }
}
