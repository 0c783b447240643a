//! `pgseal matrix`: who may do what.

use pgseal_engine::matrix::{matrix, render_text};

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Show who may do what
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal matrix --json")]
pub struct Args {}

/// Prints the matrix.
pub async fn run(_args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(context.project.as_deref())?;
    let project = project::prepare(&files, None).await?;
    report::findings_beside(&files.input.sources, &project.diagnostics, context.json)?;
    let (Some(model), Some(_)) = (&project.model, &project.compiled) else { return Ok(Answer::No) };
    let matrix = matrix(model, &project.schema);
    if context.json {
        report::print_json(&matrix)?;
    } else {
        report::print(&render_text(&matrix))?;
    }
    Ok(Answer::Yes)
}
