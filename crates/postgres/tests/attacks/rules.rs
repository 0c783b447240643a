//! What rules call and what time they see: nobody stops the clock, and what a rule needs is for whom the rule binds.

use pgseal_postgres::testing;

use super::{ANN, BOB, Lease, Sealed};

const A: &str = "a0000000-0000-0000-0000-000000000000";

const SCHEMA: &str = "create schema app;
    create table app.orgs (id uuid primary key, code text unique, name text);
    create table app.ms (org_id uuid not null references app.orgs (id), user_id uuid not null, expires_at timestamptz not null, primary key (org_id, user_id));
    create index on app.ms (user_id);
    create function app.email_of(person uuid) returns text language sql stable return 'mail of ' || person;
    create function app.tells() returns text language sql stable as $$ select 'one' /* seal.org_peers() */ $$;
    create function app.may_move(doc int) returns boolean language sql immutable return doc > 0;
    create function app.is_odd(doc int) returns boolean language sql immutable return doc % 2 = 1;
    create table app.docs (id int primary key, org_id uuid not null references app.orgs (id), owner uuid not null, body text,
        made text, state text not null default 'a', opens_at timestamptz not null default now(), stamped timestamptz);
    create index on app.docs (org_id);
    create table app.posts (id int primary key, opens_at timestamptz not null);
    create index on app.posts (opens_at);
    create table app.pages (id int primary key, doc int not null references app.docs (id), body text);
    create index on app.pages (doc);
    create view app.doc_list as select id, body, owner from app.docs;
    create view app.doc_cards as select id, body, app.email_of(owner) as mail from app.docs where app.is_odd(id);
    create view app.doc_counts as select count(*) as docs from app.doc_cards;
    create materialized view app.totals as select owner, count(*) as docs, 42 as salary from app.docs group by owner;";

const ACCESS: &str = r#"
    [roles]
    staff = { includes = ["member"] }
    [groups.org]
    table = "app.ms"
    member = "user_id"
    key = "org_id"
    where = "expires_at > now()"
    [tables]
    "app.orgs" = { select = "org(id)" }
    "app.ms" = "sealed"
    [tables."app.docs"]
    for.visitor.select = "body = 'public'"
    for.member.select = "org(org_id) and opens_at <= current_timestamp"
    for.member.insert = "org(org_id)"
    for.member.update = "org(org_id)"
    for.member.delete = "org(org_id) and app.is_odd(id)"
    columns.made = { value = "app.email_of(owner)" }
    columns.state = { update = "app.may_move(id)" }
    columns.stamped = { value = "now()" }
    [tables."app.posts"]
    select = "opens_at <= now()"
    [tables."app.pages"]
    select = "via(doc)"
    [functions]
    "app.tells()" = { execute = ["member"] }
    "app.email_of(uuid)" = { execute = ["member"], runs_as = "definer", may = {}, because = "writes who made it" }
    [views]
    "app.doc_list" = { select = ["member"], insert = ["member"] }
    "app.doc_cards" = { select = ["member"] }
    "app.doc_counts" = { select = ["member"] }
    "app.totals" = { select = ["member"], materialized = true, because = "counts" }
    [agents.bot]
    acts_for = "member"
    may = { "app.docs" = ["select(id, org_id, owner, body, made, state, opens_at, stamped)", "update(body)"], "app.doc_list" = ["select(id)"], "app.doc_cards" = ["select(id, body)"], "app.totals" = ["select(owner)"] }
    [agents.mailer]
    acts_for = "member"
    may = { "app.docs" = ["select"], "app.doc_cards" = ["select(mail)"] }
    [agents.counter]
    acts_for = "member"
    may = { "app.docs" = ["select"], "app.doc_cards" = ["select(id)"], "app.doc_counts" = ["select(docs)"] }
"#;

fn seed() -> String {
    format!(
        "insert into app.orgs values ('{A}', 'A', 'A');
         insert into app.ms values ('{A}', '{ANN}', now() + interval '1 hour'), ('{A}', '{BOB}', now() + interval '1 hour');
         insert into app.docs (id, org_id, owner, body) values (1, '{A}', '{ANN}', 'one'), (2, '{A}', '{BOB}', 'public');
         insert into app.pages values (1, 1, 'page');
         refresh materialized view app.totals"
    )
}

/// A rule that ends at a time ends then, however long the session has held its transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_held_does_not_stop_the_clock() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_time", SCHEMA, ACCESS, &seed()).await;
        let ann = sealed.member(ANN).await;
        let plan = ann
            .client
            .simple_query(
                "set enable_seqscan = off; set enable_bitmapscan = off; explain (costs off) select * from app.posts",
            )
            .await;
        assert!(format!("{plan:?}").contains("Index Cond: (opens_at <="), "{plan:?}");
        ann.run("begin").await.unwrap();
        assert_eq!(ann.value("select count(*) from app.docs").await.as_deref(), Some("2"));
        // Between the transaction's beginning and now: the membership ends, a row opens and another is written.
        sealed
            .operate(&format!(
                "set session_replication_role = replica; update app.ms set expires_at = clock_timestamp() where user_id = '{ANN}';
                 insert into app.docs (id, org_id, owner, body) values (3, '{A}', '{BOB}', 'later'); reset session_replication_role"
            ))
            .await;
        // What is public stays so.
        assert_eq!(ann.value("select count(*) from app.docs").await.as_deref(), Some("1"));
        assert_eq!(ann.value("select count(*) from app.pages").await.as_deref(), Some("0"));
        let insert = format!("insert into app.docs (id, org_id, owner, body) values (9, '{A}', '{ANN}', 'x')");
        let error = ann.run(&insert).await.expect_err(&insert);
        assert!(error.is("42501"), "{error:?}");
        ann.run("rollback").await.unwrap();

        // The same within one statement of the client's, which runs many, and at a stricter isolation.
        let bob = sealed.member(BOB).await;
        bob.run("begin isolation level repeatable read").await.unwrap();
        assert_eq!(bob.value("select count(*) from app.docs").await.as_deref(), Some("3"));
        bob.run("rollback").await.unwrap();
        let opens = "set session_replication_role = replica; update app.docs set opens_at = clock_timestamp() + interval '200 milliseconds' where id = 1; reset session_replication_role";
        sealed.operate(opens).await;
        let row =
            sealed.scratch.client().query_one("select opens_at::text from app.docs where id = 1", &[]).await.unwrap();
        let opens: String = row.get(0);
        let waits = format!(
            "do $$ begin while clock_timestamp() <= '{opens}'::timestamptz loop null; end loop;
             if not exists (select from app.docs where id = 1) then raise exception 'the clock stands still'; end if; end $$"
        );
        bob.run(&waits).await.unwrap();
        // What is kept is when the transaction began, as a default is.
        bob.rows(1, &format!("insert into app.docs (id, org_id, owner, body) values (9, '{A}', '{BOB}', 'x')")).await;
        bob.run("begin").await.unwrap();
        bob.run(&format!("insert into app.docs (id, org_id, owner, body) values (9, '{A}', '{BOB}', 'x')"))
            .await
            .unwrap();
        assert_eq!(bob.value("select stamped = now() from app.docs where id = 9").await.as_deref(), Some("t"));
        bob.run("rollback").await.unwrap();
    }
}

/// Functions that rules call, and the sets of keys behind words, are for those whom the rules bind in what they may do.
#[tokio::test(flavor = "multi_thread")]
async fn what_rules_call_is_for_whom_they_bind() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_needs", SCHEMA, ACCESS, &seed()).await;
        let executes = async |role: &str| {
            let sql = format!(
                "select string_agg(p.oid::regprocedure::text, ' ' order by p.oid::regprocedure::text) from pg_proc p
                 where has_function_privilege('atk_needs_{role}', p.oid, 'execute') and p.pronamespace in ('app'::regnamespace, 'seal'::regnamespace)
                   and p.proname !~ '^(me|claim|is_live|is_agent|is_human)$' and p.proname !~ '^via_'"
            );
            let row = sealed.scratch.client().query_one(&sql, &[]).await.unwrap();
            row.get::<_, Option<String>>(0).unwrap_or_default()
        };
        assert_eq!(executes("role_visitor").await, "");
        assert_eq!(
            executes("role_member").await,
            "app.email_of(uuid) app.is_odd(integer) app.may_move(integer) app.tells() seal.now() seal.org_keys(text)"
        );
        // It may neither insert nor delete nor write the state. Of what a view calls, it executes what its columns and rows need.
        assert_eq!(executes("agent_bot").await, "app.is_odd(integer) seal.now() seal.org_keys(text)");
        assert_eq!(
            executes("agent_mailer").await,
            "app.email_of(uuid) app.is_odd(integer) seal.now() seal.org_keys(text)"
        );
        assert_eq!(executes("agent_counter").await, "app.is_odd(integer) seal.now() seal.org_keys(text)");

        let bot = sealed.session(Lease::new("agent_bot", Some("bot")).acting_for(ANN, "role_member")).await;
        bot.refused("permission denied for function email_of", &format!("select app.email_of('{BOB}')")).await;
        bot.refused("permission denied for function org_peers", "select seal.org_peers()").await;
        bot.rows(2, "select id from app.docs").await;
        bot.rows(1, "select id, body from app.doc_cards").await;
        bot.refused("permission denied for view doc_cards", "select mail from app.doc_cards").await;
        bot.rows(2, "update app.docs set body = 'x'").await;
        let mailer = sealed.session(Lease::new("agent_mailer", Some("mailer")).acting_for(ANN, "role_member")).await;
        assert_eq!(
            mailer.value("select mail from app.doc_cards").await.as_deref(),
            Some(format!("mail of {ANN}").as_str())
        );
        let counter = sealed.session(Lease::new("agent_counter", Some("c")).acting_for(ANN, "role_member")).await;
        assert_eq!(counter.value("select docs from app.doc_counts").await.as_deref(), Some("1"));
        let ann = sealed.member(ANN).await;
        ann.refused("permission denied for function org_peers", "select seal.org_peers()").await;
        ann.rows(1, "select * from app.pages").await;
        ann.rows(2, "update app.docs set state = 'b'").await;
        ann.rows(1, "insert into app.docs (id, org_id, owner) select 5, org_id, owner from app.docs where id = 1")
            .await;
    }
}

/// Who lists columns is given these and no other, on tables, views and copies, those that are added later included.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_columns_is_all_that_an_agent_is_given() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_lists", SCHEMA, ACCESS, &seed()).await;
        let bot = sealed.session(Lease::new("agent_bot", Some("bot")).acting_for(ANN, "role_member")).await;
        let ann = sealed.member(ANN).await;
        sealed
            .operate(
                "begin; set local seal.applying = on; alter table app.docs add column salary int default 7; commit",
            )
            .await;
        bot.rows(2, "select id, org_id, owner, body, made, state, opens_at, stamped from app.docs").await;
        bot.refused("permission denied for table docs", "select salary from app.docs").await;
        bot.refused("permission denied for table docs", "update app.docs set state = 'b'").await;
        bot.rows(2, "select id from app.doc_list").await;
        bot.refused("permission denied for view doc_list", "select body from app.doc_list").await;
        bot.refused("permission denied for view doc_list", "insert into app.doc_list (id) values (9)").await;
        bot.rows(2, "select owner from app.totals").await;
        bot.refused("permission denied for materialized view totals", "select salary from app.totals").await;
        ann.rows(2, "select id, body from app.doc_list").await;
        ann.rows(2, "select owner, salary from app.totals").await;
    }
}
