//! Commands that wait for a lock of somebody else's: not for ever, and they say whose. Docs: docs/cli.md.

use std::path::Path;

use pgseal_postgres::embedded::{SUPERUSER, Server, StartOptions};
use pgseal_postgres::testing::majors;
use tempfile::{TempDir, tempdir};

use crate::pgseal::{Run, pgseal};

/// A sealed project on a server that lets transactions be prepared.
struct Shop {
    server: Server,
    folder: TempDir,
}

impl Shop {
    async fn of(major: u32) -> Self {
        let settings = vec!["max_prepared_transactions=5".to_owned()];
        let server = Server::start(StartOptions { settings, ..StartOptions::major(major) }).await.unwrap();
        server.create_database("acme", None).await.unwrap();
        let shop = Self { server, folder: tempdir().unwrap() };
        assert_eq!(pgseal(shop.folder.path(), &["init", "shop"]).code, 0);
        let sealed = shop.run(&["apply"]);
        assert_eq!(sealed.code, 0, "{}", sealed.stderr);
        shop
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("shop")
    }

    /// A command whose statements wait two seconds for a lock.
    fn run(&self, arguments: &[&str]) -> Run {
        let url = format!("{}&options=-c%20lock_timeout%3D2s", self.server.url("acme"));
        pgseal(&self.path(), &[arguments, &["--database-url", &url]].concat())
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_lock_is_named_and_nothing_is_done() {
    for major in majors() {
        let shop = Shop::of(major).await;
        let other = shop.server.connect("acme", SUPERUSER).await.unwrap();
        let pid: i32 = other.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
        other.batch_execute("create table public.loose (id int)").await.unwrap();
        let folder = shop.path();
        let access = std::fs::read_to_string(folder.join("access.toml")).unwrap();
        write(&folder, "access.toml", &format!("{access}\n[tables.\"app.later\"]\nmodel = \"sealed\"\n"));
        let schema = std::fs::read_to_string(folder.join("schema/001.sql")).unwrap();
        write(&folder, "schema/001.sql", &format!("{schema}\ncreate table app.later (id int);\n"));
        write(&folder, "app.notes.sql", "insert into app.notes (author_id, title) values (gen_random_uuid(), 'x');\n");
        let commands: [(&str, &[&str]); 4] = [
            ("drop table public.loose", &["apply"]),
            ("lock table app.notes", &["load", "app.notes.sql"]),
            ("lock table app.notes", &["backup", "--check"]),
            ("comment on role shop_seal is 'x'", &["url", "--as", "00000000-0000-4000-8000-000000000001"]),
        ];
        for (statement, command) in commands {
            other.batch_execute(&format!("begin; {statement}")).await.unwrap();
            let run = shop.run(command);
            other.batch_execute("rollback").await.unwrap();
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{major} {command:?}: {}", run.stderr);
            let who = format!("session {pid} of `{SUPERUSER}` (idle in transaction: begin; {statement})");
            for told in [
                format!("waiting for {who}\n"),
                format!("it waited for {who}"),
                format!("`select pg_terminate_backend({pid})`"),
            ] {
                assert!(run.stderr.contains(&told), "{major} {command:?}: {}", run.stderr);
            }
            let later: bool = other.query_one("select to_regclass('app.later') is null", &[]).await.unwrap().get(0);
            let notes: i64 = other.query_one("select count(*) from app.notes", &[]).await.unwrap().get(0);
            assert!(later && notes == 0, "{major} {command:?}");
        }
        other.batch_execute("drop table public.loose").await.unwrap();
        // Once nobody holds them, the same commands succeed.
        for (_, command) in commands {
            let run = shop.run(command);
            assert_eq!(run.code, 0, "{major} {command:?}: {}", run.stderr);
        }
        // A prepared transaction belongs to no session.
        other.batch_execute("begin; lock table app.notes; prepare transaction 'pin'").await.unwrap();
        let run = shop.run(&["backup", "--check"]);
        other.batch_execute("rollback prepared 'pin'").await.unwrap();
        assert_eq!(run.code, 2, "{major}: {}", run.stderr);
        let told = format!("it waited for the prepared transaction `pin` of `{SUPERUSER}`");
        assert!(run.stderr.contains(&told) && run.stderr.contains("`rollback prepared 'pin'`"), "{}", run.stderr);
        shop.server.stop().await;
    }
}
