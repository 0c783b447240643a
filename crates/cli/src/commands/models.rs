//! `pgseal models`: the built-in models, and the policies that each compiles to on a table made up for the purpose.

use pgseal_engine::model::builtin;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::{Server, StartOptions};
use pgseal_postgres::project::{Input, prepare};
use serde::Serialize;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::report;

/// A table for each built-in model, called like it.
const SCHEMA: &str = include_str!("models/schema.sql");

/// Uses each built-in model once.
const ACCESS: &str = include_str!("models/access.toml");

/// Show the built-in models and what they stand for
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal models")]
pub struct Args {}

/// A built-in model.
#[derive(Debug, Serialize)]
struct Shown {
    /// Its name.
    name: String,
    /// As a project would define it, with its explanation.
    definition: &'static str,
    /// The policies of `app.<name>`, in SQL.
    policies: Vec<String>,
}

/// Prints the models.
pub async fn run(_args: &Args, context: &Context) -> Result<Answer, Failure> {
    let script = script().await?;
    let models: Vec<Shown> = builtin::TEXT.split("\n\n").map(|definition| shown(definition.trim(), &script)).collect();
    if context.json {
        report::print_json(&models)?;
    } else {
        for model in &models {
            let policies: String = model.policies.iter().map(|policy| format!("  {policy};\n")).collect();
            let none = "  no policy: Postgres refuses everything\n".to_owned();
            let policies = if policies.is_empty() { none } else { policies };
            report::print(&format!("{}\n\n{policies}\n", model.definition))?;
        }
    }
    Ok(Answer::Yes)
}

/// The statements that seal the tables made up for the purpose.
async fn script() -> Result<Vec<String>, Failure> {
    let _progress = report::progress("compiling");
    let mut sources = Sources::default();
    let access = vec![sources.add("access.toml", ACCESS)];
    let schema = vec![sources.add("schema.sql", SCHEMA)];
    let (settings, _) = settings::parse(&sources, None, "app");
    let server = Server::start(StartOptions::default()).await?;
    let project = prepare(&Input { sources, settings, access, schema }, &server).await?;
    server.stop().await;
    let compiled = project.compiled.ok_or_else(|| Failure::new("the built-in models do not compile"))?;
    Ok(compiled.script)
}

fn shown(definition: &'static str, script: &[String]) -> Shown {
    let header = definition.split("[models.").nth(1).unwrap_or_default().trim_start_matches('"');
    let name: String = header.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let on = format!(" on app.{name} as permissive ");
    // What every table has, whatever its model.
    let is_backup = |statement: &str| statement.starts_with("create policy seal_backup ");
    let is_policy = |statement: &&String| {
        statement.starts_with("create policy ") && statement.contains(&on) && !is_backup(statement)
    };
    Shown { policies: script.iter().filter(is_policy).cloned().collect(), name, definition }
}
