//! Partitioned tables: a row that moves to another partition is deleted and inserted by Postgres, and obeys the column rules all the same.

use pgseal_engine::diagnostic::plain;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::Server;
use pgseal_postgres::lease::Lease;
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;

use crate::sealed::Session;

const SCHEMA: &str = "
create schema app;
create table app.events (id int not null, at date not null, owner uuid not null, note text, state text, extra text) partition by range (at);
create index on app.events (owner);
create table app.events_old partition of app.events for values from (minvalue) to ('2024-01-01');
create table app.events_new partition of app.events for values from ('2024-01-01') to (maxvalue);
create table app.stamped (id int not null, at date not null, made_by uuid not null, note text) partition by range (at);
create table app.stamped_old partition of app.stamped for values from (minvalue) to ('2024-01-01');
create table app.stamped_new partition of app.stamped for values from ('2024-01-01') to (maxvalue);
";

const ACCESS: &str = r#"
[tables."app.events"]
model = "owned(owner)"
columns.note  = { update = "never" }
columns.state = { initial = ["draft"], update = [{ from = "draft", to = ["sent"] }] }

[tables."app.stamped"]
select = "true"
insert = "true"
update = "true"
columns.made_by = { value = "me()" }
"#;

const ROWS: &str = "
set session_replication_role = replica;
insert into app.events values (1, '2023-05-05', '00000000-0000-0000-0000-00000000000a', 'n', 'draft', 'e');
insert into app.stamped values (1, '2023-05-05', '00000000-0000-0000-0000-00000000000b', 'n');
";

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_moves_obeys_column_rules() {
    for server in testing::servers().await.unwrap() {
        moves_on(server).await;
    }
}

async fn moves_on(server: &Server) {
    let prefix = "partitioned";
    let mut sources = Sources::default();
    let (access, schema) = (sources.add("access.toml", ACCESS), sources.add("schema.sql", SCHEMA));
    let (mut settings, _) = settings::parse(&sources, None, prefix);
    settings.role_prefix = prefix.to_owned();
    let input = Input { sources, settings, access: vec![access], schema: vec![schema] };
    let project = prepare(&input, server).await.unwrap();
    let compiled = project.compiled.as_ref();
    let compiled = compiled.unwrap_or_else(|| panic!("{}", plain(&input.sources, &project.diagnostics)));
    let scratch = Scratch::new(server).await.unwrap();
    scratch.run(&compiled.script).await.unwrap();
    scratch.client().batch_execute(ROWS).await.unwrap();

    let lease = Lease::new("role_member", Some("00000000-0000-0000-0000-00000000000a"));
    let ann = Session::open(server, &scratch, prefix, "ann", lease).await;
    // Within its partition, and over to the other one.
    for at in ["2023-06-06", "2025-05-05"] {
        ann.rows(1, &format!("update app.events set at = '{at}', extra = 'x' where id = 1")).await;
        ann.rows(1, &format!("update app.events set at = '{at}', note = 'n', state = 'sent'")).await;
        ann.refused("can never change", &format!("update app.events set at = '{at}', note = 'x' where id = 1")).await;
        ann.refused("may not go", &format!("update app.events set at = '{at}', state = 'paid'")).await;
    }
    // What the database sets on INSERT would be set again by whoever moves the row.
    ann.rows(1, "update app.stamped set note = 'x'").await;
    ann.refused("do not move", "update app.stamped set at = '2025-05-05'").await;
    drop(ann);
    scratch.close(None).await.unwrap();
    server.drop_roles(prefix).await.unwrap();
}
