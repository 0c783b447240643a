//! `pgseal compile`: what the project compiles to, byte for byte the same every time.

use std::path::PathBuf;

use pgseal_engine::diagnostic::has_errors;
use pgseal_engine::render;
use pgseal_postgres::project::Project;
use serde::Serialize;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Print the SQL that the project compiles to
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal compile --emit sql -o sealed.sql")]
pub struct Args {
    /// What to print: a stage's result as JSON, or the SQL
    #[arg(long, value_enum, default_value_t = Stage::Sql, value_name = "STAGE")]
    emit: Stage,
    /// Write it to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A stage of the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Stage {
    /// access.toml as written
    Ast,
    /// The access model, resolved against the schema
    Model,
    /// The desired state of the database
    Catalog,
    /// The script that makes an empty database so
    Sql,
}

#[derive(Debug, Serialize)]
struct Sql {
    sql: String,
}

/// Compiles the project.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(context.project.as_deref())?;
    let project = project::prepare(&files, None).await?;
    report::findings_beside(&files.input.sources, &project.diagnostics, context.json)?;
    let text = emitted(&project, args.emit, context.json)?;
    if let Some(text) = &text {
        report::print_to(args.output.as_deref(), text)?;
    }
    Ok(if text.is_none() || has_errors(&project.diagnostics) { Answer::No } else { Answer::Yes })
}

/// A stage's result as text; none where errors kept the compiler from getting so far.
fn emitted(project: &Project, stage: Stage, json: bool) -> Result<Option<String>, Failure> {
    let compiled = project.compiled.as_ref();
    let text = match stage {
        Stage::Ast => Some(serde_json::to_string_pretty(&project.ast)?),
        Stage::Model => project.model.as_ref().map(serde_json::to_string_pretty).transpose()?,
        Stage::Catalog => compiled.map(|compiled| serde_json::to_string_pretty(&compiled.canonical)).transpose()?,
        Stage::Sql if json => {
            let sql = compiled.map(|compiled| Sql { sql: render::script(&compiled.plan) });
            sql.map(|sql| serde_json::to_string_pretty(&sql)).transpose()?
        }
        Stage::Sql => return Ok(compiled.map(|compiled| render::script(&compiled.plan))),
    };
    Ok(text.map(|text| text + "\n"))
}
