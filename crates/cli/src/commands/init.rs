//! `pgseal init [DIR]`: writes a small project that passes `check`. Never overwrites a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use pgseal_engine::syntax::settings::fit_prefix;
use serde::Serialize;

use crate::commands::Context;
use crate::exit::{Answer, Failure};
use crate::{project, report};

/// Make a new project that passes `check` at once
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: pgseal init acme && cd acme && pgseal check")]
pub struct Args {
    /// Its folder; the current one unless given
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

#[derive(Debug, Serialize)]
struct Made {
    folder: String,
    files: Vec<&'static str>,
}

/// Makes the project.
pub fn run(args: &Args, context: &Context) -> Result<Answer, Failure> {
    let files = [
        (
            "pgseal.toml",
            include_str!("init/pgseal.toml").replace("PROJECT", &fit_prefix(&project::folder_name(&args.folder))),
        ),
        ("access.toml", include_str!("init/access.toml").to_owned()),
        ("schema/001.sql", include_str!("init/001.sql").to_owned()),
    ];
    for (name, _) in &files {
        if args.folder.join(name).exists() {
            return Err(Failure::new(format!("`{}` exists already", args.folder.join(name).display()))
                .help("`pgseal init` writes a new project only where there is none"));
        }
    }
    for (name, text) in &files {
        write_new(&args.folder.join(name), text)?;
    }
    let made = Made { folder: args.folder.display().to_string(), files: files.iter().map(|(name, _)| *name).collect() };
    if context.json {
        report::print_json(&made)?;
    } else {
        let list: String = made.files.iter().map(|name| format!("  {name}\n")).collect();
        report::print(&format!("a new project in {}\n{list}next: pgseal check, then pgseal matrix\n", made.folder))?;
    }
    Ok(Answer::Yes)
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot write `{}`: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
