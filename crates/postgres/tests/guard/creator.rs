//! A login role that may create objects, and tries to make open ones with SQL of its own.

use pgseal_postgres::testing;

use super::Guarded;

/// Each makes something; then this holds of it.
const BORN_CLOSED: [(&str, &str); 23] = [
    ("create table play.t (id int)", "table"),
    ("create table play.t as select 1 as id", "table"),
    ("select 1 as id into play.t", "table"),
    ("create table play.t (like theirs.old including all)", "table"),
    ("create table play.t () inherits (theirs.old)", "table"),
    ("create unlogged table play.t (id serial)", "table"),
    ("create table play.t (id int) partition by range (id)", "table"),
    ("create table play.t partition of theirs.parts default", "table"),
    ("create table if not exists play.t (id int)", "table"),
    ("prepare rows as select 1 as id; create table play.t as execute rows; deallocate rows", "table"),
    ("do 'begin create table play.t (id int); end'", "table"),
    (
        "create function play.make() returns void language plpgsql security definer as 'begin create table play.t (id int); end'; \
      select play.make()",
        "table",
    ),
    ("do 'begin execute $$ do $x$ begin create table play.t (id int); end $x$ $$; end'", "table"),
    ("set quote_all_identifiers = on; create table play.t (id int)", "table"),
    ("set search_path = play; create table t (id int)", "table"),
    ("create view play.t as select * from theirs.old", "view"),
    ("create or replace view play.t with (security_invoker = false) as select * from theirs.old", "view"),
    ("create recursive view play.t (id) as select 1", "view"),
    ("create materialized view play.t as select * from theirs.old", "closed"),
    ("create sequence play.t", "closed"),
    // A command within the command sees what the guard has not seen yet.
    (
        "create function play.names_it() returns int language plpgsql as \
         $$ begin execute 'comment on table play.t is ''x'''; execute 'grant select on play.t to public'; return 1; end $$; \
         create table play.t as select play.names_it() as a",
        "table",
    ),
    (
        "create function play.names_it() returns int language plpgsql as \
         $$ begin execute 'comment on materialized view play.t is ''x'''; return 1; end $$; \
         create materialized view play.t as select play.names_it() as a",
        "closed",
    ),
    ("set plpgsql.extra_errors = 'all'; set check_function_bodies = off; create table play.t (id int)", "table"),
];

/// Functions, named `play.f(int)`.
const FUNCTIONS: [&str; 6] = [
    "create function play.f(int) returns int language sql as 'select 1'",
    "create or replace function play.f(int) returns int language plpgsql security definer as 'begin return 1; end'",
    "create procedure play.f(int) language sql as 'select 1'",
    "create aggregate play.f(int) (sfunc = int4pl, stype = int)",
    // Reading the body runs code while the function is already there.
    "create function play.chk(int) returns boolean language plpgsql as \
     $$ begin execute 'comment on function play.f(int) is ''x'''; return true; end $$; \
     create domain play.dd as int check (play.chk(value)); create type play.cc as (a play.dd); \
     create function play.f(int) returns int language sql as $$ select (('(1)'::play.cc).a)::int $$",
    // DROP and CREATE would give EXECUTE back to PUBLIC.
    "create function play.f(int) returns int language sql as 'select 1'; drop function play.f(int); \
     create function play.f(int) returns int language sql as 'select 2'",
];

/// What is refused of what the creator owns, each after `play.t`, `play.v` and `play.f(int)` were made.
const REFUSED: [(&str, &str); 32] = [
    ("alter table play.t disable row level security", "pgseal guards table play.t: its row security"),
    ("alter table play.t no force row level security", "pgseal guards table play.t: its row security"),
    ("do 'begin alter table play.t disable row level security; end'", "table play.t: its row security"),
    ("set quote_all_identifiers = on; alter table play.t disable row level security", "table play.t: its row security"),
    ("set search_path = pg_temp, play; alter table t disable row level security", "table play.t: its row security"),
    ("set seal.applying = on; alter table play.t disable row level security", "table play.t: its row security"),
    ("set local seal.applying = on; alter table play.t disable row level security", "table play.t"),
    (
        "set seal.guard_made = ''; create table play.u (id int); grant select on play.u to public",
        "table play.u: its priv",
    ),
    ("create policy open on play.t using (true)", "table play.t: its policies"),
    ("grant select on play.t to public", "table play.t: its privileges"),
    ("grant select (id) on play.t to other_of_$p", "table play.t: its column privileges"),
    ("grant all on all tables in schema play to public", "its privileges cannot be changed here"),
    ("grant select on play.v to public", "view play.v: its privileges"),
    ("grant execute on function play.f(int) to public", "function play.f(integer): its privileges"),
    ("grant execute on all routines in schema play to public", "its privileges"),
    ("alter view play.v set (security_invoker = false)", "view play.v: its view options"),
    ("alter view play.v reset (security_invoker)", "view play.v: its view options"),
    ("create or replace view play.v as select 2 as id", "view play.v: its rewrite rules, view options"),
    (
        "create or replace function play.f(int) returns int language sql security definer as 'select 1'",
        "play.f(integer): its security",
    ),
    ("alter function play.f(int) security definer", "its security"),
    ("create rule r as on insert to play.t do also notify leak", "table play.t: its rewrite rules"),
    ("create trigger g before insert on play.t for each row execute function play.g()", "table play.t: its triggers"),
    (
        "alter table play.t owner to creator_of_$p; alter table play.t rename to renamed",
        "table play.t: it cannot be renamed",
    ),
    ("alter table play.t set schema theirs", "table play.t: it cannot be renamed or moved"),
    ("alter schema play rename to played", "cannot be renamed or moved here"),
    ("alter function play.f(int) rename to other", "function play.f(integer): it cannot be renamed"),
    (
        "alter table theirs.parts attach partition play.t for values from (1) to (2)",
        "table play.t is sealed, and table theirs.parts is not",
    ),
    (
        "alter default privileges in schema play grant select on tables to public; create table play.u (id int); \
      grant select on play.u to public",
        "table play.u: its privileges",
    ),
    ("create publication leak for table play.t", "table play.t: its publications"),
    (
        "begin; drop table play.t; create table play.t (id int); alter table play.t disable row level security",
        "table play.t: its row",
    ),
    (
        "create table play.u (id int); do 'begin begin alter table play.u disable row level security; raise exception $$x$$; exception \
      when raise_exception then null; end; alter table play.u no force row level security; end'",
        "table play.u: its row",
    ),
    ("alter extension citext add table play.t", "table play.t: it cannot be renamed or moved"),
];

/// What never was allowed, and stays so.
const NOT_THEIRS: [&str; 10] = [
    "select * from seal.guarded",
    "delete from seal.guarded",
    "insert into seal.guarded values ('table play.t', null)",
    "select seal.guard_record()",
    "select seal.guard_close()",
    "create event trigger mine on ddl_command_end execute function play.mine()",
    "alter event trigger seal_guard_verify disable",
    "drop event trigger seal_guard_close",
    "create table seal.mine (id int)",
    "alter table app.notes disable row level security",
];

/// What the guard does not look at.
const LET: [&str; 15] = [
    "create temp table t (id int); grant select on t to public; alter table t disable row level security; drop table t",
    "create function pg_temp.f() returns int language sql as 'select 1'",
    "create temp view v as select 1; create temp sequence s",
    "alter table play.t add column more text default 'x'; create index on play.t (more); alter table play.t drop column more",
    "alter table play.t add constraint positive check (id > 0); comment on table play.t is 'mine'",
    "drop table play.t; create table play.t (other text)",
    "truncate play.t; analyze play.t",
    "refresh materialized view play.m",
    "grant select on theirs.old to other_of_$p; alter view theirs.all_old owner to creator_of_$p",
    "create or replace view theirs.all_old as select id from theirs.old; create or replace function theirs.two() returns int \
     language sql as 'select 3'",
    "alter table theirs.old rename to older; grant select on theirs.older to public",
    "create type play.state as enum ('a'); create domain play.d as int",
    "create table theirs.parts_1 partition of theirs.parts for values from (1) to (2)",
    "alter table play.p attach partition play.t for values from (1) to (2); alter table play.p detach partition play.t",
    "create schema third; create table third.t (id int); drop schema third cascade",
];

const MADE: &str = "create table play.t (id int not null); create view play.v as select 1 as id; \
     create function play.f(int) returns int language sql as 'select 1'; create materialized view play.m as select 1 as id; \
     create function play.g() returns trigger language plpgsql as 'begin return new; end'; \
     create function play.mine() returns event_trigger language plpgsql as 'begin end'; \
     create table play.p (id int) partition by range (id); create policy mine on theirs.parts using (true); \
     create extension citext schema play";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_creator_makes_is_born_closed_and_stays_closed() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_creator").await;
        // The default privileges that a creator has of old would open all of it.
        guarded
            .run(
                "set role creator_of_$p; alter default privileges grant all on tables to public; \
                 alter default privileges grant all on sequences to other_of_$p with grant option",
            )
            .await;
        let creator = guarded.connect("creator_of_$p").await;
        for (sql, what) in BORN_CLOSED {
            creator.batch_execute("begin").await.unwrap();
            creator.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let closed = "select not exists (select from pg_catalog.aclexplode(relacl) a where a.grantee <> relowner) \
                and (relkind not in ('r', 'p') or relrowsecurity and relforcerowsecurity) \
                and (relkind <> 'v' or reloptions @> '{security_invoker=true}'), relkind::text \
                from pg_catalog.pg_class where oid = 'play.t'::regclass";
            let row = creator.query_one(closed, &[]).await.unwrap();
            assert!(row.get::<_, bool>(0), "on {}: born open: {sql}", server.version());
            let kind: &str = row.get(1);
            assert!(
                matches!((what, kind), ("table", "r" | "p") | ("view", "v") | ("closed", "m" | "S")),
                "{sql}: {kind}"
            );
            creator.batch_execute("rollback").await.unwrap();
            creator.batch_execute("reset all").await.unwrap();
        }
        creator
            .batch_execute("begin; create schema s create table t (id int) create view v as select 1 as id")
            .await
            .unwrap();
        let closed = "select relrowsecurity and relforcerowsecurity and (select reloptions @> '{security_invoker=true}' \
            from pg_class where oid = 's.v'::regclass) from pg_class where oid = 's.t'::regclass";
        assert!(creator.query_one(closed, &[]).await.unwrap().get::<_, bool>(0));
        creator.batch_execute("rollback").await.unwrap();
        for sql in FUNCTIONS {
            creator.batch_execute("begin").await.unwrap();
            creator.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let open = "select pg_catalog.has_function_privilege($1, 'play.f(int)', 'execute')";
            let open: bool = creator.query_one(open, &[&format!("other_of_{}", guarded.prefix)]).await.unwrap().get(0);
            assert!(!open, "on {}: {sql}", server.version());
            creator.batch_execute("rollback").await.unwrap();
        }
        creator.batch_execute(MADE).await.unwrap();
        guarded.refuses(&creator, &REFUSED).await;
        for sql in NOT_THEIRS {
            let error = guarded.attempt(&creator, sql).await.expect_err(sql);
            assert!(error.is("42501"), "{sql}: {error:?}");
        }
        guarded.lets(&creator, &LET).await;
        // An older snapshot does not know what has been recorded since.
        creator.batch_execute("begin isolation level repeatable read; select 1").await.unwrap();
        guarded.run("set role creator_of_$p; create table play.since (id int)").await;
        let error = creator.batch_execute("alter table play.since disable row level security").await.unwrap_err();
        assert!(format!("{error:?}").contains("isolation level read committed"), "{error:?}");
        creator.batch_execute("rollback").await.unwrap();
        assert!(guarded.holds("relrowsecurity from pg_class where oid = 'play.since'::regclass").await);
        // An index says nothing about access, and CONCURRENTLY takes no transaction of one's own.
        for sql in [
            "set default_transaction_isolation = 'repeatable read'",
            "create index on play.since (id)",
            "create index concurrently since_id on play.since (id)",
        ] {
            creator.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        let add = "alter table play.since add column more int";
        let error = creator.batch_execute(add).await.unwrap_err();
        assert!(format!("{error:?}").contains("set default_transaction_isolation = 'read committed'"), "{error:?}");
        creator.batch_execute("set default_transaction_isolation = 'read committed'").await.unwrap();
        creator.batch_execute(add).await.unwrap();
        // The names that somebody gives away to look like what the guard reads.
        creator
            .batch_execute(
                "create function play.pg_identify_object(regclass, oid, int) returns text language sql as 'select null'; \
                 set search_path = play, pg_catalog; create table t2 (id int)",
            )
            .await
            .unwrap();
        assert!(guarded.holds("relrowsecurity from pg_class where oid = 'play.t2'::regclass").await);
        // Nothing of this is pgseal's, and nothing of pgseal's has changed.
        assert_eq!(guarded.apply(pgseal_postgres::apply::Options::default()).await.unwrap().changes, []);
    }
}
