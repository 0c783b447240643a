//! Identity in parallel workers, which are processes of their own.

use std::time::Duration;

use pgseal_postgres::lease::bind;
use pgseal_postgres::testing::servers;
use pgseal_postgres::token::{Claims, app_login, create_key, mint};
use tokio_postgres::Client;

use super::sealed::{ANN, Sealed, open, value};

async fn force(client: &Client, major: u32) {
    let name = if major >= 16 { "debug_parallel_query" } else { "force_parallel_mode" };
    client
        .batch_execute(&format!(
            "set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
             set min_parallel_table_scan_size = 0; set parallel_leader_participation = off; set {name} = on"
        ))
        .await
        .unwrap();
}

/// Called for each row, so that it must run where the row is.
const PER_ROW: &str = "select count(*) from app.many where owner = seal.me()::text and seal.is_live('role_member') and not seal.is_agent()";
const ONCE: &str =
    "select count(*) from app.many where owner = (select seal.me()::text) and (select seal.is_live('role_member'))";

async fn many(sealed: &Sealed) {
    sealed
        .control
        .batch_execute(&format!(
            "create table app.many (owner text); grant select on app.many to {}_role_member;
             insert into app.many select '{ANN}' from generate_series(1, 2000); insert into app.many select 'x' from generate_series(1, 2000);
             analyze app.many",
            sealed.prefix
        ))
        .await
        .unwrap();
}

/// Whether workers took part: tried some times, because other sessions of the server may hold all of them for a moment.
async fn parallel(client: &Client, sql: &str) -> bool {
    for _ in 0..50 {
        let plan = client.query(&format!("explain (analyze, timing off) {sql}"), &[]).await.unwrap();
        let launched = |line: &str| line.split_once("Workers Launched: ").is_some_and(|(_, count)| count != "0");
        if plan.iter().any(|row| launched(row.get(0))) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test]
async fn leases_and_tokens_hold_in_workers() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        many(&sealed).await;
        let key = create_key(&sealed.control, &sealed.prefix).await.unwrap();
        let now: u64 =
            sealed.value("select floor(extract(epoch from clock_timestamp()))::bigint").await.parse().unwrap();
        let login = app_login(&sealed.control, &sealed.prefix, &sealed.url(), "member").await.unwrap();
        let application = open(&login.url).await.unwrap();
        let token = mint(&key, &Claims::new(&sealed.prefix, "member", Some(ANN)), now);
        application.batch_execute(&format!("set seal.token = '{token}'")).await.unwrap();
        let session = sealed.ann().await;
        for client in [&session.client, &application] {
            force(client, server.major()).await;
            for sql in [PER_ROW, ONCE] {
                assert!(parallel(client, sql).await, "{}: no worker for `{sql}`", server.version());
                assert_eq!(value(client, sql).await.unwrap(), "2000", "{}: `{sql}`", server.version());
            }
        }
    }
}

/// A worker's pid is not its leader's. Where the seal role may read who leads it, the leader's identity holds; where it may
/// not, a worker is nobody, and a bound lease turns parallel plans off unless the session turns them on again.
#[tokio::test]
async fn a_bound_lease_holds_in_workers_where_their_leader_can_be_told() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server).await;
        many(&sealed).await;
        let session = sealed.ann().await;
        let pid: i32 = value(&session.client, "select pg_backend_pid()").await.unwrap().parse().unwrap();
        bind(&sealed.control, &sealed.prefix, &session.login.role, pid).await.unwrap();
        assert_eq!(value(&session.client, PER_ROW).await.unwrap(), "2000");
        force(&session.client, server.major()).await;
        let mut seen = String::new();
        for _ in 0..50 {
            seen = value(&session.client, PER_ROW).await.unwrap();
            if seen == "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(seen, "0", "no worker, or one that was told who leads it");
        sealed.control.batch_execute(&format!("grant pg_read_all_stats to {}_seal", sealed.prefix)).await.unwrap();
        assert!(parallel(&session.client, PER_ROW).await);
        assert_eq!(value(&session.client, PER_ROW).await.unwrap(), "2000");
        // And no other backend becomes the bound one by that.
        let other = open(&session.login.url).await.unwrap();
        force(&other, server.major()).await;
        assert_eq!(value(&other, PER_ROW).await.unwrap(), "0");
    }
}
