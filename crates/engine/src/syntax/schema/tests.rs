//! Schema files: the object of each kind of statement, and each kind that is refused.

use super::*;
use crate::diagnostic::Severity;

fn read_text(text: &str) -> (Vec<SchemaStatement>, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("schema/001.sql", text);
    let (statements, findings) = read(&sources, &[file]);
    (statements, findings, sources)
}

/// The objects of a text, as JSON shows them, without the kinds' wrapping.
fn objects(text: &str) -> Vec<String> {
    let (statements, findings, _) = read_text(text);
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}: {errors:?}");
    statements.iter().map(|statement| format!("{:?}", kind_and_name(&statement.statement.object))).collect()
}

fn kind_and_name(object: &ObjectId) -> (&'static str, String) {
    match object {
        ObjectId::Schema(name) => ("schema", name.clone()),
        ObjectId::Extension(name) => ("extension", name.clone()),
        ObjectId::Type(name) => ("type", name.sql()),
        ObjectId::Sequence(name) => ("sequence", name.sql()),
        ObjectId::Table(name) => ("table", name.sql()),
        ObjectId::View(name) => ("view", name.sql()),
        ObjectId::Function(signature) => ("function", signature.sql()),
        ObjectId::Trigger(table, name) => ("trigger", format!("{} {name}", table.sql())),
        ObjectId::Policy(table, name) => ("policy", format!("{} {name}", table.sql())),
        ObjectId::Index(table, name) => ("index", format!("{} {name}", table.sql())),
        ObjectId::Constraint(table, name) => ("constraint", format!("{} {name}", table.sql())),
        ObjectId::Other(_) => ("other", String::new()),
    }
}

fn object_is(text: &str, kind: &str, name: &str) {
    assert_eq!(objects(text), [format!("{:?}", (kind, name))], "{text}");
}

/// The codes of all findings.
fn codes(text: &str) -> Vec<&'static str> {
    read_text(text).1.iter().map(|finding| finding.code).collect()
}

fn refused(text: &str, code: &str) {
    let (statements, findings, sources) = read_text(text);
    assert!(statements.is_empty(), "{text} is accepted");
    let [finding] = findings.as_slice() else { panic!("{text}: {findings:?}") };
    assert_eq!(finding.code, code, "{text}: {finding:?}");
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "{text}");
    let span = finding.span.expect("a place");
    assert!(sources.get(span.file).expect("the file").text.get(span.start as usize..span.end as usize).is_some());
}

#[test]
fn every_kind_of_object() {
    object_is("create schema app", "schema", "app");
    object_is("create table app.tasks (id uuid)", "table", "app.tasks");
    object_is("create table tasks (id uuid)", "table", "public.tasks");
    object_is("create table app.\"Tasks; --\" (id uuid)", "table", "app.\"Tasks; --\"");
    object_is("create table app.p1 partition of app.p for values in (1)", "table", "app.p1");
    object_is("create foreign table app.f (id int) server s", "table", "app.f");
    object_is("create unique index tasks_at on app.tasks (at)", "index", "app.tasks tasks_at");
    object_is("create view app.v as select 1", "view", "app.v");
    object_is("create materialized view app.m as select 1", "view", "app.m");
    object_is(
        "create function app.f(a int, b varchar(20)[], out c text, variadic d app.status[]) returns text language sql as 'select 1'",
        "function",
        "app.f(integer, character varying[], app.status[])",
    );
    object_is("create procedure p(a timestamptz) language sql as ''", "function", "public.p(timestamp with time zone)");
    object_is("create aggregate app.a(int, text) (sfunc = f, stype = int)", "function", "app.a(integer, text)");
    object_is("create aggregate app.a(*) (sfunc = f, stype = int)", "function", "app.a()");
    object_is("create type app.s as enum ('a')", "type", "app.s");
    object_is("create type app.c as (a int)", "type", "app.c");
    object_is("create type app.r as range (subtype = int)", "type", "app.r");
    object_is("create domain app.d as text check (value <> '')", "type", "app.d");
    object_is("alter type app.s add value 'b'", "type", "app.s");
    object_is("create sequence app.q", "sequence", "app.q");
    object_is("alter sequence app.q owned by app.tasks.id", "sequence", "app.q");
    object_is("create trigger t after insert on app.tasks execute function app.f()", "trigger", "app.tasks t");
    object_is("create extension if not exists pgcrypto", "extension", "pgcrypto");
    object_is("create rule r as on insert to app.tasks do also nothing", "table", "app.tasks");
    object_is("create publication p for table app.tasks", "other", "");
    object_is("create statistics app.st on a, b from app.tasks", "other", "");
    object_is("create operator app.=== (leftarg = int, rightarg = int, function = f)", "other", "");
    object_is("create cast (text as app.s) with inout", "other", "");
    object_is("create collation app.c (locale = 'C')", "other", "");
    object_is("create text search configuration app.c (copy = simple)", "other", "");
    object_is("alter table app.tasks add constraint one check (true)", "constraint", "app.tasks one");
    object_is("alter table app.tasks add check (true)", "table", "app.tasks");
    object_is("alter table only app.tasks alter column id set default 1", "table", "app.tasks");
    object_is("alter table app.tasks attach partition app.p1 default", "table", "app.tasks");
    object_is("comment on table app.tasks is 'x'", "table", "app.tasks");
    object_is("comment on function app.f(int) is 'x'", "function", "app.f(integer)");
    object_is("comment on trigger t on app.tasks is 'x'", "trigger", "app.tasks t");
    object_is("comment on type app.s is 'x'", "type", "app.s");
    object_is("comment on schema app is 'x'", "schema", "app");
    object_is("alter function app.f(int) stable", "function", "app.f(integer)");
}

#[test]
fn indexes_without_names_get_those_of_postgres() {
    let made = objects(
        "create index on app.t (a, b); create index on app.t (a, b); create index on app.t (lower(a), (a || b), (b || a)); \
         create index on app.t (a) include (c);",
    );
    let named = |name: &str| format!("{:?}", ("index", format!("app.t {name}")));
    assert_eq!(made, [named("t_a_b_idx"), named("t_a_b_idx1"), named("t_lower_expr_expr1_idx"), named("t_a_c_idx")]);
}

#[test]
fn a_comment_on_a_column_belongs_to_whatever_has_it() {
    let made = objects(
        "comment on column app.v.id is 'x'; create view app.v as select 1 as id; comment on column app.t.id is 'y'",
    );
    assert_eq!(made, ["(\"view\", \"app.v\")", "(\"view\", \"app.v\")", "(\"table\", \"app.t\")"]);
    let (statements, ..) = read_text(
        "create view app.v as select 1 as id; create rule r as on insert to app.v do instead nothing; \
         alter table app.v alter column id set default 1",
    );
    assert!(statements.iter().all(|read| kind_and_name(&read.statement.object).0 == "view"), "{statements:?}");
}

#[test]
fn statements_are_split_where_postgres_splits_them() {
    let text = "-- first; comment\ncreate table a (id int default 1 /* ; */); ;\n\n\
        create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end;\n\
        create rule r as on insert to a do also (select 1; select 2);\n\
        create function g() returns void language plpgsql as $x$ begin; end; -- no comment $x$;\n\
        comment on table a is 'it''s; é' -- last";
    let (statements, findings, sources) = read_text(text);
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["schema-rewrite-rule"]);
    assert_eq!(statements.len(), 5);
    for statement in &statements {
        let span = statement.span;
        let source = &sources.get(span.file).expect("the file").text;
        assert_eq!(source.get(span.start as usize..span.end as usize), Some(statement.statement.sql.as_str()));
        assert!(!statement.statement.sql.ends_with(';'));
        assert_eq!(pg_query::parse(&statement.statement.sql).expect("parses").protobuf.stmts.len(), 1);
    }
    assert_eq!(
        objects("create table a (atomic int); create table b (\"case\" int, \"end\" int); create table c (begin int)")
            .len(),
        3
    );
    assert_eq!(statements[4].statement.sql, "comment on table a is 'it''s; é'");
}

#[test]
fn what_access_toml_says_is_refused() {
    refused("grant select, insert on app.tasks to bob", "schema-grant");
    refused("revoke all on app.tasks from public", "schema-grant");
    refused("grant execute on function app.f(int) to bob", "schema-grant");
    refused("grant bob to alice", "schema-role");
    refused("alter default privileges in schema app grant select on tables to bob", "schema-default-privileges");
    refused("create policy p on app.tasks for select using (a = 1)", "schema-policy");
    refused("alter policy p on app.tasks using (true)", "schema-policy");
    refused("drop policy p on app.tasks", "schema-drop");
    refused("create role bob login", "schema-role");
    refused("alter role bob bypassrls", "schema-role");
    refused("alter role bob set search_path = x", "schema-role");
    refused("comment on role bob is 'pgseal: acme'", "schema-role");
    refused("alter table app.tasks owner to bob", "schema-owner");
    refused("alter function app.f() owner to bob", "schema-owner");
    refused("create schema app authorization bob", "schema-owner");
    refused("alter table app.tasks disable row level security", "schema-row-security");
    refused("alter table app.tasks no force row level security", "schema-row-security");
    refused("alter table app.tasks enable row level security, add column a int", "schema-row-security");
    refused("set search_path = app", "schema-session");
    refused("set role bob", "schema-session");
    refused("reset all", "schema-session");
    refused("begin", "schema-transaction");
    refused("commit", "schema-transaction");
    refused("insert into app.tasks values (1)", "schema-data");
    refused("with x as (delete from app.tasks returning 1) select 1", "schema-query");
    refused("truncate app.tasks", "schema-data");
    refused("copy app.tasks from '/etc/passwd'", "schema-copy");
    refused("do $$ begin end $$", "schema-do");
    refused("drop table app.tasks cascade", "schema-drop");
    refused("alter table app.tasks drop column a", "schema-drop");
    refused("create table app.c as table app.tasks", "schema-table-copy");
    refused("select * into app.c from app.tasks", "schema-table-copy");
    refused("create temp table t (a int)", "schema-temporary");
    refused("create table pg_temp.t (a int)", "schema-temporary");
    refused("create temp view v as select 1", "schema-temporary");
    refused("create event trigger e on ddl_command_end execute function app.f()", "schema-event-trigger");
    refused("listen x", "schema-notify");
    refused("notify x", "schema-notify");
    refused("vacuum", "schema-maintenance");
    refused("alter system set fsync = off", "schema-server");
    refused("create index concurrently i on app.tasks (a)", "schema-concurrently");
    refused("select set_config('search_path', '', false)", "schema-query");
    refused("alter table app.tasks rename to t2", "schema-rename");
    refused("alter table app.tasks set schema public", "schema-rename");
    refused("alter table app.tasks disable trigger all", "schema-trigger-off");
    refused("create subscription s connection 'x' publication p", "schema-subscription");
    refused("create user mapping for bob server s options (password 'x')", "schema-role");
    refused("create schema app create table t (a int)", "schema-nested");
    refused("alter extension citext add table app.tasks", "schema-unsupported");
    refused("create type app.r as range (subtype = int, multirange_type_name = mr)", "schema-unsupported");
    refused("comment on large object 1 is 'x'", "schema-data");
    refused("create schema seal", "schema-reserved");
    refused("create schema pg_mine", "schema-reserved");
    refused("create table seal.lease (a int)", "schema-reserved");
    refused("create function pg_catalog.f() returns int language sql as 'select 1'", "schema-reserved");
    refused("create trigger t after insert on seal.lease execute function f()", "schema-reserved");
}

#[test]
fn what_takes_a_superuser_is_refused() {
    for language in ["c", "internal", "plpython3u", "PlPerlU", "plsh"] {
        refused(&format!("create function f() returns int language {language} as 'x'"), "schema-untrusted-language");
    }
    refused("create function f() returns int language sql leakproof as 'select 1'", "schema-superuser");
    refused("alter function app.f() leakproof", "schema-superuser");
    refused("create function f() returns int language sql support g as 'select 1'", "schema-superuser");
    refused("create operator class app.o for type int using btree as operator 1 <", "schema-superuser");
    refused("create operator family app.o using btree", "schema-superuser");
    refused("create type app.b", "schema-superuser");
    refused("create type app.b (input = app.i, output = app.o)", "schema-superuser");
    refused("create text search parser app.p (start = a, gettoken = b, end = c, lextypes = d)", "schema-superuser");
    refused("create text search template app.t (lexize = a)", "schema-superuser");
    refused("create language plx handler h", "schema-superuser");
    refused("create foreign data wrapper w", "schema-superuser");
    refused("create access method m type index handler h", "schema-superuser");
    refused("create transform for int language sql (from sql with function f(internal))", "schema-superuser");
    refused("create cast (int as app.d) without function", "schema-superuser");
    for fine in [
        "create function f() returns int language sql not leakproof as 'select 1'",
        "create cast (int as app.c) with function app.f(int)",
        "create text search dictionary app.d (template = simple)",
        "create type app.r as range (subtype = int, multirange_type_name = app.mr)",
        "create function f() returns int language sql window as 'select 1'",
    ] {
        assert_eq!(codes(fine), Vec::<&str>::new(), "{fine}");
    }
}

#[test]
fn help_shows_the_line_of_access_toml() {
    let help = |text: &str| read_text(text).1.first().and_then(|finding| finding.help.clone()).expect("help");
    assert!(
        help("grant select, update on app.tasks to bob")
            .contains("`\"app.tasks\" = { select = \"..\", update = \"..\" }`")
    );
    assert!(
        help("grant execute on function app.f(int) to bob")
            .contains("`\"app.f(integer)\" = { execute = [\"member\"] }`")
    );
    assert!(help("create policy p on app.t for delete using (a = 1)").contains("`\"app.t\" = { delete = \"a = 1\" }`"));
    assert!(
        help("create policy p on app.\"T\" as restrictive using (a = 1)")
            .contains("`require = [\"a = 1\"]` under `[tables.'app.\"T\"']`")
    );
    assert!(help("create role staff").contains("`staff = {}` under `[roles]`"));
}

#[test]
fn warnings_keep_what_is_structure() {
    assert_eq!(codes("alter table app.t enable row level security, force row level security"), ["schema-row-security"]);
    assert!(read_text("alter table app.t enable row level security").0.is_empty());
    assert_eq!(codes("create function f() returns int language PlPgSQL as 'x'"), Vec::<&str>::new());
    assert_eq!(codes("create publication p for all tables"), ["schema-publication"]);
}

#[test]
fn errors_have_their_place_and_the_rest_is_read() {
    let (statements, findings, sources) =
        read_text("create table a (id int);\ncreate tabel b (id int);\ncreate table c (id int);");
    assert_eq!(statements.len(), 2);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.message, "syntax error at or near `tabel`");
    assert_eq!(sources.line_column(finding.span.expect("a place")), (2, 8));
    assert_eq!(codes("create table a (id int);\n\\connect other\n"), ["schema-psql"]);
    assert_eq!(codes("create table a (t text default 'x);"), ["schema-syntax"]);
    assert_eq!(codes("create table a (t text);\0"), ["schema-syntax"]);
    assert_eq!(codes("/* never closed"), ["schema-syntax"]);
    assert_eq!(codes(""), Vec::<&str>::new());
    assert_eq!(codes(";;; -- nothing"), Vec::<&str>::new());
}

#[test]
fn deep_statements_do_not_reach_the_stack() {
    let deep = |text: String| {
        std::thread::Builder::new().stack_size(2 << 20).spawn(move || codes(&text)).unwrap().join().unwrap()
    };
    assert_eq!(
        deep(format!("create table t (a int default {}1{})", "(".repeat(10_000), ")".repeat(10_000))),
        ["schema-too-deep"]
    );
    assert_eq!(deep(format!("create view v as select 1{}", " + 1".repeat(100_000))), ["schema-too-deep"]);
    assert_eq!(deep(format!("create table t (a int check ({} true))", "not ".repeat(900))), ["schema-too-deep"]);
    assert_eq!(deep(format!("create view v as {}", vec!["select 1"; 100_000].join(" union "))), ["schema-too-deep"]);
    // A long chain in a view is common, and read.
    assert_eq!(deep(format!("create view v as select 'a'{}", " || 'b'".repeat(200))), Vec::<&str>::new());
}

#[test]
fn the_same_statement_has_the_same_identity() {
    let other = |text: &str| read_text(text).0[0].statement.object.clone();
    let cast = other("create cast (text as app.s) with inout");
    assert_eq!(cast, other("create  cast (text as app.s) -- x\n with inout"));
    assert_ne!(cast, other("create cast (text as app.t) with inout"));
}

/// What fuzzed schema files are put together from.
const WORDS: &[&str] = &[
    "create table",
    "app.t",
    "\"Q;\"",
    "(a int)",
    "(",
    ")",
    ";",
    ";\n",
    "'",
    "\"",
    "$$",
    "$x$ ; $x$",
    "/*",
    "*/",
    "--",
    "\n",
    "\\",
    "\\connect x\n",
    "create function f()",
    "returns int",
    "language sql",
    "begin atomic",
    "end",
    "select 1",
    "case",
    "as",
    "alter table",
    "add constraint c",
    "check (true)",
    "grant",
    "on",
    "to",
    "public",
    "create view",
    "create index on",
    "create trigger t",
    "after insert on",
    "execute function f()",
    "comment on column",
    "is 'x'",
    "drop",
    "set",
    "create schema",
    "seal",
    "pg_x",
    "enable row level security",
    ",",
    "é",
    "$1",
    "owner to",
    "create type",
    "enum ('a')",
    "create policy p on",
    "using (true)",
    "create aggregate",
    "(*)",
    "only",
    "not",
    "0",
];

#[test]
fn fuzzed_files_are_read_or_refused() {
    let mut state = 0x5eed_0002_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % limit
    };
    let seeds = [
        "create table app.t (a int, b text default ';'); create index on app.t (a);",
        "create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end; select 1;",
        "create rule r as on insert to t do also (select 1; select 2); grant select on t to public;",
        "comment on column app.v.é is 'x'; create view app.v as select 1 as é; alter table t enable row level security;",
        "create policy p on t using (true); alter table t add constraint c check (a > 0); -- ;\n/* ; */ create type s as enum ('a')",
    ];
    let (mut read, mut refused) = (0, 0);
    for _ in 0..6_000 {
        let mut text = seeds[below(seeds.len())].to_owned();
        for _ in 0..1 + below(4) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let index = below(places.len());
            let (from, to) = (places[index], places[(index + below(6)).min(places.len() - 1)]);
            match below(2) {
                0 => text.insert_str(from, &format!(" {} ", WORDS[below(WORDS.len())])),
                _ => text.replace_range(from..to, WORDS[below(WORDS.len())]),
            }
        }
        let (statements, findings, _) = read_text(&text);
        for statement in &statements {
            read += 1;
            // What is handed on is one statement, and stands where it says.
            let again = pg_query::parse(&statement.statement.sql).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(again.protobuf.stmts.len(), 1, "{text}");
            let span = statement.span;
            assert_eq!(text.get(span.start as usize..span.end as usize), Some(statement.statement.sql.as_str()));
            let node = again.protobuf.stmts[0].stmt.as_ref().and_then(|node| node.node.as_ref()).expect("a statement");
            assert!(refuse::refuse(node, span).or_else(|| superuser::refuse(node, span)).is_none(), "{text}");
        }
        for finding in findings {
            refused += 1;
            let span = finding.span.expect("a place");
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{text}: {finding:?}");
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused: the generator is no use");
}
