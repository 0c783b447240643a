//! D4: code that runs with other rights.

use pgseal_postgres::testing;

use super::{ANN, Who, logic::said, sealed, twin};

/// Hazard 91: a function that says it is leakproof is called before the rules are asked.
#[tokio::test]
async fn h091_leakproof_lies() {
    let make = "create function scratch.peek(t text) returns boolean language plpgsql leakproof cost 0.0000001 as
        $$ begin if t = 'VICTIM' then raise exception 'saw %', t; end if; return true; end $$";
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let answer = twin.attempt(make, "twin_authenticated", "select * from docs where scratch.peek(title)").await;
        assert!(matches!(&answer, Err(error) if error.message.contains("saw VICTIM")), "{answer:?}");
        drop(twin);
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for schema in ["public", "app", "seal", "pg_temp"] {
                session.refused("42501", &make.replace("scratch", schema).replace("leakproof ", "")).await;
            }
        }
        // Functions that are there and not leakproof see no row before its rule: a cheap one that prints what it gets.
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "select * from app.docs where title::xml is document or true").await;
        ann.rows(0, "select * from app.docs where title = 'VICTIM' and (title::integer = 1)").await;
    }
    let case = include_str!("../../../../tests/cases/check/kinds-that-take-a-superuser/diagnostics.txt");
    assert!(case.contains("a LEAKPROOF function is shown rows before the rules are asked"));
}

/// Hazard 92: functions that run as their definer: who may call them, whose names they read, who may put something before these.
#[tokio::test]
async fn h092_definers() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let definer = |path: &str, body: &str| {
            format!(
                "create table secrets (v text); insert into secrets values ('VICTIM'); create function f() returns text language plpgsql security definer {path} as $$ begin {body} end $$"
            )
        };
        twin.leaks(&definer("", "return (select v from secrets);"), "twin_anon", "select f()").await;
        let norm = "create function scratch.norm(t text) returns text language sql as 'select v from public.secrets'; set local search_path = scratch; select public.f()";
        twin.leaks(&definer("", "return norm('x');"), "twin_anon", norm).await;
        let log = "create temp table applog (v text); create function pg_temp.f() returns trigger language plpgsql as
            $f$ begin new.v := (select v from public.secrets); return new; end $f$;
            create trigger t before insert on applog for each row execute function pg_temp.f(); grant all on applog to public; select f(); table applog";
        twin.leaks(
            &definer("set search_path = public", "insert into applog values ('x'); return 'x';"),
            "twin_anon",
            log,
        )
        .await;
        let injected = definer("set search_path = ''", "return 'x'; ")
            .replace("f()", "f(t text)")
            .replace("return 'x'; ", "execute 'select ' || t into t; return t;");
        twin.leaks(&injected, "twin_anon", "select f('v from public.secrets')").await;
        let shout = "create function public.shout(varchar) returns text language sql as 'select v from public.secrets'; select f()";
        let overload = format!(
            "grant create on schema public to twin_anon; create function public.shout(text) returns text language sql as 'select upper($1)'; {}",
            definer("set search_path = public", "return shout('x'::varchar);")
        );
        twin.leaks(&overload, "twin_anon", shout).await;
        drop(twin);
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            session.refused("42501", "select app.vault_size()").await;
            session.refused("42501", "create function public.norm(text) returns text language sql as 'select 1'").await;
        }
        let staff = sealed.session(Who::Staff).await;
        let sizes =
            staff.attempt("set local search_path = pg_temp, public, app; select app.vault_size()").await.unwrap();
        assert_eq!(sizes.text, "1|");
        staff.refused("42501", "select * from app.vault").await;
        staff.refused("42501", "create temp table vault (id integer)").await;
        let to_all = "select p.oid::regprocedure::text from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner))) as a
            where pronamespace in ('app'::regnamespace, 'seal'::regnamespace) and a.grantee = 0";
        assert!(sealed.operator.query(to_all, &[]).await.unwrap().is_empty());
        // Its reach is the role that it runs as: what `may` says and nothing else.
        sealed.refused("42501", "", "hz_fn_vault_size", "select secret from app.vault").await;
        sealed.refused("42501", "", "hz_fn_vault_size", "table app.docs").await;
    }
    said("check/definers", "definer-search-path", "app.temp_first()");
}

/// Hazard 93: a trigger of the attacker's in somebody else's statement.
#[tokio::test]
async fn h093_the_trigger_privilege() {
    let steal = "create function scratch.steal() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger steal before update on docs for each row execute function scratch.steal()";
    for server in testing::servers().await.unwrap() {
        twin(server).await.reaches(0, "grant trigger on docs to twin_authenticated", "twin_authenticated", steal).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Nightly] {
            let session = sealed.session(who).await;
            for table in ["docs", "memberships", "tasks", "vault"] {
                session.refused("42501", &format!("create trigger t before update on app.{table} for each row execute function suppress_redundant_updates_trigger()")).await;
            }
        }
        let given = "select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) as a
            where c.relnamespace in ('app'::regnamespace, 'seal'::regnamespace) and a.privilege_type in ('TRIGGER', 'REFERENCES', 'TRUNCATE', 'MAINTAIN') and a.grantee <> c.relowner";
        assert!(sealed.operator.query(given, &[]).await.unwrap().is_empty());
        sealed.mended("docs", "grant trigger on app.docs to hz_role_member").await;
    }
}

/// Hazard 94: whoever may create something that a privileged session touches borrows its rights.
#[tokio::test]
async fn h094_confused_deputies() {
    let grab = "grant twin_service to twin_authenticated";
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let function = format!(
            "create function scratch.f() returns integer language plpgsql as $$ begin {grab}; return 1; end $$"
        );
        for (made, touched) in [
            ("create view scratch.v as select scratch.f()", "table scratch.v"),
            ("create table scratch.t (a integer, b integer default scratch.f())", "insert into scratch.t values (1)"),
            ("create table scratch.t (a integer check (scratch.f() = 1))", "insert into scratch.t values (1)"),
        ] {
            let operator = &twin.operator;
            operator.batch_execute("begin; set local session authorization twin_authenticated").await.unwrap();
            operator.batch_execute(&format!("{function}; {made}")).await.unwrap();
            operator.batch_execute(&format!("reset session authorization; {touched}")).await.unwrap();
            let row = operator
                .query_one("select pg_has_role('twin_authenticated', 'twin_service', 'member')", &[])
                .await
                .unwrap();
            operator.batch_execute("rollback").await.unwrap();
            assert!(row.get::<_, bool>(0), "{touched}");
        }
        drop(twin);
        let sealed = sealed(server).await;
        let nowhere = "select nspname::text from pg_namespace, unnest(array['hz_role_member', 'hz_role_staff', 'hz_role_visitor', 'hz_role_nightly', 'hz_agent_triage']) as r where has_schema_privilege(r, oid, 'create')";
        let rows = sealed.operator.query(nowhere, &[]).await.unwrap();
        assert!(rows.is_empty(), "{}", rows.len());
        let session = sealed.session(Who::Ann).await;
        for sql in [
            "create view app.v as select 1",
            "alter table app.docs alter column title set default 'x'",
            "alter table app.docs add check (true)",
            "create or replace function app.vault_size() returns bigint language sql as 'select 1'",
            "create function public.lower(varchar) returns text language sql as 'select 1'",
            "alter function seal.me() cost 1",
            "create server s foreign data wrapper w",
            "do language plperlu ''",
            "comment on function seal.me() is 'x'",
        ] {
            let answer = session.attempt(sql).await;
            assert!(matches!(&answer, Err(error) if error.is("42501") || error.is("42704")), "{sql}: {answer:?}");
        }
        // Nobody but a superuser, and whoever made the roles, is a member of the roles that own.
        sealed.refused("42501", "", sealed.login(Who::Ann), "grant hz_owner to current_user").await;
        session.rows(1, &format!("select 1 where seal.me() = '{ANN}'")).await;
    }
}
