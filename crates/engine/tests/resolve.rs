//! Case folders of resolving and checking: `access.toml` and a schema in the notation of [`crate::schema`], no Postgres.

use pgseal_engine::check;
use pgseal_engine::diagnostic::plain;
use pgseal_engine::matrix;
use pgseal_engine::model::resolve::resolve;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::{access, settings};
use xtask::cases::{Answers, Case, run};

use crate::schema::schema;

#[test]
fn resolve_cases() {
    if let Err(report) = run("resolve", resolved) {
        panic!("{report}");
    }
}

/// Findings of reader, resolver and lints; the matrix, where the case has one.
fn resolved(case: &Case) -> Result<Answers, String> {
    let mut sources = Sources::default();
    let access_file = sources.add("access.toml", case.text("access.toml")?);
    let settings_file = case.read("pgseal.toml").map(|text| sources.add("pgseal.toml", text));
    let (settings, mut findings) = settings::parse(&sources, settings_file, "acme");
    let (ast, more) = access::parse(&sources, &[access_file]);
    findings.extend(more);
    let catalog = schema(&case.text("schema.txt")?);
    let (model, more) = resolve(&ast, &catalog, &settings);
    findings.extend(more);
    let mut answers = Answers::default();
    if let Some(model) = &model {
        findings.extend(check::check(model, &catalog));
        answers = answers
            .optional("matrix.txt", matrix::render_text(&matrix::matrix(model, &catalog)))
            .optional("probes.txt", probes(model, &catalog));
    }
    Ok(answers.file("diagnostics.txt", plain(&sources, &findings)))
}

fn probes(model: &pgseal_engine::model::Model, catalog: &pgseal_engine::catalog::Catalog) -> String {
    check::probes(model, catalog).into_iter().map(|probe| format!("-- {}\n{};\n", probe.what, probe.sql)).collect()
}
