//! Apply killed at any moment, twice in one database, and in two databases whose roles are the same.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::testing;

use super::project::{Project, schema};

/// At how many moments apply is killed.
const MOMENTS: u32 = 24;

#[tokio::test]
async fn killed_at_any_moment_the_database_is_as_before_or_as_after() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "killed");
        let desired = project.desired(&schema()).await;
        let database = project.database("after").await;
        let start = Instant::now();
        database.apply(&desired).await.unwrap();
        let mut duration = start.elapsed();
        let after = database.catalog().await;

        let killer = database.connect("pgseal").await;
        let mut database = project.database("before").await;
        let before = database.catalog().await;
        let mut cut = 0;
        for attempt in 0..200 {
            let mut client = database.connect("pgseal").await;
            let pid: i32 = client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
            let kill = async {
                tokio::time::sleep(duration * cut / MOMENTS).await;
                killer.query_one("select pg_terminate_backend($1, 10000)", &[&pid]).await.unwrap();
            };
            let (outcome, ()) = tokio::join!(apply(&mut client, &desired, &project.prefix, Options::default()), kill);
            let is = database.catalog().await;
            // A kill between the commit and its answer leaves it as after, and apply cannot know.
            if is == after {
                database = project.database("before").await;
                duration = duration * 9 / 10;
            } else {
                assert!(outcome.is_err() && is == before, "attempt {attempt}, after {cut} that were cut");
                cut += 1;
            }
            if cut == MOMENTS {
                break;
            }
        }
        assert_eq!(cut, MOMENTS, "so often it was cut");
        database.apply(&desired).await.unwrap();
        assert!(database.catalog().await == after);
    }
}

#[tokio::test]
async fn of_two_at_once_one_waits_and_finds_nothing_to_do() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "twice");
        let desired = project.desired(&schema()).await;
        let database = project.database_of_deployer("db").await;
        let superuser = project.server.connect(&database.name, "pgseal").await.unwrap();
        superuser.batch_execute(&format!("alter role {} superuser", database.owner)).await.unwrap();
        let notices = Mutex::new(Vec::new());
        let notice = |line: &str| notices.lock().unwrap().push(line.to_owned());
        let options = || Options { notice: &notice, ..Options::default() };
        let (one, other) =
            tokio::join!(database.apply_with(&desired, options()), database.apply_with(&desired, options()));
        let mut changes = [one.unwrap().changes.len(), other.unwrap().changes.len()];
        changes.sort_unstable();
        assert!(changes[0] == 0 && changes[1] > 0, "{changes:?}");
        let notices = notices.into_inner().unwrap();
        let told = "another `pgseal apply` or `load` is at work in this database: waiting for session ";
        let by = format!(" of `{}`", database.owner);
        assert!(notices.len() == 1 && notices[0].starts_with(told) && notices[0].ends_with(&by), "{notices:?}");
    }
}

#[tokio::test]
async fn two_databases_with_the_same_roles_at_once_both_succeed() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "shared");
        let mut desired = project.desired(&schema()).await;
        // Roles that neither database has made before.
        let role = desired.roles[&format!("{}_owner", project.prefix)].clone();
        let (one, two) = (project.database_of_deployer("one").await, project.database_of_deployer("two").await);
        for round in 0..8 {
            for number in 0..8 {
                desired.roles.insert(format!("{}_role_new_{round}_{number}", project.prefix), role.clone());
            }
            let (first, second) = tokio::join!(one.apply(&desired), two.apply(&desired));
            first.unwrap();
            second.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(one.apply(&desired).await.unwrap().changes, []);
        assert_eq!(two.apply(&desired).await.unwrap().changes, []);
    }
}
