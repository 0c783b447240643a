//! `pgseal matrix`: who may do what.

use std::path::PathBuf;

use pgseal_engine::matrix::{matrix, render_html, render_text};

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Show who may do what
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal matrix --html --output matrix.html")]
pub struct Args {
    /// A page for people: everything on it, nothing to load, no script
    #[arg(long, conflicts_with = "json")]
    html: bool,
    /// Write it to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Prints the matrix.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(context.project.as_deref())?;
    let project = project::prepare(&files, None).await?;
    report::findings_beside(&files.input.sources, &project.diagnostics, context.json)?;
    let (Some(model), Some(_)) = (&project.model, &project.compiled) else { return Ok(Answer::No) };
    let text = if args.html {
        let name = &files.input.settings.name;
        render_html(name, model, &project.schema, &files.input.sources, &project.diagnostics)
    } else if context.json {
        report::json(&matrix(model, &project.schema))?
    } else {
        render_text(&matrix(model, &project.schema))
    };
    report::print_to(args.output.as_deref(), &text)?;
    Ok(Answer::Yes)
}
