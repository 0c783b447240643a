//! What the CRM's people reach by other ways than a plain statement: hidden columns, key-set functions, founding, rewrite rules.

use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};
use crate::examples::input;

const ED: &str = "00000000-0000-0000-0000-00000000000e";
const A: &str = "a0000000-0000-0000-0000-000000000000";
const B: &str = "b0000000-0000-0000-0000-000000000000";

fn seed() -> String {
    format!(
        "insert into app.users (id, name, email, phone) values ('{ANN}', 'ann', 'a', '1'), ('{BOB}', 'bob', 'b', '2'), ('{ED}', 'ed', 'e', '3');
         insert into app.orgs values ('{A}', 'A', null), ('{B}', 'B', null);
         insert into app.memberships (org_id, user_id, role) values ('{A}', '{ANN}', 'owner'), ('{A}', '{ED}', 'editor'), ('{B}', '{BOB}', 'owner');
         insert into app.projects (id, org_id, name) values ('{A}', '{A}', 'pA'), ('{B}', '{B}', 'pB');
         insert into app.invoices (id, org_id, number, card_token, created_by) values ('{A}', '{A}', '1', 'tok-A', '{ANN}'), ('{B}', '{B}', '1', 'tok-B', '{BOB}')"
    )
}

/// A hidden column shows in no disguise; what is not hidden does.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_column_is_hidden_in_every_disguise() {
    for server in testing::servers().await.unwrap() {
        let prefix = "atk_hidden";
        let sealed = Sealed::from_input(server, prefix, &input("crm", prefix), &seed()).await;
        let ann = sealed.member(ANN).await;
        for sql in [
            "select * from app.invoices",
            "table app.invoices",
            "select i from app.invoices i",
            "select i.*::text from app.invoices i",
            "select i::text from app.invoices i",
            "select to_jsonb(i) from app.invoices i",
            "select row_to_json(i) from app.invoices i",
            "select count(i) from app.invoices i",
            "select (i).card_token from app.invoices i",
            "select max(card_token) from app.invoices",
            "select id from app.invoices order by card_token",
            "select id from app.invoices group by id, card_token",
            "select id from app.invoices where card_token is null",
            "select id from app.invoices i join (select 'tok-A' as card_token) s using (card_token)",
            "select id from app.invoices i natural join (select 'tok-A' as card_token) s",
            "select 1 where exists (select from app.invoices where card_token = 'tok-A')",
            "update app.invoices set note = 'x' returning *",
            "update app.invoices set note = card_token",
            "update app.invoices set note = 'x' where card_token = 'tok-A'",
            "update app.invoices set card_token = default",
            "update app.invoices i set note = i::text",
            "insert into app.invoices (org_id, number, card_token) values ('a0000000-0000-0000-0000-000000000000', '7', 'x')",
            "insert into app.invoices (org_id, number) values ('a0000000-0000-0000-0000-000000000000', '7') returning card_token",
            "insert into app.invoices (org_id, number) values ('a0000000-0000-0000-0000-000000000000', '1') on conflict (org_id, number) do update set note = invoices.card_token",
            "insert into app.invoices (org_id, number) values ('a0000000-0000-0000-0000-000000000000', '1') on conflict (org_id, number) do update set note = 'x' where invoices.card_token = 'tok-A'",
            "merge into app.invoices i using (select 1) s on i.card_token = 'tok-A' when matched then update set note = 'x'",
            "copy (select card_token from app.invoices) to stdout",
            "copy app.invoices to stdout",
            "select query_to_xml('select * from app.invoices', true, true, '')",
            "select table_to_xml('app.invoices', true, true, '')",
            "select phone from app.users",
            "select phone from app.users_visible",
            "with i as (select * from app.invoices) select id from i",
            "select id from app.invoices tablesample system (100) where card_token > ''",
            "declare c cursor for select card_token from app.invoices",
        ] {
            let error = ann.attempt(sql).await.expect_err(sql);
            assert!(error.is("42501") || error.is("42703"), "{sql}: {error:?}");
            let said = format!("{error:?}");
            assert!(!said.contains("tok-"), "{said}");
        }
        ann.rows(1, "select id, number, note from app.invoices").await;
        ann.rows(1, "select v::text, to_jsonb(v) from app.invoices_visible v").await;
        ann.rows(1, "update app.invoices set note = 'x' returning id, note").await;
        let own = "insert into app.invoices (org_id, number) values ('a0000000-0000-0000-0000-000000000000', '1') on conflict (org_id, number) do update set note = 'x'";
        ann.rows(1, own).await;
        // A violated constraint shows no row.
        let error = ann.attempt("update app.invoices set number = null").await.expect_err("null");
        assert!(error.is("23502") && !format!("{error:?}").contains("tok-"), "{error:?}");
    }
}

/// Functions that return sets of keys speak of the session's own principal, whoever calls them with whatever.
#[tokio::test(flavor = "multi_thread")]
async fn key_sets_are_the_sessions_own() {
    for server in testing::servers().await.unwrap() {
        let prefix = "atk_keys";
        let sealed = Sealed::from_input(server, prefix, &input("crm", prefix), &seed()).await;
        let ann = sealed.member(ANN).await;
        for (argument, rows) in [
            ("", 1),
            ("null", 1),
            ("'viewer'", 1),
            ("'owner'", 1),
            ("'OWNER'", 0),
            ("''", 0),
            ("'owner'' or true --'", 0),
        ] {
            ann.rows(rows, &format!("select * from unnest(seal.org_keys({argument}))")).await;
        }
        ann.rows(2, "select * from unnest(seal.org_peers())").await;
        let visitor = sealed.session(Lease::new("role_visitor", None)).await;
        let nightly = sealed.session(Lease::new("role_nightly", None)).await;
        let agent = sealed.session(Lease::new("agent_triage", Some("bot")).acting_for(ED, "role_member")).await;
        visitor.refused("permission denied for function", "select * from unnest(seal.org_keys())").await;
        nightly.rows(0, "select * from unnest(seal.org_keys())").await;
        for session in [&visitor, &nightly] {
            // No rule that binds them asks for it.
            session.refused("permission denied for function", "select * from unnest(seal.org_peers())").await;
            session
                .rows(1, "select where seal.me() is null and not seal.is_human() and not seal.is_live('role_member')")
                .await;
        }
        agent.rows(1, "select * from unnest(seal.org_keys('editor'))").await;
        agent.rows(0, "select * from unnest(seal.org_keys('owner'))").await;
        agent.rows(1, "select where seal.is_agent() and not seal.is_live('role_member')").await;
        // Functions behind `via` answer as the policies would, to those whose policies call them, while their lease lives.
        let via = "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'seal' and proname like 'via%' and has_function_privilege(p.oid, 'execute')";
        assert_eq!(visitor.value(via).await, None);
        assert_eq!(nightly.value(via).await, None);
        let functions = sealed.scratch.client().query("select p.proname::text from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'seal' and proname like 'via%'", &[]).await.unwrap();
        assert!(!functions.is_empty());
        for row in functions {
            let call = format!("select * from unnest(seal.{}()) as k where k::text like 'b%'", row.get::<_, String>(0));
            for session in [&ann, &visitor, &nightly, &agent] {
                match session.attempt(&call).await {
                    Ok(rows) => assert_eq!(rows, 0, "{call}"),
                    Err(error) => assert!(error.is("42501"), "{call}: {error:?}"),
                }
            }
        }
    }
}

/// Nobody founds what exists already, or below what is another's.
#[tokio::test(flavor = "multi_thread")]
async fn founders_found_what_is_new() {
    for server in testing::servers().await.unwrap() {
        let prefix = "atk_founder";
        let sealed = Sealed::from_input(server, prefix, &input("crm", prefix), &seed()).await;
        let ann = sealed.member(ANN).await;
        let owned = "select from app.memberships where user_id = seal.me() and role = 'owner'";
        for (code, sql) in [
            ("23505", format!("select seal.create_org('{{\"id\": \"{B}\", \"name\": \"x\"}}')")),
            ("23502", "select seal.create_org('{\"id\": null, \"name\": \"x\"}')".to_owned()),
            ("23502", "select seal.create_org('{}')".to_owned()),
            ("42501", format!("select seal.create_org('{{\"parent_id\": \"{B}\", \"name\": \"x\"}}')")),
            ("42501", format!("insert into app.orgs (id, parent_id, name) values ('{ED}', '{ED}', 'x')")),
            (
                "42501",
                format!(
                    "insert into app.orgs (id, parent_id, name) values ('{ED}', null, 'x'), ('{ANN}', '{ED}', 'y')"
                ),
            ),
            ("23505", format!("insert into app.orgs (id, name) values ('{B}', 'x')")),
            (
                "42501",
                format!(
                    "insert into app.orgs (id, name) values ('{B}', 'x') on conflict (id) do update set name = 'mine'"
                ),
            ),
            ("42501", format!("update app.orgs set id = '{ED}', parent_id = '{B}'")),
        ] {
            let error = ann.attempt(&sql).await.expect_err(&sql);
            assert!(error.is(code), "{sql}: {error:?}");
        }
        ann.rows(1, &format!("insert into app.orgs (id, name) values ('{B}', 'x') on conflict do nothing; {owned}"))
            .await;
        ann.rows(2, &format!("select seal.create_org('{{\"name\": \"x\", \"id\\\" text); drop\": 1, \"nested\": {{\"id\": \"{B}\"}}}}') where false; {owned}; {owned}")).await;
        ann.rows(3, &format!("select seal.create_org('{{\"name\": \"x\", \"no such\\\", id\": 1, \"nested\": {{\"id\": \"{B}\"}}}}'); {owned}")).await;
        let visitor = sealed.session(Lease::new("role_visitor", None)).await;
        visitor.refused("permission denied", "select seal.create_org('{\"name\": \"x\"}')").await;
        let agent = sealed.session(Lease::new("agent_triage", Some("bot")).acting_for(ED, "role_member")).await;
        agent.refused("permission denied", "select seal.create_org('{\"name\": \"x\"}')").await;
    }
}

/// Rewrite rules act as the tables' owner, whom row-level security binds; a view's INSTEAD OF trigger acts as its caller.
#[tokio::test(flavor = "multi_thread")]
async fn rewrite_rules_and_views_give_nothing_away() {
    let schema = "
        create schema app;
        create table app.vault (id int, secret text);
        create table app.inbox (id int, owner_id uuid, body text);
        create table app.log (id int, owner_id uuid, body text);
        create rule leak as on insert to app.inbox do also insert into app.log select new.id, new.owner_id, secret from app.vault;
        create view app.secrets as select id, owner_id, body from app.log;
        create function app.put() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin insert into app.vault values (new.id, new.body); return new; end $$;
        create trigger put instead of insert on app.secrets for each row execute function app.put();
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [tables]
        "app.vault" = "sealed"
        "app.inbox" = "owned(owner_id)"
        "app.log" = "owned(owner_id)"
        [views]
        "app.secrets" = { select = ["member"], insert = ["member"] }
        [triggers]
        "app.secrets.put" = { runs_as = "caller", because = "tries to write where its caller may not" }
    "#;
    let seed = format!(
        "insert into app.vault values (1, 's'); insert into app.log values (1, '{BOB}', 'b'), (2, '{ANN}', 'a')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_rules", schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        ann.rows(1, "select * from app.secrets").await;
        let put = format!("insert into app.inbox values (1, '{ANN}', 'x')");
        match ann.run(&put).await {
            Ok(_) => ann.rows(1, "select * from app.log").await,
            Err(error) => assert!(error.is("42501"), "{error:?}"),
        }
        ann.rows(0, "select from app.log where body = 's'").await;
        ann.refused("permission denied", "insert into app.secrets values (1, null, 'x')").await;
        ann.rows(1, &format!("insert into app.log values (3, '{ANN}', 'x')")).await;
    }
}
