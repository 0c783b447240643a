//! A superuser who changes a sealed database by hand: what weakens it is refused, what does not is let.

use pgseal_postgres::testing;

use super::Guarded;

const REFUSED: [(&str, &str); 50] = [
    ("drop policy seal_gate_member on app.notes", "table app.notes: its policy seal_gate_member cannot be dropped"),
    ("alter policy seal_select_member on app.notes using (true)", "table app.notes: its policies"),
    ("alter policy seal_select_member on app.notes to public", "table app.notes: its policies"),
    ("alter policy seal_select_member on app.notes rename to other", "table app.notes: its policies"),
    ("create policy open on app.notes using (true)", "table app.notes: its policies"),
    ("alter table app.notes disable row level security", "table app.notes: its row security"),
    ("alter table app.notes no force row level security", "table app.notes: its row security"),
    ("alter table app.events_1 disable row level security", "table app.events_1: its row security"),
    ("set session_replication_role = replica; alter table app.notes disable row level security", "its row security"),
    ("set role $p_owner; alter table app.notes disable row level security", "its row security"),
    ("grant select on app.notes to public", "table app.notes: its privileges"),
    ("grant truncate on app.notes to $p_role_member", "table app.notes: its privileges"),
    ("grant trigger on app.notes to $p_role_member", "table app.notes: its privileges"),
    ("grant select (secret) on app.notes to other_of_$p", "table app.notes: its column privileges"),
    ("grant select on all tables in schema app to public", "its privileges"),
    ("revoke select on app.notes from $p_role_member", "table app.notes: its "),
    ("grant usage on sequence app.tickets to public", "sequence app.tickets: its privileges"),
    ("grant execute on function app.count_notes() to public", "function app.count_notes(): its privileges"),
    ("grant usage on schema app to public", "schema app: its privileges"),
    ("grant create on schema public to public", "schema public: its privileges"),
    ("alter default privileges for role $p_owner grant select on tables to public", "default privileges of $p_owner"),
    ("alter schema app owner to creator_of_$p", "schema app: its owner"),
    ("alter schema app rename to apps", "cannot be renamed or moved"),
    ("alter table app.notes owner to creator_of_$p", "table app.notes: its "),
    ("drop function seal.guard_drop() cascade", "function seal.guard_drop(): it is pgseal's own"),
    ("drop owned by $p_role_member", "pgseal guards "),
    ("alter table app.notes set schema theirs", "it cannot be renamed or moved"),
    ("alter table app.notes rename to old_notes", "table app.notes: "),
    ("alter table app.notes rename column owner_id to writer_id", "table app.notes: its policies"),
    ("alter table app.events disable trigger all", "its triggers cannot"),
    ("alter table only app.events_1 disable trigger user", "table app.events_1: its triggers"),
    (
        "create function app.g() returns trigger language plpgsql as 'begin return new; end'; \
      create trigger g before insert on app.notes for each row execute function app.g()",
        "table app.notes: its triggers",
    ),
    ("create rule r as on insert to app.notes do also notify leak", "table app.notes: its rewrite rules"),
    (
        "create or replace view app.open_notes as select id, body from app.notes",
        "view app.open_notes: its view options",
    ),
    (
        "create or replace view app.open_notes with (security_invoker = true) as select id, secret as body from app.notes",
        "its rewrite rules",
    ),
    ("alter view app.open_notes reset (security_invoker)", "view app.open_notes: its view options"),
    (
        "create or replace function app.count_notes() returns bigint language sql stable as 'select 7::bigint'",
        "app.count_notes(): its body",
    ),
    ("alter function app.count_notes() security definer", "app.count_notes(): its security"),
    ("alter function app.steps(int) reset search_path", "app.steps(integer): its settings"),
    ("create publication leak for table app.notes", "table app.notes: its publications"),
    ("create publication leak for all tables", ": its publications"),
    ("create publication leak for tables in schema app", ": its publications"),
    ("alter table app.notes drop column owner_id cascade", "table app.notes: its policy"),
    ("drop function seal.is_live(text) cascade", "cannot be dropped here, nor what it depends on"),
    ("drop function seal.guard_verify() cascade", "function seal.guard_verify(): it is pgseal's own"),
    ("drop table seal.guarded", "table seal.guarded: it is pgseal's own"),
    ("create schema $p_s0007", "would come first for the login of that name"),
    ("alter table theirs.old set schema app", "guards the schema of table app.old, which is not sealed"),
    (
        "create function theirs.late() returns int language sql as 'select 1'; alter function theirs.late() set schema app",
        "function theirs.late(): it cannot be renamed or moved",
    ),
    (
        "alter table theirs.old inherit theirs.old_parent; alter table app.copy inherit theirs.old_parent",
        "table app.copy is sealed, and table theirs.old_parent is not",
    ),
];

const LET: [&str; 17] = [
    "alter table app.notes add column more text not null default 'x'; create index on app.notes (more); \
     alter table app.notes alter column more type varchar(20), alter column more drop not null; alter table app.notes drop column more",
    "alter table app.notes drop column secret",
    "alter table app.notes add constraint short check (length(body) < 100) not valid; alter table app.notes validate constraint short",
    "alter table app.notes add column ref bigint references app.notes; alter table app.notes drop column ref",
    "alter table app.notes add column counted serial",
    "alter table app.notes rename column secret to hidden",
    "create table app.events_2 partition of app.events for values from (2) to (3); drop table app.events_2",
    "alter table app.events detach partition app.events_1; drop table app.events_1",
    "create table app.events_3 (like app.events); alter table app.events attach partition app.events_3 for values from (3) to (4)",
    "drop view app.open_notes; drop table app.notes cascade; drop schema app cascade",
    "drop function app.count_notes(); create function app.count_notes() returns bigint language sql as 'select 1::bigint'",
    "create extension pg_trgm schema theirs; alter extension pg_trgm set schema public; drop extension pg_trgm",
    "create temp table t (id int); alter table t disable row level security",
    "truncate app.notes; analyze app.notes; comment on table app.notes is 'notes'; lock table app.notes",
    "create role passing_of_$p; grant $p_role_member to passing_of_$p; drop role passing_of_$p",
    "grant select on theirs.old to other_of_$p; alter table theirs.old disable row level security",
    "set seal.applying = on; alter table app.notes disable row level security",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_weakens_a_sealed_database_by_mistake_is_refused() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_operator").await;
        let operator = guarded.connect("pgseal").await;
        guarded.run("set seal.applying = on; create table theirs.old_parent (id int)").await;
        guarded.run("create table app.copy (id int)").await;
        guarded.refuses(&operator, &REFUSED).await;
        guarded.lets(&operator, &LET).await;
        // These run outside of transactions.
        for sql in [
            "create index concurrently by_body on app.notes (body)",
            "reindex index concurrently app.by_body",
            "drop index concurrently app.by_body",
            "vacuum analyze app.notes",
        ] {
            operator.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
        operator.batch_execute("drop table app.copy").await.unwrap();
        // What was made past the guard, above, is noted as somebody else's; nothing of the project's has changed.
        let noted = guarded.apply(pgseal_postgres::apply::Options::default()).await.unwrap().changes;
        let noted: Vec<String> = noted.iter().map(ToString::to_string).collect();
        assert_eq!(noted, ["write down what the guard compares with"]);
        assert_eq!(guarded.apply(pgseal_postgres::apply::Options::default()).await.unwrap().changes, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refusal_says_how_to_do_it_right() {
    for server in testing::servers().await.unwrap() {
        let guarded = Guarded::new(server, "guard_words").await;
        let operator = guarded.connect("pgseal").await;
        let error = guarded.attempt(&operator, "grant select on app.notes to public").await.unwrap_err();
        assert_eq!(error.message, "pgseal guards table app.notes: its privileges cannot be changed here");
        assert_eq!(error.hint.as_deref(), Some("Say it in access.toml and run `pgseal apply`."));
    }
}
