//! `pgseal check`: every finding about a project, all at once.

use pgseal_engine::diagnostic::has_errors;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Find every error and warning in access.toml, pgseal.toml and schema/
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal check --json")]
pub struct Args {}

/// Checks the project.
pub async fn run(_args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(context.project.as_deref())?;
    let project = project::prepare(&files, None).await?;
    let ok = !has_errors(&project.diagnostics);
    if context.json {
        report::print_json(&report::Checked::new(&files.input.sources, &project.diagnostics))?;
    } else {
        let counts = report::counts(&project.diagnostics);
        report::print(&format!("{}{counts}\n", report::pretty(&files.input.sources, &project.diagnostics)))?;
    }
    Ok(if ok { Answer::Yes } else { Answer::No })
}
