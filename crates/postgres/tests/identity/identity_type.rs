//! Identity types other than uuid: a text that is no value of the type is nobody, and no error that prints it.

use pgseal_engine::model::IdentitySource;
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
             insert into seal.lease (login_role, role, expires_at) values ('{login}', 'role_member', 'infinity')",
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
