//! `pgseal demo [DIR]`: a project applied and tried, statement by statement. What is shown is what a real server answered.

mod script;
mod show;

use std::path::PathBuf;

use pgseal_engine::catalog::Catalog;
use pgseal_engine::matrix::{Matrix, matrix, render_text};
use pgseal_engine::model::Model;
use pgseal_engine::sql::ident;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server, StartOptions};
use pgseal_postgres::lease::{self, Lease};
use pgseal_postgres::project::Compiled;
use pgseal_postgres::{Client, DatabaseError, statement};
use serde::Serialize;

use self::script::{Principal, Script, Try, Unsealed};
use self::show::Answered;
use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::project::{self, Files};
use crate::report;

/// The databases of the demonstration, on a server of its own.
const SEALED: &str = "sealed";
const UNSEALED: &str = "unsealed";

/// Apply a project to the embedded Postgres, act as its principals and show what was allowed and refused
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal demo examples/agent_social")]
pub struct Args {
    /// A project with a `demo.toml`; the one of `--project` unless given
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Demonstration {
    acts: Vec<Act>,
    matrix: Matrix,
}

/// What one principal did.
#[derive(Debug, Serialize)]
struct Act {
    principal: String,
    statements: Vec<Answered>,
}

/// Runs the demonstration.
pub async fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = project::read(args.folder.as_deref().or(context.project.as_deref()))?;
    let script = script::read(&files.root)?;
    let project = project::prepare(&files, None).await?;
    report::findings_beside(&files.input.sources, &project.diagnostics, context.json)?;
    let (Some(model), Some(compiled)) = (&project.model, &project.compiled) else { return Ok(Answer::No) };
    let server = Server::start(StartOptions::default()).await?;
    let stage = Stage { files: &files, script: &script, schema: &project.schema, model, compiled, server: &server };
    let demonstration = Demonstration { acts: stage.acts().await?, matrix: matrix(model, &project.schema) };
    if context.json {
        report::print_json(&demonstration)?;
    } else {
        for act in &demonstration.acts {
            report::print(&show::act(&act.principal, &act.statements))?;
        }
        report::print(&format!("{}\n{}", show::heading("Who may do what"), render_text(&demonstration.matrix)))?;
    }
    server.stop().await;
    Ok(Answer::Yes)
}

/// Everything that a demonstration needs.
struct Stage<'a> {
    files: &'a Files,
    script: &'a Script,
    schema: &'a Catalog,
    model: &'a Model,
    compiled: &'a Compiled,
    server: &'a Server,
}

impl Stage<'_> {
    async fn acts(&self) -> Result<Vec<Act>, Failure> {
        let _progress = report::progress("acting");
        let mut acts = Vec::new();
        if let Some(unsealed) = &self.script.unsealed {
            acts.push(self.act_unsealed(unsealed).await?);
        }
        self.server.create_database(SEALED, None).await?;
        let mut control = self.server.connect(SEALED, SUPERUSER).await?;
        let prefix = &self.files.input.settings.role_prefix;
        apply(&mut control, &self.compiled.canonical, prefix, Options::default()).await?;
        self.fill(&control).await?;
        for principal in &self.script.principals {
            acts.push(self.act(principal, &control).await?);
        }
        Ok(acts)
    }

    /// The same tables and rows as somebody would have them who never heard of row-level security.
    async fn act_unsealed(&self, unsealed: &Unsealed) -> Result<Act, Failure> {
        self.server.create_database(UNSEALED, None).await?;
        let control = self.server.connect(UNSEALED, SUPERUSER).await?;
        for statement in &self.schema.statements {
            execute(&control, &statement.sql).await?;
        }
        self.fill(&control).await?;
        execute(&control, &format!("create role {} login", ident(&unsealed.role))).await?;
        for statement in &unsealed.setup {
            execute(&control, statement).await?;
        }
        let session = self.server.connect(UNSEALED, &unsealed.role).await?;
        Ok(Act { principal: unsealed.name.clone(), statements: answers(&session, &unsealed.statements).await })
    }

    /// A principal acts on a lease, logged in as the role that it was given.
    async fn act(&self, principal: &Principal, control: &Client) -> Result<Act, Failure> {
        let prefix = &self.files.input.settings.role_prefix;
        let lease = self.lease(principal)?;
        let login = lease::issue(control, prefix, &self.server.url(SEALED), &lease).await?;
        let session = self.server.connect(SEALED, &login.role).await?;
        Ok(Act { principal: principal.name.clone(), statements: answers(&session, &principal.statements).await })
    }

    fn lease(&self, principal: &Principal) -> Result<Lease, Failure> {
        let wrong = |problem: String| Failure::new(format!("`demo.toml`: `{}` {problem}", principal.name));
        let user = principal.user.as_deref();
        if let Some(name) = &principal.agent {
            let agent = self.model.agents.get(name);
            let agent =
                agent.ok_or_else(|| wrong(format!("is an agent `{name}`, which access.toml does not declare")))?;
            let person =
                user.ok_or_else(|| wrong("is an agent and does not say for which `user` it acts".to_owned()))?;
            let lease = Lease::new(&format!("agent_{name}"), Some(name));
            return Ok(lease.acting_for(person, &format!("role_{}", agent.acts_for)));
        }
        let default = self.model.roles.iter().find(|(_, role)| role.default).map(|(name, _)| name.as_str());
        let role = principal.role.as_deref().or(default).unwrap_or_default();
        Ok(Lease::new(&format!("role_{role}"), user))
    }

    async fn fill(&self, control: &Client) -> Result<(), Failure> {
        for name in &self.script.rows {
            let path = self.files.root.join(name);
            let wrong = |reason: String| Failure::new(format!("`{}`: {reason}", path.display()));
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
            let filled = control.batch_execute(&text).await;
            filled.map_err(|error| wrong(DatabaseError::from(error).to_string()))?;
        }
        Ok(())
    }
}

async fn answers(session: &Client, statements: &[Try]) -> Vec<Answered> {
    let mut answers = Vec::new();
    for tried in statements {
        let outcome = statement::run(session, &tried.sql).await;
        answers.push(Answered { say: tried.say.clone(), sql: tried.sql.clone(), outcome });
    }
    answers
}

async fn execute(control: &Client, sql: &str) -> Result<(), Failure> {
    Ok(control.batch_execute(sql).await.map_err(DatabaseError::from)?)
}
