//! What the rules do not reach: it is said by each `apply`, and the SQL that goes with it closes it (hazards 2, 8, 10, 12, 15, 17, 18, 21,
//! 51, 94, 123 to 126).

use pgseal_engine::diff::Change;
use pgseal_postgres::apply::Open;
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::testing;

use super::{ANN, Closing};

/// What somebody with the right to do it does, and words of what is then said; `$p` is the prefix, `$l` a leased login, `$d` the database.
const OPENED: [(&str, &str); 17] = [
    ("alter role $l bypassrls", "login $l of this project has BYPASSRLS"),
    ("create role $p2_bypass login bypassrls", "$p2_bypass (BYPASSRLS)"),
    ("create role $p2_copies login replication", "$p2_copies (REPLICATION)"),
    ("create role $p2_files login in role pg_write_server_files", "$p2_files (pg_write_server_files)"),
    ("create role $p2_reads login in role pg_read_all_data", "$p2_reads (pg_read_all_data)"),
    ("alter role $p_role_member set row_security = off", "`row_security`, which was set for role $p_role_member"),
    (
        "alter role $l in database $d set request.jwt.claims = '{}'",
        "`request.jwt.claims`, which was set for role $l in database $d",
    ),
    (
        "alter database $d set session_replication_role = replica",
        "`session_replication_role`, which was set for database $d",
    ),
    (
        "grant set on parameter session_replication_role to $p_role_member",
        "$p_role_member may set the parameter `session_replication_role`",
    ),
    (
        "update pg_language set lanpltrusted = true where lanname = 'c'; grant usage on language c to public",
        "write them in c, which reaches the whole server",
    ),
    (
        "create foreign data wrapper w; grant usage on foreign data wrapper w to public; create server s foreign data wrapper w; \
         grant usage on foreign server s to public",
        "every login may use foreign server s",
    ),
    // What would pass for another project's role for backups, but for one thing.
    ("create role $p2_seen login bypassrls; comment on role $p2_seen is 'pgseal: $p2_seen'", "$p2_seen (BYPASSRLS)"),
    (
        "create role $p2_marked nologin bypassrls; comment on role $p2_marked is 'pgseal: $p2_marked'",
        "$p2_marked (BYPASSRLS)",
    ),
    (
        "create role $p2_in_backup login bypassrls; comment on role $p2_in_backup is 'pgseal: $p2_in'",
        "$p2_in_backup (BYPASSRLS)",
    ),
    (
        "set seal.applying = on; create schema $p_s99; reset seal.applying",
        "schema $p_s99 comes first for the login of that name",
    ),
    (
        "create role $p2_dumper login in role $p_backup; create schema $p2_dumper",
        "schema $p2_dumper comes first for the login of that name",
    ),
    ("alter database $d set lo_compat_privileges = on", "privileges on large objects are not checked"),
];

fn says<'a>(open: &'a [Open], words: &str) -> Option<&'a Open> {
    open.iter().find(|open| open.what.contains(words))
}

#[tokio::test]
async fn what_the_rules_do_not_reach_is_said_and_its_sql_closes_it() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "around", "").await;
        let database = closing.database("db", SUPERUSER).await;
        closing.apply(&database, SUPERUSER).await.unwrap();
        let control = closing.connect(&database, SUPERUSER).await;
        let lease = Lease::new("role_member", Some(ANN));
        let login = issue(&control, &closing.prefix, &server.url(&database), &lease).await.unwrap().role;
        let filled = |text: &str| {
            text.replace("$p2", "beside_around")
                .replace("$p", &closing.prefix)
                .replace("$l", &login)
                .replace("$d", &database)
        };
        let before = closing.apply(&database, SUPERUSER).await.unwrap();
        for (opening, words) in OPENED {
            assert!(says(&before.open, &filled(words)).is_none(), "{words}");
            control.batch_execute(&filled(opening)).await.unwrap_or_else(|error| panic!("{opening}: {error:?}"));
        }
        let after = closing.apply(&database, SUPERUSER).await.unwrap();
        // A schema that was made past the guard is written down.
        let written = |change: &Change| matches!(change, Change::RecordGuarded { .. });
        assert!(after.changes.iter().all(written), "none of it is this project's to change: {:?}", after.changes);
        for (_, words) in OPENED {
            let open = says(&after.open, &filled(words)).unwrap_or_else(|| panic!("{words}: {:#?}", after.open));
            for sql in open.sql.iter().filter(|sql| is_of_this_test(sql, &closing.prefix, &database)) {
                let sql = sql.replace("alter system reset", &format!("alter database {database} reset"));
                control.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            }
        }
        control.batch_execute("revoke usage on foreign data wrapper w from public").await.unwrap();
        let closed = closing.apply(&database, SUPERUSER).await.unwrap();
        for (_, words) in OPENED {
            assert!(says(&closed.open, &filled(words)).is_none(), "{words}: {:#?}", closed.open);
        }
        let drop = "drop role beside_around_bypass, beside_around_copies, beside_around_files, beside_around_reads, \
                    beside_around_seen, beside_around_marked, beside_around_in_backup, beside_around_dumper";
        control.batch_execute(drop).await.unwrap();
    }
}

/// Roles are the server's: those that other tests made in the meantime are left alone.
fn is_of_this_test(sql: &str, prefix: &str, database: &str) -> bool {
    [prefix, database, "beside_around", "pg_language", "foreign server s ", "alter system"]
        .iter()
        .any(|own| sql.contains(own))
}

#[tokio::test]
async fn a_role_that_may_create_roles_is_a_hole_before_16() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "creates", "").await;
        let database = closing.database("db", SUPERUSER).await;
        closing
            .connect(&database, SUPERUSER)
            .await
            .batch_execute("create role makes_creates createrole")
            .await
            .unwrap();
        let open = closing.apply(&database, SUPERUSER).await.unwrap().open;
        assert_eq!(says(&open, "makes_creates (CREATEROLE)").is_some(), server.major() < 16, "{open:#?}");
        assert!(says(&open, "may connect to other databases of the server").is_some_and(|open| {
            open.sql.contains(&"revoke connect, temporary on database postgres from public".to_owned())
        }));
    }
}
