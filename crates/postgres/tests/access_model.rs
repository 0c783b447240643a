//! `docs/access-model.md` runs: its project has no finding, every example of it compiles, and what it says is refused is refused
//! with the findings that it shows. `UPDATE=1` writes these; the rest of the page is written by people.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use pgseal_engine::diagnostic::{Diagnostic, Severity};
use pgseal_engine::source::Sources;
use pgseal_engine::syntax::access;
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::Server;
use pgseal_postgres::project::{Input, Project, prepare};
use pgseal_postgres::testing;

/// A fenced block of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    /// What stands behind the fence: `sql`, `toml`, `toml refused`, `text`.
    kind: String,
    text: String,
    /// Number of its first line, from 1.
    line: usize,
}

/// An example: what it adds to the page's project.
#[derive(Debug, Clone, Default)]
struct Example {
    sql: String,
    access: String,
    line: usize,
    /// Whether it does not compile.
    refused: bool,
    /// What the page says is found, and the line on which that begins.
    found: Option<(String, usize)>,
}

fn page() -> PathBuf {
    xtask::tree::root().join("docs/access-model.md")
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(_), true) => open = false,
            (Some(kind), false) => {
                open = true;
                found.push(Block { kind: kind.to_owned(), text: String::new(), line: at + 2 });
            }
            (None, true) => found.last_mut().unwrap().text.push_str(&format!("{line}\n")),
            (None, false) => {}
        }
    }
    found
}

/// The page's project, which is its first example, and all others.
fn examples(page: &str) -> (Example, Vec<Example>) {
    let mut found: Vec<Example> = Vec::new();
    let mut sql = String::new();
    let mut blocks = blocks(page).into_iter().peekable();
    while let Some(block) = blocks.next() {
        match block.kind.as_str() {
            "sql" => sql.push_str(&block.text),
            "toml" | "toml refused" => {
                let answer = blocks.next_if(|next| next.kind == "text").map(|answer| (answer.text, answer.line));
                found.push(Example {
                    sql: std::mem::take(&mut sql),
                    access: block.text,
                    line: block.line,
                    refused: block.kind == "toml refused",
                    found: answer,
                });
            }
            "text" => {}
            other => panic!("line {}: a block of `{other}` is not run", block.line),
        }
    }
    assert_eq!(sql, "", "a SQL block stands before an example");
    (found.remove(0), found)
}

/// The project's entries but for those that an example replaces.
fn without_replaced(project: &str, example: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("example", example);
    let (ast, _) = access::parse(&sources, &[file]);
    let mut replaced: BTreeSet<String> = BTreeSet::new();
    replaced.extend(ast.identity.user.is_some().then(|| "identity".to_owned()));
    replaced.extend(ast.roles.iter().map(|role| format!("roles.{}", role.name.value)));
    replaced.extend(ast.groups.iter().map(|group| format!("groups.{}", group.name.value)));
    replaced.extend(ast.tables.iter().map(|table| format!("tables.{:?}", table.name.text)));
    let (mut kept, mut section, mut keep) = (String::new(), String::new(), true);
    for line in project.lines() {
        if let Some((header, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = header.to_owned();
            keep = !replaced.contains(&section);
        } else if let ("roles", Some((name, _))) = (section.as_str(), line.split_once('=')) {
            keep = !replaced.contains(&format!("roles.{}", name.trim()));
        }
        if keep {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The page's project with an example of it.
fn combined(project: &Example, example: Option<&Example>, prefix: &str) -> Input {
    let mut sources = Sources::default();
    let mut schema = vec![sources.add("schema/app.sql", project.sql.clone())];
    let access = match example {
        None => vec![sources.add("access.toml", project.access.clone())],
        Some(example) => {
            schema.push(sources.add("schema/example.sql", example.sql.clone()));
            let kept = without_replaced(&project.access, &example.access);
            vec![sources.add("access.toml", kept), sources.add("access/example.toml", example.access.clone())]
        }
    };
    let (mut settings, _) = settings::parse(&sources, None, "page");
    settings.role_prefix = prefix.to_owned();
    Input { sources, settings, access, schema }
}

/// The page's project with the example whose SQL holds these words, for tests of what the page says about it.
pub fn example_input(words: &str, prefix: &str) -> Input {
    let text = std::fs::read_to_string(page()).unwrap();
    let (project, examples) = examples(&text);
    let example = examples.iter().find(|example| example.sql.contains(words)).unwrap();
    combined(&project, Some(example), prefix)
}

async fn run(server: &Server, project: &Example, example: Option<&Example>) -> Project {
    let prefix = format!("page_{}", example.unwrap_or(project).line);
    prepare(&combined(project, example, &prefix), server).await.unwrap()
}

/// Findings as the page shows them.
fn shown<'d>(findings: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let mut text = String::new();
    for Diagnostic { code, severity, message, help, .. } in findings {
        let word = if *severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "{word}[{code}]: {message}");
        if let Some(help) = help {
            let _ = writeln!(text, "  help: {help}");
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_true() {
    let text = std::fs::read_to_string(page()).unwrap();
    let server = *testing::servers().await.unwrap().last().unwrap();
    let (project, examples) = examples(&text);
    assert_eq!(shown(&run(server, &project, None).await.diagnostics), "", "the page's project");
    let mut halves = tokio::task::JoinSet::new();
    for half in examples.chunks(examples.len().div_ceil(2)) {
        let (project, half) = (project.clone(), half.to_vec());
        halves.spawn(async move {
            let mut wrong = Vec::new();
            for example in &half {
                let ran = run(server, &project, Some(example)).await;
                assert_eq!(
                    ran.compiled.is_none(),
                    example.refused,
                    "line {}:\n{}",
                    example.line,
                    shown(&ran.diagnostics)
                );
                let found =
                    shown(ran.diagnostics.iter().filter(|it| !example.refused || it.severity == Severity::Error));
                let (said, line) = example.found.clone().unwrap_or((String::new(), example.line));
                if said != found {
                    wrong.push((line, said, found));
                }
            }
            wrong
        });
    }
    let mut wrong: Vec<(usize, String, String)> = halves.join_all().await.concat();
    wrong.sort();
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(page(), with_answers(&text, &wrong)).unwrap();
    }
    let report: Vec<String> =
        wrong.iter().map(|(line, _, found)| format!("line {line}: what is found is\n{found}")).collect();
    assert!(wrong.is_empty(), "{}", report.join("\n"));
}

/// The page with what was found in those blocks that show it.
fn with_answers(page: &str, answers: &[(usize, String, String)]) -> String {
    let shown: BTreeSet<usize> =
        blocks(page).into_iter().filter(|block| block.kind == "text").map(|it| it.line).collect();
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    for (line, old, new) in answers.iter().rev().filter(|(line, ..)| shown.contains(line)) {
        lines.splice(line - 1..line - 1 + old.lines().count(), new.lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

/// Every key that the reader knows stands on the page, in a sentence, a table or an example.
#[test]
fn every_key_is_there() {
    let page = std::fs::read_to_string(page()).unwrap();
    let everything = xtask::tree::root().join("crates/engine/src/syntax/access/everything.toml");
    let everything = std::fs::read_to_string(everything).unwrap();
    let words: BTreeSet<&str> = everything
        .lines()
        .filter_map(|line| line.split('#').next())
        .filter(|line| !line.trim_start().starts_with('['))
        .flat_map(|line| line.split(['{', ',']))
        .filter_map(|part| part.split_once('='))
        .flat_map(|(key, _)| key.trim().split('.'))
        .filter(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .filter(|key| !EXAMPLES.contains(key))
        .collect();
    assert!(words.len() > 40, "{words:?}");
    let missing: Vec<&str> = words.into_iter().filter(|word| !page.contains(word)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Names in `everything.toml` that are examples themselves.
const EXAMPLES: [&str; 6] = ["card_token", "updated_by", "level", "orders", "visitor", "key"];

#[test]
fn an_example_replaces_what_has_its_name() {
    let project =
        "[roles]\na = {} # x\nb = {}\n[groups.g] # y\ntable = 't'\n[tables.\"t\"]\nselect = 'true'\n[tables.\"u\"]\n";
    let example = "[roles]\nb = { service = true }\n[tables]\n\"t\" = 'sealed'\n";
    assert_eq!(
        without_replaced(project, example),
        "[roles]\na = {} # x\n[groups.g] # y\ntable = 't'\n[tables.\"u\"]\n"
    );
}
