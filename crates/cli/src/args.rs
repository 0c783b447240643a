//! The command line as it was typed. What an argument means is decided by its command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{apply, backup, check, compile, demo, init, load, matrix, models, token, url};

/// Secure-by-default PostgreSQL: `access.toml` says who may do what, and Postgres itself enforces it.
#[derive(Debug, Parser)]
#[command(
    name = "pgseal",
    version,
    arg_required_else_help = true,
    after_help = "\
Exit codes: 0 yes, 1 no (findings, differences), 2 could not answer.
Every command that answers something takes --json. A first project: pgseal init acme && cd acme && pgseal check"
)]
pub struct Args {
    /// The project's folder; the nearest one upwards that holds `pgseal.toml` or `access.toml` unless given
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new project that passes `check` at once
    Init(init::Args),
    /// Find every error and warning in access.toml, pgseal.toml and schema/
    Check(check::Args),
    /// Print the SQL that the project compiles to
    Compile(compile::Args),
    /// Seal a database: roles, tables and rules, in one transaction
    Apply(apply::Args),
    /// Load rows into a sealed database, all of them or none
    Load(load::Args),
    /// Dump a sealed database with pg_dump, every row of it
    Backup(backup::Args),
    /// Show who may do what
    Matrix(matrix::Args),
    /// Show the built-in models and what they stand for
    Models(models::Args),
    /// Apply a project to the embedded Postgres, act as its principals and show what was allowed and refused
    Demo(demo::Args),
    /// Print a connection URL on which one principal acts
    Url(url::Args),
    /// Mint a signed token for one principal
    Token(token::Args),
}
