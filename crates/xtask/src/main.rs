//! `cargo xtask new-case STAGE NAME`: makes a case folder with the inputs that its stage reads, ready to be written.

use std::process::ExitCode;

/// What a person writes for each stage, and how a new file begins.
const INPUTS: &[(&str, &[(&str, &str)])] = &[
    ("parse", &[("access.toml", "[tables]\n")]),
    ("rule", &[("rule.sql", "true\n")]),
    ("check", &[("access.toml", "[tables]\n"), ("schema.sql", "create schema app;\n")]),
    ("compile", &[("access.toml", "[tables]\n"), ("schema.sql", "create schema app;\n")]),
];

const USAGE: &str = "usage: cargo xtask new-case STAGE NAME   (stages: parse, rule, check, compile)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["new-case", stage, name] => new_case(stage, name),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn new_case(stage: &str, name: &str) -> Result<String, String> {
    let (_, inputs) = INPUTS.iter().find(|(known, _)| *known == stage).ok_or(USAGE)?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_') {
        return Err(format!("`{name}` is no name for a folder: lower-case letters, digits and dashes"));
    }
    let folder = xtask::tree::root().join("tests/cases").join(stage).join(name);
    if folder.exists() {
        return Err(format!("tests/cases/{stage}/{name} exists already"));
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for (file, text) in *inputs {
        std::fs::write(folder.join(file), text).map_err(|error| error.to_string())?;
    }
    let files: Vec<&str> = inputs.iter().map(|(file, _)| *file).collect();
    Ok(format!(
        "tests/cases/{stage}/{name}: write {}, then `UPDATE=1 CASE={name} cargo test cases` and read what it answered",
        files.join(" and ")
    ))
}
