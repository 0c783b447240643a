//! What the identity functions cost: each called in a loop inside the server, as a leased session and as one with a token, as
//! a ratio to an empty PL/pgSQL function. The best of many short runs, so that a busy machine does not count.

use std::error::Error;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::connect::connect;
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, prepare};
use pgseal_postgres::testing::servers;
use pgseal_postgres::token::{Claims, app_login, create_key, mint};
use tokio_postgres::Client;

const SETTINGS: &str = "name = \"bench\"\nrole_prefix = \"benchid\"\n";
const ACCESS: &str = "[identity]\nuser = \"uuid\"\n[tables]\n\"app.notes\" = \"owned(owner)\"\n\
    [functions]\n\"app.nothing()\" = { execute = [\"member\"] }\n";
const SCHEMA: &str = "create schema app;\ncreate table app.notes (id bigint primary key, owner uuid not null);\n\
    create index on app.notes (owner);\n\
    create function app.nothing() returns uuid language plpgsql stable parallel safe as 'begin return null; end';\n";
const ANN: &str = "a0000000-0000-4000-8000-000000000001";
const LOOP: u32 = 100;
const RUNS: u32 = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("| PostgreSQL | call | lease | token |\n| --- | --- | --- | --- |");
    for server in servers().await? {
        let mut sources = Sources::default();
        let settings_file = sources.add("pgseal.toml".to_owned(), SETTINGS.to_owned());
        let access = vec![sources.add("access.toml".to_owned(), ACCESS.to_owned())];
        let schema = vec![sources.add("schema/001.sql".to_owned(), SCHEMA.to_owned())];
        let (settings, _) = settings::parse(&sources, Some(settings_file), "bench");
        let prefix = settings.role_prefix.clone();
        let project = prepare(&Input { sources, settings, access, schema }, server).await?;
        let compiled = project.compiled.ok_or_else(|| format!("{:?}", project.diagnostics))?;
        let database = "benchid";
        server.create_database(database, None).await?;
        let url = server.url(database);
        let mut control = connect(&url).await?;
        apply(&mut control, &compiled.canonical, &prefix, Options { yes: true, ..Options::default() }).await?;

        let leased = connect(&issue(&control, &prefix, &url, &Lease::new("role_member", Some(ANN))).await?.url).await?;
        let key = create_key(&control, &prefix).await?;
        let signed = connect(&app_login(&control, &prefix, &url, "member").await?.url).await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let token = mint(&key, &Claims::new(&prefix, "member", Some(ANN)), now);
        signed.batch_execute(&format!("set seal.token = '{token}'")).await?;
        for client in [&leased, &signed] {
            let row = client.query_one("select seal.me()::text, seal.is_live('role_member')", &[]).await?;
            assert_eq!((row.get::<_, &str>(0), row.get::<_, bool>(1)), (ANN, true), "nobody is here");
        }
        let empty = (cost(&leased, "app.nothing()").await?, cost(&signed, "app.nothing()").await?);
        for call in ["app.nothing()", "seal.me()", "seal.is_live('role_member')", "seal.is_human()"] {
            let (lease, token) = (cost(&leased, call).await?, cost(&signed, call).await?);
            let shown = |cost: Duration, empty: Duration| {
                format!("{:.1} us, {:.0} x", cost.as_secs_f64() * 1e6, cost.as_secs_f64() / empty.as_secs_f64())
            };
            println!("| {} | `{call}` | {} | {} |", server.version(), shown(lease, empty.0), shown(token, empty.1));
        }
    }
    Ok(())
}

/// One call, without the loop around it.
async fn cost(client: &Client, call: &str) -> Result<Duration, tokio_postgres::Error> {
    let with = best(client, &format!("perform {call};")).await?;
    let without = best(client, "perform 1;").await?;
    Ok(with.saturating_sub(without))
}

async fn best(client: &Client, body: &str) -> Result<Duration, tokio_postgres::Error> {
    let short = format!("do $$ begin for i in 1..{LOOP} loop {body} end loop; end $$");
    let none = "do $$ begin end $$";
    let (mut best, mut round_trip) = (Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        let start = Instant::now();
        client.batch_execute(none).await?;
        round_trip = round_trip.min(start.elapsed());
        let start = Instant::now();
        client.batch_execute(&short).await?;
        best = best.min(start.elapsed());
    }
    Ok(best.saturating_sub(round_trip) / LOOP)
}
