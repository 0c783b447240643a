//! `pgseal token` and `pgseal url`: with and without a database.

use std::path::Path;

use base64::Engine;
use pgseal_postgres::connect::connect;
use pgseal_postgres::testing::servers;
use tempfile::tempdir;

use crate::pgseal::{Run, pgseal, pgseal_with};

const KEY: &str = "k1.0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

fn with_key(folder: &Path, key: &str, arguments: &[&str]) -> Run {
    pgseal_with(folder, arguments, &[("PGSEAL_TOKEN_KEY", key)])
}

#[test]
fn a_token_says_who_as_whom_and_for_how_long() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init", "shop"]).code, 0);
    let shop = folder.path().join("shop");
    let run = with_key(&shop, KEY, &["token", "--user", "7", "--ttl", "2m", "--claim", "plan=pro"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let parts: Vec<&str> = run.stdout.trim().split('.').collect();
    assert_eq!((parts.len(), parts[0], parts[1], parts[3].len()), (4, "v1", "k1", 64));
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let said: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        (&said["sub"], &said["cap"], &said["login"]),
        (&"7".into(), &"role_member".into(), &"shop_app_member".into())
    );
    assert_eq!(said["exp"].as_u64().unwrap() - said["iat"].as_u64().unwrap(), 120);
    assert_eq!(said["claims"]["plan"], "pro");
    let json = with_key(&shop, KEY, &["token", "--user", "7", "--role", "staff", "--json"]);
    assert!(json.stdout.starts_with("{\n  \"token\": \"v1.k1."), "{}", json.stdout);
}

#[test]
fn what_cannot_be_minted_says_what_to_do_and_never_the_secret() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init", "shop"]).code, 0);
    let shop = folder.path().join("shop");
    for (key, arguments, expected) in [
        ("", &["token", "--user", "7"][..], "the key is not `<key id>.<secret>`"),
        ("k1.0123456789-secret", &["token", "--user", "7"], "the key is not `<key id>.<secret>`"),
        (KEY, &["token", "--user", "7", "--ttl", "2d"], "a token lives a day at most"),
        (KEY, &["token", "--user", "7", "--ttl", "2"], "write it as `90s`, `5m`, `2h` or `1d`"),
        (KEY, &["token"], "required"),
        (KEY, &["token", "--new-key"], "--database-url"),
        (KEY, &["token", "--user", "7", "--new-key"], "cannot be used with"),
        (KEY, &["token", "--help"], ""),
        (KEY, &["url", "--as", "7"], "--database-url"),
        (KEY, &["url", "--as", "7", "--database-url", "nonsense://"], "database URL"),
    ] {
        let run = with_key(&shop, key, arguments);
        assert_eq!(run.code, if expected.is_empty() { 0 } else { 2 }, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("secret-") && !run.stdout.contains("0123456789"), "{arguments:?}");
        assert!(!run.stderr.contains("0123456789"), "{arguments:?}: {}", run.stderr);
    }
}

/// The way of the README: init, apply, a URL for a person; a key, an application's login and a token.
#[tokio::test]
async fn a_new_project_can_be_connected_to() {
    const ANN: &str = "a0000000-0000-4000-8000-000000000001";
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init", "tokenshop"]).code, 0);
    let shop = folder.path().join("tokenshop");
    for server in servers().await.unwrap() {
        let database = format!("tokenshop{}", server.major());
        server.create_database(&database, None).await.unwrap();
        let url = server.url(&database);
        let applied = pgseal(&shop, &["apply", "--yes", "--database-url", &url]);
        assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);

        let leased = pgseal(&shop, &["url", "--as", ANN, "--claim", "plan=pro", "--database-url", &url]);
        assert_eq!((leased.code, leased.stderr.as_str()), (0, ""));
        let told = "select concat_ws(' ', seal.me(), seal.is_live('role_member'), seal.claim('plan'))";
        assert_eq!(ask(leased.stdout.trim(), "", told).await, format!("{ANN} t pro"));

        // A visitor is nobody, and a member somebody.
        let visitor = pgseal(&shop, &["url", "--role", "visitor", "--database-url", &url]);
        assert_eq!(ask(visitor.stdout.trim(), "", told).await, "f", "{}", visitor.stderr);
        for (arguments, words) in [
            (&["--role", "visitor", "--as", ANN][..], "`visitor` is the role of whoever is not signed in"),
            (&["--role", "member"], "`member` is a role of people, and it is not said who acts"),
            (&[], "pgseal url --as ID --role member"),
        ] {
            let refused = pgseal(&shop, &[&["url", "--database-url", &url], arguments].concat());
            assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}");
            assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
        }

        leases_are_ended(&shop, &url, leased.stdout.trim()).await;

        let made = pgseal(&shop, &["token", "--new-key", "--new-login", "--database-url", &url]);
        assert_eq!((made.code, made.stderr.as_str()), (0, ""));
        let (key, login) = made.stdout.trim().split_once('\n').unwrap();
        let key = key.strip_prefix("PGSEAL_TOKEN_KEY=").unwrap();
        let login = login.strip_prefix("DATABASE_URL=").unwrap();
        let token = with_key(&shop, key, &["token", "--user", ANN]).stdout;
        assert_eq!(ask(login, token.trim(), told).await, format!("{ANN} t"));
        let (id, _) = key.split_once('.').unwrap();
        assert_eq!(pgseal(&shop, &["token", "--revoke", id, "--database-url", &url]).code, 0);
        assert_eq!(ask(login, token.trim(), told).await, "f");
        // Logins and their memberships are nothing that `apply` would undo.
        let again = pgseal(&shop, &["apply", "--yes", "--json", "--database-url", &url]);
        let outcome: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!((again.code, &outcome["changes"]), (0, &serde_json::json!([])), "{}", again.stdout);
        let unknown = pgseal(&shop, &["token", "--revoke", "nokey", "--database-url", &url]);
        assert!(unknown.code == 2 && unknown.stderr.contains("there is no key `nokey`"), "{}", unknown.stderr);
        let nobody = pgseal(&shop, &["url", "--as", "Ann", "--database-url", &url]);
        assert!(nobody.code == 2 && nobody.stderr.contains("`Ann` is no value of type uuid"), "{}", nobody.stderr);
    }
}

/// By URL, by login and by person; what is not there is said, and no password.
async fn leases_are_ended(shop: &Path, url: &str, leased: &str) {
    const BOB: &str = "b0000000-0000-4000-8000-000000000002";
    let run = |arguments: &[&str]| pgseal(shop, &[&["url", "--database-url", url], arguments].concat());
    let lease = |person: &str| -> (String, String) {
        let issued: serde_json::Value = serde_json::from_str(&run(&["--as", person, "--json"]).stdout).unwrap();
        (issued["login"].as_str().unwrap().to_owned(), issued["url"].as_str().unwrap().to_owned())
    };
    let login = |url: &str| url.split(['/', ':']).nth(3).unwrap().to_owned();
    let session = connect(leased).await.unwrap();
    let ended = run(&["--revoke", leased]);
    let expected = format!("revoked the lease of `{}`\n", login(leased));
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (0, expected.as_str(), ""));
    assert!(session.query_one("select 1", &[]).await.is_err(), "the session lives on");
    assert!(connect(leased).await.is_err());
    // Once more: what is asked for is so.
    let again = run(&["--revoke", &login(leased)]);
    let expected = format!("the lease of `{}` had ended: what was left of it is taken away\n", login(leased));
    assert_eq!((again.code, again.stdout.as_str()), (0, expected.as_str()), "{}", again.stderr);

    let (first, second) = (lease(BOB), lease(BOB));
    let other = lease("a0000000-0000-4000-8000-000000000001");
    // An id is its value, not its spelling.
    let all = run(&["--revoke-all", &BOB.to_uppercase(), "--json"]);
    let revoked: serde_json::Value = serde_json::from_str(&all.stdout).unwrap();
    let mut both = [first.0, second.0];
    both.sort();
    assert_eq!((all.code, revoked), (0, serde_json::json!({"revoked": both})));
    for url in [first.1, second.1] {
        assert!(connect(&url).await.is_err(), "{url}");
    }
    let told = ask(&other.1, "", "select seal.me()::text").await;
    assert_eq!(told, "a0000000-0000-4000-8000-000000000001");
    let none = run(&["--revoke-all", BOB]);
    assert_eq!((none.code, none.stdout.as_str()), (0, "there is no lease to end\n"));

    // What stays connected after its end.
    assert_eq!(run(&["--revoke-ended"]).stdout, "there is no lease to end\n");
    let (session, control) = (connect(&other.1).await.unwrap(), connect(url).await.unwrap());
    let sql = format!(
        "update seal.lease set expires_at = now() where login_role = '{0}'; alter role {0} valid until '2020-01-01'",
        other.0
    );
    control.batch_execute(&sql).await.unwrap();
    assert_eq!(session.query_one("select 1", &[]).await.unwrap().get::<_, i32>(0), 1);
    let ended = run(&["--revoke-ended", "--json"]);
    let revoked: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.code, revoked), (0, serde_json::json!({"revoked": [other.0]})));
    assert!(session.query_one("select 1", &[]).await.is_err(), "the session lives on");

    for (arguments, words) in [
        (&["--revoke", "tokenshop_s1"][..], "`tokenshop_s1` has no lease in this database"),
        (&["--revoke", "tokenshop_app_member"], "`tokenshop_app_member` has no lease in this database"),
        (&["--revoke", "postgresql://pgseal:hunter2@localhost/x"], "pgseal url --revoke-all ID"),
        (&["--revoke", "postgresql://localhost/x"], "names no user"),
        (&["--revoke", "nonsense://hunter2"], "the database URL"),
        (&["--revoke-all", "Ann"], "`Ann` is no value of type uuid"),
        (&["--revoke-all", BOB, "--as", BOB], "cannot be used with"),
        (&["--revoke", "tokenshop_s1", "--revoke-all", BOB], "cannot be used with"),
    ] {
        let refused = run(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(words) && !refused.stderr.contains("hunter2"), "{}", refused.stderr);
    }
}

async fn ask(url: &str, token: &str, question: &str) -> String {
    let client = connect(url).await.unwrap();
    client.batch_execute(&format!("begin; set local seal.token = '{token}'")).await.unwrap();
    client.query_one(question, &[]).await.unwrap().get(0)
}
