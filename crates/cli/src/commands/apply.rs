//! `pgseal apply`: makes a database what the project says, in one transaction.

mod summary;

use pgseal_postgres::apply::{Applied, ApplyError, Open, Options, apply};
use pgseal_postgres::connect::{Target, server_major};
use pgseal_postgres::embedded::SUPPORTED;
use serde::Serialize;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::waiting::Watch;
use crate::{project, report};

/// Seal a database: roles, tables and rules, in one transaction
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal apply --database-url postgres://deploy@db.example.org/acme --dry-run")]
pub struct Args {
    /// The database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Run everything, print it, and undo it
    #[arg(long)]
    dry_run: bool,
    /// Agree to changes that concern the whole database, where it holds objects that are not pgseal's
    #[arg(long)]
    yes: bool,
    /// Take over what is there although this role makes things in the database too: for each one that you would let run code as anybody
    #[arg(long, value_name = "ROLE")]
    trust: Vec<String>,
    /// Show every change, not only how many there are of each kind
    #[arg(long, short)]
    verbose: bool,
    /// The project is in the database under this `role_prefix`: rename its roles
    #[arg(long, value_name = "PREFIX")]
    rename_from: Option<String>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    dry_run: bool,
    changes: Vec<String>,
    statements: Vec<String>,
    beside: Vec<String>,
    open: Vec<Open>,
    unsettled: Vec<String>,
}

/// Applies the project.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(context.project.as_deref())?;
    let url = args.database_url.as_deref().ok_or_else(|| {
        Failure::new("no database is given").help("give it with `--database-url URL` or in DATABASE_URL")
    })?;
    let target = Target::parse(url)?;
    let mut client = target.connect().await?;
    // Texts of expressions are compared as this server's major version prints them.
    let major = server_major(&client).await?;
    if !SUPPORTED.contains(&major) {
        return Err(ApplyError::TooOld(major).into());
    }
    let project = project::prepare(&files, Some(major)).await?;
    report::findings_beside(&files.input.sources, &project.diagnostics, context.json)?;
    let Some(compiled) = &project.compiled else { return Ok(Answer::No) };
    let notice = |line: &str| {
        // A notice that cannot be shown is no reason to stop.
        let _ = report::note(&format!("{line}\n"));
    };
    let options = Options {
        dry_run: args.dry_run,
        yes: args.yes,
        trust: &args.trust,
        rename_from: args.rename_from.as_deref(),
        notice: &notice,
        ..Options::default()
    };
    let watch = Watch::of(&client, &target).await?;
    let work = apply(&mut client, &compiled.canonical, &files.input.settings.role_prefix, options);
    let (outcome, waited) = watch.during(work, ApplyError::is_lock_timeout).await;
    let applied = outcome.map_err(|error| match (error, waited) {
        (error, Some(advice)) => Failure::new(error.to_string()).help(advice),
        (error, None) => explained(error),
    })?;
    show(&applied, args.verbose, context.json)?;
    Ok(if applied.unsettled.is_empty() { Answer::Yes } else { Answer::No })
}

fn explained(error: ApplyError) -> Failure {
    match error {
                ApplyError::Unsupported(_) => Failure::refusal(error.to_string()).help(
                    "`apply` makes objects and their rules and does not change the columns and constraints of a table that is \
                     there: do that by hand, as docs/operation.md shows under `New columns`, and run it again",
                ),
                ApplyError::CodeOfOthers(_) => Failure::refusal(error.to_string()).help(
                    "drop what calls it, or what is called; if it is yours, have it made the project's or a superuser's with \
                     `alter .. owner to`",
                ),
                ApplyError::OfOthers(_) => Failure::refusal(error.to_string()).help(
                    "look at everything that hangs on it (triggers, rules, policies, indexes, casts, foreign keys, children), then have \
                     a superuser run the statement, or drop it; `reassign owned` would give their definers and views away too",
                ),
                ApplyError::UnderWay(_) => Failure::refusal(error.to_string())
                    .help("wait until they end, or end them with these statements, and run it again"),
                ApplyError::Meanwhile(_) => {
                    Failure::refusal(error.to_string()).help("run `pgseal apply` again: it says what to do about it")
                }
                ApplyError::InCompany(_) => Failure::refusal(error.to_string()).help(
                    "what somebody hung on an object (casts, partitions, extensions ..) comes along with it, and no list of that is \
                     complete: seal a new database and bring the rows over (docs/operation.md, `An existing database`), or take away what \
                     they own and may create, or say `--trust ROLE` for each whom you would let run code as anybody",
                ),
                ApplyError::NotAgreed { .. } | ApplyError::Rename(_) => {
                    Failure::refusal(error.to_string())
                }
                other => other.into(),
    }
}

fn show(applied: &Applied, verbose: bool, json: bool) -> Result<(), Failure> {
    if json {
        let changes = applied.changes.iter().map(ToString::to_string).collect();
        return report::print_json(&Outcome {
            dry_run: applied.dry_run,
            changes,
            statements: applied.statements.clone(),
            beside: applied.foreign.iter().map(ToString::to_string).collect(),
            open: applied.open.clone(),
            unsettled: applied.unsettled.clone(),
        });
    }
    let beside: String =
        applied.foreign.iter().map(|object| format!("outside the seal, left alone: {object}\n")).collect();
    let open = summary::open(&applied.open);
    let unsettled = summary::unsettled(&applied.unsettled);
    report::note(&format!("{beside}{open}{unsettled}"))?;
    if applied.changes.is_empty() && !applied.unsettled.is_empty() {
        return report::print("nothing to do as far as can be seen\n");
    }
    if applied.changes.is_empty() {
        return report::print("nothing to do: the database is what was compiled\n");
    }
    let list = summary::changes(&applied.changes, verbose);
    if applied.dry_run {
        let statements: String = applied.statements.iter().map(|statement| format!("{statement};\n")).collect();
        return report::print(&format!("{statements}\nall of this ran and was undone:\n{list}"));
    }
    report::print(&format!("applied:\n{list}"))
}
