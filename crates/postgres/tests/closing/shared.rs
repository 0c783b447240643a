//! One server for many: two projects, two environments of one project, the same roles in several databases.

use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::testing;
use pgseal_postgres::token::{Claims, app_login, create_key, mint};

use super::{ANN, Closing, SEED, Session};

#[tokio::test]
async fn two_projects_and_two_environments_do_not_see_each_other() {
    for server in testing::servers().await.unwrap() {
        // The second one's prefix begins with the first one's.
        let live = Closing::new(server, "estate", "").await;
        let staging = Closing::new(server, "estate_staging", "").await;
        let other = Closing::new(server, "neighbour", "").await;
        let mut databases = Vec::new();
        for project in [&live, &staging, &other] {
            let deployer = project.deployer().await;
            let database = project.database("db", &deployer).await;
            project.apply(&database, &deployer).await.unwrap();
            databases.push((project, database, deployer));
        }
        for (project, database, deployer) in &databases {
            assert_eq!(project.apply(database, deployer).await.unwrap().changes, [], "{database}");
            let control = project.connect(database, deployer).await;
            let lease = Lease::new("role_member", Some(ANN));
            let login = issue(&control, &project.prefix, &server.url(database), &lease).await.unwrap();
            for (_, reached, _) in &databases {
                let mut config = server.config(reached, &login.role);
                config.password(&login.password);
                let answer = config.connect(tokio_postgres::NoTls).await;
                if reached == database {
                    assert!(answer.is_ok(), "{}: {reached}", login.role);
                } else {
                    let error = answer.err().unwrap_or_else(|| panic!("{} reaches {reached}", login.role));
                    assert_eq!(error.code().map(|code| code.code()), Some("42501"), "{error}");
                }
            }
        }
        // A deployer of one does not even reach the database of the other.
        let (_, database, _) = &databases[0];
        let error = server.connect(database, &databases[2].2).await.err().unwrap();
        assert!(error.is("42501") && error.message.contains("permission denied for database"), "{error:?}");
    }
}

#[tokio::test]
async fn a_lease_and_a_token_are_worth_nothing_in_another_database_of_the_same_roles() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "twice", "").await;
        let (first, second) = (closing.database("first", SUPERUSER).await, closing.database("second", SUPERUSER).await);
        for database in [&first, &second] {
            closing.apply(database, SUPERUSER).await.unwrap();
            let control = closing.connect(database, SUPERUSER).await;
            control.batch_execute(SEED).await.unwrap();
            control.batch_execute(&format!("insert into app.notes values (0, '{ANN}', 'hers')")).await.unwrap();
        }
        for database in [&first, &second] {
            assert_eq!(closing.apply(database, SUPERUSER).await.unwrap().changes, [], "{database}");
        }
        let control = closing.connect(&first, SUPERUSER).await;
        let lease = Lease::new("role_member", Some(ANN));
        let login = issue(&control, &closing.prefix, &server.url(&first), &lease).await.unwrap();
        let key = create_key(&control, &closing.prefix).await.unwrap();
        let application = app_login(&control, &closing.prefix, &server.url(&first), "member").await.unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let token = mint(&key, &Claims::new(&closing.prefix, "member", Some(ANN)), now);
        for (database, rows) in [(&first, "1"), (&second, "0")] {
            let mut config = server.config(database, &login.role);
            config.password(&login.password);
            let session = Session::open(&config).await;
            assert_eq!(session.may("select count(*) from app.notes").await, [rows], "lease in {database}");
            let insert = format!("insert into app.notes values (-1, '{ANN}', 'x')");
            session.may("begin").await;
            assert_eq!(session.run(&insert).await.is_ok(), rows == "1", "lease in {database}");
            session.may("rollback").await;

            let mut config = server.config(database, &application.role);
            config.password(&application.password);
            let session = Session::open(&config).await;
            session.may(&format!("begin; set local seal.token = '{token}'")).await;
            assert_eq!(session.may("select count(*) from app.notes").await, [rows], "token in {database}");
        }
    }
}

#[tokio::test]
async fn databases_that_are_made_in_parallel_are_all_sealed() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "parallel", "").await;
        let mut databases = Vec::new();
        for number in 0..4 {
            databases.push(closing.database(&format!("db{number}"), SUPERUSER).await);
        }
        let [a, b, c, d] = databases.as_slice() else { panic!() };
        let answers = tokio::join!(
            closing.apply(a, SUPERUSER),
            closing.apply(b, SUPERUSER),
            closing.apply(c, SUPERUSER),
            closing.apply(d, SUPERUSER)
        );
        for answer in [answers.0, answers.1, answers.2, answers.3] {
            assert_ne!(answer.unwrap().changes, []);
        }
        for database in &databases {
            assert_eq!(closing.apply(database, SUPERUSER).await.unwrap().changes, [], "{database}");
            closing.member(database, SUPERUSER).await.may_not("select pg_notify('a', 'b')").await;
        }
    }
}
