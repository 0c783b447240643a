//! What a large project costs: `compile` from a schema that is already known, `check` on the embedded Postgres, and `apply` beside
//! `psql` with the same SQL on the same server.
//!
//! `bench_scale [compile|check|apply]... [SIZE]...`; all three, and usual sizes, unless said. CPU time is that of the computing thread
//! (Linux), so that a busy machine does not count; of several runs the best.

mod generate;

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use pgseal_engine::catalog::Catalog;
use pgseal_engine::{self as engine, check, diff, plan, render};
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::connect::connect;
use pgseal_postgres::embedded::{Server, StartOptions, cache_folder, found};
use pgseal_postgres::project::prepare;
use pgseal_postgres::scratch::Scratch;

use generate::{Generated, PREFIX, project};

const RUNS: usize = 3;

/// Between runs: ext4 looks at every file that was removed in the last five seconds before it makes another.
const APART: Duration = Duration::from_secs(6);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let parts: Vec<&str> = arguments.iter().filter(|it| it.parse::<usize>().is_err()).map(String::as_str).collect();
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    let sizes = |usual: &[usize]| if named.is_empty() { usual.to_vec() } else { named.clone() };
    if wanted("compile") {
        compile_table(&sizes(&[100, 1000, 3000, 10_000])).await?;
    }
    if wanted("check") {
        check_table(&sizes(&[100, 1000])).await?;
    }
    if wanted("apply") {
        apply_table(&sizes(&[100, 1000])).await?;
    }
    Ok(())
}

/// Stages of one compilation, by name, in milliseconds of CPU.
type Stages = Vec<(&'static str, f64)>;

async fn compile_table(sizes: &[usize]) -> Result<(), Box<dyn Error>> {
    println!(
        "\ncompile, from a schema that is known: milliseconds of CPU, best of {RUNS}; growth is per n log n from the row above"
    );
    let mut before: Option<(f64, f64)> = None;
    for size in sizes {
        let generated = project(*size);
        let schema = schema(&generated).await?;
        let mut best: Option<(f64, f64, Stages)> = None;
        for _ in 0..RUNS {
            let begun = Instant::now();
            let stages = compile(&generated, &schema);
            let wall = begun.elapsed().as_secs_f64() * 1000.0;
            let total = stages.iter().map(|(_, time)| time).sum();
            if best.as_ref().is_none_or(|(least, _, _)| total < *least) {
                best = Some((total, wall, stages));
            }
        }
        let Some((total, wall, stages)) = best else { continue };
        let n = generated.tables as f64;
        let growth = before.map_or_else(String::new, |(at, took)| {
            format!(", growth {:.2}", (total / took) / (n * n.ln() / (at * at.ln())))
        });
        before = Some((n, total));
        let stages: Vec<String> = stages.iter().map(|(name, time)| format!("{name} {time:.0}")).collect();
        println!(
            "{} tables, {} rules: {total:.0} (wall {wall:.0}){growth}: {}",
            generated.tables,
            generated.rules,
            stages.join(", ")
        );
    }
    Ok(())
}

/// The schema as the embedded Postgres reads it, with its statements in the order of the files. Several transactions: one would
/// need a lock for each of 100,000 objects.
async fn schema(generated: &Generated) -> Result<Catalog, Box<dyn Error>> {
    const AT_ONCE: usize = 2000;
    let input = &generated.input;
    let statements: Vec<_> = engine::parse(&input.sources, &input.access, &input.schema)
        .statements
        .into_iter()
        .map(|statement| statement.statement)
        .collect();
    let server = Server::start(StartOptions::default()).await?;
    let scratch = Scratch::new(&server).await?;
    for chunk in statements.chunks(AT_ONCE) {
        let sql: Vec<&str> = chunk.iter().map(|statement| statement.sql.as_str()).collect();
        scratch.client().batch_execute(&sql.join(";\n")).await?;
    }
    let mut schema = scratch.introspect(PREFIX).await?;
    scratch.close(None).await?;
    server.stop().await;
    schema.statements = statements;
    Ok(schema)
}

fn compile(generated: &Generated, schema: &Catalog) -> Stages {
    let mut stages = Stages::new();
    let mut last = cpu();
    let mut lap = |name| {
        let now = cpu();
        stages.push((name, (now - last).as_secs_f64() * 1000.0));
        last = now;
    };
    let input = &generated.input;
    let parsed = engine::parse(&input.sources, &input.access, &input.schema);
    lap("parse");
    let (model, _) = engine::model::resolve::as_far_as_understood(&parsed.ast, schema, &input.settings);
    lap("resolve");
    let _findings = check::check(&model, schema);
    let _probes = check::probes(&model, schema);
    lap("check");
    let desired = engine::compile::compile(&model, schema);
    lap("compile");
    let empty = Catalog { server_major: schema.server_major, ..Catalog::default() };
    let changes = diff::diff(&empty, &desired);
    lap("diff");
    let plan = plan::order(changes);
    lap("plan");
    let _script = render::script(&plan);
    lap("render");
    stages
}

/// Time that this thread has had a processor; of the clock where the kernel does not tell.
fn cpu() -> Duration {
    static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGUN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

async fn check_table(sizes: &[usize]) -> Result<(), Box<dyn Error>> {
    println!("\ncheck, with the start and the stop of the embedded Postgres: seconds, best of {RUNS}");
    for size in sizes {
        let generated = project(*size);
        let mut best = f64::MAX;
        for _ in 0..RUNS {
            tokio::time::sleep(APART).await;
            let begun = Instant::now();
            let server = Server::start(StartOptions::default()).await?;
            let prepared = prepare(&generated.input, &server).await?;
            server.stop().await;
            best = best.min(begun.elapsed().as_secs_f64());
            prepared.compiled.ok_or_else(|| format!("{:#?}", prepared.diagnostics))?;
        }
        println!("{} tables, {} rules: {best:.2}", generated.tables, generated.rules);
    }
    Ok(())
}

async fn apply_table(sizes: &[usize]) -> Result<(), Box<dyn Error>> {
    println!("\napply beside `psql -1 -f` with the same SQL on the same server: seconds, best of {RUNS}");
    let server = Server::start(StartOptions::default()).await?;
    let psql =
        found(&cache_folder()?).into_iter().map(|binaries| binaries.folder.join("psql")).find(|path| path.exists());
    // The servers that are fetched come without it.
    let psql = psql.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join("psql")).find(|path| path.exists())
    });
    for size in sizes {
        let generated = project(*size);
        let compiled = prepare(&generated.input, &server).await?.compiled.ok_or("the project has errors")?;
        let file = std::env::temp_dir().join(format!("pgseal_bench_{}.sql", std::process::id()));
        let (mut ours, mut theirs) = (f64::MAX, f64::MAX);
        for _ in 0..RUNS {
            tokio::time::sleep(APART).await;
            server.create_database("scale", None).await?;
            let mut client = connect(&server.url("scale")).await?;
            let begun = Instant::now();
            let options = Options { yes: true, ..Options::default() };
            let applied = apply(&mut client, &compiled.canonical, PREFIX, options).await?;
            ours = ours.min(begun.elapsed().as_secs_f64());
            drop(client);
            server.drop_database("scale").await?;
            server.drop_roles(PREFIX).await?;
            tokio::time::sleep(APART).await;

            let Some(psql) = &psql else { continue };
            std::fs::write(&file, applied.statements.join(";\n") + ";\n")?;
            server.create_database("scale", None).await?;
            let begun = Instant::now();
            let status = Command::new(psql)
                .args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", &server.url("scale"), "-f"])
                .arg(&file)
                .stdout(std::process::Stdio::null())
                .status()?;
            theirs = theirs.min(begun.elapsed().as_secs_f64());
            if !status.success() {
                return Err("psql could not run the script".into());
            }
            server.drop_database("scale").await?;
            server.drop_roles(PREFIX).await?;
        }
        if psql.is_some() {
            std::fs::remove_file(&file)?;
        }
        let beside = if psql.is_some() {
            format!(", psql {theirs:.2}: {:.2} x", ours / theirs)
        } else {
            ", no psql to compare with".to_owned()
        };
        println!("{} tables: apply {ours:.2}{beside}", generated.tables);
    }
    server.stop().await;
    Ok(())
}
