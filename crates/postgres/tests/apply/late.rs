//! Partitions and children that came below a sealed table behind its back, where no guard closes them.

use pgseal_postgres::apply::{Applied, ApplyError, Open};
use pgseal_postgres::testing;

use super::project::{Database, Project, schema};

/// Made by somebody, of whose tables they are: a partition with one of its own, a child.
async fn come_late(database: &Database<'_>, owner: &str) {
    let make = format!(
        "create table app.late partition of app.events for values from ('2040-01-01') to ('2041-01-01') partition by range (at); \
         create table app.later partition of app.late for values from ('2040-01-01') to ('2040-06-01'); \
         create table app.heir () inherits (app.notes); grant select on app.later, app.heir to public; \
         alter table app.late owner to {owner}; alter table app.later owner to {owner}; alter table app.heir owner to {owner}"
    );
    database.run(&make).await;
}

async fn sealed_as_their_parents(database: &Database<'_>) -> bool {
    let owner = format!("{}_owner", database.project.prefix);
    let all = format!(
        "(select bool_and(relowner = '{owner}'::regrole and relrowsecurity and relforcerowsecurity \
            and not has_table_privilege('deployers_neighbour', oid, 'select')) and count(*) = 3 \
          from pg_class where relname in ('late', 'later', 'heir') and relnamespace = 'app'::regnamespace)"
    );
    database.holds(&all).await
}

/// What is open of tables: roles of other tests may get past the rules of every project.
fn of_tables(applied: &Applied) -> impl Iterator<Item = &Open> {
    applied.open.iter().filter(|open| open.what.starts_with("table ") && open.what.contains("past its rules"))
}

fn open(applied: &Applied) -> Vec<&str> {
    of_tables(applied).map(|open| open.what.as_str()).collect()
}

#[tokio::test]
async fn what_comes_below_a_sealed_table_is_sealed_like_it_or_named() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "late");
        let desired = project.desired(&schema()).await;
        // Nobody takes them from a stranger, a superuser neither.
        let database = project.database("db").await;
        database.run("drop role if exists deployers_neighbour; create role deployers_neighbour").await;
        database.apply(&desired).await.unwrap();
        come_late(&database, "deployers_neighbour").await;
        let error = database.apply(&desired).await.unwrap_err();
        for table in ["app.late", "app.later", "app.heir"] {
            let line = format!("table {table} belongs to `deployers_neighbour`: `alter table {table} owner to pgseal`");
            assert!(matches!(&error, ApplyError::OfOthers(_)) && error.to_string().contains(&line), "{error}");
            database.run(&format!("alter table {table} owner to pgseal")).await;
        }
        assert!(!sealed_as_their_parents(&database).await);
        assert_eq!(open(&database.apply(&desired).await.unwrap()), [""; 0]);
        assert!(sealed_as_their_parents(&database).await);
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
        // Somebody who only deploys: what is their own, and the project's.
        let project = Project::new(server, "late_plain");
        let desired = project.desired(&schema()).await;
        let database = project.database_of_deployer("db").await;
        let deployer = database.owner.clone();
        database.apply(&desired).await.unwrap();
        for owner in [deployer, format!("{}_owner", project.prefix)] {
            come_late(&database, &owner).await;
            assert_eq!(open(&database.apply(&desired).await.unwrap()), [""; 0]);
            assert!(sealed_as_their_parents(&database).await);
            database.run("drop table app.late, app.heir").await;
        }
        // What is somebody else's is named, with what closes it, and nothing else waits for it.
        come_late(&database, "deployers_neighbour").await;
        let applied = database.apply(&desired).await.unwrap();
        assert_eq!(
            open(&applied),
            [
                "table app.heir: whoever is deployers_neighbour, and whom they let, reach the rows of app.notes past its rules",
                "table app.late: whoever is deployers_neighbour, and whom they let, reach the rows of app.events past its rules",
                "table app.later: whoever is deployers_neighbour, and whom they let, reach the rows of app.late past its rules",
            ]
        );
        assert!(!sealed_as_their_parents(&database).await);
        for sql in of_tables(&applied).flat_map(|open| &open.sql) {
            database.run(sql).await;
        }
        assert!(sealed_as_their_parents(&database).await);
        assert_eq!(open(&database.apply(&desired).await.unwrap()), [""; 0]);
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
        database.run("drop role deployers_neighbour").await;
    }
}
