//! Case folders of resolving and checking: `access.toml` and a schema in the notation of [`crate::schema`], no Postgres.

use pgseal_engine::check;
use pgseal_engine::compile::compile;
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

/// Bare, `org_id` would be the inner relation's, and the rule would ask about another row's group.
#[test]
fn a_word_in_a_subselect_keeps_to_the_row() {
    let mut sources = Sources::default();
    let file = sources.add(
        "access.toml",
        r#"
        [groups.org]
        table = "app.members"
        member = "user_id"
        key = "org_id"
        [tables]
        "app.members" = { select = "user_id = me()" }
        "app.a" = { select = "exists (select 1 from app.b b where org(app.a.org_id) and b.id = me())" }
        "app.b" = { select = "true" }
        "#,
    );
    let catalog = schema(
        "app.members\n  org_id uuid\n  user_id uuid\napp.a\n  id uuid key\n  org_id uuid\napp.b\n  id uuid key\n  org_id uuid",
    );
    let (settings, _) = settings::parse(&sources, None, "acme");
    let (ast, _) = access::parse(&sources, &[file]);
    let (model, findings) = resolve(&ast, &catalog, &settings);
    let model = model.unwrap_or_else(|| panic!("{}", plain(&sources, &findings)));
    let compiled = compile(&model, &catalog);
    let using: Vec<String> = compiled
        .tables
        .iter()
        .filter(|(name, _)| name.name == "a")
        .flat_map(|(_, table)| table.policies.iter())
        .filter(|(name, policy)| policy.permissive && *name != "seal_backup")
        .filter_map(|(_, policy)| policy.using.clone())
        .collect();
    assert_eq!(using.len(), 1);
    assert!(using[0].contains("app.a.org_id = any ("), "{}", using[0]);
    assert!(!using[0].replace("app.a.org_id", "").contains("org_id"), "{}", using[0]);
}
