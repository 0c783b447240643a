//! A database that an earlier version of pgseal sealed: its own tables are made again, and what that ends is said.

use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::testing;

use super::{Operated, compiled};
use crate::attacks::ANN;

const SCHEMA: &str =
    "create schema app; create table app.notes (id int primary key, owner uuid); create index on app.notes (owner);";
const ACCESS: &str = "identity = { user = \"uuid\" }\n[tables]\n\"app.notes\" = \"owned(owner)\"";

#[tokio::test]
async fn tables_of_an_earlier_version_are_named_with_what_to_do() {
    for server in testing::servers().await.unwrap() {
        let desired = compiled(server, "op_earlier", SCHEMA, ACCESS).await;
        let database =
            Operated::sealed(server, "op_earlier", &desired, &format!("insert into app.notes values (1, '{ANN}')"))
                .await;
        let ann = database.member(ANN).await;
        ann.rows(1, "select from app.notes").await;
        database
            .run(
                "begin; set local seal.applying = on; alter table seal.lease drop column audience, drop column revoked;
                 alter table seal.token_key drop column audience; commit",
            )
            .await;
        let error = database.apply(&desired, Options::default()).await.unwrap_err();
        let ApplyError::Unsupported(changes) = error else { panic!("{error}") };
        let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:#?}");
        for (line, table, words) in [
            (&said[0], "lease", "all leases end with it: `pgseal url` makes new ones"),
            (&said[1], "token_key", "all keys go with it: `pgseal token --new-key` makes new ones"),
        ] {
            assert!(
                line.contains(&format!(
                    "table seal.{table}: is another version's of pgseal (column `audience` (text) is new"
                )),
                "{line}"
            );
            assert!(line.contains(words) && line.contains("or as `op_earlier_seal`"), "{line}");
            // It is enough to do as it says.
            database.run(line.split('`').find(|part| part.starts_with("begin;")).unwrap()).await;
        }
        database.apply(&desired, Options::default()).await.unwrap();
        assert_eq!(database.apply(&desired, Options::default()).await.unwrap().changes, []);
        ann.rows(0, "select from app.notes").await;
        database.member(ANN).await.rows(1, "select from app.notes").await;
    }
}
