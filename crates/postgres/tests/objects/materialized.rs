//! Materialized views: filled with all rows, refreshed by whom `[views]` lists, read by whom it lists, and nobody else.

use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing;

use super::{Project, compiled};
use crate::attacks::{ANN, BOB};

const SCHEMA: &str = "
    create schema app;
    create table app.tasks (id int primary key, author_id uuid not null, org int not null, secret text);
    create function app.bucket(org int) returns int language sql immutable as 'select org * 10';
    create view app.named as select id, org from app.tasks;
    create materialized view app.totals as select app.bucket(org) as org, count(*) as tasks from app.named group by 1;
    create unique index totals_org on app.totals (org);
    comment on materialized view app.totals is 'how many';
    create materialized view app.grand as select sum(tasks) as tasks from app.totals;
    create materialized view app.later as select id from app.tasks with no data;
";

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
member = { default = true }
staff = {}
nightly = { service = true }
[tables]
"app.tasks" = "owned(author_id)"
[views]
"app.named" = { select = ["member"] }
"app.totals" = { materialized = true, because = "counts only", select = ["staff"], refresh = ["nightly"] }
"app.grand" = { materialized = true, because = "a sum only", select = ["staff"], refresh = ["nightly"] }
"app.later" = { materialized = true, because = "made by hand", select = ["staff"] }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_materialized_view_holds_all_rows_after_a_refresh() {
    for server in testing::servers().await.unwrap() {
        for (prefix, plain) in [("matview", false), ("plainview", true)] {
            let changed = SCHEMA.replace("org * 10", "org * 100").replace("count(*) as tasks", "2 * count(*) as tasks");
            let (first, second) =
                (compiled(server, prefix, SCHEMA, ACCESS).await, compiled(server, prefix, &changed, ACCESS).await);
            let project = Project::new(server, prefix, plain, &first).await;
            project
                .operate(&format!("insert into app.tasks values (1, '{ANN}', 1), (2, '{ANN}', 2), (3, '{BOB}', 2)"))
                .await;
            let staff = project.session(Lease::new("role_staff", Some(ANN))).await;
            let nightly = project.session(Lease::new("role_nightly", None)).await;
            let ann = project.member(ANN).await;
            staff.rows(0, "select from app.totals").await;
            nightly.run("select seal.refresh_totals(); select seal.refresh_grand()").await.unwrap();
            staff.rows(2, "select from app.totals").await;
            assert_eq!(staff.value("select tasks from app.grand").await.as_deref(), Some("3"));

            for (who, sql) in [
                (&ann, "select from app.totals"),
                (&ann, "select seal.refresh_totals()"),
                (&staff, "select seal.refresh_totals()"),
                (&nightly, "select from app.totals"),
                (&nightly, "select from app.tasks"),
                (&staff, "refresh materialized view app.totals"),
                (&nightly, "refresh materialized view app.totals"),
            ] {
                assert!(who.attempt(sql).await.is_err_and(|error| error.is("42501")), "{sql}");
            }
            // A copy is what is there now, whatever the caller's settings.
            project.operate(&format!("insert into app.tasks values (4, '{BOB}', 3)")).await;
            for isolation in ["repeatable read", "serializable"] {
                nightly.run(&format!("begin isolation level {isolation}")).await.unwrap();
                let error = nightly.run("select seal.refresh_totals()").await.unwrap_err();
                assert!(error.is("42501"), "{isolation}: {error:?}");
                assert_eq!(error.message, "app.totals is refreshed at READ COMMITTED");
                nightly.run("rollback").await.unwrap();
            }
            staff.rows(2, "select from app.totals").await;
            nightly.run("set row_security = off; select seal.refresh_totals(); reset row_security").await.unwrap();
            staff.rows(3, "select from app.totals").await;
            project.operate("delete from app.tasks where id = 4").await;
            nightly.run("select seal.refresh_totals(); select seal.refresh_grand()").await.unwrap();

            // Without `refresh` only a superuser fills it.
            nightly.run("select seal.refresh_later()").await.expect_err("there is no such function");
            assert!(staff.attempt("select from app.later").await.is_err_and(|error| error.is("55000")));
            project.operate("refresh materialized view app.later").await;
            staff.rows(3, "select from app.later").await;
            // The role reads what the query reads and no more.
            let may = |column: &str| {
                format!("select has_column_privilege('{prefix}_view_totals', 'app.tasks', '{column}', 'select')::text")
            };
            assert_eq!(project.text(&may("org")).await.as_deref(), Some("true"));
            assert_eq!(project.text(&may("secret")).await.as_deref(), Some("false"));

            // One that is made again is filled at once, and what reads it too.
            project.apply(&second).await;
            staff.rows(2, "select from app.totals where org >= 100").await;
            assert_eq!(staff.value("select tasks from app.grand").await.as_deref(), Some("6"));
        }
    }
}

/// What a copy says is said to everybody: the formats of whoever refreshes it change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_refreshes_does_not_say_how_values_are_shown() {
    const SHOWN: &str = "
        create schema app;
        create table app.tasks (id int primary key, author_id uuid not null, part float8, at timestamptz, took interval, raw bytea, cost money);
        create materialized view app.totals as select part::text || ' ' || at::text || ' ' || took::text || ' ' || raw::text || ' ' || cost::text as shown from app.tasks;
    ";
    const ACCESS: &str = r#"
        [identity]
        user = "uuid"
        [roles]
        member = { default = true }
        [tables]
        "app.tasks" = "owned(author_id)"
        [views]
        "app.totals" = { materialized = true, because = "shown to all", select = ["member"], refresh = ["member"] }
    "#;
    for server in testing::servers().await.unwrap() {
        let compiled = compiled(server, "matshown", SHOWN, ACCESS).await;
        let project = Project::new(server, "matshown", false, &compiled).await;
        project
            .operate(&format!("insert into app.tasks values (1, '{ANN}', 1 / 3.0::float8, '2030-01-31 23:30+00', '1 day 2 hours', 'ab', 5)"))
            .await;
        let ann = project.member(ANN).await;
        ann.run("select seal.refresh_totals()").await.unwrap();
        let shown = ann.value("select shown from app.totals").await;
        assert_eq!(shown.as_deref(), Some("0.3333333333333333 2030-01-31 23:30:00+00 1 day 02:00:00 \\x6162 $5.00"));
        ann.run(
            "set extra_float_digits = -15; set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set intervalstyle = 'iso_8601'; \
             set bytea_output = 'escape'; select seal.refresh_totals()",
        )
        .await
        .unwrap();
        assert_eq!(ann.value("select shown from app.totals").await, shown);
    }
}
