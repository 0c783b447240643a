//! Classes that pgseal.toml keeps open.

use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;

use super::Closing;

#[tokio::test]
async fn what_the_project_keeps_open_stays_and_what_others_closed_stays_closed() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "kept", "").await;
        let keeping = Closing::new(server, "kept", "keep_open = ['notify', 'estimates', 'sizes']").await;
        let database = closing.database("db", SUPERUSER).await;
        let control = closing.connect(&database, SUPERUSER).await;
        control.batch_execute("revoke execute on function pg_database_size(name) from public").await.unwrap();

        // Kept from the start.
        keeping.apply(&database, SUPERUSER).await.unwrap();
        assert_eq!(keeping.apply(&database, SUPERUSER).await.unwrap().changes, []);
        let ann = keeping.member(&database, SUPERUSER).await;
        let kept = ["select pg_notify('a', 'b')", "select * from pg_class", "select pg_relation_size('pg_class')"];
        for statement in kept {
            ann.may(statement).await;
        }
        ann.may_not("select pg_database_size(current_database()::name)").await;
        ann.may_not("select pg_try_advisory_lock(1)").await;

        // Closed later, and opened again.
        closing.apply(&database, SUPERUSER).await.unwrap();
        for statement in kept {
            ann.may_not(statement).await;
        }
        keeping.apply(&database, SUPERUSER).await.unwrap();
        for statement in kept {
            ann.may(statement).await;
        }
        assert_eq!(keeping.apply(&database, SUPERUSER).await.unwrap().changes, []);
    }
}

#[tokio::test]
async fn who_deploys_is_not_told_of_what_is_kept_open() {
    for server in testing::servers().await.unwrap() {
        let keeping = Closing::new(server, "keptplain", "keep_open = ['notify', 'estimates', 'sizes']").await;
        let deployer = keeping.deployer().await;
        let database = keeping.database("db", &deployer).await;
        let applied = keeping.apply(&database, &deployer).await.unwrap();
        let told = |class: &str| applied.open.iter().any(|open| open.what.starts_with(&format!("{class}: ")));
        assert!(
            told("signals") && told("sources") && !told("notify") && !told("estimates") && !told("sizes"),
            "{:#?}",
            applied.open
        );
        // Closed by somebody else it stays so, which is no hole; closed as pgseal does it, it is to be opened again, by who may.
        let superuser = keeping.connect(&database, SUPERUSER).await;
        let close = "revoke execute on function pg_notify(text, text) from public; grant execute on function pg_notify(text, text) to";
        superuser.batch_execute(&format!("{close} keptplain_role_member")).await.unwrap();
        let applied = keeping.apply(&database, &deployer).await.unwrap();
        assert!(!applied.open.iter().any(|open| open.what.starts_with("notify: ")), "{:#?}", applied.open);
        superuser.batch_execute(&format!("{close} keptplain_owner")).await.unwrap();
        let applied = keeping.apply(&database, &deployer).await.unwrap();
        let open: Vec<_> = applied.open.iter().filter(|open| open.what.starts_with("notify: ")).collect();
        assert!(
            matches!(open[..], [open] if open.what.starts_with("notify: not every login may ")),
            "{:#?}",
            applied.open
        );
        superuser.batch_execute(&open[0].sql.join(";")).await.unwrap();
        let applied = keeping.apply(&database, &deployer).await.unwrap();
        assert!(!applied.open.iter().any(|open| open.what.starts_with("notify: ")), "{:#?}", applied.open);
        assert_eq!(applied.changes, []);
    }
}
