//! `docs/catalogue.md`: a section for each model, with the example's own lines and the policies that they compile to. `UPDATE=1`
//! writes these; the rest is written by people.

use std::collections::BTreeMap;

use pgseal_postgres::project::prepare;
use pgseal_postgres::testing;

use super::{MODELS, example};
use crate::examples::input;

/// Roles belong to the whole server: none that another test has.
const PREFIX: &str = "catalogue_page";

/// What stands before a policy's conditions, and the conditions: `on app.notes for select to member`, `using (..)`.
async fn policies() -> BTreeMap<String, String> {
    let server = *testing::servers().await.unwrap().last().unwrap();
    let project = prepare(&input("catalogue", PREFIX), server).await.unwrap();
    let desired = project.compiled.unwrap().desired;
    let mut found = BTreeMap::new();
    for (table, held) in &desired.tables {
        for policy in held.policies.values() {
            let Some(command) = policy.command else { continue };
            let kind = if policy.permissive { "" } else { " as restrictive" };
            let mut roles: Vec<String> = policy
                .roles
                .iter()
                .map(|role| role.replace(&format!("{PREFIX}_role_"), "").replace(&format!("{PREFIX}_agent_"), "agent "))
                .collect();
            roles.sort_by_key(|role| (role.starts_with("agent "), role.clone()));
            let conditions = [("using", &policy.using), ("with check", &policy.check)];
            let conditions: Vec<String> =
                conditions.iter().filter_map(|(word, text)| Some(format!("{word} ({})", text.as_ref()?))).collect();
            let head = format!("on {table}{kind} for {} to {}", command.word(), roles.join(", "));
            found.insert(head, conditions.join(" "));
        }
    }
    found
}

/// The sections of the page by their headings, in its order.
fn sections(page: &str) -> Vec<(&str, &str)> {
    page.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect()
}

/// The blocks of a language.
fn blocks<'p>(section: &'p str, language: &str) -> Vec<&'p str> {
    section.split(&format!("```{language}\n")).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// The entry behind the comment that names a model.
fn entry<'a>(access: &'a str, model: &str) -> &'a str {
    let named =
        |line: &str| line.strip_prefix("# ").is_some_and(|it| it == model || it.starts_with(&format!("{model}: ")));
    let line = access.lines().find(|line| named(line)).unwrap_or_else(|| panic!("access.toml has no `# {model}`"));
    let (_, behind) = access.split_once(&format!("\n{line}\n")).unwrap();
    behind.split("\n\n").next().unwrap().trim_end()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_the_example_and_what_it_compiles_to() {
    let path = xtask::tree::root().join("docs/catalogue.md");
    let mut page = std::fs::read_to_string(&path).unwrap();
    let policies = policies().await;
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        page = page.lines().map(|line| with_conditions(line, &policies) + "\n").collect();
        std::fs::write(&path, &page).unwrap();
    }
    let access = example("access.toml");
    let sections = sections(&page);
    assert_eq!(sections.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(), MODELS);
    for (model, section) in sections {
        let quoted = blocks(section, "toml");
        assert!(quoted.iter().any(|block| block.contains(entry(&access, model))), "{model}: not the example's entry");
        for part in quoted.iter().flat_map(|block| block.split("\n\n")) {
            assert!(access.contains(&format!("\n{part}\n")), "{model}: the example has no such lines:\n{part}");
        }
        let shown = blocks(section, "sql");
        assert_eq!(shown.len(), usize::from(model != "deny"), "{model}: one policy is shown");
        for line in shown {
            assert_eq!(line, with_conditions(line, &policies), "{model}: UPDATE=1 writes it");
        }
        assert!(section.contains("\n*Elsewhere:* `Authz") && section.contains("\n*Not* "), "{model}: says too little");
    }
}

/// A line that shows a policy, with the conditions that it has; any other line as it is.
fn with_conditions(line: &str, policies: &BTreeMap<String, String>) -> String {
    let end = [" using (", " with check ("].iter().filter_map(|word| line.find(word)).min();
    match end {
        Some(end) if line.starts_with("on app.") => match policies.get(&line[..end]) {
            Some(conditions) => format!("{} {conditions}", &line[..end]),
            None => panic!("there is no policy `{}`", &line[..end]),
        },
        _ => line.to_owned(),
    }
}
