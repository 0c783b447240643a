//! Who was removed acts in a snapshot from before: in a transaction that he held open, or in a statement that waited.

use std::time::Duration;

use pgseal_postgres::DatabaseError;
use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed, Session};

const SCHEMA: &str = "
    create schema app;
    create table app.notes (id int primary key);
    create table app.people (id uuid primary key);
    create table app.ranks (label text primary key);
    create table app.ms (
        org_id int, user_id uuid references app.people on delete cascade, role text references app.ranks on update cascade, note text
    );
    create table app.units (id int primary key, parent_id int references app.units);
    create table app.unit_ms (unit_id int references app.units, user_id uuid, role text);
    create table app.teams (id int primary key);
    create table app.team_ms (team_id int references app.teams on delete cascade, user_id uuid, role text);
    create table app.docs (team_id int, body text);
    create table app.parts (org_id int, user_id uuid, role text) partition by list (org_id);
    create table app.parts_1 partition of app.parts default;
    create table app.made (
        org text, org_id int generated always as (org::int) stored, who text, user_id uuid generated always as (who::uuid) stored,
        place int, role text generated always as ((array['viewer', 'admin', 'owner'])[place]) stored
    );
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.org]
    table = "app.ms"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [groups.unit]
    table = "app.unit_ms"
    member = "user_id"
    key = "unit_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    parent = "app.units.parent_id"
    granted_by = "admin"
    [groups.team]
    table = "app.team_ms"
    member = "user_id"
    key = "team_id"
    rank = { column = "role", order = ["viewer", "owner"] }
    founder = "owner"
    [groups.part]
    table = "app.parts"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [groups.made]
    table = "app.made"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [tables]
    "app.made" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.notes" = { select = "true", update = "true" }
    "app.people" = { select = "true" }
    "app.ranks" = { select = "true", update = "true" }
    "app.ms" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.units" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.unit_ms" = { select = "true", insert = "true", update = "true", delete = "true" }
    "app.teams" = { select = "true", insert = "true", delete = "team(id, 'owner')" }
    "app.team_ms" = { select = "true" }
    "app.docs" = { select = "team(team_id)", insert = "team(team_id)" }
    "app.parts" = { select = "true", insert = "true", update = "true", delete = "true" }
"#;

const EVE: &str = "00000000-0000-0000-0000-00000000000e";

/// What puts everything back: Bob is owner everywhere, Ann too, Eve a viewer.
fn seed() -> String {
    format!(
        "truncate app.notes, app.people, app.ranks, app.ms, app.units, app.unit_ms, app.teams, app.team_ms, app.docs, app.parts, app.made;
         insert into app.notes values (1);
         insert into app.people values ('{ANN}'), ('{BOB}'), ('{EVE}');
         insert into app.ranks values ('viewer'), ('owner');
         insert into app.ms values (1, '{ANN}', 'owner'), (1, '{BOB}', 'owner'), (1, '{EVE}', 'viewer');
         insert into app.units values (1, null), (2, 1), (3, null);
         insert into app.unit_ms values (1, '{ANN}', 'owner'), (1, '{BOB}', 'owner'), (3, '{EVE}', 'owner'), (2, '{EVE}', 'viewer');
         insert into app.parts values (1, '{ANN}', 'owner'), (1, '{BOB}', 'owner'), (1, '{EVE}', 'viewer');
         insert into app.made values ('1', default, '{ANN}', default, 3), ('1', default, '{BOB}', default, 3), ('1', default, '{EVE}', default, 1)"
    )
}

fn past_rules(sql: &str) -> String {
    format!("set session_replication_role = replica; {sql}; reset session_replication_role")
}

/// What Bob tries after Ann removed him everywhere; `{wait}` is where a single statement waits.
const TRIES: &[(&str, &str)] = &[
    ("a membership of `org`", "insert into app.ms select 1, seal.me(), 'owner' {wait}"),
    (
        "a membership of `org`",
        "insert into app.ms select 1, u, 'owner' from unnest(array[seal.me(), '{eve}']) as u, (select 1 {wait}) as w",
    ),
    (
        "a membership of `org`",
        "update app.ms set role = 'owner' where user_id = '{eve}' and role = 'viewer' and (select 1 {wait}) = 1",
    ),
    ("a membership of `org`", "delete from app.ms where user_id = '{eve}' and (select 1 {wait}) = 1"),
    ("a membership of `org`", "update app.ranks set label = 'admin' where label = 'viewer' and (select 1 {wait}) = 1"),
    ("a membership of `unit`", "insert into app.unit_ms select 2, seal.me(), 'owner' {wait}"),
    (
        "a membership of `unit`",
        "update app.unit_ms set role = 'owner' where user_id = '{eve}' and unit_id = 2 and (select 1 {wait}) = 1",
    ),
    ("the tree of `unit`", "insert into app.units select 9, 1 {wait}"),
    ("the tree of `unit`", "update app.units set parent_id = null where id = 2 and (select 1 {wait}) = 1"),
    ("a membership of `part`", "insert into app.parts select 1, seal.me(), 'owner' {wait}"),
    ("a membership of `part`", "update app.parts set role = 'owner' where user_id = '{eve}' and (select 1 {wait}) = 1"),
    ("a membership of `made`", "insert into app.made (org, who, place) select '1', seal.me(), 3 {wait}"),
    ("a membership of `made`", "update app.made set place = 3 where user_id = '{eve}' and (select 1 {wait}) = 1"),
    ("a membership of `part`", "delete from app.parts where user_id = '{eve}' and (select 1 {wait}) = 1"),
];

const REMOVED: &str = "delete from app.ms where user_id = '{bob}'; delete from app.unit_ms where user_id = '{bob}'; delete from app.parts where user_id = '{bob}'; delete from app.made where user_id = '{bob}'";

/// The triggers that ask afresh; without them each try passes.
const MEND: &[&str] = &["ms", "unit_ms", "units", "parts", "made"];

fn filled(sql: &str) -> String {
    sql.replace("{ann}", ANN).replace("{bob}", BOB).replace("{eve}", EVE)
}

/// What the session's statement answers that waits for a row while somebody else does something and commits.
async fn waits_while(sealed: &Sealed<'_>, session: &Session, sql: &str, meanwhile: &str) -> Result<u64, DatabaseError> {
    let operator = sealed.scratch.client();
    operator.batch_execute("begin; select from app.notes for update").await.unwrap();
    let waiting = format!(
        "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and not l.granted",
        session.login
    );
    let other = async {
        while operator.query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::task::yield_now().await;
        }
        operator.batch_execute(&format!("{meanwhile}; commit")).await.unwrap();
    };
    let both = async { tokio::join!(session.run(sql), other).0 };
    tokio::time::timeout(Duration::from_secs(60), both).await.expect("the statement waits")
}

/// Whoever was removed admits nobody, in a snapshot in which he was not.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_grants_nothing_in_an_older_snapshot() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_held", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let removed = filled(REMOVED);
        for mended in [true, false] {
            if !mended {
                let drops = MEND.iter().map(|table| format!("drop trigger zzzz_seal_zz_afresh on app.{table}"));
                let drops = drops.chain(["drop trigger zzzz_seal_zz_cascade on app.ms".to_owned()]);
                sealed.tamper(&drops.collect::<Vec<_>>().join("; ")).await;
            }
            for (message, sql) in TRIES {
                let cascades = sql.contains("app.ranks");
                let check = |answer: Result<u64, DatabaseError>, message: &str, how: &str| match answer {
                    Ok(rows) => assert!(!mended && rows > 0, "{how}, {mended}: {sql}: {rows}"),
                    Err(error) => assert!(
                        mended && error.is("42501") && error.message.contains(message),
                        "{how}, {mended}: {sql}: {error:?}"
                    ),
                };
                // A transaction that was there before.
                for isolation in ["repeatable read", "serializable"] {
                    bob.run(&format!("begin isolation level {isolation}; select seal.org_keys('owner')"))
                        .await
                        .unwrap();
                    ann.run(&format!("begin; {removed}; commit")).await.unwrap();
                    let answer = bob.run(&filled(&sql.replace("{wait}", ""))).await;
                    check(answer, "at READ COMMITTED", isolation);
                    bob.run("rollback").await.unwrap();
                    sealed.operate(&past_rules(&seed())).await;
                }
                // One statement that waits. A cascade's own statement begins after it has waited.
                let waiting = filled(&sql.replace("{wait}", "from (select from app.notes for update) as held"));
                if mended || !cascades {
                    let answer = waits_while(&sealed, &bob, &waiting, &removed).await;
                    check(answer, message, "waits");
                    sealed.operate(&past_rules(&seed())).await;
                }
                // Who still holds the rank may.
                if mended {
                    let held = waits_while(&sealed, &bob, &waiting, "select").await;
                    assert!(held.as_ref().is_ok_and(|rows| *rows > 0), "{sql}: {held:?}");
                    sealed.operate(&past_rules(&seed())).await;
                }
            }
        }
    }
}

/// Who removes somebody waits for what that one is about to write, and then sees it.
#[tokio::test(flavor = "multi_thread")]
async fn who_removes_waits_for_what_is_being_granted() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_pending", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        for (grant, remove) in [
            ("insert into app.ms values (1, '{eve}', 'owner')", "delete from app.ms where user_id = '{bob}'"),
            // A rank above counts below.
            ("insert into app.unit_ms values (2, '{eve}', 'owner')", "delete from app.unit_ms where user_id = '{bob}'"),
            ("insert into app.units values (9, 2)", "update app.unit_ms set role = 'viewer' where user_id = '{bob}'"),
        ] {
            bob.run(&format!("begin; {}", filled(grant))).await.unwrap();
            let waiting = format!(
                "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and l.locktype = 'advisory' and not l.granted",
                ann.login
            );
            let commits = async {
                while sealed.scratch.client().query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                    tokio::task::yield_now().await;
                }
                bob.run("commit").await.unwrap();
            };
            let remove = filled(remove);
            let both = async { tokio::join!(ann.run(&remove), commits).0 };
            let answer = tokio::time::timeout(Duration::from_secs(60), both).await.expect("she waits");
            assert_eq!(answer.unwrap(), 1, "{remove}");
            sealed.operate(&past_rules(&seed())).await;
        }
        // Who leaves asks for no rank, at any isolation; other columns are nobody's business.
        let eve = sealed.member(EVE).await;
        for isolation in ["read committed", "repeatable read", "serializable"] {
            let begin = format!("set transaction isolation level {isolation}; select seal.me()");
            eve.rows(4, &format!("{begin}; delete from app.ms where user_id = seal.me() and role = 'viewer'; update app.ms set note = 'x' where org_id = 1 and role = 'owner'")).await;
        }
    }
}

/// A statement that gives up the own rank, or cuts what it came from, does to all its rows what it may do to each, whichever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_gives_up_itself_counts_until_it_ends() {
    for server in testing::servers().await.unwrap() {
        let more = "insert into app.units values (4, 2), (5, 4); insert into app.unit_ms values (1, '{eve}', 'viewer'), (5, '{eve}', 'viewer')";
        let seed = format!("{}; {}", seed(), filled(more));
        let sealed = Sealed::new(server, "atk_own", SCHEMA, ACCESS, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        for (whose, session, other) in [(ANN, &ann, BOB), (BOB, &bob, ANN)] {
            for table in ["ms", "parts", "made"] {
                let [set, more] =
                    if table == "made" { ["place = 1", "place = 3"] } else { ["role = 'viewer'", "role = 'owner'"] };
                session.rows(2, &format!("delete from app.{table} where user_id <> '{other}'")).await;
                session.rows(2, &format!("update app.{table} set {set} where user_id <> '{other}'")).await;
                // Not longer than that.
                let then = format!(
                    "update app.{table} set {set} where user_id = '{whose}'; delete from app.{table} where user_id = '{EVE}'"
                );
                session.rows(1, &then).await;
                let then = format!(
                    "delete from app.{table} where user_id = '{whose}'; update app.{table} set {more} where user_id = '{EVE}'"
                );
                session.refused("a membership of", &then).await;
            }
            session.rows(3, "update app.units set parent_id = null where id in (2, 4, 5)").await;
            let first = format!(
                "with cut as (update app.units set parent_id = null where id = 2), gone as (delete from app.unit_ms where unit_id = 1 and user_id = '{whose}')"
            );
            session.rows(1, &format!("{first} delete from app.unit_ms where unit_id = 5")).await;
            session
                .rows(
                    1,
                    "update app.units set parent_id = null where id = 2; delete from app.unit_ms where unit_id = 5",
                )
                .await;
        }
        // What others have taken does not come back.
        let lowers = format!(
            "update app.ms set role = case user_id when '{EVE}' then 'owner' else 'viewer' end where user_id in (seal.me(), '{EVE}') and (select 1 from (select from app.notes for update) as held) = 1"
        );
        let error = waits_while(&sealed, &bob, &lowers, &filled(REMOVED)).await.unwrap_err();
        assert!(error.message.contains("a membership of `org`"), "{error:?}");
        let left = "select count(distinct transaction) from seal.given_up";
        let eve = sealed.member(EVE).await;
        for table in ["ms", "parts"] {
            eve.run(&format!("delete from app.{table} where user_id = seal.me()")).await.unwrap();
        }
        let left: i64 = sealed.scratch.client().query_one(left, &[]).await.unwrap().get(0);
        assert_eq!(left, 1, "what earlier transactions gave up is gone");
    }
}

/// Nobody founds, in a snapshot in which it was not there, a group that others have left their rows in.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_snapshot_founds_nothing() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_found_late", SCHEMA, ACCESS, &seed()).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let left = "insert into app.docs values (7, 'secret')";
        for isolation in ["repeatable read", "serializable"] {
            bob.run(&format!("begin isolation level {isolation}; select seal.me()")).await.unwrap();
            ann.run("insert into app.teams values (7)").await.unwrap();
            ann.run("insert into app.docs values (7, 'secret')").await.unwrap();
            ann.run("delete from app.teams where id = 7").await.unwrap();
            let error = bob.run("insert into app.teams values (7)").await.unwrap_err();
            assert!(error.message.contains("at READ COMMITTED"), "{error:?}");
            bob.run("rollback").await.unwrap();
            sealed.operate(&past_rules(&seed())).await;
        }
        let waiting = "insert into app.teams select 7 from (select from app.notes for update) as held";
        let error = waits_while(&sealed, &bob, waiting, &past_rules(left)).await.unwrap_err();
        assert!(error.message.contains("was there before"), "{error:?}");
        sealed.operate(&past_rules(&seed())).await;
        assert_eq!(waits_while(&sealed, &bob, waiting, "select").await.unwrap(), 1);
    }
}

/// Who may change a rank and not read it learns no more than whether it is above the own: not by writing back what he guesses.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_rank_is_not_guessed_by_writing_it_back() {
    let schema =
        "create schema app; create table app.ms (org_id int, user_id uuid, role text, primary key (org_id, user_id));
        create index on app.ms (user_id);";
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
        may = { "app.ms" = ["select(user_id)", "update(role)"] }
    "#;
    let seed =
        format!("insert into app.ms values (1, '{ANN}', 'viewer'), (1, '{BOB}', 'owner'), (1, '{EVE}', 'admin')");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_rank", schema, access, &seed).await;
        let bot = |id| sealed.session(super::Lease::new("agent_bot", Some("bot")).acting_for(id, "role_member"));
        let (for_ann, for_eve, for_bob) = (bot(ANN).await, bot(EVE).await, bot(BOB).await);
        for role in ["viewer", "admin", "owner", "none"] {
            let guess = |whose| format!("update app.ms set role = '{role}' where user_id = '{whose}'");
            for whose in [ANN, BOB, EVE] {
                for_ann.refused("a membership of `org`", &guess(whose)).await;
            }
            for_eve.refused("a membership of `org`", &guess(BOB)).await;
            if matches!(role, "viewer" | "admin") {
                for_eve.rows(1, &guess(ANN)).await;
                for_bob.rows(1, &guess(EVE)).await;
            }
        }
        // Whoever reads it may write it back.
        sealed.member(ANN).await.rows(1, "update app.ms set role = role where user_id = seal.me()").await;
    }
}
