//! The programs of docs/connect.md, as they stand there, against a sealed database.
//!
//! Their libraries are installed once into `target/clients` from the lists in `tests/clients`. Where an interpreter or the
//! network is missing the run says so; with `PGSEAL_TEST_CLIENTS=required`, as in CI, that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgseal_postgres::testing::servers;
use pgseal_postgres::token::{TokenKey, app_login, create_key};

use super::sealed::{ANN, BOB, Sealed};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder of ours below the build folder.
fn place(name: &str) -> PathBuf {
    let place = root().join("target/clients").join(name);
    std::fs::create_dir_all(&place).unwrap();
    place
}

/// The code that follows `<!-- run: NAME -->` in the page.
fn program(name: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/connect.md")).unwrap();
    let (_, after) = page.split_once(&format!("<!-- run: {name} -->\n```")).unwrap();
    let (_, code) = after.split_once('\n').unwrap();
    code.split_once("```").unwrap().0.to_owned()
}

fn set_up(name: &str, command: &mut Command) -> bool {
    let output = command.stdin(Stdio::null()).output();
    let problem = match output {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    assert!(std::env::var_os("PGSEAL_TEST_CLIENTS").is_none(), "{name} cannot be set up: {problem}");
    eprintln!("docs/connect.md: the {name} example is not run: {problem}");
    false
}

/// Runs the program as Ann and as Bob with the right key, and as Ann with another secret.
async fn check(name: &str, command: impl Fn() -> Command) {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        let key = create_key(&sealed.control, &sealed.prefix).await.unwrap();
        let forged = TokenKey { secret: "A".repeat(43), ..key.clone() };
        let login = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        // The one way to write a socket's folder that all three understand.
        let socket = server.socket().to_str().unwrap().replace('/', "%2F");
        let url = format!("postgresql://{}:{}@{socket}/{}", login.role, login.password, sealed.database);
        let run = |key: &TokenKey, user: &str| {
            let mut command = command();
            command.env("PGSEAL_TOKEN_KEY", key.reveal()).env("DATABASE_URL", &url).env("USER_ID", user);
            command.env_remove("PGOPTIONS").stdin(Stdio::null()).output().unwrap()
        };
        for user in [ANN, BOB] {
            let output = run(&key, user);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                String::from_utf8_lossy(&output.stdout).trim(),
                user,
                "{name} on {}: {errors}",
                server.version()
            );
            assert!(output.status.success(), "{name}: {errors}");
        }
        let output = run(&forged, ANN);
        assert!(!String::from_utf8_lossy(&output.stdout).contains(ANN), "{name} signed with another secret");
    }
}

#[tokio::test]
async fn psycopg_as_documented() {
    let (packages, list) = (place("python"), root().join("tests/clients/requirements.txt"));
    let mut install = Command::new("python3");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]).arg(&packages);
    if !packages.join("psycopg").exists() && !set_up("psycopg", install.arg("--requirement").arg(list)) {
        return;
    }
    let file = packages.join("connect.py");
    std::fs::write(&file, program("psycopg")).unwrap();
    check("psycopg", || {
        let mut command = Command::new("python3");
        command.arg(&file).env("PYTHONPATH", &packages);
        command
    })
    .await;
}

#[tokio::test]
async fn node_postgres_as_documented() {
    let packages = place("node");
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(root().join("tests/clients").join(file), packages.join(file)).unwrap();
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&packages);
    if !packages.join("node_modules/pg").exists() && !set_up("node-postgres", &mut install) {
        return;
    }
    let file = packages.join("connect.js");
    std::fs::write(&file, program("node-postgres")).unwrap();
    check("node-postgres", || {
        let mut command = Command::new("node");
        command.arg(&file);
        command
    })
    .await;
}

#[tokio::test]
async fn sqlx_as_documented() {
    let crate_folder = place("sqlx");
    std::fs::create_dir_all(crate_folder.join("src")).unwrap();
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::copy(root().join("tests/clients/sqlx").join(file), crate_folder.join(file)).unwrap();
    }
    std::fs::write(crate_folder.join("src/main.rs"), program("sqlx")).unwrap();
    let cargo = |verb: &str| {
        let mut command = Command::new(env!("CARGO"));
        command.args([verb, "--quiet", "--locked"]).current_dir(&crate_folder);
        command.env("CARGO_TARGET_DIR", crate_folder.join("target"));
        command
    };
    if !set_up("sqlx", &mut cargo("fetch")) {
        return;
    }
    // What has been fetched must build: the code is the page's.
    let build = cargo("build").output().unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    check("sqlx", || Command::new(crate_folder.join("target/debug/connect-sqlx"))).await;
}
