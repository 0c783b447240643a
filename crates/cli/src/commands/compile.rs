//! `pgseal compile`: what the project compiles to, byte for byte the same every time.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Print the SQL that the project compiles to
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal compile --emit sql -o sealed.sql")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal compile` is not connected yet"))
}
