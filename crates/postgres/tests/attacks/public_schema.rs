//! Tables in schema `public`, which is nobody's of the project: foreign keys, cascades and founders work, and nobody gets in by it.

use pgseal_postgres::testing::servers;

use super::{ANN, BOB, Sealed};

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
