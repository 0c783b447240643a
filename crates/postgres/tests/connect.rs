//! Connecting by URL: what fails is said in one line, with what to do and without the password.

use pgseal_postgres::connect::{ConnectError, Target, Verification, connect, server_major};
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;

#[tokio::test]
async fn a_url_leads_to_the_server() {
    for server in testing::servers().await.unwrap() {
        for url in [
            server.url("postgres"),
            format!("host='{}' user={SUPERUSER} dbname=postgres sslmode=require", server.socket().display()),
        ] {
            let client = connect(&url).await.unwrap();
            assert_eq!(server_major(&client).await.unwrap(), server.major());
            assert_eq!(Target::parse(&url).unwrap().verification(), Verification::Plain, "a socket");
        }
    }
}

#[tokio::test]
async fn what_fails_is_said_with_what_to_do() {
    let server = testing::servers().await.unwrap()[0];
    let absent = server.url("absent").replace("pgseal@", "pgseal:s3cret@");
    let stranger = server.url_as("postgres", "nobody_here").replace("nobody_here@", "nobody_here:s3cret@");
    // Nothing listens on port 1.
    let closed = "postgresql://ann:s3cret@127.0.0.1:1/acme".to_owned();
    let no_file = "postgresql://ann:s3cret@127.0.0.1:1/acme?sslmode=verify-full&sslrootcert=absent.pem".to_owned();
    for (url, expected) in [
        (absent, "create the database"),
        (stranger, "check the user and the password"),
        (closed, "cannot connect to `127.0.0.1:1/acme` as `ann`"),
        (no_file, "cannot read certificates from `absent.pem`"),
    ] {
        let error = connect(&url).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("s3cret") && !format!("{error:?}").contains("s3cret") && !text.contains('\n'), "{text}");
        assert!(!matches!(error, ConnectError::Url { .. }));
    }
}
