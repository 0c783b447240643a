//! New columns: closed until `apply` where columns are granted by name, open at once where the whole table is.

use pgseal_engine::render::LOCK_KEY;
use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::testing;

use super::{Operated, compiled};
use crate::attacks::{ANN, BOB, Session};

const SCHEMA: &str = "
    create schema app;
    create table app.people (id uuid primary key, name text, phone text);
    create table app.notes (id int primary key, owner uuid not null, body text);
    create index on app.notes (owner);
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [roles]
    staff = { includes = ["member"] }
    [tables."app.people"]
    select = "true"
    insert = "id = me()"
    update = "id = me()"
    columns.phone = { select = ["staff"] }
    [tables]
    "app.notes" = "owned(owner)"
    [agents.triage]
    acts_for = "member"
    may = { "app.notes" = ["select(id, body)"] }
"#;

/// It is refused, or there is no such column to be had.
async fn closed(session: &Session, sql: &str) {
    let error = session.attempt(sql).await.expect_err(sql);
    assert!(error.is("42501") && error.message.contains("permission denied"), "{sql}: {error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_column_is_closed_where_columns_are_granted_by_name() {
    let schema = SCHEMA.replace("phone text", "nick text, phone text, salary int default 100");
    let access = ACCESS.replace(
        "columns.phone = { select = [\"staff\"] }",
        "columns.phone = { select = [\"staff\"] }\ncolumns.salary = { select = [\"staff\"] }",
    );
    let seed = format!("insert into app.people values ('{ANN}', 'ann', '1'), ('{BOB}', 'bob', '2')");
    for server in testing::servers().await.unwrap() {
        let before = compiled(server, "op_columns", SCHEMA, ACCESS).await;
        let desired = compiled(server, "op_columns", &schema, &access).await;
        let database = Operated::sealed(server, "op_columns", &before, &seed).await;
        let (ann, staff) = (database.member(ANN).await, database.person("staff", BOB).await);
        ann.rows(2, "select id, name from app.people").await;
        database.run("alter table app.people add column nick text, add column salary int default 100").await;
        for _ in 0..2 {
            for sql in [
                "select nick from app.people",
                "select salary from app.people",
                "select * from app.people",
                "select p from app.people as p",
                "select count(*) from app.people where salary > 50",
                "select 1 from app.people order by nick",
                "update app.people set salary = 1",
                "update app.people set nick = 'x'",
                "update app.people set name = 'x' returning salary",
                &format!("insert into app.people (id, salary) values ('{ANN}', 1)"),
                &format!(
                    "insert into app.people (id, name) values ('{ANN}', 'x') on conflict (id) do update set salary = 1"
                ),
                "copy app.people (salary) to stdout",
            ] {
                closed(&ann, sql).await;
            }
            ann.rows(2, "select id, name from app.people").await;
            ann.rows(2, "select * from app.people_visible").await;
            assert_eq!(ann.attempt("select nick from app.people_visible").await.unwrap_err().code, "42703");
            // Who may read every column is granted the table, and with it what comes.
            staff.rows(2, "select salary from app.people").await;
            // What the files do not say yet is named, and nothing is opened.
            let error = database.apply(&before, Options::default()).await.unwrap_err();
            assert!(matches!(error, ApplyError::Unsupported(_)), "{error}");
            let text = error.to_string();
            assert!(text.contains("table app.people: column `salary` is no longer in the schema"), "{text}");
        }
        database.apply(&desired, Options::default()).await.unwrap();
        assert_eq!(database.apply(&desired, Options::default()).await.unwrap().changes, []);
        ann.rows(2, "select id, nick from app.people").await;
        ann.rows(1, "update app.people set nick = 'x'").await;
        ann.rows(2, "select nick from app.people_visible").await;
        closed(&ann, "select salary from app.people").await;
        closed(&ann, "update app.people set salary = 1").await;
        staff.rows(2, "select salary from app.people").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_column_of_a_table_granted_whole_is_open_unless_the_grant_is_taken_first() {
    let schema = SCHEMA.replace("body text", "body text, score int, secret int default 7");
    let access = ACCESS.replace(
        "[tables]\n",
        "[tables]\n    \"app.notes\" = { model = \"owned(owner)\", columns.secret = { select = [\"staff\"] } }\n",
    );
    let access = access.replace("\n    \"app.notes\" = \"owned(owner)\"", "");
    let seed = format!("insert into app.notes values (1, '{ANN}', 'a')");
    for server in testing::servers().await.unwrap() {
        let before = compiled(server, "op_whole", SCHEMA, ACCESS).await;
        let desired = compiled(server, "op_whole", &schema, &access).await;
        let database = Operated::sealed(server, "op_whole", &before, &seed).await;
        let agent = pgseal_postgres::lease::Lease::new("agent_triage", Some("bot")).acting_for(ANN, "role_member");
        let (ann, agent) = (database.member(ANN).await, database.session(agent).await);
        // As documented: open to whoever may read the table, for the rows that they may read, and no wider.
        database.run("alter table app.notes add column score int").await;
        ann.rows(1, "select score from app.notes").await;
        ann.rows(1, "update app.notes set score = 1").await;
        closed(&agent, "select score from app.notes").await;
        database.member(BOB).await.rows(0, "select score from app.notes").await;
        // As documented for a column that shall be hidden.
        assert!(include_str!("../../../../docs/operation.md").contains(&format!("pg_advisory_xact_lock({LOCK_KEY})")));
        database
            .run(&format!(
                "begin; select pg_advisory_xact_lock({LOCK_KEY}); set local seal.applying = on;
                 revoke select, insert, update on app.notes from op_whole_role_member, op_whole_role_staff;
                 alter table app.notes add column secret int default 7;
                 commit"
            ))
            .await;
        for sql in ["select secret from app.notes", "update app.notes set secret = 1", "select id from app.notes"] {
            closed(&ann, sql).await;
        }
        closed(&agent, "select secret from app.notes").await;
        database.apply(&desired, Options::default()).await.unwrap();
        assert_eq!(database.apply(&desired, Options::default()).await.unwrap().changes, []);
        ann.rows(1, "select id, owner, body, score from app.notes").await;
        agent.rows(1, "select id, body from app.notes").await;
        for sql in ["select secret from app.notes", "update app.notes set secret = 1", "select * from app.notes"] {
            closed(&ann, sql).await;
        }
    }
}

/// The SQL in docs/operation.md that holds these words.
fn documented(words: &str) -> &'static str {
    let page = include_str!("../../../../docs/operation.md");
    let blocks = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block says `{words}`"))
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_rules_name_are_renamed_and_changed_as_documented() {
    let schema = "create schema app;
        create table app.notes (id int primary key, owner uuid not null, state boolean not null, body text);
        create index on app.notes (owner);";
    let access = r#"
        [identity]
        user = "uuid"
        [tables]
        "app.notes" = { select = "owner = me() and state", update = "owner = me()", columns.owner = { update = "never" } }
    "#;
    let renamed = [schema, access].map(|text| text.replace("owner", "writer"));
    let retyped = [renamed[0].replace("state boolean", "state int"), renamed[1].replace("and state", "and state = 1")];
    let seed = format!(
        "insert into app.notes values (1, '{ANN}', true, 'a'), (2, '{ANN}', false, 'b'), (3, '{BOB}', true, 'c')"
    );
    for server in testing::servers().await.unwrap() {
        let before = compiled(server, "op_renamed", schema, access).await;
        let second = compiled(server, "op_renamed", &renamed[0], &renamed[1]).await;
        let third = compiled(server, "op_renamed", &retyped[0], &retyped[1]).await;
        let database = Operated::sealed(server, "op_renamed", &before, &seed).await;
        let ann = database.member(ANN).await;
        ann.rows(1, "select * from app.notes").await;
        // By hand without the words that let one through, the guard refuses.
        let bare = "alter table app.notes rename column owner to writer";
        assert!(database.operator.batch_execute(bare).await.is_err());
        database.run(documented("rename column owner to writer")).await;
        ann.rows(1, "select writer from app.notes").await;
        ann.attempt("update app.notes set body = 'x' where id = 1")
            .await
            .expect_err("its trigger names the old column");
        database.apply(&second, Options::default()).await.unwrap();
        assert_eq!(database.apply(&second, Options::default()).await.unwrap().changes, []);
        ann.rows(1, "update app.notes set body = 'x' where id = 1").await;
        ann.refused("row-level security", &format!("update app.notes set writer = '{BOB}' where id = 1")).await;

        database.run(documented("alter column state type int")).await;
        ann.rows(0, "select * from app.notes").await;
        ann.rows(0, "update app.notes set body = 'x'").await;
        database.apply(&third, Options::default()).await.unwrap();
        assert_eq!(database.apply(&third, Options::default()).await.unwrap().changes, []);
        ann.rows(1, "select * from app.notes").await;
    }
}
