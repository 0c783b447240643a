//! Logical replication out of and into a sealed database: rows arrive, or it fails where somebody sees it.

use pgseal_postgres::embedded::{Server, StartOptions};
use pgseal_postgres::testing;
use tokio_postgres::Client;

use crate::attacks::{ANN, BOB, Sealed};

const SCHEMA: &str = "
    create schema app;
    create table app.notes (id int primary key, owner uuid not null, body text);
    create index on app.notes (owner);
";
const ACCESS: &str = "[identity]\nuser = 'uuid'\n[tables]\n'app.notes' = 'owned(owner)'\n";

const SETTINGS: [&str; 4] = [
    "wal_level=logical",
    "max_wal_senders=10",
    "max_logical_replication_workers=8",
    "wal_retrieve_retry_interval=100ms",
];

/// The publisher's and the subscriber's database on one server.
struct Pair<'a> {
    server: &'a Server,
    from: Sealed<'a>,
    to: Sealed<'a>,
}

impl Pair<'_> {
    async fn new(server: &Server) -> Pair<'_> {
        let publisher =
            format!("{SCHEMA}; create publication warehouse for table app.notes (id, owner) where (id < 100);");
        let listed = format!("{ACCESS}[subscriptions]\nwarehouse = {{ because = 'the warehouse counts notes' }}\n");
        let seed =
            format!("insert into app.notes values (1, '{ANN}', 'a'), (2, '{BOB}', 'b'), (100, '{BOB}', 'not sent')");
        let from = Sealed::new(server, "op_from", &publisher, &listed, &seed).await;
        let to = Sealed::new(server, "op_to", SCHEMA, ACCESS, "select").await;
        Pair { server, from, to }
    }

    /// Subscribes; a slot on the same server is made by hand, because CREATE SUBSCRIPTION would wait for itself.
    async fn subscribe(&self, user: &str, connection: &str, options: &str) {
        let slot = "select pg_create_logical_replication_slot('sub', 'pgoutput')";
        self.from.operate(slot).await;
        let (socket, database) = (self.server.socket().display(), self.from.scratch.name());
        self.to
            .operate(&format!(
                "create subscription sub connection 'host={socket} dbname={database} user={user} {connection}' \
                 publication warehouse with (create_slot = false{options})"
            ))
            .await;
    }

    async fn unsubscribe(&self) {
        self.to.operate("alter subscription sub disable").await;
        self.to.operate("alter subscription sub set (slot_name = none)").await;
        self.to.operate("drop subscription sub").await;
        // What a table's first copy may have left is named after it.
        let free = "select count(*) from (select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active) s";
        until(self.from.scratch.client(), "select not exists (select from pg_replication_slots where active)").await;
        self.from.operate(free).await;
        self.to.operate("truncate app.notes").await;
    }

    async fn rows(&self) -> String {
        let all = "select coalesce(string_agg(id || ':' || coalesce(body, '-'), ' ' order by id), '') from app.notes";
        self.to.scratch.client().query_one(all, &[]).await.unwrap().get(0)
    }
}

/// Waits until it holds; replication has no end that a statement could wait for.
async fn until(client: &Client, sql: &str) {
    let waiting = async {
        while !client.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("never: {sql}"));
}

const COPIED: &str = "select bool_and(srsubstate = 'r') from pg_subscription_rel";
const FAILED: &str = "select bool_or(apply_error_count + sync_error_count > 0) from pg_stat_subscription_stats";

#[tokio::test(flavor = "multi_thread")]
async fn rows_arrive_or_replication_fails_loudly() {
    for major in testing::majors() {
        let settings = SETTINGS.map(str::to_owned).to_vec();
        let server = Server::start(StartOptions { settings, ..StartOptions::major(major) }).await.unwrap();
        let pair = Pair::new(&server).await;
        let subscriber = pair.to.scratch.client();

        // As the superuser who made it: before 16 without asking, from 16 on with run_as_owner.
        let as_owner = if major < 16 { "" } else { ", run_as_owner = true" };
        pair.subscribe("pgseal", "", as_owner).await;
        until(subscriber, COPIED).await;
        // What is sent: the publication's columns and rows, whoever owns them; no rule is asked.
        assert_eq!(pair.rows().await, "1:- 2:-");
        let bob = pair.from.member(BOB).await;
        bob.run(&format!(
            "insert into app.notes values (3, '{BOB}', 'c'), (101, '{BOB}', 'x'); delete from app.notes where id = 2"
        ))
        .await
        .unwrap();
        until(subscriber, "select array_agg(id order by id) = '{1,3}' from app.notes").await;
        assert_eq!(pair.rows().await, "1:- 3:-");
        // What arrives is sealed as ever.
        pair.to.member(ANN).await.rows(1, "select * from app.notes").await;
        pair.to.member(BOB).await.rows(1, "select * from app.notes").await;
        pair.unsubscribe().await;

        // From 16 on it applies as the table's owner unless told otherwise. FORCE binds the owner: refused, counted, and kept.
        if major >= 16 {
            pair.subscribe("pgseal", "", "").await;
            until(subscriber, FAILED).await;
            assert_eq!(pair.rows().await, "");
            assert!(!subscriber.query_one(COPIED, &[]).await.unwrap().get::<_, bool>(0));
            // Nothing was lost: told otherwise, it goes on.
            pair.to.operate("alter subscription sub set (run_as_owner = true)").await;
            until(subscriber, COPIED).await;
            assert_eq!(pair.rows().await, "1:- 3:-");
            pair.unsubscribe().await;
        }

        // A replication role that the publisher's rules bind: the first copy is empty and says nothing, unless it is told to fail.
        pair.from
            .operate(
                "create role op_replicator login replication; grant usage on schema app to op_replicator;
                 grant select on app.notes to op_replicator",
            )
            .await;
        let connect = format!("grant connect on database {} to op_replicator", pair.from.scratch.name());
        pair.from.operate(&connect).await;
        pair.subscribe("op_replicator", "", as_owner).await;
        until(subscriber, COPIED).await;
        assert_eq!(pair.rows().await, "", "the trap is real");
        pair.unsubscribe().await;
        pair.to.operate("select pg_stat_reset_subscription_stats(null)").await;
        pair.subscribe("op_replicator", "options=-crow_security=off", as_owner).await;
        until(subscriber, FAILED).await;
        assert_eq!(pair.rows().await, "");
        assert!(!subscriber.query_one(COPIED, &[]).await.unwrap().get::<_, bool>(0));
        pair.from.operate("alter role op_replicator bypassrls").await;
        until(subscriber, COPIED).await;
        assert_eq!(pair.rows().await, "1:- 3:-");
        pair.unsubscribe().await;
        drop(pair);
        server.stop().await;
    }
}
