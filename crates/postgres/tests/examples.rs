//! The examples go through the whole pipeline without a finding, on every server.

use std::path::{Path, PathBuf};

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::project::{Input, Project, prepare};
use pgseal_postgres::testing;

/// The folder of an example.
fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// Reads an example's files, with a role prefix of the test's own.
pub fn input(name: &str, prefix: &str) -> Input {
    let folder = example(name);
    let mut sources = Sources::default();
    let mut add = |path: &str| sources.add(path, std::fs::read_to_string(folder.join(path)).unwrap());
    let file = add("pgseal.toml");
    let access = vec![add("access.toml")];
    let mut names: Vec<String> = std::fs::read_dir(folder.join("schema"))
        .unwrap()
        .map(|entry| format!("schema/{}", entry.unwrap().file_name().to_string_lossy()))
        .collect();
    names.sort();
    let schema = names.iter().map(|name| add(name)).collect();
    let (mut settings, findings) = settings::parse(&sources, Some(file), name);
    assert!(findings.is_empty(), "{findings:?}");
    settings.role_prefix = prefix.to_owned();
    Input { sources, settings, access, schema }
}

/// The findings as lines, for a test that fails.
pub fn findings(input: &Input, project: &Project) -> Vec<String> {
    project
        .diagnostics
        .iter()
        .map(|finding| {
            let place = finding.span.map(|span| input.sources.line_column(span));
            format!("{:?}[{}] {place:?}: {} ({:?})", finding.severity, finding.code, finding.message, finding.help)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn examples_compile_to_what_they_say() {
    for server in testing::servers().await.unwrap() {
        for name in ["agent_social", "catalogue", "crm"] {
            let input = input(name, &format!("ex_{name}"));
            let project = prepare(&input, server).await.unwrap();
            assert!(project.compiled.is_some(), "{name}: {:#?}", findings(&input, &project));
        }
    }
}
