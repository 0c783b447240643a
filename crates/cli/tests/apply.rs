//! `pgseal apply` against a database of the user's, and how the database is named.

use std::path::Path;

use pgseal_postgres::embedded::{SUPERUSER, Server, StartOptions};
use tempfile::tempdir;

use crate::pgseal::pgseal;

fn apply(folder: &Path, url: &str, more: &[&str]) -> crate::pgseal::Run {
    pgseal(folder, &[&["apply", "--database-url", url], more].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_seals_a_database_once() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init", "shop"]).code, 0);
    let shop = folder.path().join("shop");
    let server = Server::start(StartOptions::default()).await.unwrap();
    server.create_database("acme", None).await.unwrap();
    let url = server.url("acme");

    let dry = apply(&shop, &url, &["--dry-run"]);
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("force row level security"), "{}", dry.stdout);
    let control = server.connect("acme", SUPERUSER).await.unwrap();
    let tables = "select count(*) from pg_class where relnamespace = to_regnamespace('app')";
    assert_eq!(control.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 0, "a dry run leaves nothing");

    let first = apply(&shop, &url, &[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stdout.starts_with("applied:\n"), "{}", first.stdout);
    let second = apply(&shop, &url, &[]);
    assert_eq!((second.code, second.stdout.as_str()), (0, "nothing to do: the database is what was compiled\n"));
    let json = apply(&shop, &url, &["--json"]);
    assert!(json.stdout.contains("\"changes\": []"), "{}", json.stdout);

    // What is not the project's to close is said, and how to close it.
    let close = "revoke connect, temporary on database postgres from public";
    assert!(
        second.stderr.contains("left open: the logins of this project may connect to other databases"),
        "{}",
        second.stderr
    );
    assert!(second.stderr.contains(&format!("\n    {close};\n")), "{}", second.stderr);
    assert!(json.stdout.contains("\"open\": [") && json.stdout.contains(close), "{}", json.stdout);

    // A column of an existing table: the answer is no, and nothing was touched.
    let schema = shop.join("schema/001.sql");
    let text = std::fs::read_to_string(&schema).unwrap();
    std::fs::write(&schema, text.replace("title      text not null", "title      varchar(20) not null")).unwrap();
    let refused = apply(&shop, &url, &[]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("title"), "{}", refused.stderr);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_the_users_own_may_be_the_scratch_server_unless_it_holds_the_project() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init", "shop"]).code, 0);
    let shop = folder.path().join("shop");
    let server = Server::start(StartOptions::default()).await.unwrap();
    server.create_database("acme", None).await.unwrap();
    let settings = shop.join("pgseal.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}scratch_url = '{}'\n", server.url("postgres"))).unwrap();

    let check = pgseal(&shop, &["check"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, "no findings\n"), "{}", check.stderr);
    let sealed = apply(&shop, &server.url("acme"), &[]);
    assert_eq!(sealed.code, 0, "{}", sealed.stderr);
    let again = pgseal(&shop, &["check"]);
    assert_eq!((again.code, again.stdout.as_str()), (2, ""));
    assert!(again.stderr.contains("has roles whose names begin with `shop_`"), "{}", again.stderr);
    let control = server.connect("acme", SUPERUSER).await.unwrap();
    let roles = "select count(*) from pg_roles where rolname in ('shop_owner', 'shop_role_member')";
    assert_eq!(control.query_one(roles, &[]).await.unwrap().get::<_, i64>(0), 2, "a check drops nobody's roles");
    server.stop().await;
}

#[test]
fn without_a_database_it_says_how_to_give_one() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init"]).code, 0);
    let none = pgseal(folder.path(), &["apply"]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    assert!(none.stderr.contains("DATABASE_URL"), "{}", none.stderr);
    let closed = apply(folder.path(), "postgresql://joe:sesame@127.0.0.1:1/acme", &[]);
    assert_eq!((closed.code, closed.stdout.as_str()), (2, ""));
    assert!(!closed.stderr.contains("sesame"), "{}", closed.stderr);
}
