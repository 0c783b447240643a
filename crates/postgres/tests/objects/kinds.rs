//! One of each kind in one schema: whose it is, and what a member may do with it.

use pgseal_postgres::testing;

use super::{Project, compiled};
use crate::attacks::{ANN, BOB};

const SCHEMA: &str = "
    create schema app;
    create type app.mood as enum ('good', 'bad');
    create type app.place as (name text, extra json);
    create type app.span as range (subtype = float8, multirange_type_name = app.spans);
    create function app.short(t text) returns boolean language sql immutable as 'select length(t) < 10';
    create domain app.code as text check (app.short(value));
    create collation app.plain (locale = 'C');
    create text search dictionary app.dictionary (template = simple);
    create text search configuration app.words (copy = simple);
    create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    create sequence app.tickets;
    create table app.notes (id int primary key, author_id uuid not null, title text collate app.plain, mood app.mood,
      place app.place, span app.span, code app.code);
    create unlogged table app.drafts (id int primary key, author_id uuid not null);
    create table app.log (what int);
    create statistics app.of_authors on author_id, title from app.notes;
    create function app.add(a int, b int) returns int language sql immutable as 'select a + b';
    create aggregate app.total(int) (sfunc = app.add, stype = int, initcond = '0');
    create aggregate app.closed_total(int) (sfunc = app.add, stype = int, initcond = '0');
    create function app.place_in_line() returns bigint language sql window as 'select 1::bigint';
    create procedure app.rename_all() language sql as 'update app.notes set title = ''renamed''';
    create procedure app.closed_procedure() language sql as 'select 1';
    create function app.same(a int, b text) returns boolean language sql immutable as 'select a::text = b';
    create operator app.=== (leftarg = int, rightarg = text, function = app.same);
    create function app.to_place(t text) returns app.place language sql immutable as 'select row(t, null)::app.place';
    create cast (text as app.place) with function app.to_place(text) as assignment;
    create function app.on_ddl() returns event_trigger language plpgsql as 'begin end';
    create view app.titles as select id, title from app.notes;
    create rule written_down as on insert to app.drafts do also insert into app.log values (new.id);
    create rule through as on update to app.titles do instead update app.notes set title = new.title where id = old.id;
";

const ACCESS: &str = r#"
[identity]
user = "uuid"
[roles]
member = { default = true }
[tables]
"app.notes" = "owned(author_id)"
"app.drafts" = "owned(author_id)"
"app.log" = "sealed"
[views]
"app.titles" = { select = ["member"], update = ["member"] }
[functions]
"app.total(int)" = { execute = ["member"] }
"app.rename_all()" = { execute = ["member"] }
"#;

/// Objects of schema `app` that are not the owner's: the constructors of range types are Postgres' own.
const OF_OTHERS: &str = "
    select string_agg(kind || ' ' || name, ', ' order by kind, name) from (
      select 'relation', relname::text, relowner, relnamespace from pg_class union all
      select 'type', typname, typowner, typnamespace from pg_type union all
      select 'function', proname, proowner, pronamespace from pg_proc
        where not exists (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'i') union all
      select 'operator', oprname, oprowner, oprnamespace from pg_operator union all
      select 'collation', collname, collowner, collnamespace from pg_collation union all
      select 'conversion', conname, conowner, connamespace from pg_conversion union all
      select 'statistics', stxname, stxowner, stxnamespace from pg_statistic_ext union all
      select 'dictionary', dictname, dictowner, dictnamespace from pg_ts_dict union all
      select 'configuration', cfgname, cfgowner, cfgnamespace from pg_ts_config
    ) as o (kind, name, owner, schema) where schema = 'app'::regnamespace and owner <> 'kinds_owner'::regrole";

/// Functions of schema `app` that everybody may execute.
const OPEN: &str = "
    select string_agg(proname, ', ' order by proname) from pg_proc where pronamespace = 'app'::regnamespace
    and has_function_privilege('public', oid, 'execute')
    and not exists (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'i')";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_object_is_sealed() {
    for server in testing::servers().await.unwrap() {
        let project = Project::new(server, "kinds", false, &compiled(server, "kinds", SCHEMA, ACCESS).await).await;
        assert_eq!(project.text(OF_OTHERS).await, None, "on {}", server.version());
        assert_eq!(project.text(OPEN).await, None, "on {}", server.version());
        project.operate(&format!("insert into app.notes values (1, '{ANN}', 'hers'), (2, '{BOB}', 'his')")).await;
        let ann = project.member(ANN).await;

        // Types of every kind are read and written like any other.
        let all = "'t', 'good', row('here', '{}'), '[1,2)', 'abc'";
        ann.rows(1, &format!("insert into app.notes values (3, '{ANN}', {all})")).await;
        ann.rows(1, "select app.span(1, 2), app.spans(app.span(1, 2)), to_tsvector('app.words', 'a word')").await;
        assert!(ann.attempt("select 'far too long a code'::app.code").await.is_err());
        ann.rows(1, "select title from app.notes order by title collate app.plain").await;
        ann.refused("row-level security", &format!("insert into app.notes values (3, '{BOB}', {all})")).await;

        // Aggregates, procedures and window functions are executed by whom `[functions]` lists.
        assert_eq!(ann.value("select app.total(id) from app.notes").await.as_deref(), Some("1"));
        ann.refused("permission denied for aggregate closed_total", "select app.closed_total(id) from app.notes").await;
        ann.refused("permission denied for function place_in_line", "select app.place_in_line() over ()").await;
        ann.run("call app.rename_all()").await.unwrap();
        assert_eq!(project.text("select title from app.notes where id = 2").await.as_deref(), Some("his"));
        ann.rows(1, "select from app.notes where title = 'renamed'").await;
        ann.refused("permission denied for procedure closed_procedure", "call app.closed_procedure()").await;
        // So are the functions behind operators and casts.
        ann.refused("permission denied for function same", "select 1 operator(app.===) '1'").await;
        let cast = format!("insert into app.notes (id, author_id, place) values (4, '{ANN}', 'x'::text)");
        ann.refused("permission denied for function to_place", &cast).await;

        ann.refused("permission denied for sequence tickets", "select nextval('app.tickets')").await;
        ann.refused("permission denied for table log", "select * from app.log").await;
        // A rewrite rule acts as the owner, who is bound: what it writes is refused, what it updates is nothing.
        ann.refused("\"log\"", &format!("insert into app.drafts values (1, '{ANN}')")).await;
        ann.rows(0, "update app.titles set title = 'by rule'").await;
        for sql in [
            "create statistics app.mine on id, title from app.notes",
            "alter operator app.=== (int, text) set (restrict = none)",
            "create rule mine as on insert to app.notes do also nothing",
            "create event trigger mine on ddl_command_end execute function app.on_ddl()",
            "comment on type app.mood is 'x'",
            "alter type app.mood add value 'worse'",
            "create collation app.mine (locale = 'C')",
        ] {
            assert!(ann.attempt(sql).await.is_err_and(|error| error.is("42501")), "on {}: {sql}", server.version());
        }
    }
}
