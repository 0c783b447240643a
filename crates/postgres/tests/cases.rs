//! Case folders of the stages that need a Postgres: a whole project, on every server that the suite runs on.

use std::collections::{BTreeMap, BTreeSet};

use pgseal_engine::catalog::Catalog;
use pgseal_engine::diagnostic::{Diagnostic, plain};
use pgseal_engine::diff::diff;
use pgseal_engine::model::Model;
use pgseal_engine::render::{self, Rendered};
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_engine::{compile, plan};
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::introspect::introspect;
use pgseal_postgres::project::{Compiled, Input, prepare};
use pgseal_postgres::testing::servers;
use tokio::runtime::Runtime;
use xtask::cases::{Answers, Case, run};

/// Both stages in one test: their cases' roles live on the same servers.
#[test]
fn check_and_compile() {
    let runtime = Runtime::new().unwrap();
    let servers = runtime.block_on(servers()).unwrap();
    let checked = run("check", |case| runtime.block_on(answers(case, &servers, Stage::Check)));
    let compiled = run("compile", |case| runtime.block_on(answers(case, &servers, Stage::Compile)));
    let reports: Vec<String> = [checked, compiled].into_iter().filter_map(Result::err).collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Findings only.
    Check,
    /// The SQL too, applied twice.
    Compile,
}

/// `access.toml`, `schema.sql` and, where they are, `more.toml` and `pgseal.toml`.
fn input(case: &Case) -> Result<(Input, Vec<Diagnostic>), String> {
    case.text("access.toml")?;
    case.text("schema.sql")?;
    let mut sources = Sources::default();
    let mut add = |name: &str| case.read(name).map(|text| sources.add(name, text));
    let settings = add("pgseal.toml");
    let access = [add("access.toml"), add("more.toml")].into_iter().flatten().collect();
    let schema = add("schema.sql").into_iter().collect();
    let (settings, findings) = settings::parse(&sources, settings, &case.name);
    Ok((Input { sources, settings, access, schema }, findings))
}

async fn answers(case: &Case, servers: &[&Server], stage: Stage) -> Result<Answers, String> {
    let (input, findings) = input(case)?;
    let mut before: Option<(String, Option<String>)> = None;
    for server in servers {
        let on = |message: String| format!("  on PostgreSQL {}: {message}", server.version());
        let mut project = prepare(&input, server).await.map_err(|error| on(error.to_string()))?;
        project.diagnostics.extend(findings.iter().cloned());
        let said = plain(&input.sources, &project.diagnostics);
        let sql = project.compiled.as_ref().zip(project.model.as_ref());
        let sql = sql.map(|(compiled, model)| own_part(compiled, model, &project.schema));
        if let (Stage::Compile, Some(compiled)) = (stage, &project.compiled) {
            applied(case, server, &input.settings.role_prefix, compiled).await.map_err(on)?;
        }
        if before.as_ref().is_some_and(|before| *before != (said.clone(), sql.clone())) {
            return Err(on("other findings or other SQL than on the server before".to_owned()));
        }
        before = Some((said, sql));
    }
    let (said, sql) = before.ok_or("  there is no server")?;
    let answers = Answers::default().file("diagnostics.txt", said);
    Ok(match (stage, sql) {
        (Stage::Check, _) => answers,
        (Stage::Compile, Some(sql)) => answers.file("expected.sql", sql),
        (Stage::Compile, None) => answers.absent("expected.sql"),
    })
}

/// What is there because of this case: no roles, nothing that a project without tables has too (that has tests of its own), and
/// nothing that the case wrote itself.
fn own_part(compiled: &Compiled, model: &Model, schema: &Catalog) -> String {
    let bare = Model {
        tables: BTreeMap::new(),
        groups: BTreeMap::new(),
        functions: BTreeMap::new(),
        views: BTreeMap::new(),
        triggers: BTreeMap::new(),
        ..model.clone()
    };
    let nothing = Catalog::default();
    let everywhere = render::render(&plan::order(diff(&nothing, &compile::compile(&bare, &nothing))));
    let written = schema.statements.iter().map(|statement| statement.sql.clone());
    let known: BTreeSet<String> = everywhere.into_iter().chain(written).collect();
    let of_this_case = |step: &Rendered| {
        let setting = step.sql.starts_with("set local") || step.sql.contains("  create role ");
        let lent = step.purpose.starts_with("lend") || step.purpose.starts_with("take back");
        !setting && !lent && !known.contains(&step.sql)
    };
    let steps = render::with_purpose(&compiled.plan);
    steps.iter().filter(|step| of_this_case(step)).map(|step| format!("{};\n", step.sql)).collect()
}

/// Applies to an empty database, compares, and applies again.
async fn applied(case: &Case, server: &Server, prefix: &str, compiled: &Compiled) -> Result<(), String> {
    let database = format!("case {}", case.name);
    server.create_database(&database, None).await.map_err(|error| error.to_string())?;
    let mut client = server.connect(&database, SUPERUSER).await.map_err(|error| error.to_string())?;
    let desired = &compiled.canonical;
    let first = apply(&mut client, desired, prefix, Options::default()).await.map_err(|error| error.to_string())?;
    let live = introspect(&client, prefix).await.map_err(|error| error.to_string())?;
    let second = apply(&mut client, desired, prefix, Options::default()).await.map_err(|error| error.to_string())?;
    drop(client);
    server.drop_database(&database).await.map_err(|error| error.to_string())?;
    server.drop_roles(prefix).await.map_err(|error| error.to_string())?;
    if first.changes.is_empty() {
        return Err("nothing was applied to an empty database".to_owned());
    }
    let differences: Vec<String> = diff(&live, desired)
        .iter()
        .chain(&diff(desired, &live))
        .chain(&second.changes)
        .map(ToString::to_string)
        .collect();
    if differences.is_empty() {
        Ok(())
    } else {
        Err(format!("applied, and then different, or not done at the second time:\n    {}", differences.join("\n    ")))
    }
}
