//! Rows that a trigger of the project's touches as a role of its own, when something comes to hang on them: a counter, a date.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

/// A statement that waits writes for who it began to write for, also where the transaction has by then changed the row that took the
/// place of the one it saw.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_trigger_touches_is_still_looked_at() {
    let schema = "
        create schema app;
        create table app.ms (org_id int not null, user_id uuid not null, role text not null, primary key (org_id, user_id));
        create index on app.ms (user_id);
        create table app.notes (id int primary key, org_id int not null, cnt int not null default 0);
        create index on app.notes (org_id);
        create table app.after (id int primary key, note int not null references app.notes);
        create index on app.after (note);
        create table app.before (id int primary key, note int not null references app.notes);
        create index on app.before (note);
        create function app.bump() returns trigger language plpgsql as $$
            begin update app.notes set cnt = cnt + 1 where id = new.note; return new; end $$;
        create trigger bump after insert or update on app.after for each row execute function app.bump();
        create trigger bump before insert or update on app.before for each row execute function app.bump();
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [groups.org]
        table = "app.ms"
        member = "user_id"
        key = "org_id"
        rank = { column = "role", order = ["viewer", "owner"] }
        [tables]
        "app.ms" = { select = "org(org_id)" }
        "app.notes" = { select = "org(org_id)", insert = "org(org_id)", update = "org(org_id)", delete = "org(org_id)", columns.org_id = { update = "never" } }
        "app.after" = "via(note)"
        "app.before" = "via(note)"
        [triggers]
        "app.after.bump" = { runs_as = "definer", because = "counts" }
        "app.before.bump" = { runs_as = "definer", because = "counts" }
        [functions."app.bump()"]
        runs_as = "definer"
        may = { "app.notes" = ["select(id, cnt)", "update(cnt)"] }
        because = "counts"
    "#;
    let seed = format!(
        "insert into app.ms values (1, '{ANN}', 'owner'), (1, '{BOB}', 'owner'), (3, '{BOB}', 'owner');
         insert into app.notes values (4, 3), (5, 1); insert into app.after values (50, 5); insert into app.before values (50, 5)"
    );
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_touched", schema, access, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let operator = sealed.scratch.client();
        let waiting = format!(
            "select count(*) from pg_locks l join pg_stat_activity a using (pid) where a.usename = '{}' and not l.granted",
            ann.login
        );
        let replaced = "begin; delete from app.notes where id = 2; insert into app.notes values (2, 3); commit";
        let changed = "update app.notes set cnt = 7 where id = 2";
        for mended in [true, false] {
            if !mended {
                sealed.tamper("alter table app.after disable trigger zzzz_seal_still; alter table app.before disable trigger zzzz_seal_still").await;
            }
            for table in ["app.after", "app.before"] {
                for meanwhile in [replaced, changed] {
                    sealed.operate("set session_replication_role = replica; delete from app.notes where id = 2; insert into app.notes values (2, 1); reset session_replication_role").await;
                    operator
                        .batch_execute(&format!(
                            "begin; set local session_replication_role = replica; insert into {table} values (100, 4)"
                        ))
                        .await
                        .unwrap();
                    let other = async {
                        while operator.query_one(&waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                            tokio::task::yield_now().await;
                        }
                        bob.run(meanwhile).await.unwrap();
                        operator.batch_execute("rollback").await.unwrap();
                    };
                    ann.run("begin").await.unwrap();
                    // She waits at her first row, which points to another note.
                    let write = format!("insert into {table} values (100, 5), (99, 2)");
                    let (answer, ()) = tokio::join!(ann.run(&write), other);
                    match answer {
                        Err(error) if mended && meanwhile == replaced => {
                            assert!(
                                error.is("40001") && error.message.contains("is not the one that it was"),
                                "{write}: {error:?}"
                            );
                        }
                        answer => assert!((!mended || meanwhile == changed) && answer.is_ok(), "{write}: {answer:?}"),
                    }
                    ann.run("rollback").await.unwrap();
                }
            }
            // Who changes a row and hangs something on it in one statement.
            ann.rows(1, "with u as (update app.notes set cnt = 8 where id = 5 returning id) insert into app.after select 51, id from u").await;
        }
    }
}
