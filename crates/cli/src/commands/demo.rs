//! `pgseal demo [DIR]`: a project applied and tried, statement by statement. What is shown is what a real server answered.

mod script;

use std::path::PathBuf;

use crate::commands::Context;
use crate::exit::{Answer, Failure};

/// Apply a project to the embedded Postgres, act as its principals and show what was allowed and refused
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal demo examples/agent_social")]
pub struct Args {
    /// A project with a `demo.toml`; the one of `--project` unless given
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Runs the demonstration.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let _ = (args, context);
    Err(Failure::new("`pgseal demo` is not connected yet"))
}
