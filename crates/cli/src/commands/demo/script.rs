//! `demo.toml`: who acts, and which statements they send. Text in, a [`Script`] out.

use std::path::Path;

use serde::Deserialize;

use crate::exit::Failure;

/// A whole demonstration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Files of statements that fill the database, relative to the project.
    #[serde(default)]
    pub rows: Vec<String>,
    /// The same schema without pgseal.
    pub unsealed: Option<Unsealed>,
    /// Who acts, in order.
    #[serde(default)]
    pub principals: Vec<Principal>,
}

/// What a database without pgseal answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsealed {
    /// How it is headed.
    pub name: String,
    /// The role that acts; it is created.
    pub role: String,
    /// What its operators granted.
    #[serde(default)]
    pub setup: Vec<String>,
    /// What is tried.
    pub statements: Vec<Try>,
}

/// Somebody who acts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// How they are headed.
    pub name: String,
    /// In which role; the default role unless given.
    pub role: Option<String>,
    /// Their id; nobody unless given.
    pub user: Option<String>,
    /// As which agent kind, for the user.
    pub agent: Option<String>,
    /// What they try.
    pub statements: Vec<Try>,
}

/// One statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// What it is meant to show.
    pub say: Option<String>,
    /// The statement.
    pub sql: String,
}

/// Reads a project's script.
///
/// # Errors
/// If there is none, or it says something else.
pub fn read(root: &Path) -> Result<Script, Failure> {
    let path = root.join("demo.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::new(format!("cannot read `{}`: {error}", path.display()))
            .help("a demonstration needs a `demo.toml`; docs/cli.md shows one")
    })?;
    toml::from_str(&text).map_err(|error| {
        // The message comes with the lines that it speaks of.
        Failure::new(format!("`{}` is no demonstration: {}", path.display(), error.to_string().trim_end()))
    })
}
