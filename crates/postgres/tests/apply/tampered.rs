//! What somebody with the right to do it did to a sealed database is found, and undone by the next apply.

use pgseal_engine::diff::diff;
use pgseal_postgres::testing;

use super::assert_sealed;
use super::project::{Project, schema};

/// Statements of a superuser; `$p` is the prefix.
const TAMPERING: [&str; 31] = [
    "drop policy seal_gate_member on app.notes",
    "drop policy seal_select_member on app.notes",
    "create policy open on app.notes using (true)",
    "alter policy seal_select_member on app.notes using (true)",
    "alter policy seal_select_member on app.notes to public",
    "alter policy seal_gate_member on app.notes using (status is not null)",
    "alter table app.notes disable row level security",
    "alter table app.notes no force row level security",
    "alter table app.events_2030 disable row level security",
    "grant select on app.notes to public",
    "grant truncate, references, trigger on app.notes to $p_role_member",
    "grant update on app.notes to $p_role_member",
    "grant select (body) on app.notes to stranger_of_$p",
    "grant select on app.notes to $p_role_member with grant option; set role $p_role_member; \
     grant select on app.notes to stranger_of_$p; reset role",
    "revoke select on app.notes from $p_role_member",
    "grant update on sequence app.tickets to public",
    "grant usage on all sequences in schema app to stranger_of_$p",
    "grant create on schema app to public; grant usage on schema public to public",
    "grant connect, temp on database $d to public",
    "alter default privileges for role $p_owner grant select on tables to public",
    "alter default privileges for role $p_owner grant execute on functions to public",
    "grant execute on function app.merge(uuid, uuid), seal.is_live(text) to public",
    "create or replace function seal.is_live(capability text) returns boolean stable language plpgsql security definer as \
     'begin return true; end -- pg_temp is first'",
    "create or replace function app.count_notes() returns bigint language sql stable security definer as 'select 7'",
    "alter view app.open_notes reset (security_invoker); create or replace view app.open_notes as select id, body from app.notes",
    "grant select (id) on app.open_notes to stranger_of_$p",
    "grant select on app.open_notes to public; alter view app.open_notes owner to $p_seal",
    "create function app.steal() returns trigger language plpgsql as 'begin return new; end'; \
     create trigger steal before insert on app.notes for each row execute function app.steal(); \
     alter function app.steal() owner to $p_owner",
    "alter table app.notes disable trigger aaaa_seal_columns; alter table app.notes owner to $p_seal",
    "create rule leak as on insert to app.orgs do also notify leak; \
     create function seal.mine() returns int language sql as 'select 1'; \
     create view app.everything as table app.notes; alter view app.everything owner to $p_owner",
    "drop index app.notes_org; drop trigger touch on app.notes",
];

#[tokio::test]
async fn tampering_is_found_and_undone() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "tampered");
        let desired = project.desired(&schema()).await;
        let database = project.database_of_deployer("db").await;
        database.apply(&desired).await.unwrap();
        let sealed = database.catalog().await;
        database
            .run(&format!(
                "do 'begin create role stranger_of_{}; exception when others then null; end'",
                project.prefix
            ))
            .await;
        for tampering in TAMPERING {
            let sql = tampering.replace("$p", &project.prefix).replace("$d", &database.name);
            database.run(&sql).await;
            let found = diff(&database.catalog().await, &desired);
            assert!(!found.is_empty(), "not found: {sql}");
            database.apply(&desired).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert!(database.catalog().await == sealed, "not undone: {sql}");
        }
        assert_sealed(&database).await;
    }
}

#[tokio::test]
async fn a_membership_that_a_superuser_gave_goes() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "members");
        let desired = project.desired(&schema()).await;
        let mut database = project.database_of_deployer("db").await;
        database.apply(&desired).await.unwrap();
        let (deployer, owner) = (database.owner.clone(), format!("{}_owner", project.prefix));
        let options = if server.major() >= 16 { "with set true, inherit true" } else { "with admin option" };
        database.run(&format!("grant {owner} to {deployer} {options}")).await;
        let joined = database.catalog().await;
        // From 16 on only a superuser may take what a superuser gave.
        if server.major() >= 16 {
            let error = database.apply(&desired).await.unwrap_err().to_string();
            assert!(
                error.contains(&format!("this failed: revoke role {owner} from {deployer}: permission")),
                "{error}"
            );
            assert!(database.catalog().await == joined);
            database.owner = "pgseal".to_owned();
        }
        database.apply(&desired).await.unwrap();
        database.owner = deployer;
        assert_sealed(&database).await;
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
    }
}

#[tokio::test]
async fn a_login_of_run_time_has_its_capability_and_nothing_else() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "logins");
        let desired = project.desired(&schema()).await;
        let database = project.database("db").await;
        database.apply(&desired).await.unwrap();
        let (login, member) = (format!("{}_s0001", project.prefix), format!("{}_role_member", project.prefix));
        database.run(&format!("create role {login} login in role {member}")).await;
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
        let owner = format!("{}_owner", project.prefix);
        database.run(&format!("grant {owner}, pg_read_all_data to {login}")).await;
        let changes: Vec<String> =
            database.apply(&desired).await.unwrap().changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            changes,
            [format!("revoke role {owner} from {login}"), format!("revoke role pg_read_all_data from {login}")]
        );
        assert_eq!(database.apply(&desired).await.unwrap().changes, []);
        assert!(database.holds(&format!("pg_has_role('{login}', '{member}', 'usage')")).await);
    }
}
