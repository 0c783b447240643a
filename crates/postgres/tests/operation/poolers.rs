//! Behind a real PgBouncer, in transaction and in session mode: tokens, leases, and what fails, and how that looks.
//!
//! Where `pgbouncer` is not installed this is not run, and `scripts/test` says so in its closing lines; with
//! `PGSEAL_TEST_POOLER=required` that is a failure.

use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::{Lease, bind, issue, revoke};
use pgseal_postgres::testing;
use pgseal_postgres::token::{Claims, app_login, create_key, mint};
use tokio_postgres::{Config, NoTls};

use crate::attacks::{ANN, BOB, Sealed, Session};

const SCHEMA: &str = "
    create schema app;
    create table app.notes (id int primary key, owner uuid not null);
    create index on app.notes (owner);
";
const ACCESS: &str = "[identity]\nuser = 'uuid'\n[tables]\n'app.notes' = 'owned(owner)'\n";

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places =
        std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from));
    let found = places.map(|place| place.join("pgbouncer")).find(|file| file.is_file());
    assert!(found.is_some() || std::env::var_os("PGSEAL_TEST_POOLER").is_none(), "pgbouncer is not installed");
    found
}

/// A running PgBouncer; its databases are `one` (transaction mode, one connection to the server), `two` (transaction mode, two of
/// them) and `session` (session mode, two).
struct Pooler {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Pooler {
    async fn start(program: &Path, server: &Server, database: &str, logins: &[&str], settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let mut ini = String::from("[databases]\n");
        for (name, mode, size) in [("one", "transaction", 1), ("two", "transaction", 2), ("session", "session", 2)] {
            let socket = server.socket().display();
            writeln!(ini, "{name} = host={socket} dbname={database} pool_mode={mode} pool_size={size}").unwrap();
        }
        write!(
            ini,
            "[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = {place}\nauth_type = trust\nauth_file = {place}/users\n\
             logfile = {place}/log\nignore_startup_parameters = extra_float_digits\n{settings}\n"
        )
        .unwrap();
        let users: String = logins.iter().map(|login| format!("\"{login}\" \"\"\n")).collect();
        let mut command = Command::new(program);
        command
            .arg("-q")
            .arg(folder.path().join("ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // As whoever may enter the server's socket; PgBouncer refuses to be root.
        let owner = std::fs::metadata(server.socket()).unwrap();
        let ours = std::fs::metadata(folder.path()).unwrap().uid();
        for (name, text) in [("ini", &ini), ("users", &users)] {
            std::fs::write(folder.path().join(name), text).unwrap();
            std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        if owner.uid() != ours {
            chown(folder.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
            command.uid(owner.uid()).gid(owner.gid());
        }
        let mut pooler = Self { child: command.spawn().unwrap(), folder };
        let begun = Instant::now();
        while pooler.connect("one", logins[0]).await.is_err() {
            let ended = pooler.child.try_wait().unwrap();
            let log = std::fs::read_to_string(pooler.folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && begun.elapsed() < Duration::from_secs(30), "pgbouncer: {ended:?} {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        pooler
    }

    async fn connect(&self, database: &str, login: &str) -> Result<Session, tokio_postgres::Error> {
        let mut config = Config::new();
        config.host_path(self.folder.path()).port(6432).dbname(database).user(login).password("x");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Session { login: login.to_owned(), client })
    }

    async fn open(&self, database: &str, login: &str) -> Session {
        self.connect(database, login).await.unwrap()
    }
}

const ME: &str = "select coalesce(seal.me()::text, 'nobody') || ' ' || (select count(*) from app.notes)";
const PID: &str = "select pg_backend_pid()";

async fn sealed<'a>(server: &'a Server, prefix: &'a str) -> Sealed<'a> {
    let seed = format!("insert into app.notes values (1, '{ANN}'), (2, '{BOB}'), (3, '{BOB}')");
    Sealed::new(server, prefix, SCHEMA, ACCESS, &seed).await
}

/// A token says who it is for one transaction, and the next one on the same connection to the server is nobody's.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_behind_a_pooler_in_transaction_mode() {
    let Some(program) = program() else { return };
    for server in testing::servers().await.unwrap() {
        let sealed = sealed(server, "op_tokens").await;
        let (control, url) = (sealed.scratch.client(), server.url(sealed.scratch.name()));
        let key = create_key(control, sealed.prefix).await.unwrap();
        let login = app_login(control, sealed.prefix, &url, "member").await.unwrap().role;
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let set = |person, local| {
            let token = mint(&key, &Claims::new(sealed.prefix, "member", Some(person)), now);
            format!("select set_config('seal.token', '{token}', {local})")
        };
        let (nobody, ann, bob) = ("nobody 0".to_owned(), format!("{ANN} 1"), format!("{BOB} 2"));

        let pooler = Pooler::start(&program, server, sealed.scratch.name(), &[&login], "").await;
        let (first, second) = (pooler.open("one", &login).await, pooler.open("one", &login).await);
        assert_eq!(first.value(PID).await, second.value(PID).await, "both are on one connection");
        for (end, person, expected) in [("commit", ANN, &ann), ("rollback", BOB, &bob), ("commit", BOB, &bob)] {
            first.run(&format!("begin; {}", set(person, true))).await.unwrap();
            assert_eq!(first.value(ME).await.as_ref(), Some(expected));
            first.run(end).await.unwrap();
            for session in [&second, &first] {
                assert_eq!(session.value(ME).await.as_ref(), Some(&nobody), "after {end}");
            }
        }
        // A transaction that fails leaves nothing either; nor does SET LOCAL outside of a transaction.
        first.run(&format!("begin; {}", set(ANN, true))).await.unwrap();
        first.run("select 1 / 0").await.unwrap_err();
        first.run("rollback").await.unwrap();
        assert_eq!(second.value(ME).await.as_ref(), Some(&nobody));
        first.run(&set(ANN, true)).await.unwrap();
        assert_eq!(first.value(ME).await.as_ref(), Some(&nobody));
        // Both at once, over two connections, never mixed.
        let (left, right) = (pooler.open("two", &login).await, pooler.open("two", &login).await);
        left.run(&format!("begin; {}", set(ANN, true))).await.unwrap();
        right.run(&format!("begin; {}", set(BOB, true))).await.unwrap();
        assert_eq!((left.value(ME).await, right.value(ME).await), (Some(ann.clone()), Some(bob)));
        // A statement prepared by name: before 1.21 the next transaction may be on a connection that does not know it.
        left.run("commit").await.unwrap();
        let prepared = left.client.prepare("select seal.me()::text").await.unwrap();
        let taken = pooler.open("two", &login).await;
        taken.run("begin").await.unwrap();
        right.run("commit").await.unwrap();
        match left.client.query_one(&prepared, &[]).await {
            Ok(row) => assert_eq!(row.get::<_, Option<&str>>(0), None),
            Err(error) => assert_eq!(error.code().unwrap().code(), "26000", "{error}"),
        }
        // What docs/connect.md says never to do: for the session, it meets whoever is next on the connection.
        first.run(&set(ANN, false)).await.unwrap();
        assert_eq!(second.value(ME).await.as_ref(), Some(&ann), "the mistake is real");
        drop(pooler);

        // And the setting that makes it harmless.
        let pooler =
            Pooler::start(&program, server, sealed.scratch.name(), &[&login], "server_reset_query_always = 1").await;
        let (first, second) = (pooler.open("one", &login).await, pooler.open("one", &login).await);
        first.run(&set(ANN, false)).await.unwrap();
        assert_eq!(second.value(ME).await.as_ref(), Some(&nobody));
        first.run(&format!("begin; {}", set(ANN, true))).await.unwrap();
        assert_eq!(first.value(ME).await.as_ref(), Some(&ann));
        first.run("commit").await.unwrap();
        assert_eq!(second.value(ME).await.as_ref(), Some(&nobody));
    }
}

/// A leased login is one principal whatever connection it is on, so both modes work; a lease that is bound to one backend speaks there
/// alone, and idle connections of the pooler keep the login from being handed on.
#[tokio::test(flavor = "multi_thread")]
async fn leases_behind_a_pooler() {
    let Some(program) = program() else { return };
    for server in testing::servers().await.unwrap() {
        let sealed = sealed(server, "op_leases").await;
        let (control, url) = (sealed.scratch.client(), server.url(sealed.scratch.name()));
        let lease = |person| Lease { connections: 8, ..Lease::new("role_member", Some(person)) };
        let ann = issue(control, sealed.prefix, &url, &lease(ANN)).await.unwrap().role;
        let bob = issue(control, sealed.prefix, &url, &lease(BOB)).await.unwrap().role;
        let pooler = Pooler::start(&program, server, sealed.scratch.name(), &[&ann, &bob], "").await;
        let is = |session: &Session| if session.login == ann { format!("{ANN} 1") } else { format!("{BOB} 2") };
        for database in ["one", "two", "session"] {
            for login in [&ann, &bob] {
                let session = pooler.open(database, login).await;
                assert_eq!(session.value(ME).await, Some(is(&session)), "{database}");
                // What the session sets changes nothing, and in session mode does not meet the next one.
                session
                    .run("select set_config('seal.token', 'x', false), set_config('role', 'none', false)")
                    .await
                    .unwrap();
                assert_eq!(session.value(ME).await, Some(is(&session)), "{database}");
            }
        }
        let left = pooler.open("session", &ann).await;
        assert_eq!(left.value("select coalesce(current_setting('seal.token', true), '')").await, Some(String::new()));

        // Bound to a backend: on another one the login is nobody.
        let pid: i32 = left.value(PID).await.unwrap().parse().unwrap();
        let right = pooler.open("session", &ann).await;
        assert_ne!(right.value(PID).await.unwrap(), pid.to_string());
        bind(control, sealed.prefix, &ann, pid).await.unwrap();
        assert_eq!(
            (left.value(ME).await, right.value(ME).await),
            (Some(format!("{ANN} 1")), Some("nobody 0".to_owned()))
        );

        // The client has gone, its connection to the server is kept: the login is not free for somebody else.
        drop((left, right));
        let rested = format!(
            "alter role {ann} valid until '2020-01-01'; comment on role {ann} is 'pgseal: {} until 2020-01-01'",
            sealed.prefix
        );
        sealed.operate(&rested).await;
        for _ in 0..3 {
            let next = issue(control, sealed.prefix, &url, &lease(BOB)).await.unwrap().role;
            assert_ne!(next, ann, "a backend of it lives");
        }
        // A lease that has ended: what was pooled is ended too, and nothing new comes through.
        revoke(control, sealed.prefix, &bob).await.unwrap();
        let refused = match pooler.connect("session", &bob).await {
            Ok(session) => session.run(ME).await.is_err(),
            Err(_) => true,
        };
        assert!(refused);
    }
}
