//! The embedded server: whose process it is, that two never share one, and that it ends with its parent.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails here")]

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pgseal_postgres::embedded::{EmbeddedError, SUPERUSER, Server, StartOptions};
use pgseal_postgres::testing;

/// A cache folder that the server's user can reach.
fn cache() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::Builder::new().prefix("pgseal-test").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn options(cache: &Path) -> StartOptions {
    StartOptions { major: testing::majors().first().copied(), cache: Some(cache.to_owned()), ..StartOptions::default() }
}

async fn value(server: &Server, query: &str) -> String {
    let client = server.connect("postgres", SUPERUSER).await.unwrap();
    client.query_typed_one(query, &[]).await.unwrap().get(0)
}

/// Starts this very test in a process of its own, which then serves until its standard input ends.
struct Holder {
    process: Child,
    /// Kept open: what the test prints at its end must go somewhere.
    _output: Lines<BufReader<ChildStdout>>,
    data: PathBuf,
}

const HOLD: &str = "PGSEAL_TEST_HOLD";

impl Holder {
    fn start(cache: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "embedded::a_server_starts_and_stops", "--nocapture"])
            .env(HOLD, cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let data =
            lines.by_ref().map(Result::unwrap).find_map(|line| line.strip_prefix("data=").map(PathBuf::from)).unwrap();
        Self { process, _output: lines, data }
    }

    fn postmaster(&self) -> u32 {
        std::fs::read_to_string(self.data.join("postmaster.pid")).unwrap().lines().next().unwrap().parse().unwrap()
    }
}

struct Process {
    pid: u32,
    parent: u32,
    group: u32,
    /// Ended, but whoever inherited it has not looked yet.
    zombie: bool,
}

/// All processes; from `/proc` where there is one, because a small container has no `ps`.
fn processes() -> Vec<Process> {
    let number = |text: &str| text.parse().unwrap();
    let Ok(folders) = std::fs::read_dir("/proc") else {
        let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid=,pgid=,stat="]).output().unwrap().stdout;
        return String::from_utf8_lossy(&listed)
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .map(|f| Process {
                pid: number(f[0]),
                parent: number(f[1]),
                group: number(f[2]),
                zombie: f[3].starts_with('Z'),
            })
            .collect();
    };
    folders
        .flatten()
        .filter_map(|folder| {
            let pid = folder.file_name().to_str()?.parse().ok()?;
            let text = std::fs::read_to_string(folder.path().join("stat")).ok()?;
            // The name stands in parentheses and may hold anything.
            let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
            Some(Process { pid, parent: number(fields[1]), group: number(fields[2]), zombie: fields[0] == "Z" })
        })
        .collect()
}

fn is_alive(pid: u32) -> bool {
    processes().iter().any(|process| process.pid == pid && !process.zombie)
}

fn ends(pid: u32) -> bool {
    let begun = Instant::now();
    while is_alive(pid) {
        if begun.elapsed() > Duration::from_secs(20) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[tokio::test]
async fn a_server_starts_and_stops() {
    let own = cache();
    let held = std::env::var_os(HOLD).map(PathBuf::from);
    let server = Server::start(options(held.as_deref().unwrap_or(own.path()))).await.unwrap();
    let data = PathBuf::from(value(&server, "show data_directory").await);
    if held.is_some() {
        println!("\ndata={}", data.display());
        std::io::stdout().flush().unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    assert!(value(&server, "show server_version").await.starts_with(&server.major().to_string()));
    assert_eq!(value(&server, "show listen_addresses").await, "");
    let url = server.url("postgres");
    pgseal_postgres::connect::connect(&url).await.unwrap();
    server.stop().await;
    assert!(!data.join("postmaster.pid").exists());
}

#[tokio::test]
async fn what_a_run_leaves_is_gone_in_the_next() {
    let cache = cache();
    let server = Server::start(options(cache.path())).await.unwrap();
    server.create_database("left", None).await.unwrap();
    server.create_database("copy of left", Some("left")).await.unwrap();
    let client = server.connect("left", SUPERUSER).await.unwrap();
    client.batch_execute("create role acme_owner; create schema s authorization acme_owner").await.unwrap();
    let client = server.connect("postgres", SUPERUSER).await.unwrap();
    client
        .batch_execute("alter default privileges for role acme_owner grant select on tables to public")
        .await
        .unwrap();
    drop(client);
    let data = value(&server, "show data_directory").await;
    server.stop().await;

    let server = Server::start(options(cache.path())).await.unwrap();
    assert_eq!(value(&server, "show data_directory").await, data, "the same slot is used again");
    let left = "select string_agg(name, ',' order by name) from (select datname::text as name from pg_database \
                union all select rolname from pg_roles where rolname !~ '^pg_') names";
    assert_eq!(value(&server, left).await, "pgseal,pgseal scratch,postgres,template0,template1");
    server.stop().await;
}

#[tokio::test]
async fn two_processes_have_two_servers() {
    let cache = cache();
    let mut first = Holder::start(cache.path());
    let server = Server::start(options(cache.path())).await.unwrap();
    let data = PathBuf::from(value(&server, "show data_directory").await);
    assert_ne!(data, first.data);
    assert!(is_alive(first.postmaster()));
    first.process.stdin.take();
    assert!(first.process.wait().unwrap().success());
    server.stop().await;
}

#[test]
fn a_killed_parent_leaves_no_server() {
    let cache = cache();
    let mut holder = Holder::start(cache.path());
    let postmaster = holder.postmaster();
    assert!(is_alive(postmaster));
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    assert!(ends(postmaster), "the server outlived its parent");
}

#[tokio::test]
async fn a_killed_supervisor_leaves_a_server_that_the_next_run_stops() {
    let cache = cache();
    let mut holder = Holder::start(cache.path());
    let postmaster = holder.postmaster();
    let listed = processes();
    let parent = |pid: u32| listed.iter().find(|process| process.pid == pid).unwrap().parent;
    let supervisor = parent(postmaster);
    assert_eq!(parent(supervisor), holder.process.id());
    // The guard is the supervisor's child and would do its work without it.
    for process in listed.iter().filter(|process| process.group == supervisor && process.pid != postmaster) {
        if process.parent != postmaster {
            Command::new("kill").args(["-9", &process.pid.to_string()]).status().unwrap();
        }
    }
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(is_alive(postmaster), "nobody was left to stop it");

    let server = Server::start(options(cache.path())).await.unwrap();
    assert_eq!(PathBuf::from(value(&server, "show data_directory").await), holder.data);
    assert!(ends(postmaster));
    server.stop().await;
}

#[tokio::test]
async fn it_never_runs_as_root_and_its_socket_is_its_own() {
    use std::os::unix::fs::MetadataExt as _;
    let cache = cache();
    let server = Server::start(options(cache.path())).await.unwrap();
    let data = PathBuf::from(value(&server, "show data_directory").await);
    let owner = std::fs::metadata(&data).unwrap().uid();
    assert_ne!(owner, 0);
    let socket = std::fs::metadata(server.socket()).unwrap();
    assert_eq!((socket.uid(), socket.mode() & 0o777), (owner, 0o700));
    server.stop().await;
}

#[tokio::test]
async fn a_long_cache_path_gets_a_short_socket() {
    let cache = cache();
    let long = cache.path().join("x".repeat(90));
    let server = Server::start(options(&long)).await.unwrap();
    assert!(!server.socket().starts_with(&long));
    let socket = server.socket().to_owned();
    server.stop().await;
    std::fs::remove_dir_all(socket).unwrap();
}

#[tokio::test]
async fn an_unusable_cluster_is_made_anew() {
    let cache = cache();
    let server = Server::start(options(cache.path())).await.unwrap();
    let data = PathBuf::from(value(&server, "show data_directory").await);
    server.stop().await;
    std::fs::write(data.join("global/pg_control"), "").unwrap();
    let server = Server::start(options(cache.path())).await.unwrap();
    assert_eq!(PathBuf::from(value(&server, "show data_directory").await), data);
    server.stop().await;
}

#[tokio::test]
async fn a_cache_that_cannot_be_used_is_named_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt as _;
    let cache = cache();
    let file = cache.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Server::start(options(&file)).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Cache { .. }) && error.to_string().contains("PGSEAL_CACHE"), "{error}");

    // Root could enter, the server's user could not; anybody else cannot write.
    let closed = cache.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
    let error = Server::start(options(&closed)).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Cache { .. }), "{error}");
}
