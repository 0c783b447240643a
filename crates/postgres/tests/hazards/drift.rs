//! D7: DDL that opens what was closed. The guard's own tests are in `guard`; here: what `apply` finds.

use pgseal_postgres::testing;

use super::{Who, sealed, twin};

/// Hazard 118: default privileges close only in the form without a schema, and only for their own role's objects.
#[tokio::test]
async fn h118_functions_are_born_closed() {
    let public_may = "select case when has_function_privilege('twin_anon', 'public.f()', 'execute') then 'VICTIM' end";
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let noop = "alter default privileges in schema public revoke execute on functions from public; create function public.f() returns integer language sql as 'select 1'";
        twin.leaks(noop, "twin_anon", public_may).await;
        drop(twin);
        let sealed = sealed(server).await;
        let born = "create function app.born() returns integer language sql as 'select 1'; create table app.born (a integer); create sequence app.born_too";
        let open = "select 'VICTIM' where has_function_privilege('hz_role_member', 'app.born()', 'execute') or has_table_privilege('hz_role_member', 'app.born', 'select')
            or has_sequence_privilege('hz_role_member', 'app.born_too', 'usage')";
        let answer = sealed.attempt("", "hz_owner", &format!("{born}; {open}")).await.unwrap();
        assert!(!answer.leaks(), "{answer:?}");
        sealed
            .mended("future", "alter default privileges for role hz_owner grant execute on functions to public")
            .await;
        sealed
            .mended(
                "future",
                "alter default privileges for role hz_owner in schema app grant select on tables to hz_role_member",
            )
            .await;
    }
}

/// Hazard 119: a REVOKE from one role while PUBLIC holds it.
#[tokio::test]
async fn h119_public_holds_nothing() {
    for server in testing::servers().await.unwrap() {
        let setup = "create function public.f() returns text language sql security definer as $$ select 'VICTIM' $$; revoke execute on function public.f() from twin_anon";
        twin(server).await.leaks(setup, "twin_anon", "select f()").await;
        let sealed = sealed(server).await;
        let held = "select n.nspname::text from pg_proc p join pg_namespace n on n.oid = pronamespace, aclexplode(coalesce(proacl, acldefault('f', proowner))) a where nspname in ('app', 'seal') and a.grantee = 0
            union all select c.relname::text from pg_class c, aclexplode(c.relacl) a where relnamespace in ('app'::regnamespace, 'seal'::regnamespace) and a.grantee = 0
            union all select nspname::text from pg_namespace, aclexplode(nspacl) a where nspname in ('app', 'seal', 'public') and a.grantee = 0
            union all select datname::text from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) a where datname = current_database() and a.grantee = 0";
        let rows = sealed.operator.query(held, &[]).await.unwrap();
        assert!(rows.is_empty(), "{:?}", rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>());
        sealed.mended("vault_size", "grant execute on function app.vault_size() to public").await;
        sealed.session(Who::Visitor).await.refused("42501", "select app.vault_size()").await;
    }
}

/// Hazard 120: DROP and CREATE, or CREATE OR REPLACE, loses what was said about a function.
#[tokio::test]
async fn h120_functions_made_again() {
    for server in testing::servers().await.unwrap() {
        let again = "create function f() returns text language sql security definer set search_path = '' as $$ select 'VICTIM' $$; revoke execute on function f() from public";
        let drop_create = format!("{again}; drop function f(); {}", again.split(';').next().unwrap());
        twin(server).await.leaks(&drop_create, "twin_anon", "select f()").await;
        let sealed = sealed(server).await;
        let body = "returns bigint language plpgsql security definer {path} as $$\nbegin\n    return (select count(*) from app.vault);\nend\n$$";
        let pinned = body.replace("{path}", "set search_path = pg_catalog, pg_temp");
        sealed
            .mended(
                "vault_size",
                &format!("create or replace function app.vault_size() {}", body.replace("{path}", "")),
            )
            .await;
        sealed.mended("vault_size", &format!("drop function app.vault_size(); create function app.vault_size() {pinned}; alter function app.vault_size() owner to hz_fn_vault_size")).await;
        sealed.mended("vault_size", "alter function app.vault_size() reset search_path").await;
    }
}

/// Hazards 121, 122: policies that go with something else, or change under their name.
#[tokio::test]
async fn h121_policies_that_are_lost() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter table docs add column cls text default 'public'; update docs set cls = 'secret' where id = 2;
            create policy everybody on docs using (true); create policy only_public on docs as restrictive using (cls = 'public');
            alter table docs drop column cls cascade";
        twin(server).await.leaks(setup, "twin_authenticated", "table docs").await;
        let sealed = sealed(server).await;
        // Every policy, whatever its name: made to hold for everything, or gone.
        let policies = "select format('%I on %s', p.polname, p.polrelid::regclass), polqual is not null from pg_policy p where p.polrelid in ('app.docs'::regclass, 'app.people'::regclass) order by 1";
        let rows = sealed.operator.query(policies, &[]).await.unwrap();
        assert!(rows.len() > 9, "{}", rows.len());
        for row in rows {
            let (policy, reads): (String, bool) = (row.get(0), row.get(1));
            sealed.mended("policy", &format!("drop policy {policy}")).await;
            let opened = if reads { "using (1 = 1)" } else { "with check (1 = 1)" };
            sealed.mended("policy", &format!("alter policy {policy} {opened}")).await;
        }
    }
}
