//! `pgseal demo [DIR]`: a project applied and tried, statement by statement.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Apply a project to the embedded Postgres, act as its principals and show what was allowed and refused
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal demo examples/agent_social")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal demo` is not connected yet"))
}
