//! D8: holes of the server itself. Versions are `closing`'s; here: what such holes need, which nobody on a sealed database has.

use pgseal_postgres::testing;

use super::{Who, sealed, twin};

/// Hazards 123 to 126: every published attack needs an operator, a function, a temporary table, a view or an index of the attacker's.
#[tokio::test]
async fn h124_nothing_to_build_an_attack_of() {
    let operator =
        "create function scratch.same(text, text) returns boolean language plpgsql as $$ begin return $1 = $2; end $$;
        create operator scratch.=== (leftarg = text, rightarg = text, function = scratch.same, restrict = eqsel)";
    for server in testing::servers().await.unwrap() {
        twin(server).await.reaches(0, "", "twin_authenticated", operator).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [
                "create operator public.=== (leftarg = text, rightarg = text, function = texteq, restrict = eqsel)",
                "create operator class public.c for type text using btree as operator 1 <",
                "create aggregate public.a (text) (sfunc = textcat, stype = text)",
                "create collation public.c from \"C\"",
                "create text search configuration public.c (copy = pg_catalog.simple)",
                "create index on app.docs (title)",
                "create statistics public.s on id, title from app.docs",
                "create view public.v as select 1",
                "create materialized view public.m as select 1",
                "refresh materialized view app.totals",
                "create domain public.d as text",
                "create type public.t as enum ()",
                "create event trigger e on ddl_command_end execute function pg_catalog.suppress_redundant_updates_trigger()",
                "create language plperlu",
                "create extension dblink",
                "create subscription s connection 'x' publication p",
                "create transform for integer language plpgsql (from sql with function int4in(internal), to sql with function int4out(internal))",
                "create role r",
                "vacuum full app.docs",
                "cluster app.docs",
                "reindex table app.docs",
                "analyze app.docs; select 1 / 0",
            ] {
                let answer = session.attempt(sql).await;
                let refused =
                    ["42501", "42710", "0A000", "25001", "58P01", "42704", "22012", "42P17", "42883", "3F000"];
                assert!(
                    matches!(&answer, Err(error) if refused.iter().any(|code| error.is(code))),
                    "{who:?} {sql}: {answer:?}"
                );
            }
        }
    }
}
