//! Triggers of the user's own: as whom they run, and a history that a trigger writes and nobody reads beyond the model.

use pgseal_postgres::lease::Lease;
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;

use crate::attacks::{ANN, BOB, Sealed};

/// The pattern of docs/operation.md.
const SCHEMA: &str = "
    create schema app;
    create table app.docs (id int primary key, owner uuid not null, title text, editor text);
    create index on app.docs (owner);
    create table app.parts (id int primary key, doc_id int not null references app.docs on delete cascade, body text, seen int);
    create index on app.parts (doc_id);
    create table app.docs_history (
        at timestamptz not null default now(), actor text, operation text not null, doc_id int not null, old jsonb, new jsonb
    );

    create function app.keep_history() returns trigger language plpgsql as $$
    begin
        insert into app.docs_history (actor, operation, doc_id, old, new)
        values (seal.me()::text, tg_op, coalesce(new.id, old.id), to_jsonb(old), to_jsonb(new));
        return null;
    end
    $$;
    create trigger keep_history after insert or update or delete on app.docs
        for each row execute function app.keep_history();

    create function app.stamp() returns trigger language plpgsql as $$
    begin
        new.editor := current_user || ' ' || seal.me();
        return new;
    end
    $$;
    create trigger stamp before update on app.docs for each row execute function app.stamp();

    create function app.note_late() returns trigger language plpgsql as $$
    begin
        perform set_config('trace.' || tg_name, current_user || ' ' || (select count(*) from app.docs), false);
        return null;
    end
    $$;
    create constraint trigger note_late after insert on app.docs deferrable initially deferred
        for each row execute function app.note_late();
    create trigger note_cascade after delete on app.parts for each row execute function app.note_late();
    create function app.note_early() returns trigger language plpgsql as $$
    begin
        perform set_config('trace.' || tg_name, current_user || ' ' || (select count(*) from app.docs), false);
        return old;
    end
    $$;
    create trigger note_before before delete on app.parts for each row execute function app.note_early();

    create function app.import(id int, owner uuid, title text) returns void language plpgsql as $$
    begin
        insert into app.docs (id, owner, title) values (import.id, import.owner, import.title);
    end
    $$;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [roles]
    auditor = { includes = ["member"] }
    [tables]
    "app.docs"  = "owned(owner)"
    "app.parts" = "via(doc_id)"
    [tables."app.docs_history"]
    for.auditor.select = "true"
    [functions."app.keep_history()"]
    runs_as = "definer"
    may     = { "app.docs_history" = ["insert"] }
    because = "writes the history of every document, and reads nothing"
    [functions."app.import(integer, uuid, text)"]
    execute = ["auditor"]
    runs_as = "definer"
    may     = { "app.docs" = ["insert"] }
    because = "documents come from elsewhere"
    [triggers]
    "app.docs.keep_history"  = { runs_as = "definer", because = "every change is written down" }
    "app.docs.stamp"         = { runs_as = "caller", because = "says who edited last" }
    "app.docs.note_late"     = { runs_as = "caller", because = "shows as whom a deferred trigger runs" }
    "app.parts.note_before"  = { runs_as = "caller", because = "shows as whom a trigger runs in a cascade" }
    "app.parts.note_cascade" = { runs_as = "caller", because = "shows as whom a trigger runs in a cascade" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_history_is_written_for_all_and_read_by_whom_the_model_names() {
    let seed = format!("insert into app.docs values (1, '{ANN}', 'a'), (2, '{BOB}', 'VICTIM')");
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_history", SCHEMA, ACCESS, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let auditor = Lease { capability: "role_auditor".to_owned(), ..Lease::new("role_member", Some(ANN)) };
        let auditor = sealed.session(auditor).await;
        let visitor = sealed.session(Lease::new("role_visitor", None)).await;
        bob.run("update app.docs set title = 'VICTIM 2'").await.unwrap();
        ann.run("update app.docs set title = 'b'").await.unwrap();
        ann.run(&format!("insert into app.docs values (3, '{ANN}', 'c'); delete from app.docs where id = 3"))
            .await
            .unwrap();
        auditor.rows(4, "select * from app.docs_history").await;
        auditor.rows(3, &format!("select * from app.docs_history where actor = '{ANN}'")).await;
        auditor.rows(1, "select * from app.docs_history where old ->> 'title' = 'VICTIM'").await;
        // Everybody else: neither read nor written, nor by way of the trigger's function.
        for session in [&ann, &bob, &visitor] {
            for sql in [
                "select * from app.docs_history",
                "select count(*) from app.docs_history",
                "insert into app.docs_history (operation, doc_id) values ('x', 1)",
                "update app.docs_history set doc_id = 1",
                "delete from app.docs_history",
                "truncate app.docs_history",
                "copy app.docs_history to stdout",
                "set role op_history_owner",
                "create trigger mine after insert on app.docs for each row execute function app.keep_history()",
                "create temp table t (id int)",
                "alter table app.docs disable trigger keep_history",
                "alter function app.keep_history() security invoker",
                "create or replace function app.keep_history() returns trigger language plpgsql as 'begin return null; end'",
            ] {
                let error = session.attempt(sql).await.expect_err(sql);
                assert!(error.is("42501"), "{sql}: {error:?}");
            }
            let error = session.attempt("select app.keep_history()").await.unwrap_err();
            assert!(
                error.is("42501") || error.message.contains("trigger functions can only be called as triggers"),
                "{error:?}"
            );
        }
        // An auditor reads it and changes nothing of it; replica mode, which skips triggers, is not theirs to set.
        auditor.refused("permission denied", "delete from app.docs_history").await;
        auditor.refused("permission denied", "insert into app.docs_history (operation, doc_id) values ('x', 1)").await;
        ann.refused("permission denied", "set session_replication_role = replica").await;
        // What is undone leaves no trace, and what is refused neither.
        ann.rows(1, "update app.docs set title = 'undone'").await;
        ann.rows(0, "update app.docs set title = 'x' where owner <> seal.me()").await;
        auditor.rows(4, "select * from app.docs_history").await;

        // By hand (hazard 48): the same table with its grants as they are often written.
        let twin = Scratch::new(server).await.unwrap();
        twin.client()
            .batch_execute(
                "create table docs (id int, owner text); create table docs_audit (was jsonb);
                 create function keep() returns trigger language plpgsql security definer as $$
                   begin insert into docs_audit values (to_jsonb(old)); return null; end $$;
                 create trigger keep after update on docs for each row execute function keep();
                 insert into docs values (1, 'bob'); update docs set owner = 'bob';
                 create role op_history_twin; grant select on all tables in schema public to op_history_twin;
                 alter table docs enable row level security; set role op_history_twin",
            )
            .await
            .unwrap();
        let rows = async |sql: &str| twin.client().query(sql, &[]).await.unwrap().len();
        assert_eq!(
            (rows("select * from docs").await, rows("select * from docs_audit").await),
            (0, 1),
            "the attack is real"
        );
        twin.client().batch_execute("reset role").await.unwrap();
        twin.close(None).await.unwrap();
    }
}

/// As whom triggers run: BEFORE and plain AFTER triggers as the caller; a deferred one as the session before 18 and as whoever ran
/// the statement from 18 on; in a cascade as the tables' owner, past every rule, an AFTER trigger only from 18 on.
#[tokio::test(flavor = "multi_thread")]
async fn triggers_run_as_documented() {
    let seed = format!(
        "insert into app.docs values (1, '{ANN}', 'a'), (2, '{BOB}', 'b'), (3, '{BOB}', 'c'); insert into app.parts values (1, 1, 'p'), (2, 1, 'q')"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "op_as", SCHEMA, ACCESS, &seed).await;
        let auditor = Lease { capability: "role_auditor".to_owned(), ..Lease::new("role_member", Some(ANN)) };
        let ann = sealed.session(auditor).await;
        let trace = async |step: &str| ann.value(&format!("select current_setting('trace.{step}')")).await.unwrap();
        let login = &ann.login;
        ann.run("update app.docs set title = 'x'").await.unwrap();
        let editor = "select editor from app.docs where id = 1";
        assert_eq!(ann.value(editor).await.unwrap(), format!("{login} {ANN}"));
        // Queued by the session itself.
        ann.run(&format!("insert into app.docs values (4, '{ANN}', 'd')")).await.unwrap();
        assert_eq!(trace("note_late").await, format!("{login} 2"));
        // Queued by a definer function and run at COMMIT.
        let imported = ann.run(&format!("select app.import(5, '{ANN}', 'e')")).await;
        if server.major() < 18 {
            imported.unwrap();
            assert_eq!(trace("note_late").await, format!("{login} 3"), "as the session");
        } else {
            // As the function's own role, which may not read documents.
            let error = imported.unwrap_err();
            assert!(error.is("42501") && error.message.contains("docs"), "{error:?}");
        }
        // In a cascade: as the owner. BEFORE it is past every rule; AFTER it FORCE binds it from 18 on, and it is the session before.
        for (sql, cascade) in
            [("delete from app.parts where id = 2", false), ("delete from app.docs where id = 1", true)]
        {
            ann.run(sql).await.unwrap();
            let own = ann.value("select count(*) from app.docs").await.unwrap();
            let (before, after) = (trace("note_before").await, trace("note_cascade").await);
            let as_session = format!("{login} {own}");
            if !cascade {
                assert_eq!((before, after), (as_session.clone(), as_session), "{sql}");
                continue;
            }
            let all: i64 =
                sealed.scratch.client().query_one("select count(*) from app.docs", &[]).await.unwrap().get(0);
            assert_eq!(before, format!("op_as_owner {all}"), "{sql}");
            let expected = if server.major() < 18 { as_session } else { "op_as_owner 0".to_owned() };
            assert_eq!(after, expected, "{sql}");
        }
    }
}
