//! Case folders of the stages that need no Postgres.

use pgseal_engine::diagnostic::plain;
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::{access, settings};
use xtask::cases::{Answers, Case, run};

#[test]
fn parse() {
    let outcome = run("parse", |case| parsed(case));
    if let Err(report) = outcome {
        panic!("{report}");
    }
}

/// `access.toml`, `more.toml` and `pgseal.toml`, as far as there are any, to findings and the tree.
fn parsed(case: &Case) -> Result<Answers, String> {
    let mut sources = Sources::default();
    let mut add = |name: &str| case.read(name).map(|text| sources.add(name, text));
    let (files, settings_file) = ([add("access.toml"), add("more.toml")], add("pgseal.toml"));
    let files: Vec<_> = files.into_iter().flatten().collect();
    if files.is_empty() && settings_file.is_none() {
        return Err("  neither access.toml nor pgseal.toml is there".to_owned());
    }
    let (_, mut findings) = settings::parse(&sources, settings_file, &case.name);
    let (ast, more) = access::parse(&sources, &files);
    findings.extend(more);
    let ast = serde_json::to_string_pretty(&ast).map_err(|error| error.to_string())?;
    Ok(Answers::default().file("diagnostics.txt", plain(&sources, &findings)).optional("ast.json", ast + "\n"))
}

/// The examples are read without a finding.
#[test]
fn examples() {
    for name in ["agent_social", "crm"] {
        let mut sources = Sources::default();
        let folder = xtask::tree::root().join("examples").join(name);
        let mut add = |file: &str| sources.add(file, std::fs::read_to_string(folder.join(file)).unwrap());
        let (access_file, settings_file) = (add("access.toml"), add("pgseal.toml"));
        let (_, mut findings) = settings::parse(&sources, Some(settings_file), name);
        findings.extend(access::parse(&sources, &[access_file]).1);
        assert_eq!(plain(&sources, &findings), "", "{name}");
    }
}
