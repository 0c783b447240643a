//! Runs the built command in a folder and keeps what it said.

use std::path::Path;
use std::process::Command;

/// What a run of the command gave.
pub struct Run {
    /// Exit code.
    pub code: i32,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
}

/// Runs `pgseal` with these arguments in a folder.
pub fn pgseal(folder: &Path, arguments: &[&str]) -> Run {
    pgseal_with(folder, arguments, &[])
}

/// The same with more in its environment.
pub fn pgseal_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_pgseal"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
