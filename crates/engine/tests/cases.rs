//! Case folders of the stages that need no Postgres.

use pgseal_engine::diagnostic::plain;
use pgseal_engine::source::{Sources, Span};
use pgseal_engine::syntax::ast::Text;
use pgseal_engine::syntax::{access, rule, schema, settings};
use xtask::cases::{Answers, Case, run};

#[test]
fn parse() {
    let outcome = run("parse", parsed);
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

#[test]
fn rule() {
    let outcome = run("rule", read_rule);
    if let Err(report) = outcome {
        panic!("{report}");
    }
}

/// `rule.sql`, one rule, to findings or its tree. `org` is a group.
fn read_rule(case: &Case) -> Result<Answers, String> {
    let text = case.text("rule.sql")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut sources = Sources::default();
    let file = sources.add("rule.sql", text);
    let end = u32::try_from(text.len()).map_err(|error| error.to_string())?;
    let rule = Text { text: text.to_owned(), span: Span { file, start: 0, end }, origin: Some(0) };
    let words = ["me", "claim", "via", "agent", "human", "org", "org_peer"].map(str::to_owned).into();
    Ok(match rule::parse(&rule, &words) {
        Ok(term) => {
            let tree = serde_json::to_string_pretty(&term).map_err(|error| error.to_string())?;
            Answers::default().file("diagnostics.txt", "").file("term.json", tree + "\n")
        }
        Err(findings) => Answers::default().file("diagnostics.txt", plain(&sources, &findings)).absent("term.json"),
    })
}

/// The examples are read without a finding.
#[test]
fn examples() {
    for name in ["agent_social", "catalogue", "crm"] {
        let mut sources = Sources::default();
        let folder = xtask::tree::root().join("examples").join(name);
        let mut add = |file: &str| sources.add(file, std::fs::read_to_string(folder.join(file)).unwrap());
        let (access_file, settings_file) = (add("access.toml"), add("pgseal.toml"));
        let (_, mut findings) = settings::parse(&sources, Some(settings_file), name);
        findings.extend(access::parse(&sources, &[access_file]).1);
        let mut paths: Vec<_> =
            std::fs::read_dir(folder.join("schema")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let texts = paths.iter().map(|path| std::fs::read_to_string(path).unwrap());
        let files: Vec<_> =
            texts.enumerate().map(|(index, text)| sources.add(format!("schema/{index}.sql"), text)).collect();
        let (statements, more) = schema::read(&sources, &files);
        assert!(statements.len() > 5, "{name}: {} statements", statements.len());
        findings.extend(more);
        assert_eq!(plain(&sources, &findings), "", "{name}");
    }
}
