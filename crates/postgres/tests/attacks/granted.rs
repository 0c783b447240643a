//! What is granted because something else needs it, and what a column's rule tells of a value that is hidden.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

const A: &str = "a0000000-0000-0000-0000-000000000000";

const SCHEMA: &str = "create schema app;
    create table app.orgs (id uuid primary key, name text);
    create table app.ms (org_id uuid not null references app.orgs (id), user_id uuid not null, role text not null, primary key (org_id, user_id));
    create index on app.ms (user_id);
    create function app.orgs(id uuid) returns text language sql return 'told';
    create function app.fits(name text) returns boolean language sql immutable return length(name) < 9;
    create table app.doors (id int primary key, org_id uuid not null references app.orgs (id),
        label text check (app.fits(label)), pin text not null, flag text not null, mark text, data json[]);
    create index on app.doors (org_id);";

const ACCESS: &str = r#"
    [roles]
    staff = { includes = ["member"] }
    [groups.org]
    table = "app.ms"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin"] }
    [tables]
    "app.orgs" = { select = "org(id)" }
    "app.ms" = { select = "org(org_id)" }
    [tables."app.doors"]
    select = "org(org_id)"
    insert = "org(org_id)"
    update = "org(org_id)"
    columns.org_id = { update = "never" }
    columns.mark = { update = "never" }
    columns.data = { update = "org(org_id, 'admin')" }
    columns.pin = { select = ["staff"], update = "org(org_id, 'admin')", insert = ["member"] }
    columns.flag = { select = ["staff"], insert = ["member"], initial = ["b"], update = [{ from = "b", to = ["c"] }] }
    [functions]
    "app.orgs(uuid)" = { execute = ["staff"], runs_as = "definer", may = {}, because = "tells" }
    [agents.bot]
    acts_for = "member"
    may = { "app.doors" = ["select(id, label)", "update"] }
"#;

fn seed() -> String {
    format!(
        "insert into app.orgs values ('{A}', 'A');
         insert into app.ms values ('{A}', '{ANN}', 'viewer'), ('{A}', '{BOB}', 'admin');
         insert into app.doors values (1, '{A}', 'door', '1234', 'b', 'm', array['1'::json])"
    )
}

/// `REFERENCES app.orgs (id)` calls no function `app.orgs`; a CHECK that calls one needs it.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_is_no_call() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_call", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        ann.refused("permission denied for function orgs", "select app.orgs(null)").await;
        ann.rows(1, "update app.doors set label = 'short'").await;
        let staff = sealed.session(super::Lease::new("role_staff", Some(ANN))).await;
        staff.rows(1, "select app.orgs(null)").await;
    }
}

/// Whoever may not read a column learns nothing by writing back the value that they guess.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_column_is_not_guessed_by_writing_it_back() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_guess", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        for pin in ["1234", "9999"] {
            for sql in [
                format!("update app.doors set pin = '{pin}'"),
                format!("update app.doors set pin = '{pin}' where id = 1"),
                format!("update app.doors set (label, pin) = ('x', '{pin}')"),
                format!(
                    "merge into app.doors d using (select 1 as id) s on d.id = s.id when matched then update set pin = '{pin}'"
                ),
                format!(
                    "insert into app.doors (id, org_id, pin, flag) values (1, '{A}', '{pin}', 'b') on conflict (id) do update set pin = excluded.pin"
                ),
                format!(
                    "insert into app.doors (id, org_id, pin, flag) values (1, '{A}', '{pin}', 'b') on conflict (id) do update set pin = '{pin}'"
                ),
            ] {
                let error = ann.attempt(&sql).await.expect_err(&sql);
                assert!(error.is("42501"), "{sql}: {error:?}");
                // EXCLUDED is read like the column.
                let said = error.message.as_str();
                assert!(said.contains("app.doors.pin may not be changed") || sql.contains("excluded"), "{sql}: {said}");
            }
        }
        for flag in ["a", "b", "c"] {
            ann.refused("permission denied", &format!("update app.doors set flag = '{flag}'")).await;
        }
        // Who sees a column may write all of it back, and whoever the rule allows may change it without seeing it.
        let bob = sealed.member(BOB).await;
        bob.rows(1, "update app.doors set pin = '7777'").await;
        bob.rows(1, "update app.doors set data = array['2'::json]").await;
        ann.refused("app.doors.data may not be changed", "update app.doors set data = array['2'::json]").await;
        ann.rows(1, "update app.doors set mark = 'm', label = 'x'").await;
        let staff = sealed.session(super::Lease::new("role_staff", Some(ANN))).await;
        staff.rows(1, "update app.doors set pin = pin, flag = 'b'").await;
        staff.refused("app.doors.pin may not be changed", "update app.doors set pin = '9999'").await;
        staff.rows(1, "update app.doors set flag = 'c'").await;
        // Nor does an agent that may read less than the person.
        let bot = sealed.session(super::Lease::new("agent_bot", Some("bot")).acting_for(ANN, "role_member")).await;
        for mark in ["m", "n"] {
            bot.refused("app.doors.mark may not be changed", &format!("update app.doors set mark = '{mark}'")).await;
        }
        bot.rows(1, "update app.doors set label = 'x'").await;
    }
}

/// A view that a table's readers may read does not open the listed function beside it.
#[tokio::test(flavor = "multi_thread")]
async fn a_listed_function_is_for_whom_it_lists() {
    let schema = "create schema app;
        create table app.notes (id int primary key, author_id uuid not null);
        create index on app.notes (author_id);
        create function app.salary(who uuid) returns int language sql return 1;
        create function app.free(who uuid) returns int language sql return 2;
        create view app.paid as select id, app.salary(author_id) as paid from app.notes;
        create view app.open as select id, app.free(author_id) as free from app.notes;";
    let access = r#"
        [roles]
        staff = { includes = ["member"] }
        [tables]
        "app.notes" = { select = "true" }
        [functions]
        "app.salary(uuid)" = { execute = ["staff"], runs_as = "definer", may = {}, because = "staff asks" }
        [views]
        "app.paid" = { select = ["READER"] }
        "app.open" = { select = ["member"] }
    "#;
    let seed = format!("insert into app.notes values (1, '{ANN}')");
    for server in testing::servers().await.unwrap() {
        let mut sources = super::Sources::default();
        let narrow = vec![sources.add("access.toml", access.replace("READER", "member"))];
        let made = vec![sources.add("schema.sql", schema)];
        let (mut settings, _) = super::settings::parse(&sources, None, "attacked");
        settings.role_prefix = "atk_listed".to_owned();
        let input = super::Input { sources, settings, access: narrow, schema: made };
        let project = super::prepare(&input, server).await.unwrap();
        assert!(project.compiled.is_none());
        let found = super::findings(&input, &project);
        assert!(found.iter().any(|found| found.contains("execute-too-narrow")), "{found:?}");

        let sealed = Sealed::new(server, "atk_listed", schema, &access.replace("READER", "staff"), &seed).await;
        let ann = sealed.member(ANN).await;
        ann.refused("permission denied for function salary", "select app.salary(null)").await;
        ann.refused("permission denied for view paid", "select paid from app.paid").await;
        ann.rows(1, "select free from app.open").await;
        let staff = sealed.session(super::Lease::new("role_staff", Some(BOB))).await;
        staff.rows(1, "select paid from app.paid").await;
    }
}

/// Functions in checks, behind operators and casts, in domains below domains, arrays and rows, and in one partition alone.
const CALLS: &str = "create schema app;
    create function app.same(a text, b text) returns boolean language sql immutable return lower(a) = lower(b);
    create operator app.=== (function = app.same, leftarg = text, rightarg = text);
    create function app.short(t text) returns boolean language sql immutable return length(t) < 9;
    create function app.given(t text) returns boolean language sql immutable return t <> '';
    create domain app.word as text check (app.short(value));
    create domain app.title as app.word check (app.given(value));
    create type app.pair as (word app.title, n int);
    create function app.show(p app.pair) returns text language plpgsql immutable as 'begin return p.word; end';
    create cast (app.pair as text) with function app.show(app.pair);
    create function app.over(n int) returns boolean language sql immutable return n > 0;
    create function app.over(t text) returns boolean language sql immutable return t > '';
    create function app.made() returns text language sql stable return 'made';
    create function app.made(n int) returns text language sql stable return 'made';
    create function app.late(n int) returns boolean language sql immutable return n > 100;
    create table app.books (id int primary key, owner_id uuid not null, titles app.title[], pair app.pair, at text default app.made(),
        body text check (body operator(app.===) 'x' or body <> ''), n int check (app.over(n)),
        shown text generated always as (pair::text) stored);
    create index on app.books (owner_id);
    create table app.parts (id int, owner_id uuid not null, primary key (id)) partition by range (id);
    create index on app.parts (owner_id);
    create table app.parts_1 partition of app.parts (check (app.late(id))) for values from (100) to (200);";

/// Postgres asks whoever writes for EXECUTE of each, and of no other overload.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_row_calls_is_granted_wherever_it_stands() {
    let access = "[tables]\n\"app.books\" = \"owned(owner_id)\"\n\"app.parts\" = \"owned(owner_id)\"\n";
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_calls", CALLS, access, "").await;
        let ann = sealed.member(ANN).await;
        let book = format!(
            "insert into app.books (id, owner_id, titles, pair, body, n) values (1, '{ANN}', '{{a,b}}', row('w', 1), 'X', 1)"
        );
        ann.rows(1, &book).await;
        ann.rows(2, &format!("{book}; update app.books set titles = '{{c}}', pair = row('v', 2), body = 'y', n = 2"))
            .await;
        ann.rows(1, &format!("insert into app.parts values (101, '{ANN}')")).await;
        for broken in
            [book.replace("{a,b}", "{a,\"\"}"), book.replace("'w'", "'much too long'"), book.replace(", 1)", ", 0)")]
        {
            let error = ann.attempt(&broken).await.unwrap_err();
            assert!(error.is("23514"), "{broken}: {error:?}");
        }
        for other in ["select app.over('x')", "select app.made(1)"] {
            ann.refused("permission denied for function", other).await;
        }
    }
}
