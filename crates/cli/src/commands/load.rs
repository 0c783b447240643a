//! `pgseal load`: rows from CSV and seed files into a sealed database, in one transaction.

use std::path::{Path, PathBuf};

use pgseal_engine::sql::{QualifiedName, parse_qualified};
use pgseal_postgres::connect::Target;
use pgseal_postgres::load::{File, Format, How, LoadError, Loaded, load};
use serde::Serialize;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::waiting::Watch;
use crate::{project, report};

/// Load rows into a sealed database, all of them or none
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pgseal load seeds/app.plans.csv seeds/demo.sql --database-url postgres://deploy@db.example.org/acme
  pgseal load export.csv --table app.tasks --dry-run")]
pub struct Args {
    /// Files in the order in which they are loaded: CSV with a header, or SQL with INSERT and COPY .. FROM stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The table of the CSV files; else a file is named after its table, `app.tasks.csv`
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Take the rows as they stand in the file: the project's own triggers do not run
    #[arg(long)]
    as_is: bool,
    /// Load everything, and undo it
    #[arg(long)]
    dry_run: bool,
    /// The database, as whoever deploys
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    dry_run: bool,
    tables: Vec<Rows>,
}

#[derive(Debug, Serialize)]
struct Rows {
    table: String,
    rows: u64,
}

/// Loads.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let prefix = project::read(context.project.as_deref())?.input.settings.role_prefix;
    let url = args.database_url.as_deref().ok_or_else(|| {
        Failure::new("no database is given").help("give it with `--database-url URL` or in DATABASE_URL")
    })?;
    let table = args.table.as_deref().map(table).transpose()?;
    let (mut files, mut bytes) = (Vec::new(), 0);
    for path in &args.files {
        let (file, size) = open(path, table.as_ref()).await?;
        files.push(file);
        bytes += size;
    }
    let target = Target::parse(url)?;
    let mut client = target.connect().await?;
    let watch = Watch::of(&client, &target).await?;
    let bar = report::progress_of(bytes);
    let progress = |read: u64| bar.reached(read);
    let notice = |line: &str| {
        // A notice that cannot be shown is no reason to stop.
        let _ = report::note(&format!("{line}\n"));
    };
    let how = How { dry_run: args.dry_run, as_is: args.as_is, notice: &notice, progress: &progress };
    let (outcome, waited) = watch.during(load(&mut client, &prefix, files, how), LoadError::is_lock_timeout).await;
    drop(bar);
    let loaded = outcome.map_err(|error| match waited {
        Some(advice) => Failure::new(error.to_string()).help(advice),
        None => failure(&error),
    })?;
    show(&loaded, args.dry_run, context.json)?;
    Ok(Answer::Yes)
}

fn failure(error: &LoadError) -> Failure {
    let failure = match error.is_refusal() {
        true => Failure::refusal(error.to_string()),
        false => Failure::new(error.to_string()),
    };
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn table(written: &str) -> Result<QualifiedName, Failure> {
    parse_qualified(written).ok_or_else(|| {
        Failure::new(format!("`{written}` is no name of a table"))
            .help("write it as SQL does: `app.tasks`, `app.\"Tasks\"`")
    })
}

/// A file, what is in it, and its size.
async fn open(path: &Path, named: Option<&QualifiedName>) -> Result<(File, u64), Failure> {
    let name = path.display().to_string();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let format = match ending.as_str() {
        "sql" => Format::Sql,
        "csv" => Format::Csv(match named {
            Some(table) => table.clone(),
            None => of_name(path).ok_or_else(|| {
                Failure::new(format!("`{name}` does not say which table it holds"))
                    .help("say `--table app.tasks`, or name the file `app.tasks.csv`")
            })?,
        }),
        _ => {
            return Err(
                Failure::new(format!("`{name}` is neither `.csv` nor `.sql`")).help("name it after what it holds")
            );
        }
    };
    let unreadable = |error: std::io::Error| Failure::new(format!("cannot read `{name}`: {error}"));
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let about = file.metadata().await.map_err(unreadable)?;
    if about.is_dir() {
        return Err(Failure::new(format!("`{name}` is a folder")).help("name the files in it"));
    }
    Ok((File { name, format, bytes: Box::new(file) }, about.len()))
}

/// The table that a file is named after.
fn of_name(path: &Path) -> Option<QualifiedName> {
    let stem = path.file_stem()?.to_str()?;
    if stem.contains('.') { parse_qualified(stem) } else { None }
}

fn show(loaded: &Loaded, dry_run: bool, json: bool) -> Result<(), Failure> {
    if json {
        let tables = loaded.iter().map(|(table, rows)| Rows { table: table.to_string(), rows: *rows }).collect();
        return report::print_json(&Outcome { dry_run, tables });
    }
    let word = if dry_run { "fits and was undone" } else { "loaded" };
    let lines: String = loaded.iter().map(|(table, rows)| format!("{word}: {rows} rows of {table}\n")).collect();
    report::print(if lines.is_empty() { "nothing to load\n" } else { &lines })
}
