//! The whole pipeline over a project's texts: parse, load, resolve, check, compile, and the compiled result applied to a scratch
//! database and introspected. Everything that can be said about the input is said at once.

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diagnostic::{Diagnostic, has_errors};
use pgseal_engine::model::Model;
use pgseal_engine::source::{FileId, Sources, Span};
use pgseal_engine::syntax::ast::Ast;
use pgseal_engine::syntax::schema::SchemaStatement;
use pgseal_engine::syntax::settings::Settings;
use pgseal_engine::{check, compile, diff, model, plan, render, syntax};

use crate::database_error::DatabaseError;
use crate::embedded::{EmbeddedError, Server};
use crate::introspect::introspect;
use crate::scratch::Scratch;

/// What a project consists of, as texts.
#[derive(Debug, Clone)]
pub struct Input {
    /// All files.
    pub sources: Sources,
    /// `pgseal.toml`, if there is one.
    pub settings: Option<FileId>,
    /// The access model's files.
    pub access: Vec<FileId>,
    /// The schema's files, in their order.
    pub schema: Vec<FileId>,
    /// What the project is called unless `pgseal.toml` says.
    pub folder: String,
}

/// A project as far as it could be understood.
#[derive(Debug, Clone)]
pub struct Project {
    /// `pgseal.toml` with its defaults.
    pub settings: Settings,
    /// `access.toml` as written.
    pub ast: Ast,
    /// The schema, introspected, with the statements that make it.
    pub schema: Catalog,
    /// The access model; none if there were errors.
    pub model: Option<Model>,
    /// What it compiles to; none if there were errors.
    pub compiled: Option<Compiled>,
    /// Everything found, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A compiled project.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// As pgseal wrote it.
    pub desired: Catalog,
    /// As Postgres prints it once applied: what a live database is compared with.
    pub canonical: Catalog,
    /// The exact SQL that seals an empty database, a statement each.
    pub script: Vec<String>,
}

/// Why a project could not be understood, for reasons that are not the user's input.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The scratch server failed.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// A query of pgseal's own failed.
    #[error("the scratch database failed: {0}")]
    Database(#[from] DatabaseError),
    /// The compiled script does not run: a bug of pgseal's.
    #[error("what was compiled does not apply to an empty database, which is a bug of pgseal: {error}\n  in: {statement}")]
    Script {
        /// The statement.
        statement: String,
        /// What Postgres said.
        error: DatabaseError,
    },
    /// The script ran and gave something else than was compiled: a bug of pgseal's.
    #[error("the compiled script gives something else than was compiled, which is a bug of pgseal: {0}")]
    Differs(String),
}

/// Runs the pipeline. Findings about the input are in the result; an error is a failure of the world.
///
/// # Errors
/// If the scratch server cannot be used, or what was compiled does not apply as compiled.
pub async fn prepare(input: &Input, server: &Server) -> Result<Project, ProjectError> {
    let sources = &input.sources;
    let (settings, mut diagnostics) = syntax::settings::parse(sources, input.settings, &input.folder);
    let (ast, findings) = syntax::access::parse(sources, &input.access);
    diagnostics.extend(findings);
    let (statements, findings) = syntax::schema::read(sources, &input.schema);
    diagnostics.extend(findings);

    let scratch = Scratch::new(server).await?;
    let (schema, findings) = load(&scratch, &settings, &statements).await?;
    diagnostics.extend(findings);

    let (model, findings) = model::resolve::resolve(&ast, &schema, &settings);
    diagnostics.extend(findings);
    if let Some(model) = &model {
        for probe in check::probes(model, &schema) {
            if let Err(error) = scratch.probe(&probe.sql).await {
                diagnostics.push(check::explain(&probe, &error.message));
            }
        }
        diagnostics.extend(check::check(model, &schema));
    }
    scratch.drop().await?;

    let compiled = match &model {
        Some(model) if !has_errors(&diagnostics) => Some(compiled(server, model, &schema, &settings).await?),
        _ => None,
    };
    diagnostics.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)).then_with(|| a.cmp(b)));
    diagnostics.dedup();
    Ok(Project { settings, ast, schema, model, compiled, diagnostics })
}

/// Loads the schema files and reads back what they made.
async fn load(
    scratch: &Scratch,
    settings: &Settings,
    statements: &[SchemaStatement],
) -> Result<(Catalog, Vec<Diagnostic>), ProjectError> {
    let loaded = scratch.load(&settings.external, statements).await?;
    let diagnostics = loaded
        .failures
        .iter()
        .filter_map(|failure| Some((statements.get(failure.index)?.span, failure)))
        .map(|(span, failure)| {
            let finding = Diagnostic::error("schema-does-not-load", span, failure.error.message.clone());
            match failure.error.hint.as_ref().or(failure.error.detail.as_ref()) {
                Some(hint) => finding.help(hint.clone()),
                None => finding,
            }
        })
        .collect();
    let mut schema = introspect(scratch.client(), &settings.role_prefix).await?;
    for name in &loaded.external {
        schema.tables.remove(name);
    }
    schema.statements = loaded.statements;
    Ok((schema, diagnostics))
}

/// Compiles, applies to a fresh database, introspects, and makes sure that what is there is what was compiled.
async fn compiled(server: &Server, model: &Model, schema: &Catalog, settings: &Settings) -> Result<Compiled, ProjectError> {
    let desired = compile::compile(model, schema);
    let scratch = Scratch::new(server).await?;
    scratch.load(&settings.external, &[]).await?;
    let empty = introspect(scratch.client(), &settings.role_prefix).await?;
    let script = render::render(&plan::order(diff::diff(&empty, &desired)));
    scratch.run(&script).await.map_err(|failure| ProjectError::Script { statement: failure.statement, error: failure.error })?;
    let mut canonical = introspect(scratch.client(), &settings.role_prefix).await?;
    scratch.drop().await?;
    canonical.statements.clone_from(&desired.statements);
    Ok(Compiled { desired, canonical, script })
}

/// A span that covers the whole of a file, for findings about all of it.
pub fn whole(sources: &Sources, file: FileId) -> Span {
    let end = sources.get(file).map_or(0, |file| file.text.len());
    Span { file, start: 0, end: u32::try_from(end).unwrap_or(u32::MAX) }
}
