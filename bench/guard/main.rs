//! What the guard costs: statements of DDL beside a sealed project, with its event triggers and without them, in turn on one
//! server. The best of many runs, so that a busy machine does not count; what is made is undone.

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::connect::connect;
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::testing::servers;
use tokio_postgres::Client;

/// Sealed tables, unless an argument says otherwise. Each has six policies.
const TABLES: usize = 200;
const RUNS: usize = 15;

const BEFORE: &str = "create schema beside; create table beside.old (id int); create role bench_guard_reader";

/// In a transaction that is undone. `app.t1` is sealed, `beside.old` was there before.
const STATEMENTS: [(&str, &str); 7] = [
    ("`create table`", "create table beside.made (id int primary key)"),
    ("`create index` on a sealed table", "create index made on app.t1 (id, owner)"),
    ("`alter table` of a sealed table", "alter table app.t1 add column more int"),
    ("`alter table` of another", "alter table beside.old add column more int"),
    ("`grant` on another table", "grant select on beside.old to bench_guard_reader"),
    ("`create function`", "create function beside.made() returns int language sql as 'select 1'"),
    ("`insert`", "insert into beside.old values (1)"),
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tables = std::env::args().nth(1).map_or(Ok(TABLES), |text| text.parse())?;
    println!("{tables} sealed tables; milliseconds, the best of {RUNS}\n");
    println!("| PostgreSQL | statement | without | with the guard |\n| --- | --- | --- | --- |");
    for server in servers().await? {
        let input = input(tables)?;
        let project = prepare(&input, server).await?;
        let compiled = project.compiled.ok_or_else(|| format!("{:?}", project.diagnostics))?;
        server.create_database("bench_guard", None).await?;
        let mut control = connect(&server.url("bench_guard")).await?;
        control.batch_execute(BEFORE).await?;
        let options = Options { yes: true, ..Options::default() };
        apply(&mut control, &compiled.canonical, "bench_guard", options).await?;
        for (name, sql) in STATEMENTS {
            let (mut with, mut without) = (Duration::MAX, Duration::MAX);
            for _ in 0..RUNS {
                switch(&control, "disable").await?;
                without = without.min(time(&control, sql).await?);
                switch(&control, "enable always").await?;
                with = with.min(time(&control, sql).await?);
            }
            let ms = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1e3);
            println!("| {} | {name} | {} | {} |", server.version(), ms(without), ms(with));
        }
    }
    Ok(())
}

fn input(tables: usize) -> Result<Input, std::fmt::Error> {
    let mut schema = "create schema app;\n".to_owned();
    let mut access = "[identity]\nuser = \"uuid\"\n[tables]\n".to_owned();
    for n in 1..=tables {
        writeln!(schema, "create table app.t{n} (id bigint primary key, owner uuid not null);")?;
        writeln!(schema, "create index on app.t{n} (owner);")?;
        writeln!(access, "\"app.t{n}\" = \"owned(owner)\"")?;
    }
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml".to_owned(), access)];
    let schema = vec![sources.add("schema.sql".to_owned(), schema)];
    let (mut settings, _) = settings::parse(&sources, None, "bench_guard");
    settings.role_prefix = "bench_guard".to_owned();
    Ok(Input { sources, settings, access, schema })
}

async fn switch(client: &Client, state: &str) -> Result<(), tokio_postgres::Error> {
    for name in ["begin", "close", "drop", "verify"] {
        client.batch_execute(&format!("alter event trigger seal_guard_{name} {state}")).await?;
    }
    Ok(())
}

/// The statement alone; the second time in its session, so that nothing is compiled.
async fn time(client: &Client, sql: &str) -> Result<Duration, tokio_postgres::Error> {
    let mut last = Duration::MAX;
    for _ in 0..2 {
        client.batch_execute("begin").await?;
        let start = Instant::now();
        client.batch_execute(sql).await?;
        last = start.elapsed();
        client.batch_execute("rollback").await?;
    }
    Ok(last)
}
