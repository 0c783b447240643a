//! `pgseal models`: the built-in models, and what each compiles to on a table made up for the purpose.

use pgseal_engine::model::builtin;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::report;

/// Show the built-in models and what they stand for
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal models")]
pub struct Args {}

/// Prints the models.
pub fn run(_args: &Args, context: &Context) -> Result<Answer, Failure> {
    if context.json {
        report::print_json(&builtin::definitions())?;
    } else {
        report::print(builtin::TEXT)?;
    }
    Ok(Answer::Yes)
}
