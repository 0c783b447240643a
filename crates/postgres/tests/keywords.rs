//! Names that are words of Postgres' own: pgseal quotes every one that could be misread, on every server.

use pgseal_engine::sql::ident;
use pgseal_postgres::testing::servers;

#[tokio::test]
async fn every_keyword_that_could_be_misread_is_quoted() {
    for server in servers().await.unwrap() {
        let client = server.connect("postgres", "pgseal").await.unwrap();
        let rows = client.query("select word, catcode::text from pg_get_keywords()", &[]).await.unwrap();
        assert!(rows.len() > 400);
        for row in rows {
            let (word, category): (&str, &str) = (row.get(0), row.get(1));
            // `ident` does not ask about words with a digit.
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word}");
            if category != "U" {
                // Asked twice: the second answer is a remembered one.
                assert_eq!([ident(word), ident(word)], [format!("\"{word}\""), format!("\"{word}\"")]);
            }
        }
    }
}
