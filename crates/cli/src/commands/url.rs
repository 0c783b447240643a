//! `pgseal url`: a connection URL on which one principal acts.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Print a connection URL on which one principal acts
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal url --as 6a1f7e0c-0000-4000-8000-000000000001 --role member")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal url` is not connected yet"))
}
