//! `pgseal models`: the built-in models.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Show the built-in models and what they stand for
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal models")]
pub struct Args {}

/// Runs the command.
pub fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal models` is not connected yet"))
}
