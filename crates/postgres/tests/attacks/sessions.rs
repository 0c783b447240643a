//! What a session can set or call that the generated functions must not depend on.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// PL/pgSQL reads its statements in the session: how a string is spelled there must not change what a rule says.
#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_session_do_not_change_rules() {
    let schema = r#"
        create schema app;
        create table app.docs (id int primary key, owner_id uuid, name text, opens timestamptz, note text);
        create table app.pages (id int primary key, doc_id int references app.docs);
        create table app.memberships (user_id uuid, org_id int, kind text);
    "#;
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.memberships"
        member = "user_id"
        key = "org_id"
        where = 'kind like ''in\_%'''
        [tables]
        "app.memberships" = { select = "org(org_id)" }
        "app.pages" = "via(doc_id)"
        [tables."app.docs"]
        select = '''name like 'pub\_%' and opens < '2024-02-01 00:00''''
        update = "owner_id = me()"
        columns.note = { update = '''name like 'pub\_m%' and opens < '2024-02-01 00:00' ''' }
    "#
    .replace("'kind like ''in\\_%'''", "'''kind like 'in\\_%' '''");
    let seed = format!(
        "insert into app.docs values (1, '{ANN}', 'pub_me', '2024-01-31 23:00+00'), (2, '{ANN}', 'public', '2024-01-01'), (3, '{ANN}', 'pub_x', '2024-02-01 01:00+00');
         insert into app.pages values (1, 1), (2, 2), (3, 3);
         insert into app.memberships values ('{ANN}', 1, 'in_'), ('{BOB}', 2, 'inn')"
    );
    let settings = [
        "select",
        "set standard_conforming_strings = off",
        "set backslash_quote = on",
        "set transform_null_equals = on",
        "set timezone = 'Pacific/Honolulu'",
        "set timezone = 'Pacific/Kiritimati'",
        "set datestyle = 'German, DMY'",
        "set search_path = app, pg_temp, pg_catalog",
        "set intervalstyle = 'sql_standard'",
    ];
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_settings", schema, &access, &seed).await;
        for setting in settings {
            let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
            for session in [&ann, &bob] {
                session.run(setting).await.unwrap();
            }
            ann.rows(1, "select * from app.docs").await;
            ann.rows(1, "select * from app.pages").await;
            ann.rows(1, "select * from app.memberships").await;
            bob.rows(0, "select * from app.memberships").await;
            ann.rows(1, "update app.docs set note = 'x'").await;
        }
    }
}

/// Nobody can create anything, be anybody else, or read what the seal role keeps.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_created_and_nobody_else_be_become() {
    let schema = "
        create schema app;
        create table app.docs (id int primary key, owner_id uuid, title text);
        create domain app.short as text check (length(value) < 9);
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [roles]
        staff = {}
        [tables]
        "app.docs" = "owned(owner_id)"
    "#;
    let seed = format!("insert into app.docs values (1, '{ANN}', 'a'), (2, '{BOB}', 'b')");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_create", schema, access, &seed).await;
        let ann = sealed.member(ANN).await;
        ann.rows(1, "select * from app.docs").await;
        for create in [
            "create temp table docs (id int)",
            "create temp view v as select 1",
            "create schema mine",
            "create table public.docs (id int)",
            "create table app.mine (id int)",
            "create table seal.mine (id int)",
            "create function public.f() returns int language sql as 'select 1'",
            "create function pg_temp.f() returns int language sql as 'select 1'",
            "create function app.f() returns int language sql as 'select 1'",
            "create operator public.=== (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
            "create type public.mine as (a int)",
            "create domain app.mine as text",
            "select * into mine from app.docs",
            "create table mine as select * from app.docs",
            "create sequence app.s",
            "create role mine",
            "create extension pgcrypto",
            "create publication p for table app.docs",
            "create policy p on app.docs using (true)",
            "create rule r as on select to app.docs do instead select 1",
            "create trigger t before insert on app.docs for each row execute function suppress_redundant_updates_trigger()",
            "create index on app.docs (id)",
            "create statistics app.s on id, title from app.docs",
            "create cast (text as uuid) with inout",
            "alter table app.docs disable row level security",
            "alter function seal.me() owner to current_user",
            "comment on table app.docs is 'x'",
            "truncate app.docs",
            "reindex table app.docs",
            "set role atk_create_owner",
            "set role atk_create_seal",
            "set role atk_create_role_staff",
            "set session authorization atk_create_owner",
            "set session authorization pgseal",
            "set local session_replication_role = replica",
            "grant atk_create_role_staff to current_user",
            "alter role current_user bypassrls",
            "alter default privileges for role atk_create_owner grant select on tables to public",
            "select * from seal.lease",
            "select * from seal.token_key",
            "select seal.presented()",
            "copy app.docs to '/tmp/x'",
            "copy app.docs from program 'id'",
            "select pg_read_file('postgresql.conf')",
            "select lo_import('/etc/passwd')",
            "lock table seal.lease in access share mode",
            "import foreign schema a from server b into app",
            "do $$ begin execute 'create temp table t (a int)'; end $$",
            "select query_to_xml('create temp table t (a int)', true, true, '')",
        ] {
            let error = ann.attempt(create).await.expect_err(create);
            let known = ["42501", "42704", "0A000", "25006", "3F000"];
            assert!(known.iter().any(|code| error.is(code)), "{create}: {error:?}");
        }
        // Whoever has no grant option is warned, and nothing is granted.
        ann.run("grant select on app.docs to public").await.unwrap();
        let public = "select has_table_privilege('public', 'app.docs', 'select')";
        assert_eq!(ann.value(public).await.as_deref(), Some("f"));
        // Roles may be set as far as the own capability, and `row_security = off` only makes reading an error.
        ann.rows(1, "set local row_security = on; select * from app.docs").await;
        ann.refused("row-level security", "set local row_security = off; select * from app.docs").await;
        ann.rows(1, "reset role; reset session authorization; set local role none; select * from app.docs").await;
        ann.rows(1, "select * from app.docs where owner_id = seal.me()").await;
        assert_eq!(ann.value("select session_user").await, Some(ann.login.clone()));
    }
}
