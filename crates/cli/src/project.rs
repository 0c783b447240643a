//! A user's project on disk: finds its folder and reads its files. Understands nothing of what they say but where they are.

use std::path::{Path, PathBuf};

use pgseal_engine::source::{FileId, Sources};

use crate::exit::Failure;

/// The project's folder: the one given, else the nearest upwards from the current one that holds `pgseal.toml` or
/// `access.toml`.
///
/// # Errors
/// If there is none.
pub fn find(given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(folder) = given {
        return match folder.is_dir() {
            true => Ok(folder.to_path_buf()),
            false => Err(Failure::new(format!("there is no folder `{}`", folder.display()))),
        };
    }
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|folder| ["pgseal.toml", "access.toml", "access"].iter().any(|name| folder.join(name).exists()))
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            Failure::new("there is no `pgseal.toml` or `access.toml` here or in a folder above")
                .help("`pgseal init` makes a project, `--project DIR` names one elsewhere")
        })
}

/// The name of a folder, which its project has unless `pgseal.toml` says otherwise.
pub fn folder_name(folder: &Path) -> String {
    let folder =
        folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_path_buf());
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Adds a file of the project to the sources; its path is shown relative to the project.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub fn add(sources: &mut Sources, root: &Path, path: &Path) -> Result<FileId, Failure> {
    let shown = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    match std::fs::read(path) {
        Err(error) => Err(Failure::new(format!("cannot read `{shown}`: {error}"))),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(sources.add(shown, text)),
            Err(error) => {
                Err(Failure::new(format!("`{shown}` is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
                    .help("save it as UTF-8"))
            }
        },
    }
}

/// The files that a setting's paths name: a file itself, or all files with that ending below a folder, sorted.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(root: &Path, paths: &[String], ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        // `access/*.toml` is how the documentation speaks of a folder.
        let path = root.join(path.strip_suffix(&format!("/*.{ending}")).unwrap_or(path));
        if path.is_dir() {
            collect(&path, ending, &mut found)?;
        } else if path.exists() {
            found.push(path);
        }
    }
    found.dedup();
    Ok(found)
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::new(format!("cannot read `{}`: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(unreadable)?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden {
            collect(&path, ending, found)?;
        } else if !hidden && path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    Ok(())
}
