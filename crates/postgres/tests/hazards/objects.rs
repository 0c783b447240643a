//! D2: objects that a policy does not cover.

use pgseal_engine::source::Sources;
use pgseal_engine::syntax::settings;
use pgseal_postgres::apply::{Options, apply};
use pgseal_postgres::embedded::{SUPERUSER, Server};
use pgseal_postgres::lease::{Lease, issue};
use pgseal_postgres::project::{Input, ScratchServer, prepare};
use pgseal_postgres::scratch::Scratch;
use pgseal_postgres::testing;

use crate::attacks::Session;
use crate::examples::findings;

use super::{ANN, BOB, MAKER, Sealed, Who, sealed, twin};

const OURS: &str = "a0000000-0000-0000-0000-000000000000";
const THEIRS: &str = "b0000000-0000-0000-0000-000000000000";
const OUR_PROJECT: &str = "a1000000-0000-0000-0000-000000000000";
const THEIR_PROJECT: &str = "b1000000-0000-0000-0000-000000000000";

/// Somebody may create objects of their own; Ann too.
const WORKSHOP: &str = "create schema workshop; grant all on schema workshop to maker_beside_hz, hz_role_member; \
     grant usage on schema app to maker_beside_hz";

/// Hazards 22 and 23: a table without row-level security, or with policies that are not switched on.
#[tokio::test]
async fn h022_every_table_has_row_security() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.leaks("create table t as table docs; grant select on t to twin_anon", "twin_anon", "table t").await;
        twin.leaks("alter table docs disable row level security", "twin_authenticated", "table docs").await;
        drop(twin);
        let sealed = sealed(server).await;
        let open = "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p') and not c.relrowsecurity \
                    and c.relnamespace in ('app'::regnamespace, 'seal'::regnamespace)";
        assert_eq!(sealed.operator.query(open, &[]).await.unwrap().len(), 0);
        for table in ["app.docs", "app.events", "app.events_2_low", "app.long_posts", "app.vault", "seal.lease"] {
            sealed.mended("row-level security", &format!("alter table {table} disable row level security")).await;
        }
    }
}

/// Hazard 24: TRUNCATE asks no policy.
#[tokio::test]
async fn h024_truncate() {
    for server in testing::servers().await.unwrap() {
        let attack =
            "truncate docs; reset session authorization; select 'VICTIM is gone' where not exists (select from docs)";
        twin(server).await.leaks("grant truncate on docs to twin_authenticated", "twin_authenticated", attack).await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Staff, Who::Nightly, Who::Agent, Who::Visitor] {
            for table in ["app.docs", "app.orgs", "app.events", "app.events_1", "app.history"] {
                sealed.refused("42501", "", sealed.login(who), &format!("truncate {table} cascade")).await;
            }
        }
        sealed.mended("docs", "grant all on app.docs to hz_role_member").await;
        sealed.mended("events_1", "grant truncate on app.events_1 to public").await;
    }
}

/// Hazards 25 and 32: a foreign key tells whether a row exists, and links to it. The rule of the child is asked first.
#[tokio::test]
async fn h025_foreign_keys_tell_nothing() {
    for server in testing::servers().await.unwrap() {
        let setup = "create table child (doc bigint references docs); grant insert on child to twin_authenticated";
        let twin = twin(server).await;
        twin.reaches(1, setup, "twin_authenticated", "insert into child values (2)").await;
        twin.tells("23503", setup, "twin_authenticated", "insert into child values (777)").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        let task = |org: &str, project: &str| {
            format!("insert into app.tasks (org_id, project_id, title) values ('{org}', '{project}', 'x')")
        };
        ann.rows(1, &task(OURS, OUR_PROJECT)).await;
        // Whether the project exists makes no difference, in our organization and in another.
        for org in [OURS, THEIRS] {
            let mut answers = Vec::new();
            for project in [THEIR_PROJECT, BOB] {
                answers.push(ann.attempt(&task(org, project)).await.unwrap_err());
                let moved = format!("update app.tasks set org_id = '{org}', project_id = '{project}'");
                answers.push(ann.attempt(&moved).await.unwrap_err());
            }
            let code = if org == OURS { "23503" } else { "42501" };
            assert!(answers.iter().all(|error| error.is(code)), "{answers:?}");
            assert!(answers[0].message == answers[2].message && answers[0].detail == answers[2].detail, "{answers:?}");
            assert!(answers[1].message == answers[3].message && answers[1].detail == answers[3].detail, "{answers:?}");
        }
    }
}

/// Hazard 26: with REFERENCES one asks for rows, and keeps others from deleting them.
#[tokio::test]
async fn h026_references() {
    for server in testing::servers().await.unwrap() {
        let attack = "create table scratch.f (d bigint references public.docs); insert into scratch.f values (2)";
        twin(server)
            .await
            .reaches(1, "grant references on docs to twin_authenticated", "twin_authenticated", attack)
            .await;
        let sealed = sealed(server).await;
        for user in [MAKER, sealed.login(Who::Ann)] {
            for table in ["app.docs", "app.orgs", "app.vault", "seal.lease"] {
                let attack = format!("create table workshop.f (d bigint references {table})");
                sealed
                    .refused("42501", &format!("{WORKSHOP}; grant usage on schema seal to {user}"), user, &attack)
                    .await;
            }
        }
        sealed.mended("docs", "grant references on app.docs to hz_role_member").await;
        sealed.mended("docs", &format!("grant references (id) on app.docs to {MAKER}")).await;
    }
}

/// Hazards 27, 28 and 29: unique and exclusion constraints tell that a row is there, unless they hold within a tenant.
#[tokio::test]
async fn h027_unique_within_the_tenant() {
    for server in testing::servers().await.unwrap() {
        let unique = "alter table docs add unique (title)";
        let insert = format!("insert into docs values (3, '{ANN}', 'VICTIM')");
        let twin = twin(server).await;
        twin.tells("23505", unique, "twin_authenticated", &insert).await;
        twin.reaches(0, unique, "twin_authenticated", &format!("{insert} on conflict do nothing")).await;
        let exclude = "alter table docs add exclude using gist (int4range(salary, salary, '[]') with &&)";
        let insert = format!("insert into docs values (3, '{ANN}', '', 55555)");
        twin.tells("23P01", exclude, "twin_authenticated", &insert).await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        let insert = |org: &str| format!("insert into app.projects (org_id, name) values ('{org}', 'VICTIM')");
        ann.rows(1, &insert(OURS)).await;
        ann.rows(1, &format!("{} on conflict do nothing", insert(OURS))).await;
        ann.refused("42501", &insert(THEIRS)).await;
        ann.refused("42501", &format!("{} on conflict do nothing", insert(THEIRS))).await;
        ann.refused("42501", &format!("{} on conflict (org_id, name) do update set name = 'x'", insert(THEIRS))).await;
        let book = |org: &str, at: &str| format!("insert into app.bookings values ('{org}', 1, '{at}')");
        ann.rows(1, &book(OURS, "[1,9)")).await;
        ann.refused("42501", &book(THEIRS, "[1,9)")).await;
        ann.refused("42501", &book(THEIRS, "[20,21)")).await;
    }
}

/// Hazards 30 and 31: a cascade deletes or rewrites rows that one does not see. A child of another tenant cannot be.
#[tokio::test]
async fn h030_cascades_stay_within_the_tenant() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        for (action, gone) in [
            ("cascade", "not exists (select from child)"),
            ("set null", "exists (select from child where doc is null)"),
        ] {
            let setup = format!(
                "create table child (doc bigint references docs on delete {action}); insert into child values (1)"
            );
            let attack = format!("delete from docs; reset session authorization; select 'VICTIM' where {gone}");
            twin.leaks(&setup, "twin_authenticated", &attack).await;
        }
        drop(twin);
        let sealed = sealed(server).await;
        // Nobody of another tenant hangs a row below one of ours, whatever either side says.
        let bob = sealed.session(Who::Bob).await;
        for org in [OURS, THEIRS] {
            let below =
                format!("insert into app.tasks (org_id, project_id, title) values ('{org}', '{OUR_PROJECT}', 'x')");
            let error = bob.attempt(&below).await.unwrap_err();
            assert!(error.is("42501") || error.is("23503"), "{error:?}");
        }
        let attack = "delete from app.projects; reset session authorization; select title from app.tasks";
        let left = sealed.attempt("", sealed.login(Who::Ann), attack).await.unwrap();
        assert_eq!(left.text, "VICTIM|");
        sealed.session(Who::Ann).await.refused("42501", "delete from app.orgs").await;
    }
}

/// Hazards 33 to 36: a partition or child that is named directly, a parent that is open. Children are reached through the
/// parent alone, by its rules.
#[tokio::test]
async fn h033_partitions_and_children() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let ev = "create table ev (owner_id uuid, title text) partition by hash (title); \
                  create table ev1 partition of ev for values with (modulus 1, remainder 0); insert into ev select owner_id, title from docs";
        let on = |table: &str| {
            format!(
                "alter table {table} enable row level security; create policy own on {table} using (owner_id = auth.uid())"
            )
        };
        let grant = "grant select on ev, ev1 to twin_authenticated";
        twin.leaks(&format!("{ev}; {}; {grant}", on("ev")), "twin_authenticated", "table ev1").await;
        twin.leaks(&format!("{ev}; {}; {grant}", on("ev1")), "twin_authenticated", "table ev").await;
        let kid = "create table par (owner_id uuid, title text); create table kid () inherits (par); insert into kid select owner_id, title from docs; \
                   grant select on par, kid to twin_authenticated";
        twin.leaks(&format!("{kid}; {}", on("par")), "twin_authenticated", "table kid").await;
        twin.leaks(&format!("{kid}; {}", on("kid")), "twin_authenticated", "table par").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.rows(5, "table app.events").await;
        ann.rows(2, "table app.posts").await;
        for child in ["events_1", "events_2", "events_2_low", "events_2_rest", "events_4", "events_rest", "long_posts"]
        {
            for sql in ["table app.{}", "delete from app.{}", "select * from only app.{}"] {
                ann.refused("42501", &sql.replace("{}", child)).await;
            }
            sealed
                .nothing(
                    &format!("grant all on app.{child} to hz_role_member"),
                    sealed.login(Who::Ann),
                    &format!("table app.{child}"),
                )
                .await;
            sealed.mended(child, &format!("grant select on app.{child} to hz_role_member")).await;
        }
        ann.rows(0, "select from only app.events").await;
        ann.rows(5, "delete from app.events").await;
        ann.rows(2, "delete from app.posts").await;
        sealed.mended("row-level security", "alter table app.events disable row level security").await;
        sealed.mended("row-level security", "alter table app.posts no force row level security").await;
    }
}

/// Hazards 37, 38 and 39: what is attached, detached, or made a partition later.
#[tokio::test]
async fn h037_attached_and_detached() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let attach = "create table par (like docs) partition by list (id); alter table par attach partition docs default; \
                      grant select on par to twin_authenticated";
        twin.leaks(attach, "twin_authenticated", "table par").await;
        let detach = "create table ev (like docs) partition by list (id); alter table ev enable row level security; \
                      create table ev1 partition of ev default; insert into ev table docs; grant select on ev, ev1 to twin_authenticated; \
                      alter table ev detach partition ev1";
        twin.leaks(detach, "twin_authenticated", "table ev1").await;
        let new = "create table ev (like docs) partition by list (id); alter table ev enable row level security; \
                   alter default privileges grant select on tables to twin_authenticated; \
                   create table ev2 partition of ev default; insert into ev table docs";
        twin.leaks(new, "twin_authenticated", "table ev2").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        sealed.found("child of workshop.par", &format!("{WORKSHOP}; create table workshop.par (id bigint not null); alter table app.docs inherit workshop.par")).await;
        for user in [MAKER, ann] {
            let attack = "create table workshop.par (id bigint not null); alter table app.docs inherit workshop.par";
            sealed.refused("42501", WORKSHOP, user, attack).await;
            sealed.refused("42501", WORKSHOP, user, "create table workshop.kid () inherits (app.docs)").await;
            sealed
                .refused(
                    "42501",
                    WORKSHOP,
                    user,
                    "create table workshop.part partition of app.events for values from (50) to (60)",
                )
                .await;
        }
        let detached = "alter table app.events detach partition app.events_1";
        sealed.found("events_1", detached).await;
        sealed.refused("42501", detached, ann, "table app.events_1").await;
        // One that somebody made later is closed by the next apply, and until then reached by the parent's rules.
        let late = "create table app.late partition of app.events for values from (50) to (60); \
                    insert into app.events select id, 55, name from app.orgs; grant select on app.late to hz_role_member";
        let below = "create table app.late partition of app.events for values from (50) to (60) partition by range (at); \
                     create table app.later partition of app.late default; grant all on app.later to public";
        sealed.closed("app.late", late).await;
        sealed.closed("app.later", below).await;
        let through = sealed.attempt(late, ann, "select what from app.events where at = 55").await.unwrap();
        assert_eq!(through.text, "ours|");
    }
}

/// Hazards 40 to 44: a view that runs as its owner.
#[tokio::test]
async fn h040_views() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        let view = "create view v0 as select * from docs; grant select, update on v0 to twin_authenticated";
        twin.leaks(view, "twin_authenticated", "table v0").await;
        let over = format!(
            "{view}; create view v with (security_invoker = true) as select * from v0; grant select on v to twin_authenticated"
        );
        twin.leaks(&over, "twin_authenticated", "table v").await;
        twin.reaches(1, view, "twin_authenticated", "update v0 set title = 'pwned' where id = 2").await;
        let replaced = "create view v with (security_invoker = true) as select * from docs; create or replace view v as select * from docs; \
                        grant select on v to twin_authenticated";
        twin.leaks(replaced, "twin_authenticated", "table v").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "table app.titles").await;
        ann.rows(1, "table app.long_titles").await;
        ann.rows(1, "select * from app.people_visible").await;
        for view in ["app.titles", "app.long_titles"] {
            ann.refused("42501", &format!("update {view} set title = 'pwned'")).await;
            ann.refused("42501", &format!("delete from {view}")).await;
        }
        sealed.session(Who::Visitor).await.refused("42501", "table app.titles").await;
        for (words, tampering) in [
            ("titles", "alter view app.titles reset (security_invoker)"),
            ("titles", "alter view app.titles set (security_invoker = off)"),
            ("titles", "create or replace view app.titles as select id, title from app.docs"),
            ("long_titles", "create or replace view app.long_titles as select id, title from app.titles"),
            (
                "people_visible",
                "alter view app.people_visible reset (security_invoker); alter view app.people_visible owner to hz_role_staff",
            ),
            ("titles", "alter view app.titles owner to current_user; grant update on app.titles to public"),
            ("everything", "create view app.everything as table app.docs; alter view app.everything owner to hz_owner"),
        ] {
            sealed.mended(words, tampering).await;
        }
        // A view of one's own reads what one reads oneself.
        sealed.refused("42501", WORKSHOP, MAKER, "create view workshop.v as table app.docs; table workshop.v").await;
        let own = sealed
            .attempt(WORKSHOP, sealed.login(Who::Ann), "create view workshop.v as table app.docs; table workshop.v")
            .await;
        assert_eq!(own.unwrap().rows, 1);
    }
}

/// A function that tells what it is asked about, and is cheap.
const PEEK: &str = "create function {}.peek(t text) returns boolean language plpgsql cost 0.0000001 as \
     'begin perform set_config(''x.seen'', coalesce(current_setting(''x.seen'', true), '''') || t, true); return true; end'";

/// Hazard 45: a condition of the reader's own is asked about rows that the view leaves out. A policy is asked first.
#[tokio::test]
async fn h045_conditions_that_tell() {
    for server in testing::servers().await.unwrap() {
        let setup = "create view pub as select * from docs where salary < 100; grant select on pub to twin_anon";
        let attack = format!(
            "{}; select from pub where scratch.peek(title); select current_setting('x.seen')",
            PEEK.replace("{}", "scratch")
        );
        twin(server).await.leaks(setup, "twin_anon", &attack).await;
        let sealed = sealed(server).await;
        let peek = PEEK.replace("{}", "workshop");
        for from in [
            "app.docs",
            "app.titles",
            "app.long_titles",
            "app.docs d join app.posts p using (owner_id) cross join lateral (select d.title) t",
        ] {
            let column = if from.contains("lateral") { "t.title" } else { "title" };
            let attack = format!(
                "{peek}; select from {from} where workshop.peek({column}); select current_setting('x.seen', true)"
            );
            sealed.nothing(WORKSHOP, sealed.login(Who::Ann), &attack).await;
        }
        let attack =
            format!("{peek}; select from app.docs where workshop.peek(title); select current_setting('x.seen')");
        assert_eq!(sealed.attempt(WORKSHOP, sealed.login(Who::Ann), &attack).await.unwrap().text, "mine|");
        for who in [Who::Ann, Who::Staff, Who::Agent] {
            sealed.refused("42501", "", sealed.login(who), &PEEK.replace("{}", "app")).await;
            sealed.refused("42501", "", sealed.login(who), &PEEK.replace("{}", "public")).await;
        }
    }
}

/// Hazard 46: a materialized view is a copy.
#[tokio::test]
async fn h046_materialized_views() {
    for server in testing::servers().await.unwrap() {
        let setup = "create materialized view mv as select * from docs; grant select on mv to twin_authenticated";
        twin(server).await.leaks(setup, "twin_authenticated", "table mv").await;
        let sealed = sealed(server).await;
        for who in [Who::Ann, Who::Visitor, Who::Nightly, Who::Agent] {
            sealed.session(who).await.refused("42501", "table app.totals").await;
        }
        sealed.mended("totals", "grant select on app.totals to hz_role_member").await;
        sealed.refused("42501", WORKSHOP, MAKER, "create materialized view workshop.mv as table app.docs").await;
        let own = "create materialized view workshop.mv as select title from app.docs; table workshop.mv";
        sealed.nothing(WORKSHOP, sealed.login(Who::Ann), own).await;
    }
}

/// Hazard 47: a copy of rows has no rules. It holds what who copies may read.
#[tokio::test]
async fn h047_copies() {
    for server in testing::servers().await.unwrap() {
        let setup = "create table c as table docs; create table c2 (like docs including all); insert into c2 table docs; grant select on c, c2 to twin_anon";
        let twin = twin(server).await;
        twin.leaks(setup, "twin_anon", "table c").await;
        twin.leaks(setup, "twin_anon", "table c2").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.login(Who::Ann);
        for copy in ["create table workshop.c as table app.docs", "select * into workshop.c from app.docs"] {
            let answer = sealed.attempt(WORKSHOP, ann, &format!("{copy}; select title from workshop.c")).await.unwrap();
            // The guard closes it at birth, to whoever made it too.
            assert!(!answer.leaks() && answer.text.is_empty(), "{answer:?}");
            sealed.refused("42501", WORKSHOP, MAKER, copy).await;
        }
        sealed.refused("42501", "", ann, "create table app.c as table app.docs").await;
        sealed.refused("42501", WORKSHOP, MAKER, "create table workshop.c (like app.docs including all); insert into workshop.c overriding system value table app.docs").await;
    }
}

/// Hazard 48: a history that a trigger fills is as readable as its own rules say.
#[tokio::test]
async fn h048_history() {
    for server in testing::servers().await.unwrap() {
        let setup = "create table docs_audit (was jsonb); insert into docs_audit select to_jsonb(d) from docs d; grant select on docs_audit to twin_authenticated";
        twin(server).await.leaks(setup, "twin_authenticated", "table docs_audit").await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.rows(1, "update app.docs set title = 'changed'").await;
        for sql in [
            "table app.history",
            "insert into app.history values (1, '{}')",
            "delete from app.history",
            "select app.remember()",
        ] {
            ann.refused("42501", sql).await;
        }
        let attack = "update app.docs set title = 'changed'; reset session authorization; select was ->> 'title' from app.history order by doc";
        assert_eq!(sealed.attempt("", sealed.login(Who::Ann), attack).await.unwrap().text, "mine|VICTIM|");
    }
}

/// Hazard 49: the other server decides what a foreign table shows, by a user that all share. It is closed, and a definer shows
/// what is meant. Hazard 57: so is a table that an extension brings with privileges for everybody, or said.
#[tokio::test(flavor = "multi_thread")]
async fn h049_foreign_tables() {
    const SCHEMA: &str = "
        create schema app;
        create extension postgres_fdw;
        create server far foreign data wrapper postgres_fdw options (host 'SOCKET', dbname 'hz49_far');
        create foreign table app.far (id integer, secret text) server far;
        create table app.near (id integer primary key);
        create function app.far_count() returns bigint language plpgsql as
            $$ begin return (select count(*) from app.far); end $$;
    ";
    let access = r#"
        [identity]
        user = "uuid"
        [tables]
        "app.far"  = "sealed"
        "app.near" = { select = "true" }
        [functions."app.far_count()"]
        execute = ["member"]
        runs_as = "definer"
        may     = { "app.far" = ["select"] }
        because = "how many there are is no secret"
    "#;
    for server in testing::servers().await.unwrap() {
        let setup = "create extension postgres_fdw; create server far foreign data wrapper postgres_fdw; \
                     create foreign table f (secret text) server far; grant select on f to twin_anon";
        // It gets as far as asking for the user mapping.
        twin(server).await.tells("42704", setup, "twin_anon", "table f").await;
        let mut sources = Sources::default();
        let schema = SCHEMA.replace("SOCKET", &server.socket().to_string_lossy());
        let (access, schema) = (vec![sources.add("access.toml", access)], vec![sources.add("schema.sql", schema)]);
        let (mut settings, _) = settings::parse(&sources, None, "foreign");
        settings.role_prefix = "hz49".to_owned();
        let input = Input { sources, settings, access, schema };
        // Whoever may use the wrapper: the embedded scratch server's deployer may not.
        let url = server.url("postgres");
        let project = prepare(&input, ScratchServer::Given(&url)).await.unwrap();
        let compiled = project.compiled.as_ref().unwrap_or_else(|| panic!("{:#?}", findings(&input, &project)));
        let mut scratch = Scratch::new(server).await.unwrap();
        let applied =
            apply(scratch.client_mut(), &compiled.canonical, "hz49", Options { yes: true, ..Options::default() });
        assert!(!applied.await.unwrap().changes.is_empty());
        // Hazard 57: what an extension brings is its own, and said where everybody may use it.
        let extension = "begin; set local seal.applying = on; create table public.job (command text); \
                         grant select on public.job to public; alter extension postgres_fdw add table public.job; commit";
        scratch.client().batch_execute(extension).await.unwrap();
        let options = Options { yes: true, ..Options::default() };
        let open = apply(scratch.client_mut(), &compiled.canonical, "hz49", options).await.unwrap().open;
        let job = open.iter().find(|open| open.what == "public.job of extension postgres_fdw gives everybody SELECT");
        scratch.client().batch_execute(&job.unwrap_or_else(|| panic!("{open:?}")).sql.join(";")).await.unwrap();
        let open = apply(scratch.client_mut(), &compiled.canonical, "hz49", options).await.unwrap().open;
        assert!(!open.iter().any(|open| open.what.contains("public.job")), "{open:?}");
        for role in ["hz49_role_member", "hz49_role_visitor", "hz49_owner", "hz49_fn_far_count"] {
            let holds = format!(
                "select has_table_privilege('{role}', 'app.far', 'select'), has_table_privilege('{role}', 'app.far', 'insert')"
            );
            let row = scratch.client().query_one(&holds, &[]).await.unwrap();
            let (reads, writes): (bool, bool) = (row.get(0), row.get(1));
            assert_eq!(
                (reads, writes),
                match role {
                    "hz49_owner" => (true, true),
                    "hz49_fn_far_count" => (true, false),
                    _ => (false, false),
                },
                "{role}"
            );
        }
        for role in ["hz49_role_member", "hz49_role_visitor"] {
            let attack = format!("begin; set local role {role}; table app.far");
            let error = scratch.client().batch_execute(&attack).await.unwrap_err();
            assert_eq!(error.code().unwrap().code(), "42501");
            scratch.client().batch_execute("rollback").await.unwrap();
        }
        asked_elsewhere(server, &scratch).await;
        let open = "begin; set local seal.applying = on; grant select on app.far to hz49_role_member; commit";
        scratch.client().batch_execute(open).await.unwrap();
        let mended =
            apply(scratch.client_mut(), &compiled.canonical, "hz49", Options { yes: true, ..Options::default() })
                .await
                .unwrap();
        let mended: Vec<String> = mended.changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            mended,
            ["revoke select on table app.far from hz49_role_member", "write down what the guard compares with"]
        );
    }
}

/// The far server is the same cluster's other database, where the function's role may see one row of two. A member has what the
/// function says, and neither the mapping nor another way there.
async fn asked_elsewhere(server: &Server, scratch: &Scratch) {
    server.create_database("hz49_far", None).await.unwrap();
    let far = server.connect("hz49_far", SUPERUSER).await.unwrap();
    far.batch_execute(
        "create table far (id integer, secret text); insert into far values (1, 'VICTIM'), (2, 'VICTIM');
         create role reader_far_of_hz49 login; grant connect on database hz49_far to reader_far_of_hz49;
         grant usage on schema public to reader_far_of_hz49; grant select on far to reader_far_of_hz49;
         alter table far enable row level security; create policy one on far to reader_far_of_hz49 using (id = 1)",
    )
    .await
    .unwrap();
    let control = scratch.client();
    control
        .batch_execute(
            "alter foreign table app.far options (schema_name 'public');
             create user mapping for hz49_fn_far_count server far options (user 'reader_far_of_hz49', password 'hunter2', password_required 'false')",
        )
        .await
        .unwrap();
    let login =
        issue(control, "hz49", &server.url(scratch.name()), &Lease::new("role_member", Some(ANN))).await.unwrap();
    let mut config = server.config(scratch.name(), &login.role);
    config.password(&login.password);
    let (ann, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    let ann = Session { login: login.role, client: ann };
    assert_eq!(ann.value("select app.far_count()::text").await.as_deref(), Some("1"));
    // With the connection open in her own session, and without.
    for sql in [
        "table app.far",
        "select secret from app.far",
        "insert into app.far values (3, 'x')",
        "import foreign schema public from server far into app",
        "create user mapping for current_user server far options (user 'pgseal')",
        "create user mapping for public server far options (user 'pgseal')",
        "alter user mapping for hz49_fn_far_count server far options (set user 'pgseal')",
        "drop user mapping for hz49_fn_far_count server far",
        "alter server far options (set dbname 'postgres')",
        "create server mine foreign data wrapper postgres_fdw",
        "create foreign table app.mine (secret text) server far",
        "select umoptions from pg_user_mapping",
        "set role hz49_fn_far_count",
    ] {
        let error = ann.attempt(sql).await.expect_err(sql);
        assert!(error.is("42501"), "{sql}: {error:?}");
    }
    let told = "select count(umoptions)::text from pg_user_mappings where srvname = 'far'";
    assert_eq!(ann.value(told).await.as_deref(), Some("0"), "the mapping's password");
    let session = "select usename::text from pg_stat_activity where datname = 'hz49_far' and usename <> 'pgseal'";
    assert_eq!(far.query_one(session, &[]).await.unwrap().get::<_, String>(0), "reader_far_of_hz49");
    drop((ann, far));
}

/// Hazard 50: a sequence tells how much others write, and SETVAL stops them.
#[tokio::test]
async fn h050_sequences() {
    for server in testing::servers().await.unwrap() {
        let setup = "create sequence s start 55555; grant all on sequence s to twin_authenticated; select nextval('s')";
        let twin = twin(server).await;
        twin.leaks(setup, "twin_authenticated", "select last_value from s").await;
        twin.reaches(1, setup, "twin_authenticated", "select setval('s', 1)").await;
        drop(twin);
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        // An identity column needs no privilege; one with a default needs USAGE, which gives the next number and nothing else.
        ann.rows(1, &format!("insert into app.docs (owner_id) values ('{ANN}')")).await;
        ann.rows(1, &format!("insert into app.orders (owner_id) values ('{ANN}')")).await;
        for sequence in ["app.tickets", "app.orders_shipped_seq", "app.docs_id_seq"] {
            ann.refused("42501", &format!("select last_value from {sequence}")).await;
            ann.refused("42501", &format!("select setval('{sequence}', 1)")).await;
            ann.refused("42501", &format!("alter sequence {sequence} restart")).await;
            ann.refused("42501", &format!("drop sequence {sequence}")).await;
            sealed.mended(sequence, &format!("grant all on sequence {sequence} to hz_role_member")).await;
        }
        ann.refused("42501", "select nextval('app.docs_id_seq')").await;
        ann.refused("42501", "select currval('app.docs_id_seq')").await;
        sealed.session(Who::Ann).await.refused("55000", "select lastval()").await;
        for who in [Who::Visitor, Who::Agent, Who::Nightly] {
            sealed.session(who).await.refused("42501", "select nextval('app.tickets')").await;
        }
    }
}

/// Hazard 52: a column that is revoked under a grant on the table is not.
#[tokio::test]
async fn h052_columns() {
    for server in testing::servers().await.unwrap() {
        let setup = "revoke select (salary) on docs from twin_authenticated; drop policy own on docs; create policy own on docs using (true)";
        twin(server).await.leaks(setup, "twin_authenticated", "select salary from docs").await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        for sql in [
            "select salary from app.people",
            "select p::text from app.people p",
            "update app.people set is_admin = true",
            "update app.people set salary = 1",
            "select name from app.people where salary > 0",
        ] {
            ann.refused("42501", sql).await;
        }
        ann.rows(1, "select name from app.people").await;
        sealed.mended("people", "grant select on app.people to hz_role_member").await;
        sealed.mended("people", "grant select (salary) on app.people to hz_agent_triage").await;
    }
}

/// Hazard 53: a table that is moved to another schema.
#[tokio::test]
async fn h053_moved() {
    for server in testing::servers().await.unwrap() {
        let setup =
            "create schema internal; create table internal.t as table docs; grant select on internal.t to twin_anon";
        let twin = twin(server).await;
        twin.tells("42501", setup, "twin_anon", "table internal.t").await;
        twin.leaks(&format!("{setup}; alter table internal.t set schema public"), "twin_anon", "table public.t").await;
        drop(twin);
        let sealed = sealed(server).await;
        let moved = "alter table app.vault set schema public; grant usage on schema public to public";
        sealed.found("public.vault", moved).await;
        for who in [Who::Ann, Who::Staff] {
            sealed.refused("42501", moved, sealed.login(who), "table public.vault").await;
        }
        sealed.mended("schema public", "grant usage on schema public to public").await;
    }
}

/// Hazard 54: default privileges open what nobody has thought of.
#[tokio::test]
async fn h054_default_privileges() {
    for server in testing::servers().await.unwrap() {
        let setup = "alter default privileges in schema public grant select on tables to twin_anon; create table t as table docs";
        twin(server).await.leaks(setup, "twin_anon", "table t").await;
        let sealed = sealed(server).await;
        for tampering in [
            "alter default privileges for role hz_owner grant select on tables to public",
            "alter default privileges for role hz_owner in schema app grant all on tables to hz_role_member",
            "alter default privileges for role hz_owner grant usage on sequences to hz_role_member",
            "alter default privileges for role hz_seal grant execute on functions to public",
            "alter default privileges for role hz_owner grant usage, create on schemas to public",
        ] {
            sealed.mended("future", tampering).await;
        }
    }
}

/// Hazard 55: a rewrite rule acts as the relation's owner, who is bound too; one that is not in the schema goes.
#[tokio::test]
async fn h055_rewrite_rules() {
    for server in testing::servers().await.unwrap() {
        let rule = "create rule r as on insert to inbox do also insert into lk select title from docs";
        let setup = format!(
            "create table inbox (t text); create table lk (t text); grant insert on inbox to twin_anon; grant select on lk to twin_anon; {rule}"
        );
        twin(server).await.leaks(&setup, "twin_anon", "insert into inbox values (''); table lk").await;
        let sealed = sealed(server).await;
        let rule = "create rule r as on insert to app.posts do also insert into app.orders (owner_id) select owner_id from app.docs";
        sealed.mended("rule r", rule).await;
        let attack = format!("insert into app.posts values (9, '{ANN}', ''); select owner_id from app.orders");
        let answer = sealed.attempt(rule, sealed.login(Who::Ann), &attack).await;
        assert!(!format!("{answer:?}").contains(BOB), "{answer:?}");
        sealed.mended("rule r", "create rule r as on update to app.vault do instead nothing").await;
        sealed.refused("42501", "", sealed.login(Who::Ann), rule).await;
    }
}

/// Hazard 56: rows leave through a publication without being asked about rules.
#[tokio::test]
async fn h056_publications() {
    for server in testing::servers().await.unwrap() {
        let twin = twin(server).await;
        twin.operator.batch_execute("begin; create publication pb for table docs").await.unwrap();
        let filtered = "select from pg_publication_tables where pubname = 'pb' and rowfilter is not null";
        assert_eq!(twin.operator.query(filtered, &[]).await.unwrap().len(), 0);
        twin.operator.batch_execute("rollback").await.unwrap();
        drop(twin);
        let sealed = sealed(server).await;
        for (words, tampering) in [
            ("app.docs", "create publication pb for table app.docs"),
            ("app.docs (id, title)", "create publication pb for table app.docs (id, title)"),
            ("app.docs where (salary > 1)", "create publication pb for table app.docs where (salary > 1)"),
            ("all tables", "create publication pb for all tables"),
            ("all tables of schema app", "create publication pb for tables in schema app"),
            ("all tables of schema seal", "create publication pb for tables in schema seal"),
            ("app.events_1", "create publication pb for table app.events_1"),
        ] {
            sealed.found(words, tampering).await;
        }
        for who in [Who::Ann, Who::Staff, Who::Agent] {
            sealed.refused("42501", "", sealed.login(who), "create publication pb for table app.docs").await;
        }
    }
}

/// Hazard 58: a dump or load that row-level security cuts short. Who may not read everything is told so.
#[tokio::test]
async fn h058_dumps_and_loads() {
    for server in testing::servers().await.unwrap() {
        // What `pg_dump --enable-row-security` reads, and it says nothing.
        twin(server).await.reaches(1, "", "twin_authenticated", "set row_security = on; table docs").await;
        let sealed = sealed(server).await;
        let ann = sealed.session(Who::Ann).await;
        ann.refused("42501", "set row_security = off; table app.docs").await;
        ann.refused("42501", "set row_security = off; select from app.titles").await;
        ann.refused("0A000", "copy app.docs (owner_id) from stdin").await;
        sealed.refused("42501", "", "hz_owner", "set row_security = off; table app.docs").await;
    }
}

impl Sealed {
    /// A table that somebody made below a sealed one is closed by `apply`: forced, and granted to nobody.
    async fn closed(&self, table: &str, tampering: &str) {
        let sql = format!(
            "select where (select relrowsecurity and relforcerowsecurity from pg_class where oid = '{table}'::regclass) \
             and not exists (select from pg_class c, aclexplode(c.relacl) a where c.oid = '{table}'::regclass and a.grantee <> c.relowner)"
        );
        assert_eq!(self.mend(tampering, &sql).await, 1, "{tampering}");
    }
}
