//! Settings that anybody may set log plans, and the variables of functions, to the session that set them.

use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing::servers;

use super::{ANN, BOB, Said, Sealed, Session};

const SCHEMA: &str = "
create schema app;
create table app.notes (id int primary key, owner uuid not null, body text, secret text, code text);
create index on app.notes (owner);
create function app.guess(p int, guess text) returns boolean language plpgsql stable as $$
declare s text; begin select secret into s from app.notes where id = p; return exists (select from app.notes n where n.secret = s and s = guess); end $$;
create function app.only(p int, guess text) returns int language plpgsql stable as $$
declare s text; n int; begin select secret into s from app.notes where id = p;
  select 1 into strict n from app.notes x where x.secret = s and s = guess; return n; end $$;
create function app.built(p int) returns int language plpgsql stable as $$
declare s text; n int; begin select secret into s from app.notes where id = p;
  execute 'select count(*) from app.notes where secret = ' || quote_literal(s) into n; return n; end $$;
create function app.asserts(guess text) returns boolean language plpgsql stable as $$
begin assert exists (select from app.notes where secret = guess), 'wrong'; return true; end $$;
create function app.likes() returns int language plpgsql stable as $$
declare n int; begin select count(*) into n from app.notes where secret like '%\\_%'; return n; end $$;
create function app.several() returns text language plpgsql stable as $$
declare s text; begin select secret into s from app.notes; return null; end $$;
create function app.shout() returns trigger language plpgsql as $$
begin if (select count(*) from app.notes n where n.id = old.id and n.body = old.secret) > 0 then new.body := 'never'; end if; return new; end $$;
create trigger shout before update on app.notes for each row execute function app.shout();
";

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
member = { default = true }
staff = { includes = ["member"] }
[tables."app.notes"]
select = "owner = me()"
update = "owner = me()"
columns.secret = { select = ["staff"], update = "never" }
columns.code = { select = ["staff"], update = "never" }
columns.body = { update = "code = claim('code')" }
[functions."app.built(int)"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
[functions."app.asserts(text)"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
[functions."app.likes()"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
[functions."app.several()"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
[triggers]
"app.notes.shout" = { runs_as = "caller", because = "tried here" }
[functions."app.guess(int, text)"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
[functions."app.only(int, text)"]
execute = ["member"]
runs_as = "definer"
may = { "app.notes" = ["select(id, secret)"] }
because = "tried here"
"#;

const FUNCTIONS: [&str; 7] = [
    "app.guess(int, text)",
    "app.only(int, text)",
    "app.built(int)",
    "app.asserts(text)",
    "app.likes()",
    "app.several()",
    "app.shout()",
];

/// What the session is told of Ann's hidden values while it does what runs the functions.
async fn overheard(session: &Session, said: &Said) -> String {
    let settings = "set client_min_messages = log; set debug_print_plan = on; set debug_print_parse = on; set debug_print_rewritten = on; set plpgsql.print_strict_params = on; \
                    set plan_cache_mode = force_custom_plan";
    session.run(settings).await.unwrap();
    session.attempt("select app.guess(1, 'x')").await.unwrap();
    session.attempt("select app.built(1)").await.unwrap();
    let error = session.attempt("select app.only(1, 'x')").await.unwrap_err();
    drop(session.attempt("update app.notes set body = 'x'").await);
    let mut text = said.lock().unwrap().join("\n");
    text.push_str(&format!("{error:?}"));
    text
}

/// Whether settings change what functions decide or tell. Sessions of their own: PL/pgSQL keeps what it has read.
async fn weakened(server: &Server, sealed: &Sealed<'_>, who: &str) -> bool {
    let mut weakened = Vec::new();
    let (session, said) = sealed.overheard(Lease::new("role_member", Some(who))).await;
    session.run("set plpgsql.check_asserts = off; set plpgsql.extra_warnings = 'too_many_rows'; set standard_conforming_strings = off; set escape_string_warning = off").await.unwrap();
    weakened.push(session.attempt("select app.asserts('nonsense')").await.is_ok());
    let likes = session.client.query_one("select app.likes()", &[]).await.unwrap();
    weakened.push(likes.get::<_, i32>(0) != 0);
    session.attempt("select app.several()").await.unwrap();
    weakened.push(said.lock().unwrap().iter().any(|line| line.contains("more than one row")));
    assert!(weakened.iter().all(|it| *it == weakened[0]), "{}: {weakened:?}", server.version());
    weakened[0]
}

/// As a text constant is printed in a plan: the bytes after its length.
fn in_a_plan(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte} ")).collect()
}

#[tokio::test]
async fn what_functions_hold_in_variables_is_not_logged_to_who_calls_them() {
    for server in servers().await.unwrap() {
        let seed = format!(
            "insert into app.notes values (1, '{ANN}', 'open', 'sesame', 'abracadabra'), (2, '{ANN}', '', 'x', 'y')"
        );
        let sealed = Sealed::new(server, "printed", SCHEMA, ACCESS, &seed).await;
        for who in [ANN, BOB] {
            let (session, said) = sealed.overheard(Lease::new("role_member", Some(who))).await;
            let text = overheard(&session, &said).await;
            // Its own statements are logged, so it listens.
            assert!(text.contains("PLANNEDSTMT"), "{text}");
            assert!(!weakened(server, &sealed, who).await);
            for secret in ["sesame", "abracadabra"] {
                assert!(!text.contains(secret) && !text.contains(&in_a_plan(secret)), "{text}");
            }
        }
        // Without the SET clauses, everything is there.
        let compiled =
            "select proname from pg_proc where pronamespace = 'seal'::regnamespace and proname like 'columns_notes%'";
        let compiled: String = sealed.scratch.client().query_one(compiled, &[]).await.unwrap().get(0);
        for function in FUNCTIONS.map(str::to_owned).into_iter().chain([format!("seal.{compiled}()")]) {
            sealed.tamper(&format!("alter function {function} reset all; alter function {function} set search_path = pg_catalog, pg_temp")).await;
        }
        let (session, said) = sealed.overheard(Lease::new("role_member", Some(ANN))).await;
        assert!(weakened(server, &sealed, ANN).await);
        let text = overheard(&session, &said).await;
        assert!(
            text.contains("'sesame'")
                && text.contains(&in_a_plan("sesame"))
                && text.contains(&in_a_plan("abracadabra")),
            "{text}"
        );
    }
}
