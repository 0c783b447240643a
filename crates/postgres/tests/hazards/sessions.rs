//! D6: what a session leaves behind, and what it keeps through COMMIT, ROLLBACK and RESET.

use pgseal_postgres::testing;

use super::{ANN, BOB, Who, sealed, twin};

/// Hazards 110, 111, 114: nothing that ends or begins makes a session somebody else.
#[tokio::test]
async fn h110_a_session_stays_whose_it_is() {
    let as_bob = format!("set local request.jwt.claims = '{{\"sub\": \"{BOB}\"}}'");
    let as_ann = format!("set local request.jwt.claims = '{{\"sub\": \"{ANN}\"}}'");
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let cursor = format!(
            "{as_bob}; declare k scroll cursor with hold for select title from docs; move forward all in k; {as_ann}; fetch first from k"
        );
        twin.leaks("", "twin_authenticated", &cursor).await;
        twin.leaks(
            "grant twin_service, twin_authenticated to twin_anon",
            "twin_anon",
            "savepoint s; set local role twin_authenticated; rollback to s; set local role twin_service; table docs",
        )
        .await;
        drop(twin);
        let sealed = sealed(server).await;
        for (who, titles) in [(Who::Ann, "mine|"), (Who::Agent, "mine|"), (Who::Staff, "mine|")] {
            let session = sealed.session(who).await;
            for around in [
                "commit",
                "rollback",
                "begin; rollback",
                "begin; savepoint s; reset role; rollback to s; commit",
                "reset all",
                "reset role",
                "reset session authorization",
                "discard all",
                "discard plans",
                "deallocate all",
                "close all",
                "unlisten *",
                "begin; set local role none; commit",
                "set session characteristics as transaction read only; set default_transaction_read_only = off",
                "begin; declare k cursor with hold for select title from app.docs; commit; discard temp",
            ] {
                session.client.batch_execute(around).await.unwrap_or_else(|error| panic!("{around}: {error:?}"));
                let answer = session.attempt("select title from app.docs").await.unwrap();
                assert_eq!(answer.text, titles, "{who:?} {around}");
            }
        }
        let ann = sealed.session(Who::Ann).await;
        ann.client
            .batch_execute("begin; declare k cursor with hold for select title from app.docs; commit")
            .await
            .unwrap();
        ann.rows(1, "fetch all from k").await;
    }
}

/// Hazards 112, 113: temporary tables keep rows, and stand before those of the application.
#[tokio::test]
async fn h112_no_temporary_tables() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let leftover = format!(
            "set local request.jwt.claims = '{{\"sub\": \"{BOB}\"}}'; create temp table kept as table docs; set local request.jwt.claims = '{{\"sub\": \"{ANN}\"}}'; table kept"
        );
        twin.leaks("", "twin_authenticated", &leftover).await;
        let planted =
            "create temp table docs (id bigint, title text); insert into docs values (9, 'VICTIM'); table docs";
        twin.leaks("", "twin_authenticated", planted).await;
        drop(twin);
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Visitor, Who::Nightly, Who::Agent] {
            let session = sealed.session(who).await;
            for sql in [
                "create temp table docs (id bigint)",
                "create temp table kept as select 1 as a",
                "select 1 as a into temp kept",
                "create temp view docs as select 1 as a",
                "create temp sequence s",
                "create function pg_temp.f() returns integer language sql as 'select 1'",
                "create type pg_temp.t as (a integer)",
                "create local temporary table docs (a integer) on commit delete rows",
                "set local default_tablespace = ''; create temporary table docs ()",
            ] {
                session.refused("42501", sql).await;
            }
        }
    }
}

/// Hazard 115: statements prepared, cursors and settings of a session; and what it may not set.
#[tokio::test]
async fn h115_what_a_session_may_set() {
    for server in testing::servers().await.unwrap() {
        twin(server).await.leaks(
            "grant set on parameter session_replication_role to twin_authenticated; create function scratch.guard() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
             create table scratch.t (v text); create trigger guard before insert on scratch.t for each row execute function scratch.guard(); grant insert, select on scratch.t to twin_authenticated",
            "twin_authenticated",
            "set local session_replication_role = replica; insert into scratch.t values ('VICTIM') returning v",
        ).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Agent, Who::Visitor] {
            let session = sealed.session(who).await;
            for setting in [
                "session_replication_role = replica",
                "allow_system_table_mods = on",
                "log_statement = 'none'",
                "log_min_messages = panic",
                "session_preload_libraries = 'x'",
                "lc_messages = 'C'",
                "zero_damaged_pages = on",
                "ignore_system_indexes = on",
                "jit_provider = 'x'",
                "temp_file_limit = -1",
                "track_activities = on",
                "debug_discard_caches = 1",
            ] {
                let answer = session.attempt(&format!("set local {setting}")).await;
                assert!(
                    matches!(&answer, Err(error) if error.is("42501") || error.is("55P02") || error.is("22023")),
                    "{setting}: {answer:?}"
                );
            }
        }
        let ann = sealed.session(Who::Ann).await;
        ann.client
            .batch_execute("set plan_cache_mode = force_generic_plan; prepare p as select title from app.docs")
            .await
            .unwrap();
        ann.rows(1, "execute p").await;
        ann.rows(1, "set local role none; execute p").await;
        ann.refused("42501", "set local row_security = off; execute p").await;
    }
}

/// Hazard 116: what was found to be safe, and is.
#[tokio::test]
async fn h116_known_to_be_safe() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.tells("42501", "", "twin_authenticated", "set local row_security = off; table docs").await;
        let upsert = "insert into docs values (2, auth.uid(), 'x') on conflict (id) do update set title = 'pwned'";
        twin.tells("42501", "", "twin_authenticated", upsert).await;
        twin.reaches(
            0,
            "",
            "twin_authenticated",
            "merge into docs d using (select 2 as id) s on d.id = s.id when matched then update set title = 'pwned'",
        )
        .await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.refused("42501", "set local row_security = off; table app.docs").await;
        ann.rows(0, "merge into app.docs d using (select 1) s on d.title = 'VICTIM' when matched then update set title = 'pwned'").await;
        ann.refused("42501", &format!("insert into app.docs (id, owner_id) overriding system value select 2, '{ANN}' on conflict (id) do update set title = 'pwned'")).await;
    }
}
