//! The guard and what else happens to a database: apply, apply by somebody who is no superuser, tampering, dump and restore.

use pgseal_postgres::apply::{ApplyError, Open, Options, apply};
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;

use super::{ACCESS, Guarded, SCHEMA, compiled};

/// What a superuser does to the guard itself, and what `apply` then says that it did.
const TAMPERED: [(&str, &str); 8] = [
    ("alter event trigger seal_guard_verify disable", "create event trigger seal_guard_verify"),
    ("alter event trigger seal_guard_close enable replica", "create event trigger seal_guard_close"),
    ("drop event trigger seal_guard_drop", "create event trigger seal_guard_drop"),
    (
        "drop event trigger seal_guard_begin; create event trigger seal_guard_begin on ddl_command_end when tag in ('GRANT') execute \
      function seal.guard_begin(); alter event trigger seal_guard_begin enable always",
        "create event trigger seal_guard_begin",
    ),
    (
        "set seal.applying = on; create or replace function seal.guard_verify() returns event_trigger language plpgsql as 'begin end'",
        "replace function seal.guard_verify()",
    ),
    ("delete from seal.guarded where object = 'table app.notes'", "write down what the guard compares with"),
    (
        "update seal.guarded set state = null where object = 'view app.open_notes'",
        "write down what the guard compares with",
    ),
    (
        "set seal.applying = on; alter table app.notes disable row level security; drop policy seal_gate_member on app.notes",
        "create policy seal_gate_member on app.notes",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_was_tampered_with_is_put_back() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_tampered").await;
        let operator = guarded.connect("pgseal").await;
        for (sql, change) in TAMPERED {
            guarded.run(sql).await;
            let changes = guarded.apply(Options { yes: true, ..Options::default() }).await.unwrap().changes;
            assert!(changes.iter().any(|made| made.to_string() == change), "{sql}: {changes:?}");
            assert_eq!(guarded.apply(Options::default()).await.unwrap().changes, [], "{sql}");
            guarded
                .refuses(&operator, &[("alter table app.notes disable row level security", "its row security")])
                .await;
            guarded
                .refuses(&operator, &[("alter view app.open_notes reset (security_invoker)", "its view options")])
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_changes_a_guarded_database_also_by_who_is_no_superuser() {
    for server in testing::servers().await.unwrap() {
        let prefix = "guard_deployer";
        let first = compiled(server, prefix, SCHEMA, ACCESS).await;
        let schema = format!("{SCHEMA}create table app.more (id int primary key, owner_id uuid not null);");
        let access = ACCESS.replace("[views]", "\"app.more\" = \"owned(owner_id)\"\n\n[views]");
        let second = compiled(server, prefix, &schema, &access).await;
        let name = format!("{prefix}_db");
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        administrator.batch_execute(&format!("create role deployer_of_{prefix} login createrole")).await.unwrap();
        administrator.batch_execute(&format!("create database {name} owner deployer_of_{prefix}")).await.unwrap();
        let mut deployer = server.connect(&name, &format!("deployer_of_{prefix}")).await.unwrap();
        let applied = apply(&mut deployer, &first.canonical, prefix, Options::default()).await.unwrap();
        let open = applied.open.iter().find(|open| open.what.contains("event triggers")).unwrap();
        assert!(!applied.changes.iter().any(|change| change.to_string().contains("event trigger")));
        // A superuser runs what was said, and nothing is open any more.
        let superuser = server.connect(&name, SUPERUSER).await.unwrap();
        superuser.batch_execute(&open.sql.join(";")).await.unwrap();
        let applied = apply(&mut deployer, &first.canonical, prefix, Options::default()).await.unwrap();
        assert_eq!(applied.changes, []);
        assert!(!applied.open.iter().any(|open| open.what.contains("event triggers")));
        // The record is not the deployer's to read: what it says is not taken for right.
        let unread = |open: &[Open]| open.iter().any(|open| open.what.contains("what the guard compares with"));
        assert!(unread(&applied.open), "{:#?}", applied.open);
        let error = superuser.batch_execute("grant select on app.notes to public").await.unwrap_err();
        assert!(format!("{error:?}").contains("pgseal guards table app.notes"), "{error:?}");
        // What changes by apply is recorded: the guard refuses what differs from it afterwards, and nothing else.
        let applied = apply(&mut deployer, &second.canonical, prefix, Options::default()).await.unwrap();
        assert!(!applied.changes.is_empty());
        assert!(!unread(&applied.open), "it was written: {:#?}", applied.open);
        let error = superuser.batch_execute("alter table app.more disable row level security").await.unwrap_err();
        assert!(format!("{error:?}").contains("pgseal guards table app.more: its row security"), "{error:?}");
        superuser
            .batch_execute(
                "create schema theirs; create table theirs.t (id int); grant usage on schema theirs to public",
            )
            .await
            .unwrap();
        assert_eq!(apply(&mut deployer, &second.canonical, prefix, Options::default()).await.unwrap().changes, []);
        let mut superuser = superuser;
        let agreed = Options { yes: true, ..Options::default() };
        let _ = apply(&mut superuser, &second.canonical, prefix, agreed).await.unwrap();
        let applied = apply(&mut superuser, &second.canonical, prefix, Options::default()).await.unwrap();
        assert_eq!(applied.changes, []);
        assert!(!unread(&applied.open), "a superuser reads it: {:#?}", applied.open);
    }
}

/// A platform that lets others than superusers is one whose session may do what its login may not: here, the role that it starts
/// as. It asks for more afterwards, for `apply` acts as other roles: nothing is applied, and the statement is named.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_make_event_triggers_is_asked_by_trying() {
    for server in testing::servers().await.unwrap() {
        let prefix = "guard_platform";
        let compiled = compiled(server, prefix, SCHEMA, ACCESS).await;
        let (name, deployer) = (format!("{prefix}_db"), format!("deployer_of_{prefix}"));
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        administrator
            .batch_execute(&format!("create role {deployer} login createrole; grant {SUPERUSER} to {deployer}"))
            .await
            .unwrap();
        administrator.batch_execute(&format!("create database {name} owner {deployer}")).await.unwrap();
        let mut plain = server.connect(&name, &deployer).await.unwrap();
        let applied = apply(&mut plain, &compiled.canonical, prefix, Options::default()).await.unwrap();
        assert!(applied.open.iter().any(|open| open.what.contains("event triggers")), "{:#?}", applied.open);
        administrator.batch_execute(&format!("alter role {deployer} set role = {SUPERUSER}")).await.unwrap();
        let mut lets = server.connect(&name, &deployer).await.unwrap();
        let error = apply(&mut lets, &compiled.canonical, prefix, Options::default()).await.unwrap_err();
        assert!(
            matches!(&error, ApplyError::Statement { purpose, .. } if purpose.starts_with("create event trigger seal_guard_")),
            "{error}"
        );
        let again = apply(&mut plain, &compiled.canonical, prefix, Options::default()).await.unwrap();
        assert_eq!(again.changes, []);
        // Its administrator runs what was said.
        let open = again.open.iter().find(|open| open.what.contains("event triggers")).unwrap();
        lets.batch_execute(&open.sql.join(";")).await.unwrap();
        for deployer in [&mut lets, &mut plain] {
            let applied = apply(deployer, &compiled.canonical, prefix, Options::default()).await.unwrap();
            assert_eq!(applied.changes, []);
            assert!(!applied.open.iter().any(|open| open.what.contains("event triggers")), "{:#?}", applied.open);
        }
        let error =
            server.connect(&name, SUPERUSER).await.unwrap().batch_execute("grant select on app.notes to public").await;
        assert!(format!("{error:?}").contains("pgseal guards table app.notes"), "{error:?}");
    }
}
