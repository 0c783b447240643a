//! Statistics, sizes, estimates, sources, large objects, notifications, advisory locks and other sessions (hazards 51, 97, 100 to
//! 104, 106, 107).

use pgseal_engine::catalog::SystemClass;
use pgseal_engine::diff::diff;
use pgseal_postgres::apply::{Applied, ApplyError, Open, Options};
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;

use super::{Closing, SEED, Session};

/// What an attacker sends. Each works in a database without a seal.
const ATTACKS: &[(SystemClass, &str)] = &[
    (SystemClass::AdvisoryLocks, "select pg_advisory_xact_lock(42)"),
    (SystemClass::AdvisoryLocks, "select pg_try_advisory_lock(42)"),
    (SystemClass::AdvisoryLocks, "select pg_try_advisory_xact_lock_shared(1, 2)"),
    (SystemClass::Estimates, "select reltuples from pg_class where relname = 'notes'"),
    (SystemClass::Estimates, "select relpages from pg_class where relname = 'notes'"),
    (SystemClass::Estimates, "select * from pg_class where relname = 'notes'"),
    (SystemClass::Estimates, "select to_jsonb(c) from pg_class c where relname = 'notes'"),
    (SystemClass::LargeObjects, "select lo_get(4242)"),
    (SystemClass::LargeObjects, "select loread(lo_open(4242, 262144), 6)"),
    (SystemClass::LargeObjects, "select lo_create(0)"),
    (SystemClass::LargeObjects, "select lo_from_bytea(0, 'x')"),
    (SystemClass::LargeObjects, "table pg_largeobject_metadata"),
    (SystemClass::Notify, "select pg_notify('orders', 'spoofed')"),
    (SystemClass::Notify, "select pg_logical_emit_message(true, 'orders', 'spoofed')"),
    (SystemClass::Notify, "select pg_notification_queue_usage()"),
    (SystemClass::Signals, "select pg_cancel_backend(0)"),
    (SystemClass::Signals, "select pg_terminate_backend(pid) from (values (0)) t (pid)"),
    (SystemClass::Sizes, "select pg_relation_size('app.notes')"),
    (SystemClass::Sizes, "select pg_total_relation_size('app.notes')"),
    (SystemClass::Sizes, "select pg_indexes_size('app.notes')"),
    (SystemClass::Sizes, "select pg_database_size(current_database())"),
    (SystemClass::Snapshots, "select pg_export_snapshot()"),
    (SystemClass::Sources, "select prosrc from pg_proc where proname = 'hello'"),
    (SystemClass::Sources, "select p::text from pg_proc p where proname = 'hello'"),
    (SystemClass::Sources, "select pg_get_functiondef(oid) from pg_proc where proname = 'hello'"),
    (SystemClass::Sources, "select pg_get_function_sqlbody(oid) from pg_proc where proname = 'hello'"),
    (SystemClass::Sources, "select srvoptions from pg_foreign_server"),
    (SystemClass::Statistics, "select idx_tup_fetch from pg_stat_xact_user_tables where relname = 'notes'"),
    (SystemClass::Statistics, "select pg_stat_get_xact_tuples_fetched('app.notes'::regclass)"),
    (SystemClass::Statistics, "select n_tup_ins from pg_stat_user_tables where relname = 'notes'"),
    (SystemClass::Statistics, "select query from pg_stat_activity"),
    (SystemClass::Statistics, "select pg_stat_get_backend_activity(1)"),
    (SystemClass::Statistics, "table pg_locks"),
    (SystemClass::Statistics, "table pg_prepared_xacts"),
    (SystemClass::Statistics, "table pg_replication_slots"),
    (SystemClass::Statistics, "select pg_current_wal_lsn()"),
    (SystemClass::Statistics, "select most_common_vals from pg_stats where tablename = 'orgs'"),
    (SystemClass::Statistics, "select count(*) from pg_stats_ext_exprs"),
    (SystemClass::Statistics, "select system_identifier from pg_control_system()"),
];

/// What clients and people need, and goes on working.
const NEEDED: &[&str] = &[
    // Sent by drivers when a session goes back to its pool.
    "select pg_advisory_unlock_all(); close all; unlisten *; reset all",
    "discard all",
    // Drivers that learn types, psql's \d, \df and \dp, and what migration tools ask.
    "select t.oid, t.typname, n.nspname, t.typtype, p.proname from pg_type t join pg_namespace n on n.oid = t.typnamespace \
     left join pg_proc p on p.oid = t.typreceive left join pg_class c on c.oid = t.typrelid where c.relkind is null or c.relkind = 'c'",
    "select c.oid, c.tableoid, n.nspname, c.relname, c.relkind, c.relchecks, c.relhasindex, c.relrowsecurity, c.relpersistence, \
     pg_get_userbyid(c.relowner) from pg_class c left join pg_namespace n on n.oid = c.relnamespace where c.relname ~ '^(notes)$'",
    "select a.attname, format_type(a.atttypid, a.atttypmod), (select pg_get_expr(d.adbin, d.adrelid, true) from pg_attrdef d \
     where d.adrelid = a.attrelid and d.adnum = a.attnum), a.attnotnull from pg_attribute a where a.attrelid = 'app.notes'::regclass",
    "select pol.polname, pg_get_expr(pol.polqual, pol.polrelid) from pg_policy pol where pol.polrelid = 'app.notes'::regclass",
    "select p.proname, pg_get_function_result(p.oid), pg_get_function_arguments(p.oid), p.prosecdef from pg_proc p",
    "select pg_get_indexdef(i.indexrelid), pg_get_constraintdef(con.oid) from pg_index i left join pg_constraint con on con.conindid = i.indexrelid",
    "table pg_tables",
    "table pg_views",
    "table pg_indexes",
    "table pg_policies",
    "table pg_sequences",
    "table pg_settings",
    "table pg_roles",
    "select pg_column_size(body), pg_size_pretty(1::bigint) from app.notes",
];

/// What of system objects is left open.
fn classes(applied: &Applied) -> Vec<&Open> {
    let class =
        |open: &&Open| SystemClass::ALL.iter().any(|class| open.what.starts_with(&format!("{}: ", class.word())));
    applied.open.iter().filter(class).collect()
}

#[tokio::test]
async fn what_lies_around_the_tables_is_closed() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "closed", "").await;
        let (twin, login) = closing.twin().await;
        let plain = Session::open(&server.config(&twin, &login)).await;
        for (_, attack) in ATTACKS {
            plain.run("begin").await.unwrap();
            plain.may(attack).await;
            plain.run("rollback").await.unwrap();
        }

        let database = closing.database("db", SUPERUSER).await;
        let applied = closing.apply(&database, SUPERUSER).await.unwrap();
        assert_eq!(classes(&applied), Vec::<&Open>::new());
        let lines: Vec<String> = applied.changes.iter().map(ToString::to_string).collect();
        assert!(
            lines.iter().any(|line| line == "revoke execute on 2 system functions (signals) from public"),
            "{lines:#?}"
        );
        closing.connect(&database, SUPERUSER).await.batch_execute(SEED).await.unwrap();
        let ann = closing.member(&database, SUPERUSER).await;
        for (_, attack) in ATTACKS {
            ann.may_not(attack).await;
        }
        for needed in NEEDED {
            ann.may(needed).await;
        }
        let views = "select relname from pg_class where relnamespace = 'information_schema'::regnamespace and relkind = 'v' \
                     and has_table_privilege(oid, 'select')";
        let views = ann.may(views).await;
        assert!(views.len() > 50, "{views:?}");
        for view in views {
            ann.may(&format!("select * from information_schema.{view}")).await;
        }
        assert_eq!(ann.may("select app.hello()").await, ["key-4711"]);
        // What a definer's function calls, its role may.
        ann.may("select app.tell()").await;

        assert_eq!(closing.apply(&database, SUPERUSER).await.unwrap().changes, [], "and that is all there is to do");
    }
}

#[tokio::test]
async fn a_session_cannot_watch_or_end_another_of_its_login() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "watched", "").await;
        let (twin, login) = closing.twin().await;
        let watch = "select query from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()";
        let victim = Session::open(&server.config(&twin, &login)).await;
        let plain = Session::open(&server.config(&twin, &login)).await;
        victim.may("select 'VICTIM'").await;
        assert_eq!(plain.may(watch).await, ["select 'VICTIM'"], "the attack is real");
        let pid = &victim.may("select pg_backend_pid()").await[0];
        assert_eq!(plain.may(&format!("select pg_terminate_backend({pid}, 10000)")).await, ["t"]);
        assert!(victim.run("select 1").await.is_err());

        let database = closing.database("db", SUPERUSER).await;
        closing.apply(&database, SUPERUSER).await.unwrap();
        let control = closing.connect(&database, SUPERUSER).await;
        let lease = pgseal_postgres::lease::Lease::new("role_member", Some(super::ANN));
        let login =
            pgseal_postgres::lease::issue(&control, &closing.prefix, &server.url(&database), &lease).await.unwrap();
        let mut config = server.config(&database, &login.role);
        config.password(&login.password);
        let (victim, attacker) = (Session::open(&config).await, Session::open(&config).await);
        let pid = &victim.may("select pg_backend_pid()").await[0];
        attacker.may_not(watch).await;
        attacker.may_not(&format!("select pg_terminate_backend({pid})")).await;
        attacker.may_not(&format!("select pg_cancel_backend({pid})")).await;
        assert_eq!(victim.may("select 1").await, ["1"]);
    }
}

#[tokio::test]
async fn what_somebody_opened_again_is_found_and_closed() {
    const TAMPERING: [&str; 6] = [
        "grant execute on function pg_notify(text, text) to public",
        "grant execute on function lo_get(oid), lo_put(oid, bigint, bytea) to $p_role_member",
        "grant select on pg_class, pg_proc to public",
        "grant select (prosrc) on pg_proc to $p_role_member",
        "revoke execute on function pg_stat_get_activity(integer) from $p_seal",
        "grant execute on function pg_stat_get_activity(integer) to $p_owner with grant option",
    ];
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "reopened", "").await;
        let database = closing.database("db", SUPERUSER).await;
        closing.apply(&database, SUPERUSER).await.unwrap();
        let sealed = closing.catalog(&database).await;
        let control = closing.connect(&database, SUPERUSER).await;
        for tampering in TAMPERING {
            control.batch_execute(&tampering.replace("$p", &closing.prefix)).await.unwrap();
            assert!(!diff(&closing.catalog(&database).await, &closing.compiled).is_empty(), "not found: {tampering}");
            closing.apply(&database, SUPERUSER).await.unwrap();
            assert!(closing.catalog(&database).await == sealed, "not undone: {tampering}");
        }
        // What an administrator gave to somebody by name stays theirs.
        control
            .batch_execute(
                "create role reader_of_reopened; grant execute on function pg_notify(text, text) to reader_of_reopened",
            )
            .await
            .unwrap();
        assert_eq!(closing.apply(&database, SUPERUSER).await.unwrap().changes, []);
    }
}

#[tokio::test]
async fn a_deployer_who_is_no_superuser_says_what_stays_open_and_how_to_close_it() {
    // From 16 on, to create roles is another right than before.
    for major in testing::every_major() {
        let server = testing::server(major).await.unwrap();
        let closing = Closing::new(server, "plainly", "").await;
        let deployer = closing.deployer().await;
        let database = closing.database("db", &deployer).await;
        let applied = closing.apply(&database, &deployer).await.unwrap();
        for class in SystemClass::ALL {
            let open = applied.open.iter().find(|open| open.what.starts_with(&format!("{}: ", class.word())));
            assert!(open.is_some_and(|open| !open.sql.is_empty()), "{}: {:#?}", class.word(), applied.open);
        }
        let again = closing.apply(&database, &deployer).await.unwrap();
        assert_eq!(again.changes, [], "a second run has nothing to do");
        assert_eq!(classes(&again), classes(&applied));

        // A superuser runs what was said; from then on nothing of it is open, and the deployer still deploys and lets people in.
        let control = closing.connect(&database, SUPERUSER).await;
        // What concerns the server's other roles and databases stays as it is: other tests share them.
        let of_the_project =
            |statement: &&String| statement.contains("event trigger") || statement.contains("plainly_");
        let beside = applied.open.iter().flat_map(|open| &open.sql).filter(of_the_project);
        for statement in classes(&applied).into_iter().flat_map(|open| &open.sql).chain(beside) {
            control.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
        control.batch_execute(SEED).await.unwrap();
        let closed = closing.apply(&database, &deployer).await.unwrap();
        assert_eq!(closed.changes, []);
        assert_eq!(classes(&closed), Vec::<&Open>::new());
        assert_eq!(closing.apply(&database, SUPERUSER).await.unwrap().changes, []);
        let ann = closing.member(&database, &deployer).await;
        for (_, attack) in ATTACKS {
            ann.may_not(attack).await;
        }
        // The seal role locks where the last owner of a group would leave.
        let error = ann.run("delete from app.seats").await.unwrap_err();
        assert!(error.message.contains("the last owner of `org` cannot leave"), "{error:?}");
    }
}

#[tokio::test]
async fn beside_objects_of_others_it_is_asked_for() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "besides", "").await;
        let database = closing.database("db", SUPERUSER).await;
        let control = closing.connect(&database, SUPERUSER).await;
        control.batch_execute("create table public.legacy (id int)").await.unwrap();
        let error = closing.apply(&database, SUPERUSER).await.unwrap_err();
        let ApplyError::NotAgreed { changes, .. } = &error else { panic!("{error}") };
        let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert!(lines.iter().any(|line| line == "revoke select on pg_catalog.pg_proc from public"), "{lines:#?}");
        let yes = Options { yes: true, ..Options::default() };
        closing.apply_with(&database, SUPERUSER, yes).await.unwrap();
        assert_eq!(closing.apply(&database, SUPERUSER).await.unwrap().changes, []);
    }
}
