//! A slot: one data folder, held by one process at a time.
//!
//! INVARIANT: roles are shared by a whole server, so two processes never share one. The lock on a slot is a `flock`, which
//! the kernel releases however its holders end; the supervisor holds it too, until the server has stopped.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pgseal_engine::sql::short_hash;

use super::account::Account;
use super::binaries::Binaries;
use super::{EmbeddedError, SUPERUSER};

/// Bytes that a socket's path may have: 107 on Linux, 103 on macOS.
const SOCKET_PATH_LIMIT: usize = 103;

/// What Postgres calls its socket, with its default port, which nothing else uses in a folder of our own.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// More servers than anybody runs at once.
const SLOTS: usize = 64;

/// A locked slot.
#[derive(Debug)]
pub(super) struct Slot {
    folder: PathBuf,
    /// The folder of the socket.
    pub socket: PathBuf,
    /// Locked.
    pub lock: File,
    reused: Cell<bool>,
}

impl Slot {
    /// Takes the first slot that is free.
    pub fn take(cache: &Path, major: u32, account: &Account) -> Result<Self, EmbeddedError> {
        let parent = cache.join(major.to_string());
        let unusable =
            |reason: String| EmbeddedError::Cache { folder: cache.to_owned(), reason, account: account.name.clone() };
        let failed = |error: io::Error| unusable(error.to_string());
        let made: Vec<&Path> = [parent.as_path(), cache].into_iter().filter(|folder| !folder.exists()).collect();
        fs::create_dir_all(&parent).map_err(failed)?;
        if account.is_other() {
            // Whatever root's umask is. What was there before is not ours to open.
            for folder in made {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
            }
        }
        if account.is_other()
            && let Some(closed) = closed_ancestor(&parent)
        {
            return Err(unusable(format!("`{}` is closed to {}", closed.display(), account.name)));
        }
        for number in 0..SLOTS {
            let folder = parent.join(format!("slot{number}"));
            let file = folder.with_extension("lock");
            let lock =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(file).map_err(failed)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            account.private_folder(&folder).map_err(failed)?;
            let socket = socket_folder(&folder, account).map_err(failed)?;
            return Ok(Self { folder, socket, lock, reused: Cell::new(true) });
        }
        Err(unusable(format!("all {SLOTS} servers are in use")))
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The slot's own folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Whether an earlier run made the data folder.
    pub fn is_reused(&self) -> bool {
        self.reused.get()
    }

    /// Removes the data folder.
    pub fn clear(&self) -> Result<(), EmbeddedError> {
        match fs::remove_dir_all(self.data()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.unusable(&error)),
            _ => Ok(()),
        }
    }

    fn unusable(&self, error: &io::Error) -> EmbeddedError {
        let account = "the server's user".to_owned();
        EmbeddedError::Cache { folder: self.folder.clone(), reason: error.to_string(), account }
    }

    /// Stops the server that a killed supervisor left in this slot, if there is one. We hold the lock, so nobody uses it.
    pub fn stop_leftover(&self, binaries: &Binaries, account: &Account) -> Result<(), EmbeddedError> {
        let file = self.data().join("postmaster.pid");
        let Some(pid) = fs::read_to_string(&file).ok().and_then(|text| text.lines().next()?.trim().parse::<u32>().ok())
        else {
            return Ok(());
        };
        if self.runs_here(pid) {
            // The process is a Postgres on this very data folder: its own tool ends it.
            let ended = account
                .command(&binaries.folder.join("pg_ctl"), &self.folder)
                .args(["stop", "-m", "immediate", "-w", "-t", "30", "-D"])
                .arg(self.data())
                .output();
            let begun = Instant::now();
            while self.runs_here(pid) && begun.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(10));
            }
            if self.runs_here(pid) {
                let reason = match ended {
                    Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                    Err(error) => error.to_string(),
                };
                return Err(
                    self.did_not_start(binaries, format!("a server of an earlier run goes on as {pid}: {reason}"))
                );
            }
        }
        // A number that now belongs to another program would make Postgres refuse to start.
        drop(fs::remove_file(file));
        Ok(())
    }

    /// Whether that process is a Postgres on our data folder.
    fn runs_here(&self, pid: u32) -> bool {
        let data = self.data();
        let arguments = if Path::new("/proc/self/cmdline").exists() {
            fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
        } else {
            let listed = std::process::Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
            listed.map(|output| output.stdout).unwrap_or_default()
        };
        String::from_utf8_lossy(&arguments).contains(data.to_string_lossy().as_ref())
    }

    /// Runs `initdb` unless an earlier run did.
    pub fn initialize(&self, binaries: &Binaries, account: &Account) -> Result<(), EmbeddedError> {
        let (data, new) = (self.data(), self.folder.join("data.new"));
        if data.join("PG_VERSION").exists() {
            return Ok(());
        }
        self.reused.set(false);
        self.clear()?;
        let mut reason = String::new();
        // Some systems have no C.UTF-8.
        for locale in ["C.UTF-8", "C"] {
            drop(fs::remove_dir_all(&new));
            let output = account
                .command(&binaries.folder.join("initdb"), &self.folder)
                .args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8"])
                .arg(format!("--locale={locale}"))
                .arg(format!("--username={SUPERUSER}"))
                .arg("--pgdata")
                .arg(&new)
                .env("LC_ALL", "C")
                .output()
                .map_err(|error| self.did_not_start(binaries, format!("{}: {error}", account.name)))?;
            if output.status.success() {
                // In one step: a folder that is there is whole.
                return fs::rename(&new, &data).map_err(|error| self.unusable(&error));
            }
            reason = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
        }
        Err(self.did_not_start(binaries, format!("initdb as {}: {reason}", account.name)))
    }

    /// An error with the end of the log.
    pub fn did_not_start(&self, binaries: &Binaries, reason: String) -> EmbeddedError {
        let (major, bin) = (binaries.major, binaries.folder.clone());
        EmbeddedError::DidNotStart { major, bin, reason, log: self.log_tail() }
    }

    /// The last lines of the server's log, each on a line of its own, indented.
    pub fn log_tail(&self) -> String {
        const LINES: usize = 8;
        let log = fs::read(self.log()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| format!("\n  {line}")).collect()
    }
}

/// The nearest folder above that others may not enter.
fn closed_ancestor(folder: &Path) -> Option<PathBuf> {
    const ENTER: u32 = 0o001;
    folder
        .ancestors()
        .find(|ancestor| fs::metadata(ancestor).is_ok_and(|metadata| metadata.mode() & ENTER == 0))
        .map(Path::to_owned)
}

/// The folder of the socket: in the slot, or a short one below the temporary folder if that path were too long.
/// INVARIANT: it is the server's user's alone, because whoever reaches the socket is superuser.
fn socket_folder(slot: &Path, account: &Account) -> io::Result<PathBuf> {
    let fits = |folder: &Path| folder.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_LIMIT;
    let name = format!("pgseal-{}-{}", account.uid, short_hash(&slot.to_string_lossy(), 12));
    let folder = [slot.join("socket"), std::env::temp_dir().join(&name), Path::new("/tmp").join(&name)]
        .into_iter()
        .find(|folder| fits(folder))
        .ok_or_else(|| io::Error::other("its path is too long for a socket"))?;
    if !folder.exists() {
        account.private_folder(&folder)?;
    }
    let metadata = fs::symlink_metadata(&folder)?;
    if !metadata.is_dir() || metadata.uid() != account.uid {
        return Err(io::Error::other(format!("`{}` belongs to somebody else", folder.display())));
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    Ok(folder)
}
