//! `pgseal apply`: makes a database what the project says.

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Seal a database: roles, tables and rules, in one transaction
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal apply --database-url postgres://deploy@db.example.org/acme --dry-run")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: &Args, _context: &Context) -> Result<Answer, Failure> {
    Err(Failure::new("`pgseal apply` is not connected yet"))
}
