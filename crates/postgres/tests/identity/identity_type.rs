//! Identity types other than uuid: a text that is no value of the type is nobody, and no error that prints it.

use pgseal_engine::compile::identity::AUDIENCE;
use pgseal_engine::model::IdentitySource;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::connect::connect;
use pgseal_postgres::lease::{Lease, LeaseError, Whose, issue, logins};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::testing::servers;

use super::sealed::{Sealed, open, value};

#[tokio::test]
async fn a_text_that_is_no_value_is_nobody() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        (
            "uuid",
            &["a0000000-0000-4000-8000-000000000001"],
            &["", "1", "a0000000-0000-4000-8000-00000000000g", "a0000000-0000-4000-8000-000000000001\n"],
        ),
        (
            "bigint",
            &["0", "-1", "9223372036854775807", "-9223372036854775808"],
            &["", "9223372036854775808", "1.5", "1e3", " 1", "0x1", "99999999999999999999", "1; drop", "-"],
        ),
        ("integer", &["2147483647", "-2147483648"], &["2147483648", "99999999999", "x"]),
        ("smallint", &["32767"], &["32768", "-32769"]),
        ("text", &["x", "O'Hara"], &[""]),
        ("character varying", &["x"], &[]),
    ];
    for server in servers().await.unwrap() {
        for (identity_type, good, bad) in cases {
            check(server, identity_type, good, bad).await;
        }
        // 15 has no way to ask an input function: there these would be errors.
        if server.major() >= 16 {
            check(server, "inet", &["10.0.0.1"], &["", "10.0.0.256", "secret"]).await;
        }
    }
}

async fn check(server: &'static pgseal_postgres::embedded::Server, identity_type: &str, good: &[&str], bad: &[&str]) {
    let sealed = Sealed::with(server, IdentitySource::Lease, identity_type).await;
    let login = format!("{}_s0001", sealed.prefix);
    sealed
        .control
        .batch_execute(&format!(
            "create role {login} login in role {}_role_member;
             insert into seal.lease (login_role, role, audience, expires_at) values ('{login}', 'role_member', {AUDIENCE}, 'infinity')",
            sealed.prefix
        ))
        .await
        .unwrap();
    let client = open(&server.url_as(&sealed.database, &login)).await.unwrap();
    for (text, expected) in good.iter().map(|text| (text, true)).chain(bad.iter().map(|text| (text, false))) {
        sealed.control.execute("update seal.lease set principal = $1", &[text]).await.unwrap();
        let told =
            value(&client, "select concat_ws(' ', seal.is_live('role_member'), seal.is_human(), seal.me()::text)")
                .await
                .unwrap();
        let wanted = if expected {
            format!("t t {}", if identity_type == "inet" { format!("{text}/32") } else { (*text).to_owned() })
        } else {
            "f f".to_owned()
        };
        assert_eq!(told, wanted, "{identity_type} `{text}`");
    }
}

/// Through the whole pipeline: the seal role must reach the type that its functions cast to.
#[tokio::test]
async fn a_domain_of_the_users_own_can_be_the_identity() {
    for server in servers().await.unwrap() {
        let mut sources = Sources::default();
        let access = "[identity]\nuser = \"app.user_id\"\n[tables]\n\"app.notes\" = \"owned(owner)\"\n";
        let schema = "create schema app; create domain app.user_id as text check (value ~ '^u[0-9]+$');
            create table app.notes (id int primary key, owner app.user_id not null); create index on app.notes (owner)";
        let access = vec![sources.add("access.toml".to_owned(), access.to_owned())];
        let schema = vec![sources.add("schema/1.sql".to_owned(), schema.to_owned())];
        let (settings, _) = settings::parse(&sources, None, "identitydomain");
        let project = prepare(&Input { sources, settings, access, schema }, server).await.unwrap();
        let compiled = project.compiled.unwrap_or_else(|| panic!("{:?}", project.diagnostics));
        server.create_database("identitydomain", None).await.unwrap();
        let url = server.url("identitydomain");
        let mut control = connect(&url).await.unwrap();
        apply(&mut control, &compiled.canonical, "identitydomain", Options { yes: true, ..Options::default() })
            .await
            .unwrap();
        control.batch_execute("insert into app.notes values (1, 'u1'), (2, 'u2')").await.unwrap();
        let login = issue(&control, "identitydomain", &url, &Lease::new("role_member", Some("u1"))).await.unwrap();
        let client = open(&login.url).await.unwrap();
        let told = "select concat_ws(' ', seal.me(), seal.is_live('role_member'), (select count(*) from app.notes))";
        assert_eq!(value(&client, told).await.unwrap(), "u1 t 1");
        let wrong = issue(&control, "identitydomain", &url, &Lease::new("role_member", Some("x1"))).await;
        assert!(matches!(wrong, Err(LeaseError::Principal { .. })), "{wrong:?}");

        // Whoever issues need not reach the type's schema.
        control
            .batch_execute(
                "create role identitydomaindeployer login createrole noinherit; 
                 grant execute on function pg_stat_get_activity(integer), pg_prepared_xact() to identitydomaindeployer;
                 grant identitydomain_seal, identitydomain_role_member to identitydomaindeployer with admin option;
                 grant connect on database identitydomain to identitydomaindeployer",
            )
            .await
            .unwrap();
        let url = server.url_as("identitydomain", "identitydomaindeployer");
        let mut plain = connect(&url).await.unwrap();
        let login = issue(&plain, "identitydomain", &url, &Lease::new("role_member", Some("u2"))).await.unwrap();
        let client = open(&login.url).await.unwrap();
        assert_eq!(value(&client, told).await.unwrap(), "u2 t 1");
        let wrong = issue(&plain, "identitydomain", &url, &Lease::new("role_member", Some("x1"))).await;
        assert!(matches!(wrong, Err(LeaseError::Principal { .. })), "{wrong:?}");
        assert_eq!(logins(&mut plain, "identitydomain", Whose::Person("u2")).await.unwrap(), [login.role]);
        assert!(logins(&mut plain, "identitydomain", Whose::Person("u3")).await.unwrap().is_empty());
        let wrong = logins(&mut plain, "identitydomain", Whose::Person("x1")).await;
        assert!(matches!(wrong, Err(LeaseError::Principal { .. })), "{wrong:?}");
        let reaches = value(&plain, "select has_schema_privilege('app', 'usage')").await.unwrap();
        assert_eq!((reaches.as_str(), value(&plain, "select count(*) from seal.lease").await.is_err()), ("f", true));
    }
}
