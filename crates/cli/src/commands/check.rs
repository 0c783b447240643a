//! `pgseal check`: every finding about a project, all at once.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Find every error and warning in access.toml, pgseal.toml and schema/
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal check --json")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal check` is not connected yet"))
}
