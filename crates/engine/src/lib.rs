//! The pgseal compiler, from text to SQL. It computes and does nothing else: no IO, no clock, no randomness, no environment.
//!
//! The three functions here are the pipeline; `postgres::project` runs them, with a scratch Postgres between them.
//!
//! ```text
//! access.toml ─parse─► Ast ─resolve─► Model ─compile─► Catalog (desired) ─diff─► Changes ─order─► Plan ─render─► SQL
//! ```

pub mod catalog;
pub mod check;
pub mod compile;
pub mod diagnostic;
pub mod diff;
pub mod evaluate;
pub mod matrix;
pub mod model;
pub mod plan;
pub mod reach;
pub mod render;
pub mod source;
pub mod sql;
pub mod syntax;

use catalog::Catalog;
use diagnostic::Diagnostic;
use model::Model;
use source::{FileId, Sources};
use syntax::ast::Ast;
use syntax::schema::SchemaStatement;
use syntax::settings::Settings;

/// A project's texts as trees.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The access model as written.
    pub ast: Ast,
    /// The schema's statements, each with the object that it makes.
    pub statements: Vec<SchemaStatement>,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
}

/// A model compiled for a database as it is.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// What the database shall be.
    pub desired: Catalog,
    /// The steps that make it so, as far as an owner of the database can,
    pub plan: plan::Plan,
    /// and their SQL, a statement each.
    pub script: Vec<String>,
}

/// Text to trees.
pub fn parse(sources: &Sources, access: &[FileId], schema: &[FileId]) -> Parsed {
    let (ast, mut diagnostics) = syntax::access::parse(sources, access);
    let (statements, findings) = syntax::schema::read(sources, schema);
    diagnostics.extend(findings);
    Parsed { ast, statements, diagnostics }
}

/// Trees, and the schema as a Postgres holds it, to a model. Where there are errors it is only good for asking about the rest.
pub fn understand(ast: &Ast, schema: &Catalog, settings: &Settings) -> (Model, Vec<Diagnostic>) {
    let (model, mut diagnostics) = model::resolve::as_far_as_understood(ast, schema, settings);
    if !diagnostic::has_errors(&diagnostics) {
        diagnostics.extend(check::check(&model, schema));
    }
    (model, diagnostics)
}

/// A model to the SQL that makes a database what it says, as far as an owner of the database can who is no superuser.
pub fn seal(model: &Model, schema: &Catalog, current: &Catalog) -> Sealed {
    let desired = compile::compile(model, schema);
    // Whoever runs it may be no superuser.
    let (reached, _) = reach::within(current, &desired, &reach::Deployer::PLAIN);
    let plan = plan::order(diff::diff(current, &reached));
    let script = render::render(&plan);
    Sealed { desired, plan, script }
}
