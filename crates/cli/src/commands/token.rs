//! `pgseal token`: a signed token for one principal.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Mint a signed token for one principal
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal token --user 6a1f7e0c-0000-4000-8000-000000000001 --ttl 5m")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal token` is not connected yet"))
}
