//! What a revoked lease leaves behind: older snapshots, open transactions, prepared transactions, memberships of others.

use std::time::Duration;

use pgseal_engine::model::IdentitySource;
use pgseal_engine::sql::literal;
use pgseal_postgres::embedded::{Server, StartOptions};
use pgseal_postgres::lease::{Lease, LeaseError, Whose, issue, logins, renew, revoke};
use pgseal_postgres::testing::{majors, servers};

use super::sealed::{ANN, BOB, Sealed, open, value};

#[tokio::test]
async fn a_revoked_login_is_not_handed_on_before_its_end() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let bob = Lease::new("role_member", Some(BOB));
        let (witness, ann) = (sealed.ann().await, sealed.ann().await);
        let login = ann.login.role.clone();
        witness.client.batch_execute("begin isolation level repeatable read").await.unwrap();
        let snapshot = value(&witness.client, "select pg_export_snapshot()").await.unwrap();
        // To renew for less is not to end earlier.
        renew(&sealed.control, &sealed.prefix, &login, Duration::from_secs(1)).await.unwrap();
        revoke(&sealed.control, &sealed.prefix, &login).await.unwrap();
        let ends = format!(
            "select l.revoked and l.expires_at > now() + interval '4 minutes' and r.rolvaliduntil >= l.expires_at \
             from seal.lease l join pg_roles r on r.rolname = l.login_role where l.login_role = '{login}'"
        );
        assert_eq!(sealed.value(&ends).await, "t");
        for _ in 0..3 {
            assert_ne!(sealed.issue(&bob).await.role, login);
        }
        // A login that somebody drops leaves its name to nobody, as long as the lease would have lived.
        let gone = sealed.issue(&bob).await.role;
        revoke(&sealed.control, &sealed.prefix, &gone).await.unwrap();
        sealed.control.batch_execute(&format!("drop role {gone}")).await.unwrap();
        assert_ne!(sealed.issue(&bob).await.role, gone);

        // What that keeps away: handed on too early, it speaks for two people.
        sealed.rest(&login).await;
        let next = sealed.issue(&bob).await;
        assert_eq!(next.role, login);
        let next = open(&next.url).await.unwrap();
        assert_eq!(value(&next, "select seal.me()").await.unwrap(), BOB);
        let import = format!("begin isolation level repeatable read; set transaction snapshot {}", literal(&snapshot));
        next.batch_execute(&import).await.unwrap();
        assert_eq!(value(&next, "select seal.me()").await.unwrap(), ANN, "the attack is real");
    }
}

/// By whoever knows `alter role`, and not `revoke`.
#[tokio::test]
async fn a_login_that_was_ended_by_hand_is_not_handed_on_before_its_end() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let other = format!("identity_{}_other", sealed.prefix);
        let other = Sealed::in_database(server, &sealed.prefix, &other, IdentitySource::Lease, "uuid").await;
        let bob = Lease::new("role_member", Some(BOB));
        for by_hand in ["valid until '2020-01-01'", "nologin valid until '2020-01-01' password null"] {
            let login = sealed.issue(&Lease::new("role_member", Some(ANN))).await.role;
            sealed.control.batch_execute(&format!("alter role {login} {by_hand}")).await.unwrap();
            for _ in 0..3 {
                assert_ne!(sealed.issue(&bob).await.role, login, "{by_hand}");
                assert_ne!(other.issue(&bob).await.role, login, "{by_hand}, in another database");
            }
            // What that keeps away: the other database's Bob is Ann here.
            sealed.rest(&login).await;
            assert_eq!(other.issue(&bob).await.role, login);
            let here = server.url_as(&sealed.database, &login);
            assert_eq!(
                value(&open(&here).await.unwrap(), "select seal.me()").await.unwrap(),
                ANN,
                "the attack is real"
            );
        }
        // Dropped: the name is never used again, in no database.
        let gone = sealed.issue(&bob).await.role;
        sealed.control.batch_execute(&format!("drop role {gone}")).await.unwrap();
        for sealed in [&other, &sealed] {
            assert_ne!(sealed.issue(&bob).await.role, gone);
        }
    }
}

/// What the control connection may not take from a login is not handed on with it.
#[tokio::test]
async fn a_login_that_cannot_be_cleaned_is_nobody_elses() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let prefix = &sealed.prefix;
        sealed
            .control
            .batch_execute(&format!(
                "create role {prefix}deployer login createrole; create role {prefix}_friend;
                 grant {prefix}_seal, {prefix}_role_member to {prefix}deployer with admin option;
                 grant connect on database {} to {prefix}deployer",
                sealed.database
            ))
            .await
            .unwrap();
        let url = server.url_as(&sealed.database, &format!("{prefix}deployer"));
        let control = open(&url).await.unwrap();
        let bob = Lease::new("role_member", Some(BOB));
        let login = issue(&control, prefix, &url, &Lease::new("role_member", Some(ANN))).await.unwrap().role;
        // A setting that only a superuser may set or reset; since 16, a membership that is its grantor's to take; an attribute.
        let mut hands = vec![
            (format!("alter role {login} set log_statement = 'none'"), format!("alter role {login} reset all")),
            (format!("alter role {login} bypassrls"), format!("alter role {login} nobypassrls")),
        ];
        if server.major() >= 16 {
            hands.push((format!("grant {login} to {prefix}_friend"), format!("revoke {login} from {prefix}_friend")));
        }
        for (hand, taken_back) in hands {
            sealed.control.batch_execute(&hand).await.unwrap();
            sealed.rest(&login).await;
            for _ in 0..2 {
                let next = issue(&control, prefix, &url, &bob).await.unwrap().role;
                assert_ne!(next, login, "{hand}");
            }
            sealed.control.batch_execute(&taken_back).await.unwrap();
            assert_eq!(issue(&control, prefix, &url, &bob).await.unwrap().role, login, "{taken_back}");
        }
    }
}

#[tokio::test]
async fn what_began_before_a_revocation_may_nothing_after_it() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let prefix = &sealed.prefix;
        // A deployer that may end nobody's sessions.
        sealed
            .control
            .batch_execute(&format!(
                "create role {prefix}deployer login createrole;
                 grant {prefix}_seal, {prefix}_role_member to {prefix}deployer with admin option;
                 grant connect on database {} to {prefix}deployer;
                 revoke execute on function pg_terminate_backend(int, bigint) from public",
                sealed.database
            ))
            .await
            .unwrap();
        let url = server.url_as(&sealed.database, &format!("{prefix}deployer"));
        let control = open(&url).await.unwrap();
        let login = issue(&control, prefix, &url, &Lease::new("role_member", Some(ANN))).await.unwrap();
        let ann = open(&login.url).await.unwrap();
        ann.batch_execute("begin isolation level repeatable read").await.unwrap();
        assert_eq!(value(&ann, "select count(*) from app.notes").await.unwrap(), "1");
        sealed.control.batch_execute(&format!("grant {prefix}_role_member to {}", login.role)).await.unwrap();

        let error = revoke(&control, prefix, &login.role).await.unwrap_err();
        let LeaseError::HalfRevoked { left, sql, .. } = &error else { panic!("{error}") };
        if server.major() >= 16 {
            assert!(left.contains(&format!("still a member of `{prefix}_role_member`")), "{error}");
            assert_eq!(value(&ann, "select count(*) from app.notes").await.unwrap(), "1", "the attack is real");
            sealed.control.batch_execute(sql).await.unwrap();
            let error = revoke(&control, prefix, &login.role).await.unwrap_err();
            assert!(error.to_string().contains("its sessions could not be ended"), "{error}");
        } else {
            assert_eq!(left, "its sessions could not be ended", "{error}");
        }
        let error = value(&ann, "select count(*) from app.notes").await.unwrap_err();
        assert!(error.starts_with("permission denied"), "{error}");
        // Whoever may ends them.
        revoke(&sealed.control, prefix, &login.role).await.unwrap();
        assert!(value(&ann, "select 1").await.is_err());
        assert!(open(&login.url).await.is_err());
    }
}

#[tokio::test]
async fn a_login_with_a_prepared_transaction_or_something_of_its_own_is_nobody_elses() {
    for major in majors() {
        let settings = vec!["max_prepared_transactions=5".to_owned()];
        let server: &'static Server =
            Box::leak(Box::new(Server::start(StartOptions { settings, ..StartOptions::major(major) }).await.unwrap()));
        let sealed = Sealed::in_database(server, "prep", "identity_prep", IdentitySource::Lease, "uuid").await;
        let bob = Lease::new("role_member", Some(BOB));
        prepared_transactions_are_rolled_back_or_named(server, &sealed).await;
        for (leaves, takes_away) in [
            ("begin; select 1; prepare transaction 'hers'", "rollback prepared 'hers'"),
            ("select lo_create(4711)", "select lo_unlink(4711)"),
        ] {
            let ann = sealed.ann().await;
            let login = ann.login.role.clone();
            revoke(&sealed.control, "prep", &login).await.unwrap();
            // As from a session that was not ended.
            let as_ann = server.connect(&sealed.database, "pgseal").await.unwrap();
            as_ann.batch_execute(&format!("set session authorization {login}; {leaves}")).await.unwrap();
            sealed.rest(&login).await;
            assert_ne!(sealed.issue(&bob).await.role, login, "{leaves}");
            sealed.control.batch_execute(takes_away).await.unwrap();
            assert_eq!(sealed.issue(&bob).await.role, login, "{takes_away}");
        }
    }
}

/// They keep what they have locked, a group's memberships for instance, whatever becomes of the session.
async fn prepared_transactions_are_rolled_back_or_named(server: &'static Server, sealed: &Sealed) {
    let prefix = &sealed.prefix;
    let deployer = format!(
        "create role {prefix}deployer login createrole;
         grant {prefix}_seal, {prefix}_role_member to {prefix}deployer with admin option;
         grant connect on database {} to {prefix}deployer",
        sealed.database
    );
    sealed.control.batch_execute(&deployer).await.unwrap();
    let url = server.url_as(&sealed.database, &format!("{prefix}deployer"));
    let mut control = open(&url).await.unwrap();
    let login = issue(&control, prefix, &url, &Lease::new("role_member", Some(ANN))).await.unwrap();
    let ann = open(&login.url).await.unwrap();
    // Her own role is locked too, and with it whoever would take her login away.
    let pin =
        "begin; select count(*) from app.notes; alter role current_user password 'x'; prepare transaction 'it''s'";
    ann.batch_execute(pin).await.unwrap();
    let elsewhere = open(&server.url_as("postgres", &login.role)).await.unwrap();
    elsewhere.batch_execute("begin; select pg_advisory_xact_lock(1); prepare transaction 'there'").await.unwrap();

    control.batch_execute("set lock_timeout = '300ms'").await.unwrap();
    let error = revoke(&control, prefix, &login.role).await.unwrap_err();
    assert!(error.is_lock_timeout(), "nobody but a superuser may: {error}");
    let mut superuser = server.connect(&sealed.database, "pgseal").await.unwrap();
    superuser.batch_execute("set lock_timeout = '300ms'").await.unwrap();
    let error = revoke(&superuser, prefix, &login.role).await.unwrap_err();
    let named = format!(
        "the lease of `{}` is revoked, but transactions that it prepared keep their locks: a superuser has to run\n  \
         in database postgres: rollback prepared 'there'",
        login.role
    );
    assert_eq!(error.to_string(), named);
    let left = "select string_agg(gid, ' ') from pg_prepared_xacts";
    assert_eq!(sealed.value(left).await, "there");
    assert!(value(&ann, "select 1").await.is_err() && open(&login.url).await.is_err());

    // Said again where the lease is over and nobody is connected, by whoever may not.
    for whose in [Whose::Person(ANN), Whose::Ended] {
        let as_ann = server.connect(&sealed.database, "pgseal").await.unwrap();
        let prepare = format!("set session authorization {}; begin; select 1; prepare transaction 'here'", login.role);
        as_ann.batch_execute(&prepare).await.unwrap();
        drop(as_ann);
        sealed.rest(&login.role).await;
        sealed
            .control
            .batch_execute(&format!("update seal.lease set expires_at = now() where login_role = '{}'", login.role))
            .await
            .unwrap();
        assert_eq!(logins(&mut control, prefix, whose).await.unwrap(), std::slice::from_ref(&login.role), "{whose:?}");
        let error = revoke(&control, prefix, &login.role).await.unwrap_err().to_string();
        assert!(error.contains(&format!("in database {}: rollback prepared 'here'", sealed.database)), "{error}");
        assert_eq!(
            logins(&mut superuser, prefix, whose).await.unwrap(),
            std::slice::from_ref(&login.role),
            "{whose:?}"
        );
        revoke(&superuser, prefix, &login.role).await.unwrap_err();
        assert_eq!(sealed.value(left).await, "there");
    }
    server.connect("postgres", "pgseal").await.unwrap().batch_execute("rollback prepared 'there'").await.unwrap();
    assert!(!revoke(&control, prefix, &login.role).await.unwrap());
    assert_eq!(logins(&mut control, prefix, Whose::Ended).await.unwrap(), [""; 0]);
}

/// A login may change its own password, and keeps its role locked as long as that transaction is open.
#[tokio::test]
async fn a_session_does_not_keep_its_own_revocation_waiting() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let ann = sealed.ann().await;
        ann.client.batch_execute("begin; alter role current_user password 'x'").await.unwrap();
        sealed.control.batch_execute("set lock_timeout = '300ms'").await.unwrap();
        let pinned = format!("alter role {} nologin", ann.login.role);
        let error = sealed.control.batch_execute(&pinned).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "55P03", "the attack is real");
        assert!(revoke(&sealed.control, &sealed.prefix, &ann.login.role).await.unwrap());
        assert!(value(&ann.client, "select 1").await.is_err());
        assert!(open(&ann.login.url).await.is_err());
    }
}
