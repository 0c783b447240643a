//! What a table creator wrote in a transaction that is still open: no comparison sees it before it is committed.

use std::time::Duration;

use pgseal_postgres::apply::{Applied, ApplyError, Options, apply};
use pgseal_postgres::embedded::SUPERUSER;
use pgseal_postgres::testing;
use tokio_postgres::Client;

use super::adopted::Adopted;

/// No lock of any of this is waited for by who gives the type away, or by `apply`.
const HANG: &str = "begin; \
     create function tcs.tojson(s app.status) returns json language sql as $$ select '\"taken\"'::json $$; \
     create cast (app.status as json) with function tcs.tojson(app.status)";

/// The attack is real: nobody names the cast.
const TAKEN: &str = "to_json('a'::app.status)::text = '\"taken\"'";

async fn run(client: &Client, adopted: &Adopted<'_>, sql: &str) {
    client.batch_execute(&adopted.filled(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

async fn pid(client: &Client) -> i32 {
    client.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0)
}

async fn applied(adopted: &Adopted<'_>, options: Options<'_>) -> Result<Applied, ApplyError> {
    let mut client = adopted.connect(SUPERUSER).await;
    // Trusted with what is there to see, not with what is not.
    let trust = [adopted.filled("$t")];
    apply(&mut client, &adopted.compiled.canonical, adopted.prefix, Options { yes: true, trust: &trust, ..options })
        .await
}

/// Without waiting for anybody.
async fn at_once(adopted: &Adopted<'_>) -> Result<Applied, ApplyError> {
    applied(adopted, Options { patience: Duration::ZERO, ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_committed_is_not_taken_over_nor_called_done() {
    for server in testing::servers().await.unwrap() {
        let adopted = Adopted::new(server, "underway").await;
        adopted.run("set role $t; create type app.status as enum ('a', 'b')").await;
        let creator = adopted.connect("$t").await;
        let session = format!("session {} of `{}` has a transaction open", pid(&creator).await, adopted.filled("$t"));

        // Before anything is taken over.
        run(&creator, &adopted, HANG).await;
        adopted.give(SUPERUSER).await;
        let error = at_once(&adopted).await.unwrap_err();
        assert!(matches!(&error, ApplyError::UnderWay(lines) if lines.len() == 1), "{error}");
        assert!(error.to_string().contains(&session), "{error}");
        run(&creator, &adopted, "commit").await;
        assert!(adopted.holds(TAKEN).await);
        let error = at_once(&adopted).await.unwrap_err();
        assert!(error.to_string().contains("cast (app.status AS json)"), "{error}");
        run(&creator, &adopted, "drop function tcs.tojson(app.status) cascade").await;
        let sealed = at_once(&adopted).await.unwrap();
        assert!(!sealed.changes.is_empty() && sealed.unsettled.is_empty(), "{:?}", sealed.unsettled);

        // Of a session that was let do it once, and is nobody's friend any more.
        adopted.run("alter role $t superuser").await;
        run(&creator, &adopted, "begin; set local seal.applying = on").await;
        run(&creator, &adopted, HANG.trim_start_matches("begin; ")).await;
        adopted.run("alter role $t nosuperuser").await;
        let unsettled = at_once(&adopted).await.unwrap();
        assert_eq!(unsettled.changes, []);
        assert!(matches!(&*unsettled.unsettled, [line] if line.starts_with(&session)), "{:?}", unsettled.unsettled);

        // It commits while `apply` waits for it, after the comparison that did not see it.
        let (told, mut waits) = tokio::sync::mpsc::unbounded_channel();
        let notice = move |line: &str| told.send(line.to_owned()).unwrap();
        let options = Options { patience: Duration::from_secs(600), notice: &notice, ..Options::default() };
        let commit = async {
            assert_eq!(waits.recv().await.as_deref(), Some("others have transactions open: waiting for them"));
            run(&creator, &adopted, "commit").await;
        };
        let (outcome, ()) = tokio::join!(applied(&adopted, options), commit);
        let error = outcome.unwrap_err();
        assert!(matches!(&error, ApplyError::Meanwhile(_)), "{error}");
        assert!(error.to_string().contains("cast (app.status AS json)"), "{error}");
        assert!(adopted.holds(TAKEN).await);
        adopted.run("set seal.applying = on; drop function tcs.tojson(app.status) cascade").await;

        // What can be put right is put right at once.
        adopted.run("alter role $t superuser").await;
        run(&creator, &adopted, "begin; set local seal.applying = on; grant select on app.notes to $t").await;
        adopted.run("alter role $t nosuperuser").await;
        let (told, mut waits) = tokio::sync::mpsc::unbounded_channel();
        let notice = move |line: &str| told.send(line.to_owned()).unwrap();
        let options = Options { patience: Duration::from_secs(600), notice: &notice, ..Options::default() };
        let commit = async {
            waits.recv().await;
            run(&creator, &adopted, "commit").await;
        };
        let (outcome, ()) = tokio::join!(applied(&adopted, options), commit);
        let outcome = outcome.unwrap();
        assert!(!outcome.changes.is_empty() && outcome.unsettled.is_empty(), "{outcome:?}");
        assert!(!adopted.holds("has_table_privilege('$t', 'app.notes', 'select')").await);

        // Whoever only reads has nothing to commit.
        run(&creator, &adopted, "begin; select 1").await;
        assert_eq!(at_once(&adopted).await.unwrap().unsettled, [""; 0]);
    }
}
