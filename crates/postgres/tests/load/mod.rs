//! `pgseal load`: rows into a sealed database, as a superuser and as a deployer who is none, and what somebody could smuggle in.

mod refused;

use pgseal_engine::source::Sources;
use pgseal_engine::sql::{QualifiedName, parse_qualified};
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::{DEPLOYER, SUPERUSER, Server};
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::load::{File, Format, How, LoadError, Loaded, load};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;
use tokio_postgres::Client;

use crate::examples::findings;

const SCHEMA: &str = r#"
create schema app;
create table app.orgs (id uuid primary key, name text not null);
create table app.members (org_id uuid not null references app.orgs on delete cascade, user_id uuid not null, rank text not null, primary key (org_id, user_id));
create table app.tasks (
  id bigint generated always as identity primary key,
  org_id uuid not null references app.orgs on delete cascade,
  title text not null check (title <> ''),
  secret text,
  status text not null default 'draft',
  created_by uuid,
  loud text generated always as (upper(title)) stored,
  touched text
);
create table app.seen (task text not null, tasks_then bigint not null);
create table app."Odd ""name""" ("a ""b"", c" text, "select" int);
create table app.parts (id int not null, body text) partition by range (id);
create table app.parts_low partition of app.parts for values from (0) to (100);
create table app.tree (id int primary key, parent int references app.tree deferrable);
create function app.touch() returns trigger language plpgsql as $$
begin
  new.touched := 'by trigger';
  insert into app.seen select new.title, count(*) from app.tasks;
  return new;
end $$;
create trigger touch before insert on app.tasks for each row execute function app.touch();
create function app.turn() returns trigger language plpgsql as $$
begin
  perform pg_catalog.set_config('role', 'none', true);
  return new;
end $$;
create table app.turned (id int);
create trigger turn before insert on app.turned for each row execute function app.turn();
create index tasks_org on app.tasks (org_id);
create index members_user on app.members (user_id, org_id);
create index tree_parent on app.tree (parent);
"#;

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
visitor = { anonymous = true }
member = { default = true }
staff = { includes = ["member"] }
[groups.org]
table = "app.members"
member = "user_id"
key = "org_id"
rank = { column = "rank", order = ["viewer", "owner"] }
founder = "owner"
granted_by = "owner"
[tables]
"app.orgs" = { select = "org(id)", insert = "true" }
"app.members" = { select = "org(org_id)", insert = "org(org_id, 'owner') and org(org_id, rank)" }
"app.seen" = "sealed"
"app.\"Odd \"\"name\"\"\"" = "sealed"
"app.parts" = "sealed"
"app.tree" = "sealed"
"app.turned" = "sealed"
[tables."app.tasks"]
select = "org(org_id)"
insert = "org(org_id, 'owner')"
update = "org(org_id, 'owner')"
columns.secret = { select = ["staff"] }
columns.created_by = { value = "me()" }
columns.status = { initial = ["draft"], update = [{ from = "draft", to = ["done"] }] }
[triggers]
"app.tasks.touch" = { runs_as = "caller", because = "counts" }
"app.turned.turn" = { runs_as = "caller", because = "shows what a bad one does" }
"#;

const ORG: &str = "00000000-0000-4000-8000-000000000001";
const ANN: &str = "00000000-0000-4000-8000-00000000000a";

/// A sealed database.
struct Sealed<'a> {
    server: &'a Server,
    scratch: Scratch,
    prefix: &'a str,
}

impl<'a> Sealed<'a> {
    async fn new(server: &'a Server, prefix: &'a str) -> Self {
        let mut sources = Sources::default();
        let access = vec![sources.add("access.toml", ACCESS)];
        let schema = vec![sources.add("schema.sql", SCHEMA)];
        let (mut settings, _) = settings::parse(&sources, None, "loaded");
        settings.role_prefix = prefix.to_owned();
        let input = Input { sources, settings, access, schema };
        let project = prepare(&input, server).await.unwrap();
        let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
        let scratch = Scratch::new(server).await.unwrap();
        scratch.run(&compiled.script).await.unwrap();
        Self { server, scratch, prefix }
    }

    async fn connect(&self, user: &str) -> Client {
        self.server.connect(self.scratch.name(), user).await.unwrap()
    }

    async fn load(&self, user: &str, files: Vec<File>) -> Result<Loaded, LoadError> {
        self.load_as(user, files, false, false).await
    }

    /// INVARIANT of every test here: whatever comes of it, the database is sealed afterwards as it was before.
    async fn load_as(&self, user: &str, files: Vec<File>, as_is: bool, dry_run: bool) -> Result<Loaded, LoadError> {
        let before = introspect(self.scratch.client(), self.prefix).await.unwrap();
        let how = How { dry_run, as_is, notice: &|_| {}, progress: &|_| {} };
        let outcome = load(&mut self.connect(user).await, self.prefix, files, how).await;
        assert_eq!(introspect(self.scratch.client(), self.prefix).await.unwrap(), before);
        outcome
    }

    async fn value(&self, sql: &str) -> String {
        let row = self.scratch.client().query_one(&format!("select ({sql})::text"), &[]).await.unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    async fn empty(&self) {
        let sql = "truncate app.orgs, app.members, app.tasks, app.seen, app.\"Odd \"\"name\"\"\", app.parts, app.tree, app.turned restart identity";
        self.scratch.client().batch_execute(sql).await.unwrap();
    }
}

fn bytes(text: impl Into<Vec<u8>>) -> Box<std::io::Cursor<Vec<u8>>> {
    Box::new(std::io::Cursor::new(text.into()))
}

fn csv(table: &str, text: impl Into<Vec<u8>>) -> File {
    File { name: format!("{table}.csv"), format: Format::Csv(parse_qualified(table).unwrap()), bytes: bytes(text) }
}

fn sql(text: impl Into<Vec<u8>>) -> File {
    File { name: "seed.sql".to_owned(), format: Format::Sql, bytes: bytes(text) }
}

fn rows(loaded: &Loaded, table: &str) -> u64 {
    loaded.get(&parse_qualified(table).unwrap()).copied().unwrap_or_default()
}

fn table(name: &str) -> QualifiedName {
    QualifiedName::new("app", name)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_loaded_past_the_model_and_under_the_tables() {
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "loadrows").await;
        for user in [SUPERUSER, DEPLOYER] {
            everything_loads(&sealed, user).await;
            sealed.empty().await;
        }
        what_others_load_the_old_way_does_not_work(&sealed).await;
        as_is_leaves_rows_as_they_stand(&sealed).await;
    }
}

async fn everything_loads(sealed: &Sealed<'_>, user: &str) {
    let files = || {
        vec![
            csv("app.orgs", format!("\u{feff}id,name\r\n{ORG},\"Acme, \"\"Inc\"\"\nand more\"\r\n")),
            // What the database would set is taken from the file, in a state that is no first one.
            csv(
                "app.tasks",
                format!("status,org_id,title,secret,created_by\ndone,{ORG},one,s1,{ANN}\nleft,{ORG},two,,{ANN}\n"),
            ),
            csv("app.\"Odd \"\"name\"\"\"", "\"a \"\"b\"\", c\",select\nx,1\n"),
            csv("app.parts", "id,body\n1,\\.\n2,b\n"),
            sql(format!(
                "\\restrict abc\nset statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
                 COPY app.members (org_id, user_id, rank) FROM stdin;\n{ORG}\t{ANN}\towner\n\\.\n\n\
                 insert into app.tree values (2, 1), (1, null);\ninsert into app.tree values (4, 3); insert into app.tree values (3, 1);\n\
                 insert into app.tasks (org_id, title) select id, 'of ' || lower(name) from app.orgs where gen_random_uuid() is not null;\n\
                 insert into app.seen values ('x', 1) on conflict do nothing;\n\
                 SELECT pg_catalog.setval('app.tasks_id_seq', 41, true);\n\\unrestrict abc\n-- the end"
            )),
        ]
    };
    let dry = sealed.load_as(user, files(), false, true).await.unwrap();
    assert_eq!(sealed.value("select count(*) from app.orgs").await, "0");
    let loaded = sealed.load(user, files()).await.unwrap_or_else(|error| panic!("{user}: {error}"));
    assert_eq!(loaded, dry);
    assert_eq!((rows(&loaded, "app.orgs"), rows(&loaded, "app.tasks"), loaded[&table("tree")]), (1, 3, 4));
    assert_eq!(loaded[&table("Odd \"name\"")], 1);
    assert_eq!(sealed.value("select name from app.orgs").await, "Acme, \"Inc\"\nand more");
    assert_eq!(sealed.value("select string_agg(status, ' ' order by id) from app.tasks").await, "done left draft");
    assert_eq!(sealed.value("select count(*) from app.tasks where created_by is not null").await, "2");
    // The project's own trigger ran, and saw the rows of a table that FORCE would have hidden from it.
    assert_eq!(
        sealed.value("select string_agg(tasks_then::text, ' ' order by tasks_then) from app.seen").await,
        "0 1 1 2"
    );
    assert_eq!(sealed.value("select loud || touched from app.tasks where title = 'one'").await, "ONEby trigger");
    assert_eq!(sealed.value("select nextval('app.tasks_id_seq')").await, "42");
    assert_eq!(sealed.value("select count(*) from app.parts_low").await, "2");
    // A founder is who is signed in: nobody was.
    assert_eq!(sealed.value("select count(*) from app.members").await, "1");
    // Those who may read it do, and no more than they may.
    let url = sealed.server.url(sealed.scratch.name());
    let lease = Lease::new("role_member", Some(ANN));
    let login = issue(sealed.scratch.client(), sealed.prefix, &url, &lease).await.unwrap();
    let mut config = sealed.server.config(sealed.scratch.name(), &login.role);
    let (ann, connection) = config.password(&login.password).connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    assert_eq!(ann.query("select id, title from app.tasks", &[]).await.unwrap().len(), 3);
    assert!(ann.query("select secret from app.tasks", &[]).await.is_err());
}

/// What `load` is for: as the owner, COPY is refused and UPDATE finds nothing, without a word.
async fn what_others_load_the_old_way_does_not_work(sealed: &Sealed<'_>) {
    let client = sealed.connect(SUPERUSER).await;
    client
        .batch_execute(&format!("insert into app.orgs values ('{ORG}', 'x'); set role {}_owner", sealed.prefix))
        .await
        .unwrap();
    let error = client.batch_execute("copy app.tasks (title) from stdin").await.unwrap_err();
    assert!(
        error.to_string().contains("row-level security") || format!("{error:?}").contains("row-level security"),
        "{error:?}"
    );
    assert_eq!(client.execute("update app.orgs set name = 'y'", &[]).await.unwrap(), 0);
    assert!(client.execute("insert into app.seen values ('x', 1)", &[]).await.is_err());
    sealed.empty().await;
}

async fn as_is_leaves_rows_as_they_stand(sealed: &Sealed<'_>) {
    for user in [SUPERUSER, DEPLOYER] {
        let files = vec![
            csv("app.orgs", format!("id,name\n{ORG},x\n")),
            csv("app.tasks", format!("org_id,title,touched\n{ORG},one,as it was\n")),
        ];
        sealed.load_as(user, files, true, false).await.unwrap();
        assert_eq!(sealed.value("select touched from app.tasks").await, "as it was");
        assert_eq!(sealed.value("select count(*) from app.seen").await, "0");
        // Foreign keys are not the project's own triggers.
        let orphan = vec![csv("app.tasks", format!("org_id,title\n{ANN},one\n"))];
        assert!(sealed.load_as(user, orphan, true, false).await.unwrap_err().is_refusal());
        sealed.empty().await;
    }
}
