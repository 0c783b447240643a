//! Finds installed Postgres servers: folders with `postgres` and `initdb` of a supported major version.

use std::collections::BTreeSet;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EmbeddedError;

/// The major versions that pgseal supports.
pub const SUPPORTED: RangeInclusive<u32> = 15..=18;

/// An installed server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder of `postgres` and `initdb`.
    pub folder: PathBuf,
    /// Major version.
    pub major: u32,
    /// The whole version: `18.4`.
    pub version: String,
}

/// All supported servers, each version once, the newest first. `cache` is where `scripts/fetch-postgres` puts them.
pub fn found(cache: &Path) -> Vec<Binaries> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<Binaries> = named_folder()
        .into_iter()
        .chain(path_folders())
        .chain(package_folders(cache))
        .filter(|folder| fs::canonicalize(folder).is_ok_and(|folder| seen.insert(folder)))
        .filter_map(|folder| inspect(&folder))
        .collect();
    // Stable: of two with the same version the one in the more deliberate place stays.
    all.sort_by_key(|binaries| std::cmp::Reverse(version_key(&binaries.version)));
    all.dedup_by(|later, first| later.version == first.version);
    all
}

/// The one to use: that of PGSEAL_PG_BIN whatever it is, else the newest, of the major version asked for.
pub(super) fn choose(major: Option<u32>, cache: &Path) -> Result<Binaries, EmbeddedError> {
    if let Some(folder) = named_folder() {
        let named = inspect(&folder).ok_or(EmbeddedError::NoServerInFolder { folder })?;
        if major.is_none_or(|major| major == named.major) {
            return Ok(named);
        }
    }
    pick(found(cache), major)
}

/// The first, or the first of that major version.
fn pick(all: Vec<Binaries>, major: Option<u32>) -> Result<Binaries, EmbeddedError> {
    let Some(wanted) = major else { return all.into_iter().next().ok_or(EmbeddedError::NotFound) };
    if !SUPPORTED.contains(&wanted) {
        return Err(EmbeddedError::Unsupported { wanted });
    }
    let versions: Vec<&str> = all.iter().map(|binaries| binaries.version.as_str()).collect();
    let missing = match versions.as_slice() {
        [] => EmbeddedError::NotFound,
        _ => EmbeddedError::MajorNotFound { wanted, found: versions.join(", ") },
    };
    all.into_iter().find(|binaries| binaries.major == wanted).ok_or(missing)
}

fn named_folder() -> Option<PathBuf> {
    std::env::var_os("PGSEAL_PG_BIN").filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn path_folders() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Where packages of Linux distributions, Homebrew, Postgres.app and `scripts/fetch-postgres` put them.
fn package_folders(cache: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut children = |parent: &Path, prefix: &str, below: &str| {
        let mut names: Vec<PathBuf> = fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path().join(below))
            .collect();
        names.sort();
        folders.extend(names);
    };
    children(&cache.join("postgres"), "", "bin");
    children(Path::new("/usr/lib/postgresql"), "", "bin");
    children(Path::new("/usr"), "pgsql-", "bin");
    children(Path::new("/opt/homebrew/opt"), "postgresql@", "bin");
    children(Path::new("/usr/local/opt"), "postgresql@", "bin");
    children(Path::new("/home/linuxbrew/.linuxbrew/opt"), "postgresql@", "bin");
    children(Path::new("/Applications/Postgres.app/Contents/Versions"), "", "bin");
    children(Path::new("/usr/libexec"), "postgresql", "");
    folders.push(PathBuf::from("/usr/local/pgsql/bin"));
    folders
}

/// What is in a folder, if it is a server of a supported version that runs.
fn inspect(folder: &Path) -> Option<Binaries> {
    if !folder.join("initdb").is_file() || !folder.join("postgres").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = parse_version(&text)?;
    let major = version.split('.').next()?.parse().ok()?;
    SUPPORTED.contains(&major).then(|| Binaries { folder: folder.to_owned(), major, version })
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0)` to `15.18`; a development version has no number after its major.
fn parse_version(text: &str) -> Option<String> {
    let after = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let version: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (!version.is_empty()).then_some(version)
}

fn version_key(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_servers_print() {
        let read = |text| parse_version(text);
        assert_eq!(read("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n").as_deref(), Some("15.18"));
        assert_eq!(read("postgres (PostgreSQL) 18.4\n").as_deref(), Some("18.4"));
        assert_eq!(read("postgres (PostgreSQL) 18beta2\n").as_deref(), Some("18"));
        assert_eq!(read("something else 18.4"), None);
    }

    #[test]
    fn a_higher_number_is_newer_whatever_its_digits() {
        assert!(version_key("15.18") > version_key("15.9"));
        assert!(version_key("18.0") > version_key("15.18"));
    }

    fn installed(versions: &[&str]) -> Vec<Binaries> {
        let one = |version: &&str| Binaries {
            folder: PathBuf::from("bin"),
            major: version_key(version)[0],
            version: (*version).to_owned(),
        };
        versions.iter().map(one).collect()
    }

    #[test]
    fn the_newest_unless_a_major_is_asked_for() {
        let all = || installed(&["18.4", "17.10", "17.2", "15.18"]);
        assert_eq!(pick(all(), None).unwrap().version, "18.4");
        assert_eq!(pick(all(), Some(17)).unwrap().version, "17.10");
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let error = |versions, major| pick(installed(versions), major).unwrap_err().to_string();
        assert!(error(&[], None).contains("apt-get install postgresql"));
        assert!(error(&[], Some(18)).contains("apt-get install postgresql"));
        let missing = error(&["15.18", "15.2"], Some(18));
        assert!(missing.contains("only 15.18, 15.2") && missing.contains("scripts/fetch-postgres 18"), "{missing}");
        assert!(error(&["15.18"], Some(14)).contains("15 to 18"));
    }
}
