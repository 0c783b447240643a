//! The `pgseal` command: arguments in, answers on stdout, the rest on stderr. It decides nothing about access itself.

mod args;
mod commands;
mod exit;
mod project;
mod report;
mod waiting;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let json = args.json;
    exit::code(commands::run(args), json)
}
