//! Whoever is being removed writes the own membership anew, in a transaction that was there before the removal and outlives its wait.

use std::time::Duration;

use pgseal_postgres::DatabaseError;
use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed, Session};

const EVE: &str = "00000000-0000-0000-0000-00000000000e";
const JOE: &str = "00000000-0000-0000-0000-00000000000f";

const SCHEMA: &str = "
    create schema app;
    create extension citext schema app;
    create table app.one (org_id int, user_id uuid, role text, note text, primary key (org_id, user_id));
    create table app.many (id int generated always as identity, org_id int, user_id uuid, role text, shard text, ended boolean default false);
    create index on app.many (org_id, user_id);
    create table app.units (id int primary key, parent_id int references app.units);
    create table app.unit_ms (unit_id int references app.units, user_id uuid, role text, primary key (unit_id, user_id));
    create table app.parts (org_id app.citext, number bigint, user_id uuid, role text, shard text) partition by list (shard);
    create table app.parts_a partition of app.parts for values in ('a');
    create table app.parts_b partition of app.parts default;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.one]
    table = "app.one"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [groups.many]
    table = "app.many"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    where = "not ended"
    granted_by = "admin"
    [groups.unit]
    table = "app.unit_ms"
    member = "user_id"
    key = "unit_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    parent = "app.units.parent_id"
    granted_by = "admin"
    [groups.part]
    table = "app.parts"
    member = "user_id"
    key = ["org_id", "number"]
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [tables]
    "app.one" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.many" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.units" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.unit_ms" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.parts" = { select = "true", insert = "true", update = "true", delete = "true" }
"#;

/// Ann is owner everywhere, Eve and Bob are admins; Joe is a viewer. Eve has a group of her own too, and Bob another.
fn seed() -> String {
    filled(
        "truncate app.one, app.many, app.units, app.unit_ms, app.parts;
         insert into app.one (org_id, user_id, role) values
             (1, '{ann}', 'owner'), (1, '{bob}', 'admin'), (1, '{eve}', 'admin'), (1, '{joe}', 'viewer'), (2, '{eve}', 'owner'), (3, '{bob}', 'owner'), (3, '{joe}', 'viewer');
         insert into app.many (org_id, user_id, role, shard) select org_id, user_id, role, 'a' from app.one;
         insert into app.units values (1, null), (2, 1), (3, null);
         insert into app.unit_ms values (1, '{ann}', 'owner'), (2, '{eve}', 'admin'), (3, '{eve}', 'owner');
         insert into app.parts select 'X' || org_id, org_id, user_id, role, 'a' from app.one",
    )
}

fn filled(sql: &str) -> String {
    sql.replace("{ann}", ANN).replace("{bob}", BOB).replace("{eve}", EVE).replace("{joe}", JOE)
}

/// What Eve holds open, what Ann does about her, and what Ann would be told without the mend.
const DODGES: &[(&str, &str, &str, u64)] = &[
    // Deleted and inserted in one statement.
    (
        "one",
        "with d as (delete from app.one where user_id = seal.me() and org_id = 1 returning *) insert into app.one select * from d",
        "delete from app.one where user_id = '{eve}' and org_id = 1",
        0,
    ),
    (
        "one",
        "with d as (delete from app.one where user_id = seal.me() and org_id = 1 returning *) insert into app.one select * from d",
        "update app.one set role = 'viewer' where user_id = '{eve}' and org_id = 1",
        0,
    ),
    (
        "one",
        "with d as (delete from app.one where user_id = seal.me() and org_id = 1 returning *) insert into app.one select * from d",
        "merge into app.one using (values (1)) as v (org) on org_id = org and user_id = '{eve}' when matched then delete",
        0,
    ),
    // One row in, another one out.
    (
        "one",
        "update app.one set org_id = 3 - org_id, user_id = case org_id when 1 then '{joe}' else user_id end, role = case org_id when 1 then 'owner' else 'admin' end where user_id = seal.me() and org_id in (1, 2)",
        "delete from app.one where user_id = '{eve}' and org_id = 1",
        0,
    ),
    (
        "unit_ms",
        "with d as (delete from app.unit_ms where user_id = seal.me() and unit_id = 2 returning *) insert into app.unit_ms select * from d",
        "delete from app.unit_ms where user_id = '{eve}' and unit_id = 2",
        0,
    ),
    (
        "parts",
        "with d as (delete from app.parts where user_id = seal.me() and number = 1 returning *) insert into app.parts select * from d",
        "delete from app.parts where user_id = '{eve}' and number = 1",
        0,
    ),
    // Inserted first, where several rows of a member are allowed.
    (
        "many",
        "insert into app.many (org_id, user_id, role) values (1, seal.me(), 'admin')",
        "delete from app.many where user_id = '{eve}' and org_id = 1",
        1,
    ),
    (
        "many",
        "insert into app.many (org_id, user_id, role) values (1, seal.me(), 'admin')",
        "update app.many set role = 'viewer' where user_id = '{eve}' and org_id = 1",
        1,
    ),
    (
        "many",
        "insert into app.many (org_id, user_id, role) values (1, seal.me(), 'admin'); delete from app.many where user_id = seal.me() and shard = 'a' and org_id = 1",
        "delete from app.many where user_id = '{eve}' and org_id = 1",
        0,
    ),
    (
        "parts",
        "insert into app.parts values ('x1', 1, seal.me(), 'admin', 'b')",
        "delete from app.parts where user_id = '{eve}' and number = 1",
        1,
    ),
    // One row that ended counts again, and the other one ends.
    (
        "many",
        "update app.many set ended = not ended where user_id = seal.me() and org_id = 1",
        "update app.many set ended = true where user_id = '{eve}' and org_id = 1 and not ended",
        0,
    ),
    // By an ally, who is removed as well.
    (
        "one",
        "with d as (delete from app.one where user_id = '{joe}' and org_id = 1 returning *) insert into app.one select * from d",
        "delete from app.one where user_id in ('{joe}', '{eve}') and org_id = 1",
        1,
    ),
];

/// A row of Eve's that has ended, for those who have several.
const ENDED: &str = "insert into app.many (org_id, user_id, role, ended) values (1, '{eve}', 'admin', true)";

const TABLES: [&str; 4] = ["one", "many", "unit_ms", "parts"];

fn past_rules(sql: &str) -> String {
    format!("set session_replication_role = replica; {sql}; reset session_replication_role")
}

async fn until_it_waits(sealed: &Sealed<'_>, session: &Session) {
    let waiting = format!(
        "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and not l.granted",
        session.login
    );
    while sealed.scratch.client().query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
}

/// What a statement answers that waits for what another session has open.
async fn waits_for(sealed: &Sealed<'_>, session: &Session, sql: &str, open: &Session) -> Result<u64, DatabaseError> {
    let commits = async {
        until_it_waits(sealed, session).await;
        open.run("commit").await.unwrap();
    };
    let both = async { tokio::join!(session.run(sql), commits).0 };
    tokio::time::timeout(Duration::from_secs(60), both).await.unwrap_or_else(|_| panic!("it waits: {sql}"))
}

fn assert_told(answer: Result<u64, DatabaseError>, sql: &str) {
    let error = answer.expect_err(sql);
    assert!(error.is("40001") && error.message.contains("were written anew"), "{sql}: {error:?}");
}

/// Whoever removes somebody who writes the own membership anew meanwhile is told to try again, and then does it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_being_removed_does_not_stay_by_writing_the_membership_anew() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_written_anew", SCHEMA, ACCESS, &seed()).await;
        let (ann, eve) = (sealed.member(ANN).await, sealed.member(EVE).await);
        for mended in [true, false] {
            if !mended {
                let drops = TABLES.map(|table| format!("drop trigger zzzz_seal_zz_dodged on app.{table}"));
                sealed.tamper(&drops.join("; ")).await;
            }
            for (table, dodge, remove, told) in DODGES {
                let remove = filled(remove);
                if remove.contains("ended") {
                    sealed.operate(&past_rules(&filled(ENDED))).await;
                }
                eve.run(&format!("begin; {}", filled(dodge)))
                    .await
                    .unwrap_or_else(|error| panic!("{dodge}: {error:?}"));
                let answer = waits_for(&sealed, &ann, &remove, &eve).await;
                if mended {
                    assert_told(answer, &remove);
                    assert!(ann.run(&remove).await.unwrap() > 0, "{table}: {remove}");
                    assert_eq!(
                        ann.run(&remove.replace("role = 'viewer' where", "role = 'viewer' where role <> 'viewer' and"))
                            .await
                            .unwrap(),
                        0
                    );
                } else {
                    assert_eq!(answer.unwrap(), *told, "{table}: {dodge}: {remove}");
                }
                sealed.operate(&past_rules(&seed())).await;
            }
        }
    }
}

/// Nor with two sessions, one of which leaves while the other one waits to come again.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_in_one_session_does_not_come_again_in_another() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_two_leave", SCHEMA, ACCESS, &seed()).await;
        let (ann, eve, second) = (sealed.member(ANN).await, sealed.member(EVE).await, sealed.member(EVE).await);
        let leave = "begin; delete from app.one where user_id = seal.me() and org_id = 1";
        let (come, remove) = (
            filled("insert into app.one values (1, '{eve}', 'admin')"),
            filled("delete from app.one where user_id = '{eve}' and org_id = 1"),
        );
        for isolation in ["read committed", "repeatable read"] {
            eve.run(&leave.replace("begin", &format!("begin isolation level {isolation}"))).await.unwrap();
            let commits = async {
                until_it_waits(&sealed, &ann).await;
                until_it_waits(&sealed, &second).await;
                eve.run("commit").await.unwrap();
            };
            let all = async { tokio::join!(ann.run(&remove), second.run(&come), commits) };
            let (removed, came, ()) = tokio::time::timeout(Duration::from_secs(60), all).await.expect("they wait");
            assert_eq!(removed.unwrap(), 0);
            let error = came.unwrap_err();
            assert!(error.is("42501") && error.message.contains("a membership of `one`"), "{error:?}");
            let left = "select count(*)::text from app.one where user_id = '{eve}' and org_id = 1";
            assert_eq!(ann.value(&filled(left)).await.as_deref(), Some("0"));
            sealed.operate(&past_rules(&seed())).await;
        }
        // She came again first, and the removal waits for the other row.
        second.run("begin; insert into app.many (org_id, user_id, role) values (1, seal.me(), 'admin')").await.unwrap();
        let remove = filled("delete from app.many where user_id = '{eve}' and org_id = 1");
        let commits = async {
            until_it_waits(&sealed, &eve).await;
            until_it_waits(&sealed, &ann).await;
            second.run("commit").await.unwrap();
        };
        let leaves = "delete from app.many where user_id = seal.me() and org_id = 1";
        let all = async {
            let later = async {
                until_it_waits(&sealed, &eve).await;
                ann.run(&remove).await
            };
            tokio::join!(eve.run(leaves), later, commits)
        };
        let (left, removed, ()) = tokio::time::timeout(Duration::from_secs(60), all).await.expect("they wait");
        assert_told(left, leaves);
        // Where she is told so, her row is there again for Ann, who sees both now or is told the same.
        if let Err(error) = removed {
            assert!(error.is("40001"), "{error:?}");
            ann.run(&remove).await.unwrap();
        }
        assert_eq!(ann.run(&remove).await.unwrap(), 0);
        // A viewer could not come again: who leaves as one keeps nobody waiting.
        let joe = sealed.member(JOE).await;
        joe.run("begin; delete from app.one where user_id = seal.me() and org_id = 1").await.unwrap();
        let other = filled("delete from app.one where user_id = '{eve}' and org_id = 1");
        assert_eq!(ann.run(&format!("set lock_timeout = '1s'; {other}; reset lock_timeout")).await.unwrap(), 1);
        joe.run("commit").await.unwrap();
    }
}

/// Whoever does nothing of the kind is not kept from working.
#[tokio::test(flavor = "multi_thread")]
async fn honest_work_goes_on() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_undodged", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob, eve) = (sealed.member(ANN).await, sealed.member(BOB).await, sealed.member(EVE).await);
        let replaces = "delete from app.one where org_id = 1 and user_id <> seal.me(); insert into app.one values (1, '{eve}', 'viewer'), (1, '{joe}', 'admin')";
        // A list is replaced in one transaction, while others change theirs: neither waits nor is told anything.
        bob.run(&filled("begin; delete from app.one where org_id = 3 and user_id = '{joe}'; insert into app.one values (3, '{joe}', 'viewer')")).await.unwrap();
        ann.rows(5, &filled(replaces)).await;
        bob.run("commit").await.unwrap();
        // Own rows that came in the same statement, or before it in the transaction, are no surprise.
        let both = "with n as (insert into app.many (org_id, user_id, role) values (1, '{joe}', 'viewer')) delete from app.many where user_id = '{joe}' and org_id = 1";
        ann.rows(1, &filled(both)).await;
        ann.rows(3, &filled("insert into app.many (org_id, user_id, role) values (1, '{joe}', 'viewer'); update app.many set role = 'admin' where user_id = '{joe}' and org_id = 1")).await;
        let points = "insert into app.many (org_id, user_id, role) values (1, '{joe}', 'viewer'); savepoint s; update app.many set ended = true where user_id = '{joe}' and org_id = 1; rollback to s; savepoint t; update app.many set role = 'admin' where user_id = '{joe}' and org_id = 1";
        ann.rows(5, &filled(points)).await;
        // What another one admits, or changes, while a statement waits for the group.
        for (open, then) in [
            (
                "insert into app.one values (1, '00000000-0000-0000-0000-0000000000aa', 'viewer')",
                "delete from app.one where org_id = 1 and user_id = '{joe}'",
            ),
            (
                "update app.one set role = 'viewer' where org_id = 1 and user_id = '{bob}'",
                "update app.one set role = 'admin' where org_id = 1 and user_id = '{joe}'",
            ),
            (
                "update app.one set role = 'viewer' where org_id = 1 and user_id = '{joe}'",
                "delete from app.one where org_id = 1 and user_id = '{joe}'",
            ),
            (
                "insert into app.many (org_id, user_id, role) values (1, '{bob}', 'admin')",
                "delete from app.many where org_id = 1 and user_id = '{joe}'",
            ),
        ] {
            eve.run(&format!("begin; {}", filled(open))).await.unwrap();
            let answer = waits_for(&sealed, &ann, &filled(then), &eve).await;
            assert_eq!(answer.unwrap_or_else(|error| panic!("{open}: {then}: {error:?}")), 1, "{open}: {then}");
            sealed.operate(&past_rules(&seed())).await;
        }
        // A stricter isolation is told by Postgres that the row is gone, as before.
        ann.run("begin isolation level repeatable read; select count(*) from app.one").await.unwrap();
        eve.run("with d as (delete from app.one where user_id = seal.me() and org_id = 1 returning *) insert into app.one select * from d").await.unwrap();
        let error = ann.run(&filled("delete from app.one where user_id = '{eve}' and org_id = 1")).await.unwrap_err();
        assert!(error.is("40001") || error.message.contains("at READ COMMITTED"), "{error:?}");
        ann.run("rollback").await.unwrap();
        // An insert beside it is not seen there, and nobody else's row is removed there at all.
        ann.run("begin isolation level repeatable read; select count(*) from app.many").await.unwrap();
        eve.run("insert into app.many (org_id, user_id, role) values (1, seal.me(), 'admin')").await.unwrap();
        let remove = filled("delete from app.many where user_id = '{eve}' and org_id = 1");
        let error = ann.run(&remove).await.unwrap_err();
        assert!(error.is("42501") && error.message.contains("at READ COMMITTED"), "{error:?}");
        ann.run("rollback").await.unwrap();
        let marks: i64 =
            sealed.scratch.client().query_one("select count(*) from seal.admitted", &[]).await.unwrap().get(0);
        assert!((1..=10).contains(&marks), "{marks}");
    }
}
