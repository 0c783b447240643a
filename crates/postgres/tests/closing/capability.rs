//! A session has the privileges of its capability: it cannot take that out of the rules, nor stop whoever deploys.

use pgseal_engine::render::LOCK_KEY;
use pgseal_postgres::apply::ApplyError;
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::lease::Lease;
use pgseal_postgres::testing;

use super::{ACCESS, ANN, Closing};

const AGENT: &str = r#"
[agents.triage]
acts_for = "member"
may = { "app.notes" = ["select(id)"] }
"#;

fn leases() -> [(&'static str, Lease); 3] {
    [
        ("role_visitor", Lease::new("role_visitor", None)),
        ("role_member", Lease::new("role_member", Some(ANN))),
        ("agent_triage", Lease::new("agent_triage", Some("bot")).acting_for(ANN, "role_member")),
    ]
}

#[tokio::test]
async fn a_session_cannot_take_its_capability_out_of_the_rules() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::with_access(server, "anchored", "", &format!("{ACCESS}{AGENT}")).await;
        let (prefix, deployer) = (&closing.prefix, closing.deployer().await);
        let database = closing.database("db", &deployer).await;
        closing.apply(&database, &deployer).await.unwrap();
        for (capability, lease) in leases() {
            let capability = format!("{prefix}_{capability}");
            let session = closing.session(&database, &deployer, &lease).await;
            let login = session.may("select session_user").await.remove(0);
            let before = closing.catalog(&database).await;
            session.may_not(&format!("drop owned by {capability}")).await;
            session.may_not(&format!("drop owned by {login}, {capability} cascade")).await;
            // They own and hold nothing.
            for nothing in [
                "drop owned by current_user".to_owned(),
                format!("drop owned by session_user, {login} cascade"),
                format!("reassign owned by {capability} to {login}"),
            ] {
                session.may(&nothing).await;
            }
            assert!(closing.catalog(&database).await == before, "{capability} on {}", server.version());
            // Whose objects it is the default of, nobody can make.
            session
                .may(&format!("alter default privileges for role {capability} grant select on tables to public"))
                .await;
            let applied = closing.apply(&database, &deployer).await.unwrap();
            assert!(!applied.changes.is_empty());
            assert!(closing.catalog(&database).await == before, "{capability} on {}", server.version());

            // Without what it holds, it goes. An agent's columns hold it too.
            if capability.ends_with("_triage") {
                continue;
            }
            let control = closing.connect(&database, SUPERUSER).await;
            control.batch_execute(&format!("revoke select (held) on seal.anchor from {capability}")).await.unwrap();
            session.may(&format!("drop owned by {capability}")).await;
            let dropped = closing.catalog(&database).await;
            assert_ne!(before.tables, dropped.tables, "the attack is real");
            closing.apply(&database, &deployer).await.unwrap();
            assert!(closing.catalog(&database).await == before, "{capability} on {}", server.version());
        }

        // With the guard they are refused too.
        let guarded = closing.database("guarded", SUPERUSER).await;
        closing.apply(&guarded, SUPERUSER).await.unwrap();
        for (capability, lease) in leases() {
            let session = closing.session(&guarded, SUPERUSER, &lease).await;
            for sql in [
                format!("drop owned by {prefix}_{capability}"),
                format!("alter default privileges for role {prefix}_{capability} grant select on tables to public"),
            ] {
                let error = session.run(&sql).await.unwrap_err();
                assert!(error.is("42501"), "{sql}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_cannot_stop_whoever_deploys() {
    for server in testing::servers().await.unwrap() {
        let closing = Closing::new(server, "stopped", "").await;
        let (prefix, deployer) = (&closing.prefix, closing.deployer().await);
        let database = closing.database("db", &deployer).await;
        closing.apply(&database, &deployer).await.unwrap();
        let session = closing.member(&database, &deployer).await;
        let login = session.may("select session_user").await.remove(0);
        session.may(&format!("select pg_advisory_lock({LOCK_KEY})")).await;
        for name in ["lease", "apply"] {
            session.may(&format!("select pg_advisory_lock(hashtextextended('pgseal {name} {prefix}', 0))")).await;
        }
        // Another session is let in, and who applies is told.
        closing.member(&database, &deployer).await.may("select 1").await;
        let error = closing.apply(&database, &deployer).await.unwrap_err();
        assert!(matches!(&error, ApplyError::LockTaken { role, .. } if *role == login), "{error}");
        session.may("select pg_advisory_unlock_all()").await;
        assert_eq!(closing.apply(&database, &deployer).await.unwrap().changes, []);
        // What orders those who let others in, a session cannot hold.
        let error = session.run(&format!("comment on role {prefix}_seal is null")).await.unwrap_err();
        assert!(error.is("42501"), "{error:?}");
    }
}
