//! The whole pipeline over a project's texts: parse, load, resolve, check, compile, and the compiled result applied to a scratch
//! database and introspected. Everything that can be said about the input is said at once.

use std::collections::BTreeSet;

use pgseal_engine::catalog::{Catalog, ObjectId};
use pgseal_engine::diagnostic::{Diagnostic, has_errors};
use pgseal_engine::model::Model;
use pgseal_engine::source::{FileId, Sources};
use pgseal_engine::sql::ident;
use pgseal_engine::syntax::ast::Ast;
use pgseal_engine::syntax::schema::SchemaStatement;
use pgseal_engine::syntax::settings::Settings;
use pgseal_engine::{self as engine, Parsed, Sealed, check, plan, reach};

use crate::effect;
use crate::embedded::Server;
use crate::scratch::{RunFailure, Scratch, ScratchError};

/// What a project consists of, as texts.
#[derive(Debug, Clone)]
pub struct Input {
    /// All files.
    pub sources: Sources,
    /// What `pgseal.toml` says.
    pub settings: Settings,
    /// The access model's files.
    pub access: Vec<FileId>,
    /// The schema's files, in their order.
    pub schema: Vec<FileId>,
}

/// A project as far as it could be understood.
#[derive(Debug, Clone)]
pub struct Project {
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
    /// The steps that seal an empty database,
    pub plan: plan::Plan,
    /// and their exact SQL, a statement each.
    pub script: Vec<String>,
}

/// The server on which a project is tried out.
#[derive(Debug, Clone, Copy)]
pub enum ScratchServer<'a> {
    /// The embedded one.
    Embedded(&'a Server),
    /// The one of `scratch_url`, whose user may create databases and roles.
    Given(&'a str),
}

impl<'a> From<&'a Server> for ScratchServer<'a> {
    fn from(server: &'a Server) -> Self {
        Self::Embedded(server)
    }
}

impl<'a> From<&&'a Server> for ScratchServer<'a> {
    fn from(server: &&'a Server) -> Self {
        Self::Embedded(server)
    }
}

impl ScratchServer<'_> {
    async fn database(self) -> Result<Scratch, ScratchError> {
        match self {
            Self::Embedded(server) => Scratch::new(server).await,
            Self::Given(url) => Scratch::at(url).await,
        }
    }
}

/// Why a project could not be understood, for reasons that are not the user's input.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The scratch server failed.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// Roles belong to the whole server: those of a real database must not be taken for ours.
    #[error(
        "the server of `scratch_url` has roles whose names begin with `{0}_`: let it be a server without a database of this project"
    )]
    RolesInUse(String),
    /// The compiled script does not run.
    #[error("what was compiled does not apply to an empty database, which is a bug of pgseal: {0}")]
    Script(#[from] Box<RunFailure>),
    /// The script ran and gave something else than was compiled.
    #[error("the compiled script gives something else than was compiled, which is a bug of pgseal: {0}")]
    Differs(String),
}

/// Runs the pipeline. Findings about the input are in the result; an error is a failure of the world.
///
/// # Errors
/// If the scratch server cannot be used, or what was compiled does not apply as compiled.
pub async fn prepare<'a>(input: &Input, server: impl Into<ScratchServer<'a>>) -> Result<Project, ProjectError> {
    let server = server.into();
    let Input { sources, settings, .. } = input;
    let Parsed { ast, statements, mut diagnostics } = engine::parse(sources, &input.access, &input.schema);

    let scratch = server.database().await?;
    let (schema, findings, missing) = load(&scratch, settings, &statements).await?;
    diagnostics.extend(findings);

    let (model, mut findings) = engine::understand(&ast, &schema, settings);
    // What is not there because its statement did not load was reported with the statement.
    findings.retain(|finding| !missing.iter().any(|name| finding.message.contains(name)));
    let complete = !has_errors(&findings);
    diagnostics.extend(findings);
    let probes = check::probes(&model, &schema);
    let texts: Vec<&str> = probes.iter().map(|probe| probe.sql.as_str()).collect();
    let answers = scratch.probe_all(&texts).await.map_err(ScratchError::from)?;
    diagnostics.extend(
        probes
            .iter()
            .zip(answers)
            .filter_map(|(probe, answer)| answer.err().and_then(|error| check::explain(probe, &error.message))),
    );
    let model = complete.then_some(model);
    let compiled = match &model {
        Some(model) if !has_errors(&diagnostics) => compiled(server, model, &schema, settings).await.map(Some),
        _ => Ok(None),
    };
    // Not before: making files is slow for seconds after thousands were removed.
    scratch.close(None).await?;
    let compiled = compiled?;
    diagnostics.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)).then_with(|| a.cmp(b)));
    diagnostics.dedup();
    Ok(Project { ast, schema, model, compiled, diagnostics })
}

/// Loads the schema files and reads back what they made. Where some do not load, the rest is looked at all the same, and what is
/// missing is listed.
async fn load(
    scratch: &Scratch,
    settings: &Settings,
    statements: &[SchemaStatement],
) -> Result<(Catalog, Vec<Diagnostic>, Vec<String>), ProjectError> {
    scratch.create_external(&settings.external).await?;
    let external = scratch.introspect(&settings.role_prefix).await?;
    let (loaded, failures) = match scratch.load(statements.iter().map(|statement| &statement.statement)).await? {
        Ok(loaded) => (loaded, Vec::new()),
        Err(failures) => (Vec::new(), failures),
    };
    let mut missing: Vec<String> = Vec::new();
    let mut diagnostics = Vec::new();
    for failure in failures {
        let Some(SchemaStatement { statement, span }) = statements.get(failure.index) else { continue };
        missing.extend(named(&statement.object));
        let help = if failure.error.message.contains("schema \"seal\" does not exist") {
            Some(
                "pgseal's functions are made after the schema: a function that calls them is written in PL/pgSQL"
                    .to_owned(),
            )
        } else {
            failure.error.hint.or(failure.error.detail).map(String::from)
        };
        diagnostics
            .push(Diagnostic { help, ..Diagnostic::error("schema-does-not-load", *span, failure.error.message) });
    }
    let mut schema = without(scratch.introspect(&settings.role_prefix).await?, &external);
    schema.statements = loaded;
    let there: BTreeSet<String> =
        schema.tables.keys().chain(schema.views.keys()).map(|name| format!("`{name}`")).collect();
    missing.retain(|name| !there.contains(name));
    Ok((schema, diagnostics, missing))
}

/// How findings would name an object that is not there.
fn named(object: &ObjectId) -> Option<String> {
    match object {
        ObjectId::Table(name) | ObjectId::View(name) => Some(format!("`{name}`")),
        ObjectId::Function(signature) => Some(format!("`{signature}`")),
        _ => None,
    }
}

/// What the user's files made: the tables and schemas of a platform are somebody else's.
fn without(mut catalog: Catalog, external: &Catalog) -> Catalog {
    catalog.tables.retain(|name, _| !external.tables.contains_key(name));
    catalog.schemas.retain(|name, _| name == "public" || !external.schemas.contains_key(name));
    catalog
}

/// Compiles, applies to a fresh database, introspects, and makes sure that what is there is what was compiled.
async fn compiled(
    server: ScratchServer<'_>,
    model: &Model,
    schema: &Catalog,
    settings: &Settings,
) -> Result<Compiled, ProjectError> {
    let scratch = server.database().await?;
    scratch.create_external(&settings.external).await?;
    let empty = scratch.introspect(&settings.role_prefix).await?;
    if matches!(server, ScratchServer::Given(_)) && !empty.roles.is_empty() {
        scratch.close(None).await?;
        return Err(ProjectError::RolesInUse(settings.role_prefix.clone()));
    }
    let Sealed { desired, plan, script } = engine::seal(model, schema, &empty);
    scratch.run(&script).await.map_err(Box::new)?;
    let settled = settled(&scratch, &settings.role_prefix).await?;
    let mut canonical = without(settled, &empty);
    scratch.close(Some(&settings.role_prefix)).await?;
    canonical.statements.clone_from(&desired.statements);
    let (reached, _) = reach::within(&empty, &desired, &reach::Deployer::PLAIN);
    let differences = effect::differences(&reached, &canonical);
    if !differences.is_empty() {
        return Err(ProjectError::Differs(differences.join("; ")));
    }
    reach::complete(&mut canonical, &desired);
    Ok(Compiled { desired, canonical, plan, script })
}

/// How often what Postgres prints is read again: a text that still changes then never stands still.
const READINGS: usize = 4;

/// What the database holds, with policies in words that Postgres, reading them again, prints the same. The first print need
/// not be such: `a and b between 1 and 2` comes back with parentheses that are gone the next time.
async fn settled(scratch: &Scratch, prefix: &str) -> Result<Catalog, ProjectError> {
    let mut current = scratch.introspect(prefix).await?;
    let mut statements = policies_again(&current, Which::Different);
    for _ in 0..READINGS {
        scratch.run_as_superuser(&statements).await.map_err(Box::new)?;
        let mut again = current.clone();
        scratch.introspect_policies(&mut again).await?;
        if again == current {
            return Ok(current);
        }
        current = again;
        statements = policies_again(&current, Which::All);
    }
    Err(ProjectError::Differs("a policy reads differently each time that Postgres prints it".to_owned()))
}

/// Which policies are read again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// All.
    All,
    /// One of those with the same text, where that speaks of nothing of its table: it reads the same on every other.
    Different,
}

/// Statements that give policies the text that they have.
fn policies_again(catalog: &Catalog, which: Which) -> Vec<String> {
    let mut statements = Vec::new();
    let mut seen = BTreeSet::new();
    for (table, held) in &catalog.tables {
        for (name, policy) in &held.policies {
            let using = policy.using.as_ref().map(|text| format!(" using ({text})")).unwrap_or_default();
            let check = policy.check.as_ref().map(|text| format!(" with check ({text})")).unwrap_or_default();
            let text = format!("{using}{check}");
            // A quotation mark in a name is doubled in the text.
            let speaks_of = |name: &str| name.contains('"') || text.contains(name);
            let of_table = speaks_of(&table.name) || held.columns.iter().any(|column| speaks_of(&column.name));
            if which == Which::All || of_table || seen.insert(text.clone()) {
                statements.push(format!("alter policy {} on {}{text}", ident(name), table.sql()));
            }
        }
    }
    statements
}
