//! Whole projects through the commands that need no database of the user's.

use std::path::PathBuf;

use tempfile::tempdir;

use crate::pgseal::pgseal;

fn example(name: &str) -> PathBuf {
    xtask::tree::root().join("examples").join(name)
}

#[test]
fn a_new_project_passes_check_without_a_finding() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init"]).code, 0);
    let check = pgseal(folder.path(), &["check"]);
    assert_eq!((check.code, check.stdout.as_str(), check.stderr.as_str()), (0, "no findings\n", ""));
    let below = pgseal(&folder.path().join("schema"), &["check", "--json"]);
    assert_eq!((below.code, below.stdout.as_str()), (0, "{\n  \"ok\": true,\n  \"findings\": []\n}\n"));
}

/// The blocks of code in a language on a page.
fn blocks(page: &str, language: &str) -> String {
    let page = std::fs::read_to_string(xtask::tree::root().join(page)).unwrap();
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_project_in_the_readme_passes_check_without_a_finding() {
    let folder = tempdir().unwrap();
    std::fs::create_dir(folder.path().join("schema")).unwrap();
    std::fs::write(folder.path().join("access.toml"), blocks("README.md", "toml")).unwrap();
    std::fs::write(folder.path().join("schema/001.sql"), blocks("README.md", "sql")).unwrap();
    let check = pgseal(folder.path(), &["check"]);
    assert_eq!((check.code, check.stdout.as_str()), (0, "no findings\n"), "{}", check.stderr);
}

#[test]
fn an_error_is_shown_with_its_line_and_stops_what_comes_after() {
    let folder = tempdir().unwrap();
    assert_eq!(pgseal(folder.path(), &["init"]).code, 0);
    let access = folder.path().join("access.toml");
    let text = std::fs::read_to_string(&access).unwrap();
    std::fs::write(&access, text.replace("owned(author_id)", "ownd(author_id)")).unwrap();

    let check = pgseal(folder.path(), &["check"]);
    assert_eq!(check.code, 1, "{}", check.stderr);
    assert!(check.stdout.contains("error[unknown-model]"), "{}", check.stdout);
    assert!(check.stdout.contains("did you mean `owned`?"), "{}", check.stdout);
    assert!(check.stdout.ends_with("1 error\n"), "{}", check.stdout);

    let compile = pgseal(folder.path(), &["compile"]);
    assert_eq!((compile.code, compile.stdout.as_str()), (1, ""));
    let json = pgseal(folder.path(), &["matrix", "--json"]);
    assert_eq!(json.code, 1);
    assert!(json.stdout.starts_with("{\n  \"ok\": false"), "{}", json.stdout);
}

#[test]
fn the_examples_have_no_errors_and_compile_to_the_same_bytes_twice() {
    for name in ["agent_social", "catalogue", "crm"] {
        let check = pgseal(&example(name), &["check"]);
        assert_eq!(check.code, 0, "{name}: {}{}", check.stdout, check.stderr);
        let first = pgseal(&example(name), &["compile"]);
        let second = pgseal(&example(name), &["compile", "--emit", "sql"]);
        assert!(first.stdout.contains("force row level security"), "{name}: {}", first.stderr);
        assert!(first.stdout == second.stdout, "{name}: another script at the second time");
        for stage in ["ast", "model", "catalog"] {
            let emitted = pgseal(&example(name), &["compile", "--emit", stage]);
            assert!(emitted.stdout.starts_with("{\n"), "{name}: {stage}: {}", emitted.stderr);
        }
    }
}

#[test]
fn every_built_in_model_is_shown_with_what_it_compiles_to() {
    let folder = tempdir().unwrap();
    let models = pgseal(folder.path(), &["models", "--json"]);
    assert_eq!((models.code, models.stderr.as_str()), (0, ""));
    let models: serde_json::Value = serde_json::from_str(&models.stdout).unwrap();
    let shown: Vec<(&str, usize)> = models
        .as_array()
        .unwrap()
        .iter()
        .map(|model| (model["name"].as_str().unwrap(), model["policies"].as_array().unwrap().len()))
        .collect();
    // Commands of each: all; all, and what the seal role reads; select (of each role); select and insert; none.
    assert_eq!(shown, [("owned", 4), ("via", 5), ("public_read", 1), ("append_only", 2), ("sealed", 0)]);
}

#[test]
fn the_demonstration_answers_as_it_did() {
    let demo = pgseal(&example("agent_social"), &["demo"]);
    assert_eq!(demo.code, 0, "{}", demo.stderr);
    let path = example("agent_social").join("demo.txt");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &demo.stdout).unwrap();
    }
    let expected = std::fs::read_to_string(&path).expect("examples/agent_social/demo.txt: UPDATE=1 writes it");
    assert!(demo.stdout == expected, "examples/agent_social/demo.txt differs, this is the answer:\n{}", demo.stdout);
}
