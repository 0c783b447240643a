//! As whom the embedded server runs: ourselves, or somebody unprivileged if we are root, because Postgres refuses to be root.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::EmbeddedError;

/// The server's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// For messages.
    pub name: String,
    /// Whom to become; none if we stay who we are.
    become_user: Option<(u32, u32)>,
    /// The user id that owns the server's files.
    pub uid: u32,
}

impl Account {
    /// Ourselves; for root `postgres`, else `nobody`.
    pub fn for_server() -> Result<Self, EmbeddedError> {
        let uid = id(&["-u"]).ok_or(EmbeddedError::NoAccount)?;
        if uid != 0 {
            return Ok(Self { name: "you".to_owned(), become_user: None, uid });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let (uid, gid) = (id(&["-u", name])?, id(&["-g", name])?);
                (uid != 0).then(|| Self { name: format!("user `{name}`"), become_user: Some((uid, gid)), uid })
            })
            .ok_or(EmbeddedError::NoAccount)
    }

    /// Whether it is somebody else.
    pub fn is_other(&self) -> bool {
        self.become_user.is_some()
    }

    /// A command that runs as this user, in its own process group (a Ctrl-C in the terminal is ours to handle) and with
    /// nothing in its environment that would lead Postgres elsewhere.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.current_dir(folder).process_group(0);
        if let Some((uid, gid)) = self.become_user {
            // Without supplementary groups: the standard library drops them when root becomes somebody else.
            command.uid(uid).gid(gid).env("HOME", folder);
        }
        command
    }

    /// Makes a folder that only this user may enter.
    pub fn private_folder(&self, folder: &Path) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            created => created?,
        }
        match self.become_user {
            Some((uid, gid)) => chown(folder, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// What `id` prints as a number.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
