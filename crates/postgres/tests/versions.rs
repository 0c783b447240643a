//! Says which servers the suite ran on.

use std::io::Write as _;

use pgseal_postgres::embedded::SUPPORTED;
use pgseal_postgres::testing::{majors, servers};

#[tokio::test]
async fn the_suite_says_which_servers_it_ran_on() {
    let servers = servers().await.unwrap();
    assert_eq!(servers.iter().map(|server| server.major()).collect::<Vec<_>>(), majors());
    assert!(servers.iter().all(|server| SUPPORTED.contains(&server.major())));
    let versions: Vec<&str> = servers.iter().map(|server| server.version()).collect();
    // Past the capture of test output: whoever runs the suite is to see it.
    writeln!(std::io::stderr().lock(), "tested on PostgreSQL {}", versions.join(" and ")).unwrap();
}
