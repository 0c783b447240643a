//! A leased session tries to be somebody else, to see what it is made of, and to outlive its lease.

use std::time::Duration;

use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::lease::{Lease, LeaseError, bind, renew, revoke};
use pgseal_postgres::testing::servers;
use pgseal_postgres::token::{Claims, create_key, mint};

use super::sealed::{ANN, BOB, Sealed, open, value, who};

const IS_ANN: &str = "a0000000-0000-4000-8000-000000000001 member human 1";

/// What an attack must come to.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    /// Postgres says no.
    Refused,
    /// Postgres lets it be said, and nothing changes.
    Nothing,
    /// There is an answer, and it is empty.
    Empty,
}
use Expect::{Empty, Nothing, Refused};

/// Attacks in SQL: `{p}` is the prefix, `{t}` a token of Bob's for an application's login, `{b}` Bob, `{su}` a superuser.
const ATTACKS: &[(Expect, &str)] = &[
    // Settings, in every disguise.
    (Nothing, "select set_config('seal.token', '{t}', false)"),
    (Nothing, "set seal.token = '{t}'"),
    (Nothing, "set seal.me = '{b}'; set request.jwt.claims = '{\"sub\":\"{b}\"}'; set request.jwt.claim.sub = '{b}'"),
    (Refused, "select set_config('role', '{p}_seal', false)"),
    (Refused, "select set_config('ro' || 'le', '{p}_role_staff', true)"),
    (Refused, "select set_config('session_authorization', '{su}', false)"),
    (Refused, "select query_to_xml('select set_config(''role'', ''{p}_seal'', false)', true, true, '')"),
    (Refused, "do $$ begin perform set_config('role', '{p}_seal', false); end $$"),
    (Refused, "do $$ begin execute 'set role {p}_seal'; end $$"),
    (Refused, "create function app.f() returns void language sql set role = '{p}_seal' as ''"),
    (Refused, "create function seal.f() returns void language sql as ''"),
    (Refused, "create function public.f() returns void language sql as ''"),
    (Nothing, "update pg_settings set setting = '{p}_seal' where name in ('role', 'seal.token')"),
    (Refused, "alter role current_user set seal.token = '{t}'"),
    (Nothing, "alter role current_user set search_path = pg_temp, public"),
    (Refused, "alter role current_user set role = '{p}_seal'; set role {p}_seal"),
    (Refused, "alter role current_user superuser"),
    (Refused, "alter role current_user valid until 'infinity'"),
    (Refused, "alter role current_user connection limit -1"),
    (Refused, "alter role current_user rename to {p}_app_member"),
    (Refused, "alter role {p}_seal password 'x'"),
    (Refused, "alter database current_catalog set seal.token = 'x'"),
    (Refused, "alter system set seal.token = 'x'"),
    (Nothing, "set standard_conforming_strings = off"),
    (Nothing, "set transform_null_equals = on"),
    (
        Nothing,
        "set row_security = on; set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set datestyle = 'German'",
    ),
    (Nothing, "set bytea_output = escape; set extra_float_digits = -15; set timezone = 'Pacific/Kiritimati'"),
    (Refused, "set row_security = off; select count(*) from app.notes"),
    (Refused, "set session_replication_role = replica"),
    // Roles.
    (Refused, "set role {p}_seal"),
    (Refused, "set role {p}_role_staff"),
    (Refused, "set role {su}"),
    (Nothing, "reset role"),
    (Nothing, "set role none"),
    (Refused, "set session authorization {su}"),
    (Refused, "set session authorization {p}_seal"),
    (Nothing, "reset session authorization"),
    (Nothing, "set session authorization default"),
    (Nothing, "discard all"),
    (Nothing, "reset all"),
    (Refused, "create role mallory"),
    (Refused, "grant {p}_role_staff to current_user"),
    (Refused, "grant {p}_seal to current_user"),
    (Refused, "grant pg_read_all_data to current_user"),
    // What could shadow ours.
    (Refused, "create temp table lease (login_role name, role text, principal text)"),
    (Refused, "create temp table notes as select 1"),
    (Refused, "create temp view lease as select 1"),
    (Refused, "create temp sequence s"),
    (
        Refused,
        "create function pg_temp.clock_timestamp() returns timestamptz language sql as 'select now() - interval ''1 day'''",
    ),
    (Refused, "create function pg_temp.starts_with(text, text) returns bool language sql as 'select true'"),
    (Refused, "create operator pg_temp.> (leftarg = timestamptz, rightarg = timestamptz, function = timestamptz_lt)"),
    (Refused, "create type pg_temp.uuid as enum ('x')"),
    (Refused, "create domain pg_temp.jsonb as text"),
    (Refused, "create schema pg_temp2"),
    (Refused, "create schema authorization current_user"),
    (Refused, "select * into temp lease from (values (1)) v"),
    (Nothing, "set search_path = public, pg_temp, seal"),
    (Nothing, "set search_path = pg_temp, pg_catalog"),
    (Nothing, "set search_path = ''"),
    // Reading what makes it.
    (Refused, "table seal.lease"),
    (Refused, "table seal.token_key"),
    (Refused, "select login_role from seal.lease"),
    (Refused, "select count(*) from seal.lease"),
    (Refused, "select 1 from seal.lease, seal.token_key, pg_class, pg_class c limit 1"),
    (Refused, "copy seal.lease to stdout"),
    (Refused, "copy (select * from seal.token_key) to stdout"),
    (Refused, "explain select * from seal.lease"),
    (Refused, "explain (analyze) select * from seal.token_key"),
    (Refused, "select table_to_xml('seal.token_key', true, true, '')"),
    (Refused, "select query_to_xml('table seal.lease', true, true, '')"),
    (Empty, "select schema_to_xml('pg_catalog', true, true, '') where false"),
    (Empty, "select most_common_vals from pg_stats where schemaname = 'seal'"),
    (Refused, "select * from pg_statistic"),
    (Refused, "prepare p as table seal.lease; execute p"),
    (Refused, "declare c cursor with hold for table seal.token_key"),
    (Refused, "lock table seal.lease in access share mode"),
    (Refused, "create view app.v as table seal.lease"),
    (Refused, "select rolpassword from pg_authid"),
    (Refused, "select passwd from pg_shadow"),
    (Refused, "select pg_read_file('PG_VERSION')"),
    (Refused, "copy app.notes to program 'cat'"),
    (Refused, "copy seal.lease from stdin"),
    // Writing it.
    (Refused, "update seal.lease set principal = '{b}'"),
    (Refused, "update seal.lease set expires_at = 'infinity' where login_role = current_user"),
    (
        Refused,
        "insert into seal.lease (login_role, role, audience, principal, expires_at) values ('{p}_x', 'role_member', '', '{b}', 'infinity')",
    ),
    (Refused, "delete from seal.lease"),
    (Refused, "truncate seal.lease"),
    (Refused, "with w as (update seal.lease set principal = '{b}' returning *) select * from w"),
    (Refused, "merge into seal.lease l using (select 1) s on true when matched then update set principal = '{b}'"),
    (Refused, "insert into seal.token_key values ('mine', '', '', '')"),
    (Refused, "alter table seal.lease disable trigger all"),
    (Refused, "alter table seal.lease add column x int"),
    (
        Refused,
        "create trigger t before update on seal.lease for each row execute function suppress_redundant_updates_trigger()",
    ),
    (Refused, "create policy p on app.notes using (true)"),
    (Refused, "alter table app.notes disable row level security"),
    (Refused, "drop schema seal cascade"),
    (Refused, "grant select on seal.lease to current_user"),
    (Nothing, "grant usage, create on schema seal to public"),
    // The functions.
    (Refused, "select seal.presented()"),
    (Refused, "select seal.is_backend(1, null)"),
    (Refused, "alter function seal.me() security invoker"),
    (Refused, "alter function seal.me() set search_path = public"),
    (Refused, "alter function seal.me() owner to current_user"),
    (Refused, "create or replace function seal.me() returns uuid language sql as 'select null::uuid'"),
    (Refused, "drop function seal.me()"),
    (Refused, "grant execute on function seal.presented() to public"),
    // Transactions.
    (Nothing, "begin; select seal.me(); commit; begin; select seal.me(); rollback"),
    (Nothing, "begin; savepoint s; select set_config('seal.token', '{t}', true); rollback to s; release s; commit"),
    (Nothing, "begin read only; select seal.me(); commit; reset role"),
    (Nothing, "begin isolation level serializable; select seal.me(); commit"),
    (Refused, "begin; prepare transaction 'x'"),
    // Others.
    (Refused, "select pg_terminate_backend(pid) from pg_stat_activity where usename = '{su}'"),
    (Refused, "select pg_catalog.pg_reload_conf()"),
    (Refused, "load 'auto_explain'; create extension dblink"),
];

#[tokio::test]
async fn a_leased_session_stays_who_it_is() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let key = create_key(&sealed.control, &sealed.prefix).await.unwrap();
        let now: u64 = sealed.value("select floor(extract(epoch from now()))::bigint").await.parse().unwrap();
        let token = mint(&key, &Claims::new(&sealed.prefix, "member", Some(BOB)), now);
        let session = sealed.ann().await;
        let mut surprises = Vec::new();
        for (expect, attack) in ATTACKS {
            assert_eq!(who(&session.client).await, IS_ANN, "before `{attack}`");
            let sql = attack
                .replace("{p}", &sealed.prefix)
                .replace("{t}", &token)
                .replace("{b}", BOB)
                .replace("{su}", SUPERUSER);
            let answer = value(&session.client, &sql).await;
            let as_expected = match expect {
                Refused => answer.is_err(),
                Nothing => answer.is_ok(),
                Empty => answer.as_deref() == Ok(""),
            };
            if !as_expected {
                surprises.push(format!("{}: `{attack}`: {answer:?}", server.version()));
            }
            let _ = session.client.simple_query("rollback").await;
            assert_eq!(who(&session.client).await, IS_ANN, "{}: after `{attack}`", server.version());
            assert_eq!(sealed.value("select count(*) from seal.lease where principal <> 'x'").await, "1");
        }
        assert!(surprises.is_empty(), "{}", surprises.join("\n"));
        // What it left in its own role's settings meets it at the next connection, and does not help there either.
        for options in
            ["-c seal.token=x", "-c search_path=pg_temp", "-c standard_conforming_strings=off", "-c row_security=off"]
        {
            let again =
                open(&format!("{}&options={}", session.login.url, options.replace(' ', "%20").replace('=', "%3D")))
                    .await
                    .unwrap();
            let me = value(&again, "select seal.me()").await.unwrap();
            assert_eq!(me, ANN, "{options}");
        }
        for role in [SUPERUSER, &format!("{}_seal", sealed.prefix)] {
            let again = open(&format!("{}&options=-c%20role%3D{role}", session.login.url)).await;
            assert!(again.is_err(), "a connection began as {role}");
        }
    }
}

#[tokio::test]
async fn an_agent_is_the_person_within_its_own_capability() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        for (role, expected) in [
            ("role_member", "a0000000-0000-4000-8000-000000000001 triage agent 1"),
            // Staff includes member: such a person has what the agent needs.
            ("role_staff", "a0000000-0000-4000-8000-000000000001 triage agent 1"),
            // A visitor has not, and then nobody is here.
            ("role_visitor", "0"),
            ("role_unknown", "0"),
        ] {
            let login = sealed.issue(&Lease::new("agent_triage", Some("bot")).acting_for(ANN, role)).await;
            let agent = open(&login.url).await.unwrap();
            assert_eq!(who(&agent).await, expected, "{role}");
        }
    }
}

#[tokio::test]
async fn services_and_visitors_have_no_person() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let service = open(&sealed.issue(&Lease::new("role_nightly", None)).await.url).await.unwrap();
        assert_eq!(
            value(&service, "select seal.is_live('role_nightly')::text || seal.is_human() || (seal.me() is null)")
                .await
                .unwrap(),
            "truefalsetrue"
        );
        let visitor = open(&sealed.issue(&Lease::new("role_visitor", None)).await.url).await.unwrap();
        assert_eq!(
            value(&visitor, "select seal.is_live('role_member')::text || seal.is_human() || (seal.me() is null)")
                .await
                .unwrap(),
            "falsefalsetrue"
        );
        // A person's role without a person is nobody.
        let nobody = open(&sealed.issue(&Lease::new("role_member", None)).await.url).await.unwrap();
        assert_eq!(who(&nobody).await, "0");
        let outsider = &sealed.control;
        assert_eq!(
            value(
                outsider,
                "select concat_ws(' ', seal.me(), seal.is_live('role_member'), seal.is_human(), seal.is_agent())"
            )
            .await
            .unwrap(),
            "f f f"
        );
    }
}

#[tokio::test]
async fn an_ended_lease_is_nobody_and_never_no_agent() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let session = sealed.ann().await;
        let login = session.login.role.clone();
        session.client.batch_execute("prepare mine as select count(*) from app.notes; begin; declare open_before cursor for select * from app.notes").await.unwrap();
        assert_eq!(who(&session.client).await, IS_ANN);
        sealed
            .control
            .batch_execute(&format!(
                "update seal.lease set expires_at = clock_timestamp() where login_role = '{login}'"
            ))
            .await
            .unwrap();
        // In the middle of a transaction, and in a statement prepared before.
        assert_eq!(who(&session.client).await, "0");
        assert_eq!(value(&session.client, "execute mine").await.unwrap(), "0");
        assert_eq!(value(&session.client, "select seal.is_live('role_member')").await.unwrap(), "f");
        // A cursor's snapshot and its evaluated rules are the ones it was opened with: the gateway ends the backend.
        assert_eq!(value(&session.client, "fetch open_before").await.unwrap(), "1");
        // Neither `not agent()` nor `not human()` speaks to it.
        assert_eq!(
            value(
                &session.client,
                "select concat_ws(' ', (not seal.is_agent()) is true, (not seal.is_human()) is true)"
            )
            .await
            .unwrap(),
            "f f"
        );
        session.client.batch_execute("commit").await.unwrap();
        let ended = renew(&sealed.control, &sealed.prefix, &login, Duration::from_secs(60)).await;
        assert!(matches!(ended, Err(LeaseError::NotLive { .. })), "{ended:?}");

        let session = sealed.ann().await;
        renew(&sealed.control, &sealed.prefix, &session.login.role, Duration::from_secs(3600)).await.unwrap();
        let left = sealed
            .value(&format!(
                "select expires_at > now() + interval '59 minutes' from seal.lease where login_role = '{}'",
                session.login.role
            ))
            .await;
        assert_eq!((left.as_str(), who(&session.client).await.as_str()), ("t", IS_ANN));
        revoke(&sealed.control, &sealed.prefix, &session.login.role).await.unwrap();
        assert!(value(&session.client, WHO_ELSE).await.is_err(), "the backend lives on");
        assert!(open(&session.login.url).await.is_err(), "the login lives on");
    }
}

const WHO_ELSE: &str = "select seal.me()";

/// The gateway's hand-over: one backend, whose statements were prepared for somebody else.
#[tokio::test]
async fn a_prepared_statement_speaks_for_whoever_holds_the_lease_now() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let session = sealed.ann().await;
        session.client.batch_execute("set plan_cache_mode = force_generic_plan; prepare mine as select seal.me() || ':' || count(*) from app.notes").await.unwrap();
        assert_eq!(value(&session.client, "execute mine").await.unwrap(), format!("{ANN}:1"));
        sealed
            .control
            .batch_execute(&format!(
                "update seal.lease set principal = '{BOB}', epoch = epoch + 1 where login_role = '{}'",
                session.login.role
            ))
            .await
            .unwrap();
        assert_eq!(value(&session.client, "execute mine").await.unwrap(), format!("{BOB}:3"));
    }
}

#[tokio::test]
async fn a_bound_lease_speaks_to_one_backend() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let session = sealed.ann().await;
        let login = &session.login.role;
        let pid: i32 = value(&session.client, "select pg_backend_pid()").await.unwrap().parse().unwrap();
        let stranger: i32 = sealed.value("select pg_backend_pid()").await.parse().unwrap();
        assert!(
            bind(&sealed.control, &sealed.prefix, login, stranger).await.is_err(),
            "bound to a backend of another login"
        );
        bind(&sealed.control, &sealed.prefix, login, pid).await.unwrap();
        assert_eq!(who(&session.client).await, IS_ANN);
        let other = open(&session.login.url).await.unwrap();
        assert_eq!(who(&other).await, "0");
        assert!(bind(&sealed.control, &sealed.prefix, login, pid).await.is_err(), "bound twice");
    }
}

#[tokio::test]
async fn claims_are_text_and_those_of_the_lease() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let mut lease = Lease::new("role_member", Some(ANN));
        lease.claims = [("plan".to_owned(), "pro's \\ $seal$".into()), ("seats".to_owned(), 3.into())].into();
        lease.ceilings = [("rows_changed".to_owned(), "100".to_owned())].into();
        let client = open(&sealed.issue(&lease).await.url).await.unwrap();
        let claims =
            "select concat_ws('|', seal.claim('plan'), seal.claim('seats'), seal.claim('absent'), seal.claim(null))";
        assert_eq!(value(&client, claims).await.unwrap(), "pro's \\ $seal$|3");
        assert_eq!(sealed.value("select ceilings ->> 'rows_changed' from seal.lease").await, "100");
    }
}
