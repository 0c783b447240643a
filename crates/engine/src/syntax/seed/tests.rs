//! Statements of seed files: where they end, which are data, and what is refused.

use super::{Lines, Piece, Seed, read};
use crate::sql::QualifiedName;

fn pieces(text: &str) -> Vec<(u64, String)> {
    let mut lines = Lines::default();
    let mut found: Vec<Piece> = text.split_inclusive('\n').flat_map(|line| lines.take(line)).collect();
    found.extend(lines.finish());
    found.into_iter().map(|piece| (piece.line, piece.sql.trim().to_owned())).collect()
}

#[test]
fn statements_end_where_postgres_ends_them() {
    let text = "-- a; comment\ninsert into a.b values ('x;''y', E'it\\';s', \"c;d\", $$;$$, $q$;$$;$q$); /* ; /* ; */ ; */ select 1;\n\n;;\nlast";
    let found = pieces(text);
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 2, 5]);
    assert_eq!(found[1].1, "/* ; /* ; */ ; */ select 1");
    assert_eq!(found[2].1, "last");
    // Over several lines, by the line where each begins.
    assert_eq!(
        pieces("\n\ninsert\ninto x values ('\n;\n');\nselect 2;").iter().map(|p| p.0).collect::<Vec<_>>(),
        [3, 7]
    );
    // A word that ends in e, an identifier with a dollar sign.
    assert_eq!(pieces("insert into a.b values (type'x\\'); select 1").len(), 2);
    assert_eq!(pieces("insert into a.b$c$ values (1); select $c$;$c$").len(), 2);
    assert_eq!(pieces("\\restrict abc123\nselect 1;\n\\unrestrict abc123\n").len(), 1);
    assert_eq!(pieces("\\restrict abc123\\! id\n").len(), 1, "handed on, and refused by the parser");
}

#[test]
fn data_is_data() {
    let table = QualifiedName::new("app", "t");
    let insert = |sql: &str| match read(sql) {
        Ok(Seed::Insert { table: into, reads, calls }) => {
            assert_eq!(into, table, "{sql}");
            (reads.into_iter().map(|name| name.sql()).collect::<Vec<_>>(), calls.into_iter().collect::<Vec<_>>())
        }
        other => panic!("{sql}: {other:?}"),
    };
    assert_eq!(
        insert("insert into app.t values (1, 'x', default, null, true, '{}'::jsonb, array[1, 2], row(1, 2))").1.len(),
        0
    );
    assert_eq!(
        insert("INSERT INTO app.t (a, b) OVERRIDING SYSTEM VALUE VALUES (-1, now()) on conflict do nothing").1,
        ["now"]
    );
    insert("insert into app.t (a) values (1) on conflict (a) do update set b = excluded.b where app.t.b is null");
    assert_eq!(insert("insert into app.t select i, 'n' || i from generate_series(1, 10) as i").1, ["generate_series"]);
    assert_eq!(
        insert("insert into app.t values ((select id from app.o where name = 'x' order by 1 limit 1))").0,
        ["app.o"]
    );
    assert_eq!(insert("insert into app.t default values").0.len(), 0);
    assert_eq!(read("copy app.t (a, b) from stdin"), Ok(Seed::Copy { table: table.clone() }));
    assert_eq!(
        read("COPY app.t FROM stdin WITH (format csv, header, null 'x', force_null (a))"),
        Ok(Seed::Copy { table })
    );
    let sequence = QualifiedName::new("app", "t_id_seq");
    assert_eq!(read("SELECT pg_catalog.setval('app.t_id_seq', 42, true)"), Ok(Seed::SetSequence { sequence }));
    for nothing in [
        "",
        "-- nothing",
        "SET statement_timeout = 0",
        "SET client_encoding = 'UTF8'",
        "SET standard_conforming_strings = on",
        "SELECT pg_catalog.set_config('search_path', '', false)",
    ] {
        assert_eq!(read(nothing), Ok(Seed::Nothing), "{nothing}");
    }
}

#[test]
fn everything_else_is_refused() {
    for sql in [
        "insert into t values (1)",
        "insert into app.t values (1); drop table app.t",
        "insert into app.t values (app.f())",
        "insert into app.t values (\"PG_CATALOG\".now())",
        "insert into app.t select * from t2",
        "insert into app.t select 1 operator(app.+) 2",
        "insert into app.t select * from app.o order by 1 using operator(app.<)",
        "insert into app.t select 1 where 1 operator(app.=) any (select 2)",
        "insert into app.t values (1) returning app.f()",
        "insert into app.t values (1) on conflict (a) do update set b = app.f()",
        "with x as (delete from app.o returning *) insert into app.t select * from x",
        "insert into app.t with x as (select 1) select * from x",
        "insert into app.t select * from (with x as (delete from app.o returning *) select * from x) y",
        "insert into app.t select * from app.o for update",
        "insert into app.t select xmlelement(name x)",
        "insert into app.t select * from xmltable('/' passing '<a/>' columns a int)",
        "insert into app.t select * from json_to_record('{}') as x(a int)",
        "insert into app.t select $1",
        "copy app.t from '/etc/passwd'",
        "copy app.t from program 'id'",
        "copy app.t to stdout",
        "copy (select 1) to stdout",
        "copy t from stdin",
        "copy app.t from stdin with (format binary)",
        "copy app.t from stdin with (on_error ignore)",
        "copy app.t from stdin with (freeze)",
        "copy app.t from stdin with (encoding 'LATIN1')",
        "copy app.t from stdin where a > 1",
        "select 1",
        "select app.f()",
        "select setval('t_id_seq', 1)",
        "select setval('app.s', (select 1))",
        "select setval('app.s', app.f())",
        "select setval('app.s', 1) from app.o",
        "select setval('app.s', 1), set_config('role', 'postgres', true)",
        "select pg_catalog.set_config('role', '', false)",
        "select set_config('search_path', '', false)",
        "set role postgres",
        "set session_replication_role = replica",
        "set session authorization postgres",
        "set client_encoding = 'LATIN1'",
        "set standard_conforming_strings = off",
        "reset role",
        "update app.t set a = 1",
        "delete from app.t",
        "truncate app.t",
        "alter table app.t disable trigger all",
        "create table app.x ()",
        "grant select on app.t to public",
        "do $$ begin end $$",
        "call app.p()",
        "begin",
        "commit",
        "lock table app.t",
        "\\! id",
        "\\copy app.t from x",
        "explain insert into app.t values (1)",
        "prepare x as insert into app.t values (1)",
        "notify x",
    ] {
        assert!(read(sql).is_err(), "{sql}: {:?}", read(sql));
    }
}
