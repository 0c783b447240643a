//! The running server, below a supervisor that stops it when we are gone.
//!
//! The supervisor is a few lines of `sh` whose standard input is a pipe that only we hold. However we end, `kill -9`
//! included, the kernel closes the pipe, the supervisor reads its end and stops the server.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};

use super::EmbeddedError;
use super::account::Account;
use super::binaries::Binaries;
use super::slot::Slot;

/// `$1` is the log, the rest the server's command line. The guard asks for a fast shutdown, and after 5 s for an immediate
/// one. When the server ends by itself, so does the supervisor. Its standard output is the slot's lock, held until then.
const SUPERVISOR: &str = r#"
exec 3<&0 </dev/null
log=$1
shift
"$@" >"$log" 2>&1 3<&- &
server=$!
(
    read -r _ <&3
    kill -INT "$server"
    tries=0
    while [ "$tries" -lt 50 ] && kill -0 "$server"; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -QUIT "$server"
) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$server"
status=$?
kill "$guard" 2>/dev/null
exit "$status"
"#;

/// Speed over durability: nothing in it is worth keeping.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "jit=off",
    "max_connections=200",
    "max_locks_per_transaction=256",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
    "lc_messages=C",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// A supervisor with its server.
#[derive(Debug)]
pub(super) struct Process {
    supervisor: Child,
}

/// Starts the server in its slot; it is not ready yet.
pub(super) fn start(
    slot: &Slot,
    binaries: &Binaries,
    account: &Account,
    settings: &[String],
) -> Result<Process, EmbeddedError> {
    let failed = |error: std::io::Error| slot.did_not_start(binaries, error.to_string());
    let lock: File = slot.lock.try_clone().map_err(failed)?;
    let mut command = account.command(Path::new("/bin/sh"), slot.folder());
    command.args(["-c", SUPERVISOR, "pgseal"]).arg(slot.log());
    command.arg(binaries.folder.join("postgres")).arg("-D").arg(slot.data()).arg("-k").arg(&slot.socket);
    // Of two for the same setting the last one counts.
    for setting in SETTINGS.iter().copied().chain(settings.iter().map(String::as_str)) {
        command.args(["-c", setting]);
    }
    let supervisor =
        command.stdin(Stdio::piped()).stdout(Stdio::from(lock)).stderr(Stdio::null()).spawn().map_err(failed)?;
    Ok(Process { supervisor })
}

impl Process {
    /// Whether supervisor and server have ended.
    pub fn has_ended(&mut self) -> bool {
        self.supervisor.try_wait().map_or(true, |status| status.is_some())
    }

    /// Closes the pipe: the server stops.
    pub fn close(&mut self) {
        drop(self.supervisor.stdin.take());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.close();
        // Collects it if it has ended; else whoever inherits it does.
        self.has_ended();
    }
}
