//! A project under another prefix: its roles are renamed with everything that names them, or nothing is.

use std::time::SystemTime;

use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::embedded::Server;
use pgseal_postgres::testing;
use pgseal_postgres::token::{Claims, app_login, create_key, mint};

use super::{Operated, compiled};
use crate::attacks::{ANN, BOB};

const SCHEMA: &str = "
    create schema app;
    create table app.orgs (id int primary key, name text);
    create table app.members (org_id int references app.orgs, user_id uuid, role text, primary key (org_id, user_id));
    create index on app.members (user_id);
    create table app.notes (id int primary key, org_id int not null, author uuid, body text);
    create index on app.notes (org_id);
    create function app.wipe() returns void language sql begin atomic delete from app.notes; end;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.org]
    table = "app.members"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "owner"] }
    granted_by = "owner"
    founder = "owner"
    [tables]
    "app.orgs" = { select = "org(id)", insert = "true" }
    "app.members" = { select = "org(org_id)", delete = "user_id = me()" }
    [tables."app.notes"]
    select = "org(org_id)"
    insert = "org(org_id)"
    update = "org(org_id)"
    columns.author = { value = "me()" }
    [functions."app.wipe()"]
    execute = ["member"]
    runs_as = "definer"
    may = { "app.notes" = ["select", "delete"] }
    because = "empties the notes"
    [agents.triage]
    acts_for = "member"
    may = { "app.notes" = ["select"] }
"#;

/// Every text of the catalog in which a role's name could be left, and the roles that begin so.
fn left(prefix: &str) -> String {
    format!(
        "select string_agg(x, ', ' order by x) from (
           select 'function ' || proname from pg_proc where prosrc like '%{prefix}\\_%' and pronamespace in ('app'::regnamespace, 'seal'::regnamespace)
           union all select 'trigger ' || tgname from pg_trigger where pg_get_triggerdef(oid) like '%{prefix}\\_%'
           union all select 'constraint ' || conname from pg_constraint where pg_get_constraintdef(oid) like '%{prefix}\\_%'
           union all select 'policy ' || policyname from pg_policies where concat(roles::text, qual, with_check) like '%{prefix}\\_%'
           union all select 'lease ' || login_role from seal.lease where login_role like '{prefix}\\_%'
           union all select 'role ' || rolname from pg_roles where rolname like '{prefix}\\_%'
           union all select 'mark ' || rolname from pg_roles where split_part(shobj_description(oid, 'pg_authid'), ' until ', 1) = 'pgseal: {prefix}') as s (x)"
    )
}

async fn refused(database: &Operated<'_>, desired: &pgseal_engine::catalog::Catalog, options: Options<'_>) -> String {
    let before = database.value(&left("op_old")).await;
    let error = database.apply(desired, options).await.unwrap_err();
    assert_eq!(database.value(&left("op_old")).await, before);
    assert!(matches!(error, ApplyError::Rename(_) | ApplyError::OtherProject { .. }), "{error}");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_renamed_as_a_whole_or_not_at_all() {
    for server in testing::servers().await.unwrap() {
        let old = compiled(server, "op_old", SCHEMA, ACCESS).await;
        let new = compiled(server, "op_new", SCHEMA, ACCESS).await;
        let administrator = server.connect("postgres", "pgseal").await.unwrap();
        administrator.batch_execute("create role op_renamer login createrole").await.unwrap();
        for deployer in ["pgseal", "op_renamer"] {
            renamed(server, deployer, &old, &new).await;
        }
    }
}

async fn renamed(
    server: &Server,
    deployer: &str,
    old: &pgseal_engine::catalog::Catalog,
    new: &pgseal_engine::catalog::Catalog,
) {
    let mut database = Operated::of(server, "op_old", deployer).await;
    database.apply(old, Options::default()).await.unwrap();
    database
        .run(&format!(
            "set session_replication_role = replica; insert into app.orgs values (1, 'one');
             insert into app.members values (1, '{ANN}', 'owner'), (1, '{BOB}', 'viewer'); insert into app.notes values (1, 1, '{BOB}', 'x'), (2, 2, '{BOB}', 'y');
             reset session_replication_role;
             create role op_old_bystander login; create role op_old_test_owner; comment on role op_old_test_owner is 'pgseal: op_old_test'"
        ))
        .await;
    let control = server.connect(&database.name, deployer).await.unwrap();
    let url = server.url(&database.name);
    let key = create_key(&control, "op_old").await.unwrap();
    let application = app_login(&control, "op_old", &url, "member").await.unwrap().role;
    let ann = database.member(ANN).await;
    ann.rows(1, "select * from app.notes").await;
    let to = |rename_from| Options { rename_from: Some(rename_from), ..Options::default() };
    database.prefix = "op_new".to_owned();

    // Not asked for; asked for with another name; a name that is taken; roles that another database uses.
    assert!(refused(&database, new, Options::default()).await.contains("sealed by `op_old_seal`"));
    assert!(refused(&database, new, to("op_other")).await.contains("not sealed by `op_other_seal`"));
    let (renamed, ends) =
        (ann.login.replace("op_old", "op_new"), "split_part(shobj_description(oid, 'pg_authid'), ' until ', 2)");
    let ends =
        async |login: &str| database.value(&format!("select {ends} from pg_roles where rolname = '{login}'")).await;
    let end = ends(&ann.login).await;
    assert_eq!(end.len(), "2026-01-01 00:00:00.000000".len(), "{end}");
    for role in ["op_new_seal", &renamed, "op_new_app_member"] {
        database.run(&format!("create role {role} superuser")).await;
        assert!(refused(&database, new, to("op_old")).await.contains(&format!("`{role}` is on the server already")));
        database.run(&format!("drop role {role}")).await;
    }
    database.run("create role op_new_role_gone; comment on role op_new_role_gone is 'pgseal: op_new'").await;
    assert!(refused(&database, new, to("op_old")).await.contains("op_new_role_gone"));
    database.run("drop role op_new_role_gone").await;
    server.create_database("op_elsewhere", None).await.unwrap();
    let elsewhere = server.connect("op_elsewhere", "pgseal").await.unwrap();
    for (uses, no_longer) in [
        ("create table t (id int); alter table t owner to op_old_owner", "drop table t"),
        (
            "grant connect on database op_elsewhere to op_old_role_member",
            "revoke connect on database op_elsewhere from op_old_role_member",
        ),
    ] {
        elsewhere.batch_execute(uses).await.unwrap();
        assert!(refused(&database, new, to("op_old")).await.contains("`op_elsewhere`"), "{uses}");
        elsewhere.batch_execute(no_longer).await.unwrap();
    }
    drop(elsewhere);
    server.drop_database("op_elsewhere").await.unwrap();
    let before = database.value(&left("op_old")).await;
    let dry = database.apply(new, Options { dry_run: true, ..to("op_old") }).await.unwrap();
    assert!(
        dry.statements.contains(&"alter role op_old_owner rename to op_new_owner".to_owned()),
        "{:#?}",
        dry.statements
    );
    assert_eq!(database.value(&left("op_old")).await, before);

    // Renamed. What only looks like the project's is left alone, and nothing names the old prefix any more.
    database.apply(new, to("op_old")).await.unwrap_or_else(|error| panic!("{deployer}: {error}"));
    assert_eq!(database.value(&left("op_old")).await, "role op_old_bystander, role op_old_test_owner");
    for options in [Options::default(), to("op_old")] {
        assert_eq!(database.apply(new, options).await.unwrap().changes, []);
    }
    // Who was connected still is who they were; rules, triggers, definers, founders, new leases work.
    assert_eq!(ann.value("select session_user").await, Some(renamed.clone()));
    assert_eq!(ends(&renamed).await, end);
    ann.rows(1, "select * from app.notes").await;
    ann.rows(
        2,
        &format!(
            "insert into app.notes values (3, 1, '{BOB}', 'z'); select from app.notes where id = 3 and author = '{ANN}'"
        ),
    )
    .await;
    ann.refused("can never change", &format!("update app.notes set author = '{BOB}' where author = '{BOB}' or author <> seal.me(); update app.notes set author = '{ANN}'")).await;
    ann.refused("the last owner of `org` cannot leave", "delete from app.members").await;
    ann.rows(2, "insert into app.orgs values (9, 'mine'); select from app.members where org_id = 9").await;
    ann.rows(1, "select app.wipe()").await;
    database.member(BOB).await.rows(1, "select * from app.notes").await;
    // Tokens speak for the login that they name: the application connects under its new one.
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert_eq!(application, "op_old_app_member");
    let client = server.connect(&database.name, "op_new_app_member").await.unwrap();
    for (prefix, rows) in [("op_old", 0), ("op_new", 1)] {
        let token = mint(&key, &Claims::new(prefix, "member", Some(ANN)), now);
        let sql = format!("begin; select set_config('seal.token', '{token}', true)");
        client.batch_execute(&sql).await.unwrap();
        assert_eq!(client.query("select from app.notes", &[]).await.unwrap().len(), rows, "{prefix}");
        client.batch_execute("commit").await.unwrap();
    }
    drop((ann, client, control));
    server.drop_database(&database.name).await.unwrap();
    server.drop_roles("op_new").await.unwrap();
    server.drop_roles("op_old").await.unwrap();
}
