//! `pgseal init`: a new project, never over an old one.

use tempfile::tempdir;

use crate::pgseal::pgseal;

#[test]
fn init_makes_a_project_and_never_overwrites_one() {
    let folder = tempdir().unwrap();
    let first = pgseal(folder.path(), &["init", "My Shop"]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    let settings = folder.path().join("My Shop/pgseal.toml");
    assert!(std::fs::read_to_string(&settings).unwrap().contains("name = \"my_shop\""));

    std::fs::write(&settings, "mine").unwrap();
    let second = pgseal(folder.path(), &["init", "My Shop"]);
    assert_eq!((second.code, second.stdout.as_str()), (2, ""));
    assert!(second.stderr.contains("`My Shop/pgseal.toml` exists already"), "{}", second.stderr);
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "mine");
}

#[test]
fn a_failure_is_one_line_and_an_advice_and_json_where_asked() {
    let folder = tempdir().unwrap();
    let plain = pgseal(folder.path(), &["--project", "nowhere", "check"]);
    assert_eq!((plain.code, plain.stdout.as_str()), (2, ""));
    assert!(plain.stderr.starts_with("error: "), "{}", plain.stderr);
    let json = pgseal(folder.path(), &["--project", "nowhere", "check", "--json"]);
    assert_eq!((json.code, json.stderr.as_str()), (2, ""));
    assert!(json.stdout.starts_with("{\n  \"error\": "), "{}", json.stdout);
}
