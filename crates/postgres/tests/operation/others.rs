//! A database that holds another application as well: its objects are listed and stay as they are, byte for byte.

use pgseal_postgres::apply::{ApplyError, Options};
use pgseal_postgres::testing;

use super::{Operated, compiled};
use crate::attacks::ANN;

/// Another application, with an owner and a login of its own, in a schema of its own and in `public`.
const THEIRS: &str = "
    create role legacy_owner; create role legacy_app login; create role legacy_reader;
    grant legacy_reader to legacy_app; alter role legacy_app set statement_timeout = '7s'; comment on role legacy_app is 'theirs';
    create schema legacy authorization legacy_owner;
    grant usage on schema legacy to public; grant usage, create on schema public to legacy_owner, legacy_app;
    create type legacy.mood as enum ('good', 'bad');
    create domain legacy.email as text check (value like '%@%');
    create table legacy.customers (id serial primary key, tenant text not null default current_user, mail legacy.email, how legacy.mood, secret text);
    create table legacy.orders (id int primary key, customer int references legacy.customers on delete cascade) partition by range (id);
    create table legacy.orders_1 partition of legacy.orders for values from (0) to (100);
    create index on legacy.customers (tenant);
    alter table legacy.customers enable row level security;
    create policy tenants on legacy.customers using (tenant = current_user) with check (tenant = current_user);
    create policy narrow on legacy.customers as restrictive for select to legacy_reader using (id < 1000);
    grant select, insert on legacy.customers to legacy_app with grant option; grant select (id, mail) on legacy.customers to public;
    grant usage on sequence legacy.customers_id_seq to legacy_app;
    create view legacy.mails with (security_barrier) as select mail from legacy.customers; grant select on legacy.mails to public;
    create materialized view legacy.counts as select count(*) as n from legacy.customers;
    create function legacy.bump() returns trigger language plpgsql security definer set search_path = legacy as 'begin return new; end';
    create trigger bump before update on legacy.customers for each row execute function legacy.bump();
    create rule quiet as on delete to legacy.orders do instead nothing;
    create procedure legacy.work() language sql as 'select 1';
    create aggregate legacy.total (int) (sfunc = int4pl, stype = int);
    create publication legacy_out for table legacy.customers;
    create statistics legacy.s on tenant, mail from legacy.customers;
    alter default privileges for role legacy_owner in schema legacy grant select on tables to legacy_reader;
    alter default privileges for role legacy_owner revoke execute on functions from public;
    create table public.settings (name text primary key, value text); grant select on public.settings to public;
    alter table public.settings owner to legacy_owner; alter table legacy.customers owner to legacy_owner;
    comment on table legacy.customers is 'theirs';
    insert into legacy.customers (tenant, mail) values ('legacy_app', 'a@b'), ('other', 'c@d');
";

/// Everything that the catalog says of it, as one text.
const SNAPSHOT: &str = "
    with theirs as (
      select 'pg_class'::regclass as of, oid from pg_class where relnamespace = 'legacy'::regnamespace or relname like 'settings%'
      union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'legacy'::regnamespace
      union all select 'pg_type'::regclass, oid from pg_type where typnamespace = 'legacy'::regnamespace
    ), found (what) as (
      select to_jsonb(c) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid}'::text[] from pg_class c where oid in (select oid from theirs)
      union all select to_jsonb(a) from pg_attribute a where attrelid in (select oid from theirs)
      union all select to_jsonb(d) from pg_attrdef d where adrelid in (select oid from theirs)
      union all select to_jsonb(p) from pg_policy p where polrelid in (select oid from theirs)
      union all select to_jsonb(t) from pg_trigger t where tgrelid in (select oid from theirs)
      union all select to_jsonb(r) from pg_rewrite r where ev_class in (select oid from theirs)
      union all select to_jsonb(c) from pg_constraint c where connamespace = 'legacy'::regnamespace
      union all select to_jsonb(i) from pg_index i where indrelid in (select oid from theirs)
      union all select to_jsonb(p) from pg_proc p where pronamespace = 'legacy'::regnamespace
      union all select to_jsonb(t) from pg_type t where typnamespace = 'legacy'::regnamespace
      union all select to_jsonb(e) from pg_enum e where enumtypid in (select oid from theirs)
      union all select to_jsonb(n) from pg_namespace n where nspname = 'legacy'
      union all select to_jsonb(s) from pg_statistic_ext s where stxnamespace = 'legacy'::regnamespace
      union all select to_jsonb(p) from pg_publication p where pubname like 'legacy%'
      union all select to_jsonb(p) from pg_publication_rel p where prrelid in (select oid from theirs)
      union all select to_jsonb(d) from pg_default_acl d where defaclrole::regrole::text like 'legacy%'
      union all select to_jsonb(r) from pg_authid r where rolname like 'legacy%'
      union all select to_jsonb(s) from pg_db_role_setting s where setrole::regrole::text like 'legacy%'
      union all select to_jsonb(m) from pg_auth_members m where member::regrole::text like 'legacy%' or roleid::regrole::text like 'legacy%'
      union all select to_jsonb(d) from pg_description d where objoid in (select oid from theirs)
      union all select to_jsonb(d) from pg_shdescription d where objoid in (select oid from pg_authid where rolname like 'legacy%')
      union all select to_jsonb(d) from pg_depend d where objid in (select oid from theirs) or refobjid in (select oid from theirs)
      union all select to_jsonb(c) from legacy.customers c
    )
    select string_agg(what::text, E'\\n' order by what::text) from found
";

const SCHEMA: &str = "create schema app; create table app.notes (id int primary key, owner uuid not null); create index on app.notes (owner)";
const ACCESS: &str = "[identity]\nuser = 'uuid'\n[tables]\n'app.notes' = 'owned(owner)'\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_pgseals_is_listed_and_stays_as_it_is() {
    for server in testing::servers().await.unwrap() {
        let desired = compiled(server, "op_others", SCHEMA, ACCESS).await;
        let database = Operated::empty(server, "op_others").await;
        database.run(THEIRS).await;
        let before = database.value(SNAPSHOT).await;
        assert!(before.contains("polname") && before.contains("legacy_app"));
        // Unasked nothing happens, and what would is named.
        let error = database.apply(&desired, Options::default()).await.unwrap_err();
        let ApplyError::NotAgreed { .. } = &error else { panic!("{error}") };
        for line in [
            "revoke connect, temporary on the database from public",
            "revoke usage on schema public from public",
            "beside table legacy.customers",
            "--yes",
        ] {
            assert!(error.to_string().contains(line), "{line}: {error}");
        }
        assert!(database.value(SNAPSHOT).await == before);
        // Agreed to: the other application loses what everybody had on the database, and none of its own.
        database.run("grant connect on database operated_op_others to legacy_app").await;
        let yes = Options { yes: true, ..Options::default() };
        let applied = database.apply(&desired, yes).await.unwrap();
        let beside: Vec<String> = applied.foreign.iter().map(ToString::to_string).collect();
        for object in [
            "schema legacy",
            "type legacy.mood",
            "table legacy.customers",
            "policy narrow on legacy.customers",
            "policy tenants on legacy.customers",
            "table legacy.orders_1",
            "table public.settings",
            "view legacy.counts",
            "view legacy.mails",
            "function legacy.bump()",
        ] {
            assert!(beside.iter().any(|line| line == object), "{object}: {beside:#?}");
        }
        assert!(!beside.iter().any(|line| line.contains("app.notes") || line.contains("seal")), "{beside:#?}");
        let after = database.value(SNAPSHOT).await;
        let changed: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
        assert!(after == before, "{changed:#?}");
        // Again: nothing to do, and still listed.
        let again = database.apply(&desired, Options::default()).await.unwrap();
        assert_eq!((again.changes, again.foreign), (vec![], applied.foreign));
        // The other application goes on working; each side's rules hold for it alone.
        let theirs = server.connect(&database.name, "legacy_app").await.unwrap();
        let row =
            theirs.query_one("insert into legacy.customers (mail) values ('x@y') returning tenant", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "legacy_app");
        assert_eq!(theirs.query("select from legacy.customers", &[]).await.unwrap().len(), 2);
        assert_eq!(theirs.query("select from public.settings", &[]).await.unwrap().len(), 0);
        assert_eq!(theirs.query("select from app.notes", &[]).await.unwrap_err().code().unwrap().code(), "42501");
        let ann = database.member(ANN).await;
        ann.refused("permission denied", "select secret from legacy.customers").await;
        ann.refused("permission denied", "select * from public.settings").await;
        // What PUBLIC holds there, every session of ours holds as well: the other application's grant, outside the seal.
        ann.rows(0, "select id, mail from legacy.customers").await;
        ann.rows(3, "select * from legacy.mails").await;
    }
}

/// A table of the schema files that somebody else made, with policies of their own: taken over only if meant, and said.
#[tokio::test(flavor = "multi_thread")]
async fn policies_that_would_go_with_a_takeover_are_named_first() {
    for server in testing::servers().await.unwrap() {
        let desired = compiled(server, "op_taken", SCHEMA, ACCESS).await;
        let database = Operated::empty(server, "op_taken").await;
        database
            .run(&format!("{SCHEMA}; alter table app.notes enable row level security; create policy all_of_them on app.notes using (true)"))
            .await;
        let error = database.apply(&desired, Options::default()).await.unwrap_err();
        let ApplyError::NotAgreed { .. } = &error else { panic!("{error}") };
        let text = error.to_string();
        assert!(text.contains("table app.notes: owner pgseal becomes op_taken_owner"), "{text}");
        assert!(text.contains("drop policy all_of_them on app.notes"), "{text}");
        assert_eq!(database.value("select count(*) from pg_policy where polname = 'all_of_them'").await, "1");
        database.apply(&desired, Options { yes: true, ..Options::default() }).await.unwrap();
        assert_eq!(database.value("select count(*) from pg_policy where polname = 'all_of_them'").await, "0");
    }
}
