//! Where servers are kept between runs.

use std::path::PathBuf;
use std::process::Command;

use super::EmbeddedError;

/// PGSEAL_CACHE, else `/var/cache/pgseal` for root (another user must reach it, and `/root` is closed to others), else
/// `pgseal` in XDG_CACHE_HOME or `~/.cache`.
pub fn folder() -> Result<PathBuf, EmbeddedError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = variable("PGSEAL_CACHE") {
        return std::path::absolute(&folder).map_err(|error| EmbeddedError::Cache {
            folder,
            reason: error.to_string(),
            account: "the server's user".to_owned(),
        });
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if is_root {
        return Ok(PathBuf::from("/var/cache/pgseal"));
    }
    // A relative XDG_CACHE_HOME is to be ignored, says its specification.
    variable("XDG_CACHE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("pgseal"))
        .ok_or_else(|| EmbeddedError::Cache {
            folder: PathBuf::from("~/.cache/pgseal"),
            reason: "HOME is not set".to_owned(),
            account: "you".to_owned(),
        })
}
