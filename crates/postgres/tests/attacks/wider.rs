//! Keys of another type than what they point to, as foreign keys allow: wider, narrower, of another length, domains. What is written
//! is decided as with keys of one type.

use std::fmt::Write;

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// The type of what is pointed to, of what points to it, two keys, and whether they are of one type below: rules ask of
/// a group by keys of its own type.
const KEYS: [(&str, &str, [&str; 2], bool); 16] = [
    ("integer", "bigint", ["1", "2"], false),
    ("bigint", "integer", ["1", "2"], false),
    ("smallint", "bigint", ["1", "2"], false),
    ("integer", "app.whole", ["1", "2"], true),
    ("app.whole", "integer", ["1", "2"], true),
    ("app.whole", "bigint", ["1", "2"], false),
    ("text", "varchar(12)", ["'a'", "'b'"], false),
    ("varchar(12)", "text", ["'a'", "'b'"], false),
    ("varchar(12)", "app.word", ["'a'", "'b'"], true),
    ("app.word", "text", ["'a'", "'b'"], false),
    ("text", "char(4)", ["'a'", "'b'"], false),
    ("varchar(3)", "varchar(30)", ["'a'", "'b'"], true),
    ("numeric(6,2)", "integer", ["1", "2"], false),
    ("real", "double precision", ["0.5", "1.5"], false),
    ("double precision", "real", ["0.5", "1.5"], false),
    ("date", "timestamp", ["'2026-01-01'", "'2026-01-02'"], false),
];

#[tokio::test(flavor = "multi_thread")]
async fn keys_wider_or_of_another_type_are_written_and_refused_as_others() {
    let mut schema = String::from(
        "create schema app;
         create domain app.whole as integer check (value > 0);
         create domain app.word as varchar(12);
         create table app.ms (org_id int, user_id uuid, role text);
         create index on app.ms (user_id);\n",
    );
    let mut access = String::from(
        r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.ms"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "owner"] }
        "#,
    );
    let mut tables = String::from("[tables]\n\"app.ms\" = { select = \"org(org_id)\" }\n");
    let mut seed = format!("insert into app.ms values (1, '{ANN}', 'owner'), (2, '{BOB}', 'owner');");
    for (at, (far, near, [own, other], same)) in KEYS.iter().enumerate() {
        // What rows are of by `via`, under a plain key and under one that is looked at when the transaction ends.
        write!(
            schema,
            "create table app.far{at} (id {far} primary key, org_id int not null);
             create table app.near{at} (id int primary key, far {near} not null references app.far{at});
             create index on app.near{at} (far);
             create table app.late{at} (id int primary key, far {near} not null references app.far{at} deferrable initially deferred);
             create index on app.late{at} (far);"
        )
        .unwrap();
        writeln!(
            tables,
            "\"app.far{at}\" = {{ select = \"org(org_id)\", insert = \"org(org_id)\", update = \"org(org_id)\", delete = \"org(org_id)\" }}\n\"app.near{at}\" = \"via(far)\"\n\"app.late{at}\" = \"via(far)\""
        )
        .unwrap();
        write!(seed, "insert into app.far{at} values ({own}, 1), ({other}, 2);").unwrap();
        // Groups whose members are listed under another type than the group's own key has.
        write!(
            schema,
            "create table app.team{at} (id {far} primary key);
             create table app.team{at}_ms (team {near} references app.team{at}, user_id uuid, role text);
             create index on app.team{at}_ms (user_id);"
        )
        .unwrap();
        write!(
            access,
            r#"
            [groups.team{at}]
            table = "app.team{at}_ms"
            member = "user_id"
            key = "team"
            rank = {{ column = "role", order = ["viewer", "owner"] }}
            granted_by = "owner"
            founder = "owner"
            "#
        )
        .unwrap();
        let member = if *same { format!("team{at}(id)") } else { "true".to_owned() };
        writeln!(
                tables,
                "\"app.team{at}\" = {{ select = \"{member}\", insert = \"true\", update = \"{member}\", delete = \"{member}\" }}
                 \"app.team{at}_ms\" = {{ select = \"team{at}(team)\", insert = \"team{at}(team)\", update = \"team{at}(team)\", delete = \"team{at}(team)\" }}"
            )
            .unwrap();
    }
    access.push_str(&tables);
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_wider", &schema, &access, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        for (at, (_, _, [own, other], _)) in KEYS.iter().enumerate() {
            for near in ["near", "late"] {
                ann.rows(2, &format!("insert into app.{near}{at} values (1, {own}); select from app.{near}{at}")).await;
                ann.rows(
                    2,
                    &format!("insert into app.{near}{at} values (1, {own}); update app.{near}{at} set far = {own}"),
                )
                .await;
                ann.refused("row-level security", &format!("insert into app.{near}{at} values (1, {other})")).await;
                let point = format!(
                    "insert into app.{near}{at} values (1, {own}); update app.{near}{at} set far = {other}; set constraints all immediate"
                );
                ann.refused("row-level security", &point).await;
                let replaced = format!(
                    "insert into app.{near}{at} values (1, {own}); with d as (delete from app.far{at} where id = {own} returning id) insert into app.far{at} select id, 1 from d"
                );
                let error = ann.attempt(&replaced).await.expect_err(&replaced);
                assert!(error.is("23503"), "{replaced}: {error:?}");
            }
            let found = format!("insert into app.team{at} values ({own})");
            ann.rows(2, &format!("{found}; select from app.team{at}")).await;
            ann.rows(2, &format!("{found}; insert into app.team{at}_ms values ({own}, '{BOB}', 'owner')")).await;
            ann.refused(
                "row-level security",
                &format!("{found}; insert into app.team{at}_ms values ({other}, '{BOB}', 'owner')"),
            )
            .await;
            let admitted = format!("{found}; insert into app.team{at}_ms values ({own}, '{BOB}', 'viewer')");
            ann.rows(3, &format!("{admitted}; delete from app.team{at}_ms where user_id <> seal.me()")).await;
            ann.rows(3, &format!("{admitted}; update app.team{at}_ms set role = 'owner' where user_id <> seal.me()"))
                .await;
            ann.refused("the last owner", &format!("{found}; delete from app.team{at}_ms where user_id = seal.me()"))
                .await;
            bob.rows(1, &format!("insert into app.team{at} values ({own})")).await;
        }
    }
}
