//! `pgseal backup`: makes sure that every row would be read, and has `pg_dump` read it.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pgseal_postgres::backup::{BackupError, EXCLUDED, Readable, readable};
use pgseal_postgres::connect::Target;
use serde::Serialize;
use tokio::process::Command;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::waiting::Watch;
use crate::{project, report};

/// Dump a sealed database with pg_dump, every row of it
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").required(true).args(["output", "check"]),
    after_help = "\
Examples:
  pgseal backup --output acme.dump --database-url postgres://dumper@db.example.org/acme
  pgseal backup --check --database-url postgres://dumper@db.example.org/acme"
)]
pub struct Args {
    /// Write the dump to this file, which must not be there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only find out whether every row would be read
    #[arg(long)]
    check: bool,
    /// Leave out this table, written with its schema and quoted as in SQL; may be given more than once
    #[arg(long, value_name = "TABLE")]
    exclude_table: Vec<String>,
    /// An archive for pg_restore, or plain SQL
    #[arg(long, value_enum, default_value_t = Kind::Custom)]
    format: Kind,
    /// The program, of the server's major version or a newer one
    #[arg(long, value_name = "PATH", default_value = "pg_dump")]
    pg_dump: PathBuf,
    /// The database, as somebody who may become `<prefix>_backup`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// What pg_dump writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// For pg_restore.
    Custom,
    /// SQL for psql.
    Plain,
}

#[derive(Debug, Serialize)]
struct Outcome<'a> {
    role: &'a str,
    tables: usize,
    bypasses_row_security: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    left_out: &'a [String],
    output: Option<String>,
}

/// Dumps, or checks.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let prefix = project::read(context.project.as_deref())?.input.settings.role_prefix;
    let url = args.database_url.as_deref().ok_or_else(|| {
        Failure::new("no database is given").help("give it with `--database-url URL` or in DATABASE_URL")
    })?;
    let target = Target::parse(url)?;
    let mut client = target.connect().await?;
    let watch = Watch::of(&client, &target).await?;
    // The tables stay locked against changes of their rules until the dump is there.
    let transaction = client.transaction().await?;
    let work = readable(&transaction, &prefix, &args.exclude_table);
    let (outcome, waited) = watch.during(work, BackupError::is_lock_timeout).await;
    let found = outcome.map_err(|error| match waited {
        Some(advice) => Failure::new(error.to_string()).help(advice),
        None => failure(error),
    })?;
    if let Some(output) = &args.output {
        let _progress = report::progress("dumping");
        dump(args, &target, &found, output).await?;
    }
    transaction.rollback().await?;
    show(args, &found, context.json)?;
    Ok(Answer::Yes)
}

fn failure(error: BackupError) -> Failure {
    match &error {
        BackupError::NotTheRole { role, .. } => {
            let help = format!(
                "run `pgseal apply`, then have whoever administers the role `grant {role}` to the one who backs up"
            );
            Failure::new(error.to_string()).help(help)
        }
        BackupError::Incomplete { .. } => Failure::refusal(error.to_string()),
        BackupError::NoSuchTable(_) => Failure::new(error.to_string())
            .help("write it as `--check` names it, with its schema: `--exclude-table app.notes`"),
        BackupError::Database(_) => error.into(),
    }
}

/// INVARIANT: a file of that name is there only if it is whole.
async fn dump(args: &Args, target: &Target, found: &Readable, output: &Path) -> Result<(), Failure> {
    if output.exists() {
        return Err(Failure::new(format!("`{}` is there already", output.display())).help("name another file"));
    }
    let mut unfinished = output.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    reserve(&unfinished)?;
    let mut command = Command::new(&args.pg_dump);
    command
        .arg(match args.format {
            Kind::Custom => "--format=custom",
            Kind::Plain => "--format=plain",
        })
        .args([format!("--role={}", found.role), format!("--snapshot={}", found.snapshot)])
        .arg(format!("--exclude-table={EXCLUDED}"))
        // A name as Postgres quotes it is a pattern that fits this name alone.
        .args(args.exclude_table.iter().map(|name| format!("--exclude-table={name}")))
        // Somebody who waits for a table would wait for this transaction, and pg_dump for them.
        .args(["--lock-wait-timeout=60s", "--encoding=UTF8", "--no-password"])
        .arg("--file")
        .arg(&unfinished)
        .envs(target.environment())
        .kill_on_drop(true);
    if found.by_policy {
        command.arg("--enable-row-security");
    }
    let made = match command.output().await {
        Ok(made) => made,
        Err(error) => {
            let _ = std::fs::remove_file(&unfinished);
            return Err(Failure::new(format!("cannot run `{}`: {error}", args.pg_dump.display()))
                .help("install the client programs of Postgres, or name it with `--pg-dump PATH`"));
        }
    };
    report::note(&String::from_utf8_lossy(&made.stderr))?;
    if !made.status.success() {
        // It may not have come so far.
        let _ = std::fs::remove_file(&unfinished);
        let failure = Failure::new(format!("`{}` failed, and nothing was dumped", args.pg_dump.display()));
        let is_old = String::from_utf8_lossy(&made.stderr).contains("server version mismatch");
        return Err(match is_old {
            true => failure.help("name the pg_dump of the server's version or a newer one with `--pg-dump PATH`"),
            false => failure,
        });
    }
    Ok(std::fs::rename(&unfinished, output)?)
}

/// A dump is for nobody's eyes but its owner's; pg_dump writes into what is there.
fn reserve(file: &Path) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!("cannot write `{}`: {error}", file.display()))
            .help("another backup may be at work, or one was ended: remove that file")),
    }
}

fn show(args: &Args, found: &Readable, json: bool) -> Result<(), Failure> {
    let output = args.output.as_ref().map(|path| path.display().to_string());
    if json {
        let (role, tables) = (found.role.as_str(), found.tables);
        let left_out = args.exclude_table.as_slice();
        return report::print_json(&Outcome {
            role,
            tables,
            bypasses_row_security: !found.by_policy,
            left_out,
            output,
        });
    }
    let way = if found.by_policy { "by policy" } else { "past row-level security" };
    let without = match args.exclude_table.as_slice() {
        [] => String::new(),
        names => format!("left out: {}\n", names.join(", ")),
    };
    report::print(&match output {
        Some(file) => {
            format!("dumped {} tables to {file}: `{}` reads every row, {way}\n{without}", found.tables, found.role)
        }
        None => format!("`{}` reads every row of {} tables, {way}\n{without}", found.role, found.tables),
    })
}
