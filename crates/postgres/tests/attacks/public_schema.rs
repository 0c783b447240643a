//! Tables in schema `public`, which is nobody's of the project: foreign keys, cascades and founders work, and nobody gets in by it.

use pgseal_postgres::testing::servers;

use super::{ANN, BOB, Lease, Sealed};

const SCHEMA: &str = "create table orgs (id uuid primary key default gen_random_uuid(), name text); \
     create table members (user_id uuid not null, org_id uuid not null references orgs on delete cascade, role text not null, \
       primary key (user_id, org_id)); \
     create table notes (id int primary key, org_id uuid not null references orgs on delete cascade);";

const ACCESS: &str = r#"
[groups.org]
table = "public.members"
member = "user_id"
key = "org_id"
rank = { column = "role", order = ["viewer", "owner"] }
granted_by = "owner"
founder = "owner"

[tables]
"public.orgs" = { select = "org(id)", insert = "true", delete = "org(id, 'owner')" }
"public.members" = { select = "org(org_id)", insert = "org(org_id, 'owner') and org(org_id, role)" }
"public.notes" = { select = "org(org_id)", insert = "org(org_id)" }

[agents.founds]
acts_for = "member"
may = { "public.orgs" = ["select(id, name)", "insert(id, name)"] }

[agents.names]
acts_for = "member"
may = { "public.orgs" = ["select(id, name)", "insert(name)"] }

[agents.blind]
acts_for = "member"
may = { "public.orgs" = ["select(id)", "insert"] }
"#;

#[tokio::test]
async fn foreign_keys_and_founders_work_in_public_and_open_nothing() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server, "in_public", SCHEMA, ACCESS, "select 1").await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        let org = "00000000-0000-0000-0000-0000000000f1";
        ann.run(&format!("insert into public.orgs (id, name) values ('{org}', 'one')")).await.unwrap();
        assert_eq!(ann.run(&format!("insert into public.notes values (1, '{org}')")).await.unwrap(), 1);
        bob.refused("row-level security", &format!("insert into public.notes values (2, '{org}')")).await;
        bob.rows(0, "select * from public.notes").await;
        for sql in
            ["create table public.mine (id int)", "create function public.f() returns int language sql as 'select 1'"]
        {
            bob.refused("permission denied for schema public", sql).await;
        }
        assert_eq!(ann.run("delete from public.orgs").await.unwrap(), 1);
        ann.rows(0, "select * from public.notes").await;
    }
}

/// `seal.create_<group>` is for who may give what a row needs and read what is returned; to nobody else it would be of use.
#[tokio::test]
async fn founding_is_for_whom_it_works() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server, "in_founding", SCHEMA, ACCESS, "select 1").await;
        let agent =
            async |name: &str| sealed.session(Lease::new(name, Some(name)).acting_for(ANN, "role_member")).await;
        let create = r#"select seal.create_org('{"name": "one"}')"#;
        agent("agent_founds").await.rows(1, create).await;
        sealed.member(ANN).await.rows(1, create).await;
        let names = agent("agent_names").await;
        names.rows(1, "insert into public.orgs (name) values ('one')").await;
        names.refused("permission denied for function create_org", create).await;
        agent("agent_blind").await.refused("permission denied for function create_org", create).await;
    }
}

const WORDS: &str = "create extension citext schema public; create schema app;
    create table app.teams (slug citext primary key);
    create table app.people (user_id uuid not null, team citext not null references app.teams, rank text not null, primary key (user_id, team));
    create index on app.people (team);
    create table app.notes (id int primary key, team citext not null references app.teams, body text);
    create index on app.notes (team);
    create table app.remarks (id int primary key, note int not null references app.notes (id), team citext references app.teams);
    create index on app.remarks (note);
    create index on app.remarks (team);";

const OF_WORDS: &str = r#"
[groups.team]
table = "app.people"
member = "user_id"
key = "team"
rank = { column = "rank", order = ["viewer", "owner"] }
founder = "owner"

[tables]
"app.teams" = { select = "team(slug)", insert = "true" }
"app.people" = { select = "team(team)" }
"app.notes" = { select = "team(team)", insert = "team(team)", update = "team(team)" }
"app.remarks" = { select = "via(note) or via(team)" }
"#;

/// Keys of a type that an extension put into `public`, where nobody of the project may look anything up.
#[tokio::test]
async fn keys_of_an_extension_work_where_public_is_closed() {
    for server in servers().await.unwrap() {
        let sealed = Sealed::new(server, "in_words", WORDS, OF_WORDS, "select 1").await;
        sealed.operate("revoke usage on schema public from public").await;
        let (ann, bob) = (sealed.member(ANN).await, sealed.member(BOB).await);
        ann.run("insert into app.teams values ('one')").await.unwrap();
        assert_eq!(ann.run("insert into app.notes values (1, 'one', 'x')").await.unwrap(), 1);
        sealed.operate("insert into app.remarks values (1, 1, null), (2, 1, 'one')").await;
        ann.rows(1, "update app.notes set body = 'y'").await;
        ann.rows(2, "select * from app.remarks").await;
        ann.rows(1, "select * from app.teams").await;
        bob.rows(0, "select * from app.remarks").await;
        bob.refused("row-level security", "insert into app.notes values (2, 'one', 'x')").await;
    }
}
