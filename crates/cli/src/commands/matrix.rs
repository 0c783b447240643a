//! `pgseal matrix`: who may do what.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Show who may do what
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal matrix --json")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal matrix` is not connected yet"))
}
