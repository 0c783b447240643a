//! Rows that others hang on, replaced by others under the same key: what hung on the first would be the second's.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

const SCHEMA: &str = "
    create schema app;
    create table app.orgs (id int primary key, name text);
    create table app.members (org_id int references app.orgs on delete cascade on update cascade, user_id uuid, role text);
    create table app.notes (id int primary key, org_id int references app.orgs);
    create table app.projects (id int primary key, org_id int references app.orgs deferrable initially deferred);
    create table app.tasks (id int primary key, project_id int references app.projects);
    create table app.steps (id int primary key, project_id int references app.projects on update cascade deferrable);
    create table app.boards (id int primary key, org_id int references app.orgs on delete cascade);
    create table app.cards (
        id int primary key, org_id int references app.orgs on delete cascade, board_id int references app.boards deferrable initially deferred
    );
    create table app.logs (org_id int, line text);
    create table app.plans (org_id int, owner_id uuid);
    create table app.pins (id int primary key, board_id int references app.boards deferrable initially deferred);
    create table app.areas (region text primary key);
    create table app.sites (id int, region text references app.areas on delete cascade, primary key (id, region)) partition by list (region);
    create table app.sites_eu partition of app.sites for values in ('eu');
    create table app.sites_us partition of app.sites for values in ('us');
    create table app.site_members (
        site_id int, region text, user_id uuid, foreign key (site_id, region) references app.sites on delete cascade on update cascade
    );
    create table app.visits (id int primary key, site_id int, region text, foreign key (site_id, region) references app.sites deferrable initially deferred);
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.org]
    table = "app.members"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "owner"] }
    granted_by = "owner"
    founder = "owner"
    [groups.site]
    table = "app.site_members"
    member = "user_id"
    key = ["site_id", "region"]
    founder = "member"
    [tables]
    "app.orgs" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.members" = { select = "org(org_id)" }
    "app.notes" = { select = "org(org_id)" }
    "app.projects" = { select = "org(org_id)", insert = "org(org_id)", update = "org(org_id, 'owner')", delete = "org(org_id)", columns.org_id = { update = "never" } }
    "app.tasks" = "via(project_id)"
    "app.steps" = { model = "via(project_id)", select = "via(project_id, 'update')" }
    "app.boards" = { select = "org(org_id)", insert = "org(org_id)" }
    "app.pins" = { select = "via(board_id)" }
    "app.areas" = { select = "true", insert = "true", delete = "true" }
    "app.cards" = { select = "via(board_id)" }
    "app.logs" = { select = "org(org_id)", insert = "org(org_id, 'owner')" }
    "app.plans" = { select = "owner_id = me() or org(org_id)", insert = "owner_id = me()" }
    "app.sites" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.site_members" = { select = "true" }
    "app.visits" = { select = "site((site_id, region))" }
"#;

fn seed() -> String {
    format!(
        "insert into app.orgs values (1), (2), (3), (5), (7); insert into app.members values (2, '{ANN}', 'owner'), (3, '{BOB}', 'owner'), (3, '{ANN}', 'viewer');
         insert into app.notes values (1, 1); insert into app.logs values (6, 'x'); insert into app.orgs values (9), (10); insert into app.boards values (1, 9), (2, 10); insert into app.pins values (1, 2); insert into app.cards values (1, 9, 1); insert into app.plans values (8, '{BOB}');
         insert into app.projects values (20, 2), (21, 2), (30, 3), (31, 3), (50, 5);
         insert into app.tasks values (200, 20), (300, 30); insert into app.steps values (310, 31);
         insert into app.areas values ('eu'), ('us'); insert into app.sites values (1, 'eu'), (2, 'us'), (3, 'eu'); insert into app.visits values (1, 1, 'eu');
         insert into app.site_members values (2, 'us', '{ANN}')"
    )
}

/// A transaction that began before others hung something on a row does not see it, and Postgres' own check of the key is content
/// with the row that takes its place.
#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_a_row_is_seen_in_an_older_snapshot() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "replaced_older", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        let attack = "with d as (delete from app.projects where id = 31 returning id) insert into app.projects select id, 2 from d";
        for (triggers, isolation) in
            [("enable", "repeatable read"), ("enable", "serializable"), ("disable", "repeatable read")]
        {
            sealed.operate("set session_replication_role = replica; delete from app.tasks where id = 900; delete from app.steps; reset session_replication_role").await;
            sealed.tamper(&format!("alter table app.projects {triggers} trigger zzzz_seal_kept")).await;
            ann.run(&format!("begin isolation level {isolation}; select from app.tasks")).await.unwrap();
            sealed.operate("insert into app.tasks values (900, 31)").await;
            let answer = ann.run(attack).await;
            if triggers == "enable" {
                let error = answer.unwrap_err();
                assert!(error.is("42501") && error.message.contains("at READ COMMITTED"), "{error:?}");
                ann.run("rollback").await.unwrap();
            } else {
                // The attack is real.
                answer.unwrap();
                ann.run("commit").await.unwrap();
                ann.rows(1, "select from app.tasks where id = 900").await;
            }
        }
    }
}

/// In one statement, in two under a deferred key, by DELETE, by a new key and by another row's new key, with and without partitions.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_over_what_hangs_on_a_row() {
    // What is held, the attack, and what shows its success.
    let attacks = [
        (
            "rows of app.notes",
            "with d as (delete from app.orgs where id = 1 returning id) insert into app.orgs select id from d",
            "select from app.notes",
        ),
        (
            "rows of app.notes",
            "with u as (update app.orgs set id = 99 where id = 1 returning 1 as id) insert into app.orgs select id from u",
            "select from app.notes",
        ),
        (
            "rows of app.notes",
            "with d as (delete from app.orgs where id = 1 returning id) update app.orgs set id = 1 where id = 7 and exists (select from d)",
            "select from app.orgs where id = 1",
        ),
        (
            "rows of app.projects",
            "delete from app.orgs where id = 5; insert into app.orgs values (5)",
            "select from app.projects where id = 50",
        ),
        (
            "rows of app.projects",
            "update app.orgs set id = 99 where id = 5; insert into app.orgs values (5)",
            "select from app.projects where id = 50",
        ),
        (
            "rows of app.tasks",
            "with d as (delete from app.projects where id = 30 returning id) insert into app.projects select id, 2 from d",
            "select from app.tasks where id = 300 and project_id in (select id from app.projects where org_id = 2)",
        ),
        (
            "rows of app.steps",
            "set constraints all deferred; delete from app.projects where id = 31; insert into app.projects values (31, 2)",
            "select from app.steps where id = 310",
        ),
        (
            "rows of app.tasks",
            "with u as (update app.projects set id = 99 where id = 20 returning id) update app.projects set id = 20 where id = 21 and exists (select from u)",
            "select from app.projects where id = 20",
        ),
        (
            "rows of app.visits",
            "with d as (delete from app.sites where id = 1 returning id, region) insert into app.sites select * from d",
            "select from app.visits",
        ),
        (
            "rows of app.visits",
            "update app.sites set id = case id when 1 then 9 else 1 end where region = 'eu'",
            "select from app.sites where id = 1",
        ),
        // The row goes in a cascade.
        (
            "rows of app.pins",
            "delete from app.orgs where id = 10; insert into app.boards values (2, 2)",
            "select from app.pins",
        ),
        (
            "rows of app.visits",
            "delete from app.areas where region = 'eu'; insert into app.areas values ('eu'); insert into app.sites values (1, 'eu')",
            "select from app.visits",
        ),
    ];
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_replaced", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        for (message, attack, _) in attacks {
            ann.held(&format!("{message} still point to a row of"), attack).await;
        }
        ann.refused("was there before", "insert into app.orgs values (6)").await;
        // What hangs on nothing, what goes together; and what anybody writes keeps nobody from founding (org 8).
        ann.rows(2, "delete from app.orgs where id = 7; insert into app.orgs values (7)").await;
        ann.rows(1, "with t as (delete from app.tasks where project_id = 20) delete from app.projects where id = 20")
            .await;
        ann.rows(2, "delete from app.tasks where project_id = 20; delete from app.projects where id = 20").await;
        ann.rows(1, "delete from app.orgs where id = 9").await;
        ann.rows(1, "update app.projects set id = 22 where id = 21").await;
        ann.rows(1, "update app.sites set region = 'us' where id = 3").await;
        ann.rows(3, "insert into app.orgs values (8); insert into app.projects values (80, 8); select from app.projects where id = 80").await;
        sealed.operate("begin; set constraints all deferred; delete from app.orgs where id = 5; insert into app.orgs values (5); rollback").await;
        // Without the triggers each of them gives Ann what was not hers.
        let mut disabled = vec![
            "alter table app.orgs disable trigger aaaa_seal_new_org".to_owned(),
            "alter table app.sites disable trigger aaaa_seal_new_site".to_owned(),
        ];
        for table in ["orgs", "projects", "boards", "sites"] {
            for trigger in ["zzzz_seal_kept", "zzzz_seal_kept_key"] {
                disabled.push(format!("alter table app.{table} disable trigger {trigger}"));
            }
        }
        sealed.tamper(&disabled.join("; ")).await;
        for (_, attack, shows) in attacks {
            let before = ann.attempt(attack).await.unwrap_or_else(|error| panic!("{attack}: {error:?}"));
            ann.rows(before + 1, &format!("{attack}; {shows}")).await;
        }
    }
}

/// A row under a deferred key, written and not yet committed, goes with what it points to, or keeps it: Postgres looks at COMMIT only.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_committed_yet_is_nobodys_to_take() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_deferred", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let again = format!(
            "delete from app.projects where id = 110; delete from app.orgs where id = 11; insert into app.orgs values (11); insert into app.members values (11, '{BOB}', 'owner')"
        );
        for mended in [true, false] {
            sealed.operate(&format!("set session_replication_role = replica; delete from app.members where org_id = 11; {again}; reset session_replication_role")).await;
            let write = "begin; insert into app.projects values (110, 11)";
            let take = "begin; delete from app.orgs where id = 11; insert into app.orgs values (11); commit";
            if mended {
                // Who deletes while it is written is told so, and then that it is there.
                bob.run(write).await.unwrap();
                let error = ann.run(take).await.unwrap_err();
                assert!(error.is("40001") && error.message.contains("is being written"), "{error:?}");
                ann.run("rollback").await.unwrap();
                bob.run("commit").await.unwrap();
                let error = ann.run(take).await.unwrap_err();
                assert!(error.is("23503") && error.message.contains("rows of app.projects still point"), "{error:?}");
                ann.run("rollback").await.unwrap();
                bob.run("delete from app.projects where id = 110").await.unwrap();
                // Who writes while it is deleted is told so.
                ann.run("begin; delete from app.orgs where id = 11").await.unwrap();
                let error = bob.run(write).await.unwrap_err();
                assert!(error.is("40001") && error.message.contains("is being deleted"), "{error:?}");
                bob.run("rollback").await.unwrap();
                ann.run("rollback").await.unwrap();
                bob.rows(1, "insert into app.projects values (110, 11)").await;
            } else {
                // The attack is real.
                sealed.tamper("alter table app.orgs disable trigger zzzz_seal_let_go; alter table app.projects disable trigger zzzz_seal_hung").await;
                bob.run(write).await.unwrap();
                ann.run(take).await.unwrap();
                bob.run("commit").await.unwrap();
                ann.rows(1, "select from app.projects where id = 110").await;
            }
        }
    }
}

/// A statement that waits writes for who it began to write for, not for who made another row under the same key meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_while_a_statement_waits_is_not_written_to() {
    const WRITES: [(&str, &str); 3] = [
        // Its first row is written, and nobody sees it.
        ("insert into app.tasks values (900, 20)", "insert into app.tasks values (901, 120), (900, 120)"),
        ("insert into app.steps values (900, 20)", "insert into app.steps values (901, 120), (900, 120)"),
        // It waits before it writes.
        ("select from app.tasks where id = 902 for update", "update app.tasks set project_id = 120 where id = 902"),
    ];
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_waits", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let operator = sealed.scratch.client();
        let waiting = format!(
            "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and not l.granted",
            ann.login
        );
        // Both own 12, and Bob alone 7.
        sealed.operate(&format!("set session_replication_role = replica; insert into app.orgs values (12);
            insert into app.members values (12, '{ANN}', 'owner'), (12, '{BOB}', 'owner'), (7, '{BOB}', 'owner');
            insert into app.projects values (121, 12); insert into app.tasks values (902, 121); reset session_replication_role")).await;
        for mended in [true, false] {
            if !mended {
                sealed.tamper("alter table app.tasks disable trigger zzzz_seal_still; alter table app.steps disable trigger zzzz_seal_still").await;
            }
            for (held, write) in WRITES {
                sealed.operate("set session_replication_role = replica; delete from app.projects where id = 120; insert into app.projects values (120, 12); reset session_replication_role").await;
                operator.batch_execute(&format!("begin; {held}")).await.unwrap();
                let replace = async {
                    while operator.query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                        tokio::task::yield_now().await;
                    }
                    bob.run("begin; delete from app.projects where id = 120; insert into app.projects values (120, 7); commit").await.unwrap();
                    operator.batch_execute("rollback").await.unwrap();
                };
                ann.run("begin").await.unwrap();
                let (answer, ()) = tokio::join!(ann.run(write), replace);
                match answer {
                    Err(error) if mended => {
                        assert!(
                            error.is("40001") && error.message.contains("is not the one that it was"),
                            "{write}: {error:?}"
                        );
                    }
                    answer => {
                        assert!(!mended && answer.is_ok(), "{write}: {answer:?}");
                    }
                }
                ann.run("rollback").await.unwrap();
                // Another version of the same row is the same row.
                sealed.operate("set session_replication_role = replica; update app.projects set org_id = 12 where id = 120; reset session_replication_role").await;
                operator.batch_execute(&format!("begin; {held}")).await.unwrap();
                let update = async {
                    while operator.query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                        tokio::task::yield_now().await;
                    }
                    bob.run("update app.projects set id = id where id = 120").await.unwrap();
                    operator.batch_execute("rollback").await.unwrap();
                };
                ann.run("begin").await.unwrap();
                let (answer, ()) = tokio::join!(ann.run(write), update);
                answer.unwrap_or_else(|error| panic!("{write}: {error:?}"));
                ann.run("rollback").await.unwrap();
            }
        }
    }
}

/// The server has few locks for all: a statement that took one for each of its keys would keep everybody from connecting.
#[tokio::test(flavor = "multi_thread")]
async fn many_rows_take_few_locks() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_locks", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        sealed
            .operate("set session_replication_role = replica; insert into app.orgs select generate_series(1000, 30000)")
            .await;
        let seed = format!(
            "insert into app.members select id, '{ANN}', 'owner' from app.orgs where id >= 1000; reset session_replication_role"
        );
        sealed.operate(&seed).await;
        ann.run("begin; insert into app.projects select id, id from app.orgs where id >= 1000").await.unwrap();
        let locks = "select count(*) from pg_locks where locktype = 'advisory'";
        let locks: i64 = sealed.scratch.client().query_one(locks, &[]).await.unwrap().get(0);
        assert!((2..300).contains(&locks), "{locks}");
        ann.run("rollback").await.unwrap();
    }
}

/// An edge of a tree is cut by those who may change it; and one that was cut is nobody else's to tie.
#[tokio::test(flavor = "multi_thread")]
async fn edges_are_cut_by_those_who_may_move_them() {
    const CARL: &str = "00000000-0000-0000-0000-00000000000c";
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
        "app.members" = { select = "true" }
        "app.tree" = { select = "true", insert = "true", delete = "true" }
    "#;
    let seed = format!(
        "insert into app.orgs values (1), (2), (4), (5); insert into app.tree values (1, null), (2, null), (5, null), (4, 2);
         insert into app.members values (1, '{ANN}', 'owner'), (2, '{BOB}', 'owner'), (4, '{CARL}', 'owner')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_edges", schema, access, &seed).await;
        let (ann, bob, carl) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(CARL).await);
        // Neither somebody else nor whoever owns one end only: an UPDATE asks at both.
        ann.rows(0, "delete from app.tree where org_id = 4").await;
        carl.rows(0, "delete from app.tree where org_id = 4").await;
        ann.refused("row-level security", "insert into app.tree select 4, 1 from (select 1) as x on conflict do nothing; delete from app.tree where org_id = 4; insert into app.tree values (4, 1)").await;
        // A root is what the table's rule says.
        ann.rows(1, "delete from app.tree where org_id = 5").await;
        bob.run("delete from app.tree where org_id = 4").await.unwrap();
        bob.rows(0, "select from app.orgs where id = 4").await;
        ann.refused("row-level security", "insert into app.tree values (4, 1)").await;
        bob.refused("row-level security", "insert into app.tree values (4, 2)").await;
        carl.rows(1, "insert into app.tree values (4, null)").await;
    }
}

/// A row that makes nobody a member of anything is deleted by whom the table's rule lets; what is no row makes no group.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_membership_needs_nobody_who_grants() {
    let schema = "
        create schema app;
        create table app.units (org_id int default 1, number int, name text, primary key (org_id, number));
        create table app.members (org_id int, number int, user_id uuid, role text, foreign key (org_id, number) references app.units);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [roles]
        staff = { includes = ["member"] }
        [groups.unit]
        table = "app.members"
        member = "user_id"
        key = ["org_id", "number"]
        rank = { column = "role", order = ["viewer", "owner"] }
        granted_by = "owner"
        founder = "owner"
        [tables]
        "app.units" = { select = "unit((org_id, number))", insert = "true" }
        "app.members" = { select = "true", delete = "unit((org_id, number))", for.staff.delete = "true" }
    "#;
    let seed = format!(
        "insert into app.units values (1, 1); insert into app.members values (1, null, '{BOB}', 'owner'), (null, 1, '{BOB}', 'viewer'),
         (1, 1, '{BOB}', null), (1, 1, '{BOB}', 'owner'), (1, 1, '{ANN}', 'viewer')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_none", schema, access, &seed).await;
        let staff = sealed.session(super::Lease::new("role_staff", Some(ANN))).await;
        staff.rows(1, "delete from app.members where number is null").await;
        staff.rows(1, "delete from app.members where org_id is null").await;
        staff.rows(1, "delete from app.members where role is null").await;
        staff.rows(0, "delete from app.members where role = 'owner' and number is not null").await;
        let ann = sealed.member(ANN).await;
        // Her own, and the one without a rank.
        ann.rows(2, "delete from app.members").await;
        for (row, message) in [
            ("null", "is a JSON object"),
            ("'null'", "is a JSON object"),
            ("'[1]'", "is a JSON object"),
            ("'{\"nmae\": 1}'", "null value in column"),
        ] {
            let error = ann.attempt(&format!("select seal.create_unit({row})")).await.expect_err(row);
            assert!(error.message.contains(message), "{row}: {error:?}");
        }
        ann.rows(1, "select * from seal.create_unit('{\"number\": 5}')").await;
    }
}

/// Keys of an extension's type, which is compared by operators of its own, also where these lie outside of `public`.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_extension_are_compared_as_their_type_does() {
    for (server, at) in testing::servers().await.unwrap().into_iter().zip(["public", "ext"].into_iter().cycle()) {
        let schema = format!(
            "create schema if not exists {at}; create extension citext schema {at}; create extension ltree schema {at}; create schema app;
             create table app.people (id uuid primary key);
             create table app.teams (slug {at}.citext primary key);
             create table app.team_ms (
                 team {at}.citext references app.teams on delete cascade, user_id uuid references app.people on delete cascade, role text
             );
             create index on app.team_ms (user_id);
             create table app.docs (id int primary key, team {at}.citext references app.teams);
             create table app.sheets (id int primary key, team {at}.citext references app.teams deferrable initially deferred);
             create table app.logs (team {at}.citext, line text);
             create table app.units (name {at}.citext primary key, parent {at}.citext references app.units);
             create table app.unit_ms (unit {at}.citext references app.units, user_id uuid, role text);
             create table app.rooms (id int primary key, unit {at}.citext references app.units deferrable);
             create table app.zones (path {at}.ltree, number int, primary key (path, number));
             create table app.zone_ms (path {at}.ltree, number int, user_id uuid, foreign key (path, number) references app.zones on delete cascade);
             create table app.lots (
                 id int primary key, path {at}.ltree, number int, foreign key (path, number) references app.zones on update cascade deferrable
             );"
        );
        let access = r#"
            [identity]
            user = "uuid"
            [groups.team]
            table = "app.team_ms"
            member = "user_id"
            key = "team"
            rank = { column = "role", order = ["viewer", "owner"] }
            granted_by = "owner"
            founder = "owner"
            [groups.unit]
            table = "app.unit_ms"
            member = "user_id"
            key = "unit"
            rank = { column = "role", order = ["viewer", "owner"] }
            parent = "app.units.parent"
            granted_by = "owner"
            founder = "owner"
            [groups.zone]
            table = "app.zone_ms"
            member = "user_id"
            key = ["path", "number"]
            founder = "member"
            [tables]
            "app.zones" = { select = "zone((path, number))", insert = "true", update = "true", delete = "true" }
            "app.zone_ms" = { select = "zone_peer(user_id)" }
            "app.lots" = { select = "via((path, number))", insert = "zone((path, number))" }
            "app.people" = { select = "true", delete = "id = me()" }
            "app.teams" = { select = "true", insert = "true", update = "true", delete = "true" }
            "app.team_ms" = { select = "true", delete = "true" }
            "app.docs" = { select = "team(team)" }
            "app.sheets" = { select = "team(team)" }
            "app.logs" = { select = "team(team)", insert = "team(team, 'owner')" }
            "app.units" = { select = "unit(name)", insert = "true", delete = "true" }
            "app.unit_ms" = { select = "unit_peer(user_id)", delete = "true" }
            "app.rooms" = { select = "via(unit)", insert = "unit(unit)" }
        "#;
        let seed = format!(
            "insert into app.people values ('{ANN}'), ('{BOB}');
             insert into app.teams values ('ACME'), ('Two'), ('Three'), ('Four');
             insert into app.docs values (1, 'acme'); insert into app.sheets values (2, 'two'); insert into app.logs values ('gone', 'x');
             insert into app.team_ms values ('THREE', '{ANN}', 'owner'), ('three', '{BOB}', 'viewer'),
                 ('FOUR', '{ANN}', 'owner'), ('four', '{BOB}', 'owner');
             insert into app.units values ('Top', null), ('Low', 'TOP'); insert into app.unit_ms values ('top', '{ANN}', 'owner')"
        );
        let sealed = Sealed::new(server, "atk_spelled", &schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        let again = |slug: &str| {
            format!(
                "with d as (delete from app.teams where slug = '{slug}' returning slug) insert into app.teams select slug from d"
            )
        };
        let attacks = [
            ("rows of app.docs", again("ACME"), "select from app.docs"),
            ("rows of app.docs", "with u as (update app.teams set slug = 'x' where slug = 'ACME' returning 1) insert into app.teams select 'AcMe' from u".to_owned(), "select from app.docs"),
            ("rows of app.sheets", "delete from app.teams where slug = 'Two'; insert into app.teams values ('TWO')".to_owned(), "select from app.sheets"),
        ];
        for (message, attack, _) in &attacks {
            ann.held(&format!("{message} still point to a row of"), attack).await;
        }
        ann.refused("was there before", "insert into app.teams values ('GONE')").await;
        // One key in two spellings is one group: its last owner stays, whoever else owns it under another lets her go.
        ann.refused("the last owner of `team` cannot leave", "delete from app.people where id = seal.me()").await;
        ann.refused(
            "the last owner of `team` cannot leave",
            "delete from app.team_ms where team = 'THREE' and user_id = seal.me()",
        )
        .await;
        ann.rows(1, "delete from app.team_ms where role = 'owner' and team::text = 'FOUR'").await;
        // What is spelled otherwise is the same row.
        ann.rows(1, "update app.teams set slug = 'Acme' where slug = 'ACME'").await;
        ann.rows(
            1,
            "delete from app.team_ms where user_id = '{BOB}' and team::text = 'three'".replace("{BOB}", BOB).as_str(),
        )
        .await;
        ann.rows(2, "select from app.units").await;
        ann.rows(2, "insert into app.rooms values (1, 'LOW'); select from app.rooms").await;
        ann.rows(1, "select from app.unit_ms").await;
        ann.rows(1, "insert into app.units values ('new')").await;
        // A type that is not compared as text at all.
        let zone = "insert into app.zones values ('a.b', 1); insert into app.lots values (1, 'a.b', 1)";
        ann.rows(5, &format!("{zone}; select from app.zones; select from app.lots; select from app.zone_ms")).await;
        ann.held(
            "rows of app.lots still point to a row of",
            &format!("{zone}; set constraints all deferred; delete from app.zones"),
        )
        .await;
        // Without the triggers each of them gives Ann what was not hers.
        let triggers = ["aaaa_seal_new_team", "aaaa_seal_afresh_team", "zzzz_seal_kept", "zzzz_seal_kept_key"];
        sealed.tamper(&triggers.map(|name| format!("alter table app.teams disable trigger {name}")).join("; ")).await;
        for (_, attack, shows) in &attacks {
            let before = ann.attempt(attack).await.unwrap_or_else(|error| panic!("{attack}: {error:?}"));
            ann.rows(before + 1, &format!("{attack}; {shows}")).await;
        }
        ann.rows(2, "insert into app.teams values ('GONE'); select from app.logs").await;
    }
}

/// A cascade that one partition's own key makes is a statement on that partition; and a child by INHERITS has keys of its own.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_one_partition_or_child_alone_are_kept() {
    let schema = "
        create schema app;
        create table app.orgs (id int primary key);
        create table app.members (org_id int references app.orgs on delete cascade, user_id uuid);
        create table app.areas (id int primary key);
        create table app.boards (id int, area_id int, org_id int, primary key (id, org_id)) partition by list (org_id);
        create table app.boards_1 partition of app.boards for values in (1);
        create table app.boards_2 partition of app.boards for values in (2);
        alter table app.boards_1 add foreign key (area_id) references app.areas on delete cascade;
        create table app.pins (id int primary key, board_id int, org_id int, foreign key (board_id, org_id) references app.boards deferrable initially deferred);
        create table app.notes (id int primary key, board_id int, org_id int, foreign key (board_id, org_id) references app.boards);
        create table app.late (foreign key (board_id, org_id) references app.boards) inherits (app.notes);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        [tables]
        "app.orgs" = { select = "true" }
        "app.members" = { select = "true" }
        "app.areas" = { select = "true", delete = "true" }
        "app.boards" = { select = "area_id = 7 or org(org_id)", insert = "true", delete = "true" }
        "app.pins" = { select = "via((board_id, org_id))" }
        "app.notes" = { select = "via((board_id, org_id))" }
    "#;
    let seed = "insert into app.orgs values (1), (2); insert into app.areas values (1), (7);
        insert into app.boards values (1, 1, 1), (2, 7, 2); insert into app.pins values (1, 1, 1); insert into app.late values (5, 2, 2)";
    let attacks = [
        (
            "rows of app.pins",
            "delete from app.areas where id = 1; insert into app.boards values (1, 7, 1)",
            "select from app.pins",
        ),
        (
            "rows of app.late",
            "with d as (delete from app.boards where id = 2 returning *) insert into app.boards select id, area_id, org_id from d",
            "select from app.notes",
        ),
    ];
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_alone", schema, access, seed).await;
        sealed.operate("insert into app.areas values (2); insert into app.boards values (9, 2, 1)").await;
        let ann = sealed.member(ANN).await;
        for (message, attack, _) in attacks {
            ann.held(&format!("{message} still point to a row of"), attack).await;
        }
        ann.rows(1, "delete from app.areas where id = 2").await;
        sealed
            .tamper("alter table app.boards disable trigger zzzz_seal_kept; alter table app.boards_1 disable trigger zzzz_seal_kept")
            .await;
        for (_, attack, shows) in attacks {
            let before = ann.attempt(attack).await.unwrap_or_else(|error| panic!("{attack}: {error:?}"));
            ann.rows(before + 1, &format!("{attack}; {shows}")).await;
        }
    }
}
