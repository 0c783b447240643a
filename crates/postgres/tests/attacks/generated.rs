//! Ranks and other columns that Postgres computes: no statement names them, and BEFORE triggers see null in their place.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

const EVE: &str = "00000000-0000-0000-0000-00000000000e";

/// Who may change what a rank is computed from, and reads neither, learns no more than of a rank that is written itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_rank_is_not_guessed_by_writing_what_it_is_computed_from() {
    let schema = "
        create schema app;
        create table app.ms (
            org_id int, user_id uuid, lvl int, base int default 0, note text, role text generated always as
                (case lvl + base when 1 then 'viewer' when 2 then 'admin' when 3 then 'owner' end) stored,
            primary key (org_id, user_id)
        );
        create index on app.ms (user_id);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.ms"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin", "owner"] }
        granted_by = "admin"
        [tables]
        "app.ms" = { select = "org(org_id)", update = "org(org_id)" }
        [agents.bot]
        acts_for = "member"
        may = { "app.ms" = ["select(user_id)", "update(lvl, note)"] }
        [agents.half]
        acts_for = "member"
        may = { "app.ms" = ["select(user_id, lvl)", "update(lvl)"] }
        [agents.reader]
        acts_for = "member"
        may = { "app.ms" = ["select(user_id, lvl, base)", "update(lvl)"] }
        [agents.ranks]
        acts_for = "member"
        may = { "app.ms" = ["select(user_id, role)", "update(lvl)"] }
    "#;
    let seed =
        format!("insert into app.ms (org_id, user_id, lvl) values (1, '{ANN}', 1), (1, '{BOB}', 3), (1, '{EVE}', 2)");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_computed", schema, access, &seed).await;
        let agent = |kind: &str, id| {
            sealed.session(super::Lease::new(&format!("agent_{kind}"), Some(kind)).acting_for(id, "role_member"))
        };
        let (for_ann, for_eve, half) = (agent("bot", ANN).await, agent("bot", EVE).await, agent("half", ANN).await);
        for level in [1, 2, 3, 9] {
            let guess = |whose| format!("update app.ms set lvl = {level} where user_id = '{whose}'");
            for whose in [ANN, BOB, EVE] {
                for_ann.refused("a membership of `org`", &guess(whose)).await;
                half.refused("a membership of `org`", &guess(whose)).await;
            }
            for_eve.refused("a membership of `org`", &guess(BOB)).await;
            if matches!(level, 1 | 2) {
                for_eve.rows(1, &guess(ANN)).await;
            }
        }
        for_ann.rows(3, "update app.ms set note = 'x'").await;
        // Whoever knows it may write it back.
        for kind in ["reader", "ranks"] {
            let knows = agent(kind, ANN).await;
            knows.rows(1, &format!("update app.ms set lvl = 3 where user_id = '{BOB}'")).await;
            knows.refused("a membership of `org`", &format!("update app.ms set lvl = 1 where user_id = '{BOB}'")).await;
        }
        // Without the trigger what passes is what was there.
        sealed.tamper("alter table app.ms disable trigger aaaa_seal_grants_org_role").await;
        for_ann.rows(1, &format!("update app.ms set lvl = 3 where user_id = '{BOB}'")).await;
        for_ann.refused("a membership of `org`", &format!("update app.ms set lvl = 2 where user_id = '{BOB}'")).await;
    }
}

/// A partitioned table's columns are looked at before a row moves, and before Postgres computes any.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_computed_is_looked_at_in_partitioned_tables_too() {
    let schema = "
        create schema app;
        create table app.orgs (id int primary key);
        create table app.ms (
            org_id int references app.orgs on update cascade, user_id uuid, shard int, lvl text,
            role text generated always as (case lvl when 'o' then 'owner' when 'a' then 'admin' else 'viewer' end) stored,
            primary key (org_id, user_id, shard)
        ) partition by list (shard);
        create table app.ms_1 partition of app.ms for values in (1);
        create table app.ms_2 partition of app.ms for values in (2);
        create index on app.ms (user_id);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.ms"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "admin", "owner"] }
        granted_by = "admin"
        [tables]
        "app.orgs" = { select = "true" }
        "app.ms" = { select = "org(org_id)", insert = "org(org_id)", update = "org(org_id)", delete = "org(org_id)" }
    "#;
    let seed = format!(
        "insert into app.orgs values (1); insert into app.ms (org_id, user_id, shard, lvl) values (1, '{ANN}', 1, 'v'), (1, '{BOB}', 1, 'o'), (1, '{EVE}', 1, 'a')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_comp_parts", schema, access, &seed).await;
        let (ann, bob, eve) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(EVE).await);
        let level =
            |level: &str, whose| format!("update app.ms set lvl = '{level}', shard = 2 where user_id = '{whose}'");
        for set in [level("a", ANN), level("v", ANN), level("v", ANN).replace("shard = 2", "shard = 1")] {
            eve.rows(1, &set).await;
            bob.rows(1, &set).await;
        }
        bob.rows(1, &level("o", ANN)).await;
        bob.rows(1, &level("v", EVE)).await;
        // Moved or not, nobody hands out more than their own.
        let message = "a membership of `org`";
        for set in [level("o", EVE), level("o", ANN), level("v", BOB)] {
            eve.refused(message, &set).await;
            eve.refused(message, &set.replace("shard = 2", "shard = 1")).await;
        }
        ann.refused(message, &level("a", ANN)).await;
        ann.refused(message, &level("o", ANN)).await;
    }
}
