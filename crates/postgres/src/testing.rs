//! For tests: one embedded server per major version and process, started when first asked for and gone with the process.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use tokio::sync::OnceCell;

use crate::embedded::{EmbeddedError, Server, StartOptions, cache_folder, found};

/// The oldest and the newest major version that are installed, 15 and 18 where `make test` could get both: what every test
/// runs on. The majors in PGSEAL_TEST_REQUIRE (`15 18`) besides, whether installed or not; if PGSEAL_TEST_POSTGRES
/// (`15 16 17 18`) is set, exactly those in it.
pub fn majors() -> Vec<u32> {
    let ends = installed().first().into_iter().chain(installed().last()).copied();
    limited(ends.chain(listed("PGSEAL_TEST_REQUIRE").unwrap_or_default()))
}

/// These and all others that are installed, for tests of what differs between majors; but exactly PGSEAL_TEST_POSTGRES if set.
pub fn every_major() -> Vec<u32> {
    limited(majors().into_iter().chain(installed().iter().copied()))
}

fn installed() -> &'static BTreeSet<u32> {
    static INSTALLED: LazyLock<BTreeSet<u32>> = LazyLock::new(|| {
        let found = cache_folder().map(|cache| found(&cache)).unwrap_or_default();
        found.iter().map(|binaries| binaries.major).collect()
    });
    &INSTALLED
}

/// Sorted, each once; replaced by PGSEAL_TEST_POSTGRES.
fn limited(majors: impl Iterator<Item = u32>) -> Vec<u32> {
    let majors: BTreeSet<u32> = match listed("PGSEAL_TEST_POSTGRES") {
        Some(listed) => listed.into_iter().collect(),
        None => majors.collect(),
    };
    majors.into_iter().collect()
}

fn listed(variable: &str) -> Option<Vec<u32>> {
    let text = std::env::var(variable).ok()?;
    Some(text.split_whitespace().filter_map(|major| major.parse().ok()).collect())
}

/// This process' server of a major version.
pub async fn server(major: u32) -> Result<&'static Server, EmbeddedError> {
    static SERVERS: [OnceCell<Server>; 4] = [const { OnceCell::const_new() }; 4];
    let start = || Server::start(StartOptions::major(major));
    match SERVERS.get((major as usize).wrapping_sub(15)) {
        Some(cell) => cell.get_or_try_init(start).await,
        None => Err(EmbeddedError::Unsupported { wanted: major }),
    }
}

/// This process' servers, one of each of [`majors`], oldest first. Never empty.
pub async fn servers() -> Result<Vec<&'static Server>, EmbeddedError> {
    let mut servers = Vec::new();
    for major in majors() {
        servers.push(server(major).await?);
    }
    if servers.is_empty() { Err(EmbeddedError::NotFound) } else { Ok(servers) }
}
