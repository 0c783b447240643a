//! Behind PostgREST or Supabase: their unsigned setting is believed, and a lease is believed more.

use pgseal_engine::model::IdentitySource;
use pgseal_postgres::testing::servers;

use super::sealed::{ANN, BOB, Sealed, open, value, who};

#[tokio::test]
async fn the_front_ends_claims_are_read_and_rubbish_is_nobody() {
    for server in servers().await.unwrap() {
        for source in [IdentitySource::Postgrest, IdentitySource::Supabase] {
            let sealed = Sealed::with(server, source, "uuid").await;
            let prefix = &sealed.prefix;
            sealed.control.batch_execute(&format!("create role {prefix}_gate login noinherit; grant {prefix}_role_member, {prefix}_role_nightly to {prefix}_gate; grant connect on database {} to {prefix}_gate", sealed.database)).await.unwrap();
            let client = open(&server.url_as(&sealed.database, &format!("{prefix}_gate"))).await.unwrap();
            client.batch_execute(&format!("set role {prefix}_role_member")).await.unwrap();
            let rubbish =
                ["", "null", "[]", "\"x\"", "{\"sub\": 1}", "{\"sub\": \"1\"}", "{\"sub\": \"\"}", "{\"sub\": null}"];
            let unreadable = ["{", "x", "{\"sub\": \"\\u0000\"}"];
            assert_eq!(who(&client).await, "0");
            for claims in rubbish {
                client.query("select set_config('request.jwt.claims', $1, false)", &[&claims]).await.unwrap();
                assert_eq!(who(&client).await, "0", "{claims}");
            }
            for claims in unreadable {
                client.query("select set_config('request.jwt.claims', $1, false)", &[&claims]).await.unwrap();
                match value(&client, "select coalesce(seal.me()::text, 'nobody')").await {
                    Ok(me) => assert_eq!(me, "nobody", "{claims}"),
                    Err(error) => assert_eq!(server.major(), 15, "{claims}: {error}"),
                }
            }
            client
                .query(
                    "select set_config('request.jwt.claims', $1, false)",
                    &[&format!("{{\"sub\": \"{ANN}\", \"plan\": \"pro\"}}")],
                )
                .await
                .unwrap();
            assert_eq!(who(&client).await, format!("{ANN} member human 1"));
            assert_eq!(value(&client, "select seal.claim('plan')").await.unwrap(), "pro");
            assert_eq!(value(&client, "select seal.is_live('agent_triage')").await.unwrap(), "f");
            client.query("select set_config('request.jwt.claim.sub', $1, false)", &[&BOB]).await.unwrap();
            let expected = if source == IdentitySource::Supabase { BOB } else { ANN };
            assert_eq!(value(&client, "select seal.me()").await.unwrap(), expected);
            // A leased login is who the lease says, whatever it sets.
            let session = sealed.ann().await;
            session
                .client
                .batch_execute(&format!(
                    "set request.jwt.claims = '{{\"sub\": \"{BOB}\"}}'; set request.jwt.claim.sub = '{BOB}'"
                ))
                .await
                .unwrap();
            assert_eq!(who(&session.client).await, format!("{ANN} member human 1"));
            // Also where somebody took the lease away: it is no front end.
            sealed.control.batch_execute("delete from seal.lease").await.unwrap();
            assert_eq!(who(&session.client).await, "0");
        }
    }
}
