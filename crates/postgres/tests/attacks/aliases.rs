//! Names of the user's columns and aliases that are also names in what is generated.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// A membership table whose columns are named like the variables and aliases of the functions that read it.
#[tokio::test(flavor = "multi_thread")]
async fn columns_named_like_variables_capture_nothing() {
    let schema = "
        create schema app;
        create table app.m (principal uuid, wanted integer, at_least text, m text, p text, user_id uuid, org_id uuid, role text, held text, key1 uuid);
        create table app.docs (id int primary key, org_id uuid, allowed boolean, old text, new text, title text);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.m"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin"] }
        [tables]
        "app.m" = { select = "org(org_id, 'admin')" }
        [tables."app.docs"]
        select = "org(org_id)"
        update = "org(org_id)"
        delete = "org_peer(org_id)"
        columns.allowed = { update = "org(org_id, 'admin')" }
        columns.old = { update = "org(org_id, 'admin')" }
        columns.new = { update = "org(org_id, 'admin')" }
    "#;
    let seed = format!(
        "insert into app.m (principal, wanted, at_least, user_id, org_id, role) values
           ('{BOB}', 0, 'viewer', '{BOB}', '{BOB}', 'admin'), ('{ANN}', 0, 'viewer', '{ANN}', '{ANN}', 'viewer');
         insert into app.docs values (1, '{ANN}', true, 'o', 'n', 'ann'), (2, '{BOB}', true, 'o', 'n', 'bob')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_variables", schema, access, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        ann.rows(1, "select * from app.docs").await;
        bob.rows(1, "select * from app.docs").await;
        ann.rows(1, "select * from unnest(seal.org_peers())").await;
        ann.rows(0, "select * from app.m").await;
        bob.rows(1, "select * from app.m").await;
        for column in ["allowed = false", "old = 'x'", "new = 'x'"] {
            ann.refused("may not be changed", &format!("update app.docs set {column}")).await;
            bob.rows(1, &format!("update app.docs set {column}")).await;
        }
    }
}
