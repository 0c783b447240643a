//! One file per command: its arguments, and what it does with them.

pub mod apply;
pub mod backup;
pub mod check;
pub mod compile;
pub mod demo;
pub mod init;
pub mod load;
pub mod matrix;
pub mod models;
pub mod token;
pub mod url;

use std::path::PathBuf;

use crate::args::{Args, Command};
use crate::exit::{Answer, Failure};

/// What every command is told besides its own arguments.
#[derive(Debug)]
pub struct Context {
    /// `--project`
    pub project: Option<PathBuf>,
    /// `--json`
    pub json: bool,
}

/// Runs the command that was typed.
///
/// # Errors
/// If it could not answer.
pub fn run(args: Args) -> Result<Answer, Failure> {
    let context = Context { project: args.project, json: args.json };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match args.command {
            Command::Init(args) => init::run(&args, &context),
            Command::Check(args) => check::run(&args, &context).await,
            Command::Compile(args) => compile::run(&args, &context).await,
            Command::Apply(args) => apply::run(&args, &context).await,
            Command::Load(args) => load::run(&args, &context).await,
            Command::Backup(args) => backup::run(&args, &context).await,
            Command::Matrix(args) => matrix::run(&args, &context).await,
            Command::Models(args) => models::run(&args, &context).await,
            Command::Demo(args) => demo::run(&args, &context).await,
            Command::Url(args) => url::run(&args, &context).await,
            Command::Token(args) => token::run(&args, &context).await,
        }
    })
}
