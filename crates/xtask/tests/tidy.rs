//! Keeps the documents true and the sources within their rules. Reads files and nothing else.

use std::collections::BTreeSet;

use xtask::tree;

fn read(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Rust files of all crates.
fn sources() -> Vec<String> {
    tree::files("crates").into_iter().filter(|path| path.ends_with(".rs")).collect()
}

/// Rust files that become part of the program, with their unit tests cut off.
fn production() -> Vec<(String, String)> {
    sources()
        .into_iter()
        .filter(|path| path.contains("/src/") && !path.starts_with("crates/xtask/") && !path.ends_with("/tests.rs"))
        .map(|path| {
            let text = read(&path);
            let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
            (path, text[..end].to_owned())
        })
        .collect()
}

/// Complains about all findings at once.
fn none(what: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{what}:\n  {}\n", findings.join("\n  "));
}

/// What stands between backticks in a Markdown text, code blocks left out.
fn quoted(markdown: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_source_says_what_it_is_for() {
    none(
        "files that do not open with `//!`",
        sources().into_iter().filter(|path| !read(path).starts_with("//! ")).collect(),
    );
}

#[test]
fn no_test_is_switched_off_and_no_path_of_one_machine_is_written_down() {
    let forbidden = [
        concat!("#[ig", "nore"),
        concat!("/wo", "rk/"),
        concat!("/fa", "rm/"),
        concat!("/ro", "ot/"),
        concat!("/tmp/", "wt"),
    ];
    let mut findings = Vec::new();
    for path in tree::files(".") {
        // A file that is no text holds no such thing.
        let Ok(text) = std::fs::read_to_string(tree::root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            findings.extend(
                forbidden
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{path}:{}: {word}", number + 1)),
            );
        }
    }
    none("what must not be in the repository", findings);
}

#[test]
fn the_engine_only_computes() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "std::time",
        "std::thread",
        "SystemTime",
        "Instant",
        "HashMap",
        "HashSet",
        "tokio",
        "rand::",
        "println!",
        "async fn",
    ];
    let findings = production()
        .into_iter()
        .filter(|(path, _)| path.starts_with("crates/engine/"))
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
                .flat_map(|(number, line)| {
                    forbidden.iter().filter(move |word| line.contains(**word)).map(move |word| (number, *word))
                })
                .map(|(number, word)| format!("{path}:{}: {word}", number + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    none("what the engine must not touch", findings);
}

/// Quotes that are no SQL quoting: a file, and a part of the line.
const NOT_SQL: &[(&str, &str)] = &[
    ("compile/identity.rs", "jsonb not null default '{}'"), // a constant
    ("compile/grants.rs", "text.contains("),                // compared, never sent
    ("model/print.rs", "via({}, '{}')"),                    // a rule's words, shown to a person
    ("introspect/constraints.rs", "coalesce("),             // a constant
    ("connect/url.rs", "value.replace("),                   // a libpq connection string
    ("postgres/src/lease/place.rs", "value.replace("),      // a libpq connection string
    ("postgres/src/backup.rs", "name.replace("),            // an argument for a shell
    ("evaluate/value.rs", "Some(text) =>"),                 // an array's text, not a literal
    ("syntax/document.rs", "shown(text)"),                  // TOML, in an advice
    ("syntax/settings.rs", "write `role_prefix"),           // TOML, in an advice
    ("check/closed_function.rs", "write `keep_open"),       // TOML, in an advice
    ("check/cascade_past_rules.rs", "[tables."),            // TOML, in an advice
    ("compile/afresh.rs", "new row violates"),              // what Postgres says of a policy
    ("engine/src/reach.rs", "`keep_open"),                  // TOML, in an advice
];

#[test]
fn only_one_file_turns_names_and_literals_into_sql() {
    // Quoting by hand: a format string that puts quotes around a value, or the doubling of quotes.
    let forbidden = [r#"\"{}\""#, r#"'{}'"#, r#"replace('"'"#, r#"replace('\''"#, r#"replace("'""#, r#"replace("\"""#];
    let findings = production()
        .into_iter()
        .filter(|(path, _)| path != "crates/engine/src/sql.rs")
        .flat_map(|(path, text)| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
                .filter(|(_, line)| forbidden.iter().any(|word| line.contains(word)))
                .filter(|(_, line)| !NOT_SQL.iter().any(|(file, part)| path.ends_with(file) && line.contains(part)))
                .map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    none("quoting outside engine::sql", findings);
}

#[test]
fn names_say_what_is_inside() {
    let vague = ["util", "utils", "common", "helpers", "helper", "misc", "types", "prelude"];
    let mut findings: Vec<String> = sources()
        .into_iter()
        .filter(|path| path.split('/').any(|part| vague.contains(&part.trim_end_matches(".rs"))))
        // What CREATE TYPE makes is called so by Postgres.
        .filter(|path| !(path.starts_with("crates/postgres/") && path.ends_with("/types.rs")))
        .collect();
    findings.extend(
        production()
            .into_iter()
            .filter(|(_, text)| {
                text.lines().any(|line| line.trim_start().starts_with("pub use ") && line.trim_end().ends_with("::*;"))
            })
            .map(|(path, _)| format!("{path}: re-exports everything of a module")),
    );
    none("names that hide", findings);
}

#[test]
fn the_architecture_page_is_short_and_true() {
    let page = read("ARCHITECTURE.md");
    assert!(page.lines().count() < 200, "ARCHITECTURE.md has {} lines", page.lines().count());
    let quoted = quoted(&page);
    let mut findings: Vec<String> = quoted
        .iter()
        .filter(|word| word.contains('/') && !word.contains(['<', '*', ' ', '$', '(', '>']))
        .filter(|word| {
            let exists = |path: String| tree::root().join(path).exists();
            !exists((*word).clone()) && !exists(format!("crates/{word}"))
        })
        .map(|word| format!("`{word}` is no path"))
        .collect();
    for path in sources() {
        let parts: Vec<&str> = path.split('/').collect();
        if let ["crates", name, "src", module, ..] = parts.as_slice() {
            let module = module.trim_end_matches(".rs");
            if !quoted.contains(*name) {
                findings.push(format!("the crate `{name}` is missing"));
            }
            let listed = [module.to_owned(), format!("{module}/"), format!("{module}.rs"), format!("{name}::{module}")];
            if !["lib", "main", "tests"].contains(&module) && !listed.iter().any(|form| quoted.contains(form)) {
                findings.push(format!("the module `{module}` of `{name}` is missing"));
            }
        }
    }
    let mut of_crate = "";
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("### `") {
            of_crate = heading.split('`').next().unwrap_or_default();
        } else if line.starts_with("| `") {
            for module in line.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2) {
                let source = tree::root().join("crates").join(of_crate).join("src").join(module);
                if !source.exists() && !source.with_extension("rs").exists() {
                    findings.push(format!("`{of_crate}` has no module `{module}`"));
                }
            }
        }
    }
    findings.sort();
    findings.dedup();
    none("ARCHITECTURE.md", findings);
}

#[test]
fn set_up_takes_exactly_two_commands() {
    let readme = read("README.md");
    let section =
        readme.split("\n## ").find(|section| section.starts_with("Set up")).expect("README.md has a part `Set up`");
    let commands: Vec<&str> = section
        .split("```")
        .skip(1)
        .step_by(2)
        .flat_map(|block| block.lines().skip(1))
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(commands, ["make demo", "make test"]);
}

/// The string literals in a source that look like diagnostic codes: lower-case words joined by dashes.
fn codes(text: &str) -> BTreeSet<String> {
    let is_code = |word: &&str| {
        word.contains('-')
            && word
                .split('-')
                .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
            && word.starts_with(|c: char| c.is_ascii_lowercase())
    };
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(is_code)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_diagnostic_has_its_entry_and_every_entry_its_diagnostic() {
    let mut used = BTreeSet::new();
    for (path, text) in production() {
        if path.starts_with("crates/engine/") || text.contains("Diagnostic::error(") {
            used.append(&mut codes(&text));
        }
    }
    let page = read("docs/diagnostics.md");
    let documented: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    let known: BTreeSet<String> = documented.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(known.len(), documented.len(), "docs/diagnostics.md describes a code twice");
    let mut findings: Vec<String> = used.difference(&known).map(|code| format!("`{code}` is not described")).collect();
    findings.extend(known.difference(&used).map(|code| format!("`{code}` is described and used nowhere")));
    none("docs/diagnostics.md", findings);
}

#[test]
fn a_folder_is_a_case() {
    let stages = ["check", "compile", "differential", "parse", "resolve", "rule"];
    let findings = tree::files("tests/cases")
        .into_iter()
        .filter(|path| {
            let parts: Vec<&str> = path.split('/').collect();
            parts.len() != 5 || !stages.contains(&parts[2])
        })
        .collect();
    none("files below tests/cases that no stage reads", findings);
}

/// What `docs/hazards.md` numbers, group by group.
const HAZARDS: [(u32, u32); 8] = [(1, 21), (22, 58), (59, 90), (91, 94), (95, 109), (110, 116), (117, 122), (123, 127)];

#[test]
fn every_hazard_has_an_answer_and_the_tests_that_it_names() {
    let text = read("docs/hazards.md");
    let groups: Vec<&str> = text.split("\n## D").skip(1).collect();
    assert_eq!(groups.len(), HAZARDS.len());
    for (group, (first, last)) in groups.iter().zip(HAZARDS) {
        let numbers: Vec<u32> =
            group.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
        let expected: Vec<u32> = (first..=last).collect();
        // A group that nobody has written yet is empty.
        assert!(numbers == expected, "{numbers:?} instead of {expected:?}");
    }
    let tests: BTreeSet<String> = sources().into_iter().flat_map(|path| functions(&path)).collect();
    let missing = quoted(&text).into_iter().filter(|name| name.contains("::") && !tests.contains(name)).collect();
    none("tests that docs/hazards.md names and that do not exist", missing);
}

#[test]
fn every_setting_has_its_part_of_the_page_and_every_part_its_setting() {
    let source = read("crates/engine/src/syntax/settings.rs");
    let fields = source.split("pub struct Settings {").nth(1).and_then(|rest| rest.split("\n}").next());
    let fields = fields.expect("the settings are a struct");
    let keys: BTreeSet<&str> = fields
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// `")?.split_once('`').map(|(key, _)| key))
        .collect();
    assert_eq!(keys.len(), fields.matches("pub ").count(), "a setting says its key first");
    let page = read("docs/settings.md");
    let described: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    assert_eq!(described, keys);
}

#[test]
fn what_the_page_of_objects_names_exists() {
    let page = read("docs/objects.md");
    let tests: BTreeSet<String> = sources().into_iter().flat_map(|path| functions(&path)).collect();
    let findings = read("docs/diagnostics.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| kind")).collect();
    let of_row = |row: &&str| row.rsplit('|').nth(1).map(quoted).unwrap_or_default();
    let bare = rows.iter().filter(|row| !row.starts_with("| ---") && of_row(row).is_empty());
    none("kinds of objects without a code or test", bare.map(|row| (*row).to_owned()).collect());
    let named: BTreeSet<String> = rows.iter().flat_map(of_row).collect();
    let is_there = |name: &String| match name.contains("::") {
        true => tests.contains(name),
        false => findings.contains(&format!("### `{name}`\n")),
    };
    none("codes and tests that docs/objects.md names", named.into_iter().filter(|name| !is_there(name)).collect());
}

/// The functions of a test binary's module, by its path: `hazards::escapes::h001_superusers`.
fn functions(path: &str) -> Vec<String> {
    let Some((_, file)) = path.split_once("/tests/") else { return Vec::new() };
    let module = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let text = read(path);
    let names =
        text.lines().filter_map(|line| line.trim_start().strip_prefix("async fn ").or(line.strip_prefix("fn ")));
    names.filter_map(|line| Some(format!("{module}::{}", line.split_once('(')?.0))).collect()
}
