//! A user's project on disk: finds its folder, reads its files and hands them to the pipeline.

use std::path::{Path, PathBuf};

use pgseal_engine::diagnostic::{Diagnostic, has_errors};
use pgseal_engine::source::{FileId, Sources};
use pgseal_engine::syntax::settings;
use pgseal_postgres::embedded::{Server, StartOptions};
use pgseal_postgres::project::{Input, Project, ScratchServer};

use crate::exit::Failure;
use crate::report;

/// Where files are if `pgseal.toml` does not say; they need not be there.
const UNSAID: &[&str] = &["access.toml", "access", "schema"];

/// The project's folder: the one given, else the nearest upwards from the current one that holds `pgseal.toml` or
/// `access.toml`.
///
/// # Errors
/// If there is none.
fn find(given: Option<&Path>) -> Result<PathBuf, Failure> {
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

/// A project as text.
#[derive(Debug)]
pub struct Files {
    /// Its folder.
    pub root: PathBuf,
    /// All its files, sorted out.
    pub input: Input,
    /// What is wrong with `pgseal.toml`.
    findings: Vec<Diagnostic>,
}

/// Reads the project that [`find`] finds.
///
/// # Errors
/// If there is none, or one of its files cannot be read.
pub fn read(given: Option<&Path>) -> Result<Files, Failure> {
    let root = find(given)?;
    let mut sources = Sources::default();
    let path = root.join("pgseal.toml");
    let file = if path.exists() { Some(add(&mut sources, &root, &path)?) } else { None };
    let (settings, findings) = settings::parse(&sources, file, &folder_name(&root));
    let access = add_all(&mut sources, &root, &settings.access_paths, "toml")?;
    let schema = add_all(&mut sources, &root, &settings.schema_paths, "sql")?;
    if access.is_empty() {
        return Err(Failure::new(format!("there is no access model at `{}`", settings.access_paths.join("`, `")))
            .help("`pgseal init` makes a project; `[paths] access` in `pgseal.toml` names other files"));
    }
    Ok(Files { root, input: Input { sources, settings, access, schema }, findings })
}

fn add_all(sources: &mut Sources, root: &Path, paths: &[String], ending: &str) -> Result<Vec<FileId>, Failure> {
    files(root, paths, ending)?.iter().map(|path| add(sources, root, path)).collect()
}

/// Runs the pipeline over a project's texts: on the server of `scratch_url`, else on the embedded Postgres, of this major
/// version or the newest.
///
/// # Errors
/// If no Postgres can be had, or it fails.
pub async fn prepare(files: &Files, major: Option<u32>) -> Result<Project, Failure> {
    let _progress = report::progress("compiling");
    let mut project = match &files.input.settings.scratch_url {
        Some(url) => pgseal_postgres::project::prepare(&files.input, ScratchServer::Given(url)).await?,
        None => {
            let server = Server::start(StartOptions { major, ..StartOptions::default() }).await?;
            let project = pgseal_postgres::project::prepare(&files.input, &server).await?;
            server.stop().await;
            project
        }
    };
    project.diagnostics.extend(files.findings.iter().cloned());
    if has_errors(&project.diagnostics) {
        project.compiled = None;
    }
    Ok(project)
}

/// Adds a file of the project to the sources; its path is shown relative to the project.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
fn add(sources: &mut Sources, root: &Path, path: &Path) -> Result<FileId, Failure> {
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
fn files(root: &Path, paths: &[String], ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for written in paths {
        // `access/*.toml` is how the documentation speaks of a folder.
        let path = root.join(written.strip_suffix(&format!("/*.{ending}")).unwrap_or(written));
        if path.is_dir() {
            collect(&path, ending, &mut found)?;
        } else if path.exists() {
            found.push(path);
        } else if !UNSAID.contains(&written.as_str()) {
            return Err(Failure::new(format!("there is no `{written}`, which `[paths]` in `pgseal.toml` names")));
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
