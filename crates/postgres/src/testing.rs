//! For tests: one embedded server per major version and process, started when first asked for and gone with the process.

use std::sync::LazyLock;

use tokio::sync::OnceCell;

use crate::embedded::{EmbeddedError, Server, StartOptions, cache_folder, found};

/// The newest major version that is installed, and 18 if it is another one that is installed: what every test runs on. The
/// majors in PGSEAL_TEST_REQUIRE (`18`) besides, whether installed or not; if PGSEAL_TEST_POSTGRES (`15 16 17 18`) is set,
/// exactly those in it.
pub fn majors() -> Vec<u32> {
    static MAJORS: LazyLock<Vec<u32>> = LazyLock::new(|| {
        let listed = |variable: &str| -> Option<Vec<u32>> {
            let text = std::env::var(variable).ok()?;
            Some(text.split_whitespace().filter_map(|major| major.parse().ok()).collect())
        };
        let installed: Vec<u32> = cache_folder()
            .map(|cache| found(&cache).iter().map(|binaries| binaries.major).collect())
            .unwrap_or_default();
        // `scripts/fetch-postgres` brings 18; what a distribution installed is then the older one.
        let mut majors: Vec<u32> =
            installed.first().into_iter().chain(installed.iter().find(|major| **major != 18)).copied().collect();
        majors.extend(listed("PGSEAL_TEST_REQUIRE").unwrap_or_default());
        majors = listed("PGSEAL_TEST_POSTGRES").unwrap_or(majors);
        majors.sort_unstable();
        majors.dedup();
        majors
    });
    MAJORS.clone()
}

/// This process' server of a major version.
pub async fn server(major: u32) -> Result<&'static Server, EmbeddedError> {
    static SERVERS: [OnceCell<Server>; 4] = [const { OnceCell::const_new() }; 4];
    let start = || Server::start(StartOptions::major(major));
    match SERVERS.get((major as usize).wrapping_sub(15)) {
        Some(cell) => cell.get_or_try_init(start).await,
        None => Err(EmbeddedError::MajorNotFound { wanted: major, found: "15 to 18 are supported".to_owned() }),
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
