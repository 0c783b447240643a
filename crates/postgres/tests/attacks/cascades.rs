//! Cascades of foreign keys run as the tables' owner. What they make of memberships and trees is asked of whoever sent the statement.

use pgseal_postgres::testing;

use super::{ANN, BOB, Sealed};

const SCHEMA: &str = "
    create schema app;
    create table app.ranks (label text primary key);
    create table app.grades (label text primary key);
    create table app.people (id uuid primary key);
    create table app.reasons (id int primary key);
    create table app.orgs (id int primary key, parent_id int default 2 references app.orgs on update cascade on delete set default);
    create table app.members (
        org_id int references app.orgs on update cascade,
        user_id uuid references app.people on update cascade on delete set null,
        role text default 'owner' references app.ranks on update cascade on delete set default,
        reason int references app.reasons on update cascade on delete set null
    );
    create table app.parts (
        org_id int, user_id uuid, grade text references app.grades on update cascade
    ) partition by list (grade);
    create table app.parts_low partition of app.parts for values in ('viewer');
    create table app.parts_high partition of app.parts default;
";

const ACCESS: &str = r#"
    [identity]
    user = "uuid"
    [groups.org]
    table = "app.members"
    member = "user_id"
    key = "org_id"
    rank = { column = "role", order = ["viewer", "admin", "owner"] }
    where = "reason is null"
    parent = "app.orgs.parent_id"
    granted_by = "admin"
    [groups.part]
    table = "app.parts"
    member = "user_id"
    key = "org_id"
    rank = { column = "grade", order = ["viewer", "admin", "owner"] }
    granted_by = "admin"
    [tables]
    "app.ranks" = { select = "true", update = "true", delete = "true" }
    "app.grades" = { select = "true", update = "true", delete = "true" }
    "app.people" = { select = "true", update = "true", delete = "true" }
    "app.reasons" = { select = "true", update = "true", delete = "true" }
    "app.orgs" = { select = "true", update = "true", delete = "true" }
    "app.members" = { select = "true" }
    "app.parts" = { select = "true" }
"#;

/// Whatever a foreign key makes of a membership or an edge, by whatever action, is what the one who caused it might do directly.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_keys_grant_nothing() {
    let seed = format!(
        "insert into app.ranks values ('viewer'), ('admin'), ('owner');
         insert into app.grades table app.ranks;
         insert into app.people values ('{ANN}'), ('{BOB}');
         insert into app.reasons values (1);
         insert into app.orgs values (1, null), (2, null), (3, null), (7, null), (8, 7);
         insert into app.members values (1, '{ANN}', 'viewer', null), (1, '{BOB}', 'owner', null), (2, '{ANN}', 'owner', null),
             (3, '{BOB}', 'owner', null), (3, '{ANN}', 'owner', 1), (8, '{BOB}', 'owner', null);
         insert into app.parts values (1, '{ANN}', 'viewer'), (1, '{BOB}', 'owner')"
    );
    let mine = |org: u8| format!("select from app.members where org_id = {org} and user_id = seal.me()");
    let attacks = [
        // A rank that nobody has makes room for the own one; the rank's default.
        ("a membership of `org`", "delete from app.ranks where label = 'admin'; update app.ranks set label = 'admin' where label = 'viewer'".to_owned()),
        ("a membership of `org`", "delete from app.ranks where label = 'viewer'".to_owned()),
        // Somebody else's memberships become the own ones.
        ("a membership of `org`", format!("delete from app.people where id = '{ANN}'; update app.people set id = '{ANN}' where id = '{BOB}'")),
        // A membership that does not count counts again.
        ("a membership of `org`", "delete from app.reasons".to_owned()),
        ("a membership of `org`", "update app.reasons set id = 2".to_owned()),
        // A group gets another key, and its members with it.
        ("a membership of `org`", "update app.orgs set id = 9 where id = 2".to_owned()),
        // The nodes below one that goes hang below the own one.
        ("the tree of `org`", "delete from app.orgs where id = 7".to_owned()),
        // The row moves to another partition.
        ("a membership of `part`", "delete from app.grades where label = 'admin'; update app.grades set label = 'admin' where label = 'viewer'".to_owned()),
    ];
    for server in testing::servers().await.unwrap() {
        let sealed = Sealed::new(server, "atk_cascade", SCHEMA, ACCESS, &seed).await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        for (message, attack) in &attacks {
            ann.refused(message, attack).await;
        }
        // Nobody loses a rank so either.
        let renamed = "update app.ranks set label = 'former' where label = 'owner'";
        ann.refused("a membership of `org` is changed by", renamed).await;
        // Who may grant it directly, and what only ends a membership.
        bob.rows(1, "delete from app.reasons").await;
        ann.rows(1, &format!("delete from app.people where id = '{ANN}'")).await;
        // Without the trigger each of them is one statement of whoever deploys.
        let triggers = [
            "app.members disable trigger aaad_seal_granted",
            "app.orgs disable trigger aaad_seal_granted",
            "app.parts disable trigger aaad_seal_granted",
            "app.parts disable trigger zzzz_seal_z_granted",
            "app.members disable trigger zzzz_seal_zz_cascade",
            "app.orgs disable trigger zzzz_seal_zz_cascade",
            "app.parts disable trigger zzzz_seal_zz_cascade",
        ];
        sealed.tamper(&triggers.map(|trigger| format!("alter table {trigger}")).join("; ")).await;
        for (_, attack) in &attacks {
            ann.attempt(attack).await.unwrap_or_else(|error| panic!("{attack}: {error:?}"));
        }
        ann.rows(2, &format!("delete from app.reasons; {}", mine(3))).await;
    }
}

/// Rules of columns do not bind a cascade, as documented: `check` says so (`cascade-past-rules`).
#[tokio::test(flavor = "multi_thread")]
async fn column_rules_do_not_bind_cascades() {
    let schema = "
        create schema app;
        create table app.sorts (name text primary key);
        create table app.things (id int primary key, sort text references app.sorts on update cascade on delete set null);
    ";
    let access = r#"
        [tables]
        "app.sorts" = { select = "true", update = "true", delete = "true" }
        "app.things" = { select = "true", update = "true", columns.sort = { update = "never" } }
    "#;
    let seed = "insert into app.sorts values ('a'), ('b'); insert into app.things values (1, 'a')";
    let mut sources = super::Sources::default();
    let (access_file, schema_file) = (sources.add("access.toml", access), sources.add("schema.sql", schema));
    let (mut settings, _) = super::settings::parse(&sources, None, "attacked");
    settings.role_prefix = "atk_past".to_owned();
    let input = super::Input { sources, settings, access: vec![access_file], schema: vec![schema_file] };
    for server in testing::servers().await.unwrap() {
        let project = super::prepare(&input, server).await.unwrap();
        let found = super::findings(&input, &project);
        assert_eq!(found.iter().filter(|found| found.contains("cascade-past-rules")).count(), 2, "{found:?}");
        let sealed = Sealed::from_input(server, "atk_past", &input, seed).await;
        let ann = sealed.member(ANN).await;
        ann.refused("app.things.sort can never change", "update app.things set sort = 'b'").await;
        ann.rows(2, "update app.sorts set name = 'c' where name = 'a'; select from app.things where sort = 'c'").await;
        ann.rows(2, "delete from app.sorts where name = 'a'; select from app.things where sort is null").await;
    }
}
