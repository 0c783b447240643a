//! The pool of logins: nobody gets one that somebody else has, or could still be on.

use std::collections::BTreeSet;

use pgseal_engine::model::IdentitySource;
use pgseal_postgres::lease::{Lease, LeaseError, issue, revoke};
use pgseal_postgres::testing::servers;
use pgseal_postgres::token::app_login;

use super::sealed::{ANN, BOB, Sealed, open, value, who};

/// Makes all logins look as if they had rested.
async fn rest(sealed: &Sealed) {
    let logins = format!("select string_agg(rolname, ' ') from pg_roles where rolname ~ '^{}_s[0-9]+$'", sealed.prefix);
    for login in sealed.value(&logins).await.split(' ') {
        sealed.rest(login).await;
    }
}

async fn at_once(first: &Sealed, second: &Sealed, each: usize) -> Vec<String> {
    let mut tasks = Vec::new();
    for sealed in [first, second].into_iter().cycle().take(2 * each) {
        let (url, prefix) = (sealed.url(), sealed.prefix.clone());
        tasks.push(tokio::spawn(async move {
            let control = open(&url).await.unwrap();
            issue(&control, &prefix, &url, &Lease::new("role_member", Some(ANN))).await.unwrap().role
        }));
    }
    let mut logins = Vec::new();
    for task in tasks {
        logins.push(task.await.unwrap());
    }
    logins
}

/// Roles belong to the server: two databases of one prefix share the pool.
#[tokio::test]
async fn two_at_once_never_get_the_same_login() {
    for server in servers().await.unwrap() {
        let prefix = format!("pool{}", server.major());
        let first = Sealed::in_database(server, &prefix, &format!("{prefix}_one"), IdentitySource::Lease, "uuid").await;
        let second =
            Sealed::in_database(server, &prefix, &format!("{prefix}_two"), IdentitySource::Lease, "uuid").await;
        for round in 0..3 {
            let logins = at_once(&first, &second, 4).await;
            let distinct: BTreeSet<&String> = logins.iter().collect();
            assert_eq!(distinct.len(), 8, "round {round}: {logins:?}");
            rest(&first).await;
        }
        // The pool was used again, not only grown.
        let made: usize = first
            .value(&format!("select count(*) from pg_roles where rolname ~ '^{prefix}_s[0-9]+$'"))
            .await
            .parse()
            .unwrap();
        assert!(made < 24, "{made} logins for 8 at a time");
    }
}

#[tokio::test]
async fn a_login_is_free_only_when_it_has_rested_and_nobody_is_on_it() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let session = sealed.ann().await;
        let lease = Lease::new("role_member", Some(BOB));
        // Live; expired but connected; ended but not rested.
        assert_ne!(sealed.issue(&lease).await.role, session.login.role);
        rest(&sealed).await;
        for _ in 0..3 {
            assert_ne!(sealed.issue(&lease).await.role, session.login.role, "somebody is on it");
        }
        revoke(&sealed.control, &sealed.prefix, &session.login.role).await.unwrap();
        for _ in 0..5 {
            assert_ne!(sealed.issue(&lease).await.role, session.login.role, "it has not rested");
        }
        // Another capability never gets it.
        rest(&sealed).await;
        let agent = sealed.issue(&Lease::new("agent_triage", Some("bot")).acting_for(ANN, "role_member")).await;
        assert_eq!(
            sealed.value(&format!("select count(*) || max(c.rolname) from pg_auth_members m join pg_roles l on l.oid = m.member join pg_roles c on c.oid = m.roleid where l.rolname = '{}'", agent.role)).await,
            format!("1{}_agent_triage", sealed.prefix)
        );
    }
}

/// What one holder leaves behind does not meet the next.
#[tokio::test]
async fn a_login_is_cleaned_before_it_is_handed_on() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let session = sealed.ann().await;
        let other = sealed.issue(&Lease::new("role_member", Some(BOB))).await.role;
        let login = session.login.role.clone();
        let database = sealed.database.clone();
        session
            .client
            .batch_execute(&format!(
                "alter role {login} set search_path = pg_temp; alter role {login} in database {database} set statement_timeout = 1;
                 alter role {login} password 'mine'"
            ))
            .await
            .unwrap();
        // Up to 14 a role could grant itself to others. Somebody with more rights may still have done it.
        let granted = session.client.batch_execute(&format!("grant {login} to {other}")).await;
        assert!(granted.is_err());
        sealed.control.batch_execute(&format!("grant {login} to {other}")).await.unwrap();
        let before = sealed.value(&format!("select rolpassword from pg_authid where rolname = '{login}'")).await;
        drop(session);
        for _ in 0..50 {
            if sealed.value(&format!("select count(*) from pg_stat_activity where usename = '{login}'")).await == "0" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        sealed.rest(&login).await;
        let next = sealed.issue(&Lease::new("role_member", Some(BOB))).await;
        assert_eq!(next.role, login, "the rested login was not used");
        assert_eq!(sealed.value(&format!("select count(*) from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where r.rolname = '{login}'")).await, "0");
        assert_eq!(sealed.value(&format!("select count(*) from pg_auth_members m join pg_roles r on r.oid = m.roleid where r.rolname = '{login}'")).await, "0");
        assert_ne!(before, sealed.value(&format!("select rolpassword from pg_authid where rolname = '{login}'")).await);
        let client = open(&next.url).await.unwrap();
        assert_eq!(who(&client).await, format!("{BOB} member human 3"));
        assert_eq!(sealed.value(&format!("select epoch from seal.lease where login_role = '{login}'")).await, "2");
    }
}

#[tokio::test]
async fn a_login_is_no_more_than_its_capability() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let login = sealed.issue(&Lease { connections: 1, ..Lease::new("role_member", Some(ANN)) }).await;
        let application = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        for (role, limit) in [(&login.role, 1), (&application.role, -1)] {
            let plain = format!(
                "select concat_ws(' ', rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit, rolcanlogin, rolconnlimit,
                   shobj_description(oid, 'pg_authid')) from pg_roles where rolname = '{role}'"
            );
            let told = sealed.value(&plain).await;
            let (told, until) = told.split_once(" until ").unwrap_or((&told, ""));
            assert_eq!(told, format!("f f f f f t t {limit} pgseal: {}", sealed.prefix));
            assert_eq!(until.is_empty(), *role == application.role, "{until}");
            if server.major() >= 16 {
                let options = format!(
                    "select concat_ws(' ', admin_option, inherit_option, set_option) from pg_auth_members where member = '{role}'::regrole"
                );
                assert_eq!(sealed.value(&options).await, "f t f");
            }
            // The password is sent as a verifier.
            let stored = sealed.value(&format!("select rolpassword from pg_authid where rolname = '{role}'")).await;
            assert!(stored.starts_with("SCRAM-SHA-256$4096:"), "{stored}");
        }
        // One connection is one connection.
        let first = open(&login.url).await.unwrap();
        assert!(open(&login.url).await.is_err());
        assert_eq!(value(&first, "select seal.me()").await.unwrap(), ANN);
        // A new password for the application's login is no new login.
        let again = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        assert_eq!(again.role, application.role);
        assert_ne!(again.password, application.password);
    }
}

#[tokio::test]
async fn what_cannot_be_issued_says_why() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let try_it =
            async |prefix: &str, lease: Lease| issue(&sealed.control, prefix, &sealed.url(), &lease).await.unwrap_err();
        let logins = format!("select count(*) from pg_roles where starts_with(rolname, '{}_')", sealed.prefix);
        let made = sealed.value(&logins).await;
        for (error, expected) in [
            (
                try_it(&sealed.prefix, Lease::new("role_member", Some("Ann"))).await,
                "`Ann` is no value of type uuid, the type of `me()`".to_owned(),
            ),
            (
                try_it(&sealed.prefix, Lease::new("role_nobody", Some(ANN))).await,
                format!(
                    "there is no role `{}_role_nobody` in this database: declare it in access.toml and run `pgseal apply`",
                    sealed.prefix
                ),
            ),
            (
                try_it("other", Lease::new("role_member", Some(ANN))).await,
                format!(
                    "this database is sealed by `{}_seal`, not by `other_seal`: check `role_prefix` in pgseal.toml",
                    sealed.prefix
                ),
            ),
        ] {
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(sealed.value(&logins).await, made, "a refused lease left a login");
        let control = open(&server.url("postgres")).await.unwrap();
        let error = issue(&control, "x", &server.url("postgres"), &Lease::new("role_member", None)).await.unwrap_err();
        assert!(matches!(error, LeaseError::NotSealed), "{error}");
    }
}

/// A deployer that is no superuser: makes roles, and is a member of what it made as the server says.
#[tokio::test]
async fn a_deployer_that_is_no_superuser_can_issue() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let prefix = &sealed.prefix;
        sealed
            .control
            .batch_execute(&format!(
                "create role {prefix}deployer login createrole; grant {prefix}_seal, {prefix}_role_member to {prefix}deployer with admin option;
                 grant connect on database {} to {prefix}deployer",
                sealed.database
            ))
            .await
            .unwrap();
        let url = server.url_as(&sealed.database, &format!("{prefix}deployer"));
        let control = open(&url).await.unwrap();
        let login = issue(&control, prefix, &url, &Lease::new("role_member", Some(ANN))).await.unwrap();
        let client = open(&login.url).await.unwrap();
        assert_eq!(value(&client, "select seal.me()").await.unwrap(), ANN);
        assert_eq!(value(&control, "select current_user = session_user").await.unwrap(), "t");
        revoke(&control, prefix, &login.role).await.unwrap();
        assert!(value(&client, "select 1").await.is_err(), "the session lives on");
        assert!(open(&login.url).await.is_err());
    }
}
