//! Rules that are read, rules that are refused, and what must hold of everything that is accepted.

use std::collections::BTreeSet;

use super::*;
use crate::catalog::Command;
use crate::source::{FileId, Span};
use crate::sql;
use crate::syntax::term::{CompareOp, Constant, IsTest, Piece};

fn text(text: &str) -> Text {
    let span = Span { file: FileId(0), start: 0, end: text.len() as u32 };
    Text { text: text.to_owned(), span, origin: Some(0) }
}

fn words() -> BTreeSet<String> {
    ["me", "claim", "org", "org_peer", "via", "agent", "human"].into_iter().map(str::to_owned).collect()
}

fn read(rule: &str) -> Result<Term, Vec<Diagnostic>> {
    parse(&text(rule), &words())
}

/// The codes of what is found.
fn codes(rule: &str) -> Vec<&'static str> {
    match read(rule) {
        Ok(term) => panic!("`{rule}` is accepted as {}", print(&term)),
        Err(findings) => findings.iter().map(|finding| finding.code).collect(),
    }
}

/// Prints a term as SQL, in the way that `compile` does: everything in parentheses.
fn print(term: &Term) -> String {
    let list = |terms: &[Term], between: &str| {
        terms.iter().map(|term| format!("({})", print(term))).collect::<Vec<_>>().join(between)
    };
    let op = |op: CompareOp| match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "<>",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
        CompareOp::Distinct => "IS DISTINCT FROM",
        CompareOp::NotDistinct => "IS NOT DISTINCT FROM",
    };
    match term {
        Term::Constant(Constant::Null) => "NULL".to_owned(),
        Term::Constant(Constant::Bool(value)) => value.to_string(),
        Term::Constant(Constant::Number(value)) => value.clone(),
        Term::Constant(Constant::Text(value)) => sql::literal(value),
        Term::Column(column) => column.parts.iter().map(|part| sql::ident(part)).collect::<Vec<_>>().join("."),
        Term::Word(word) => {
            let arguments: Vec<String> = word.arguments.iter().map(print).collect();
            format!("{}({})", sql::ident(&word.name), arguments.join(", "))
        }
        Term::Tuple(parts, _) => format!("ROW({})", list(parts, ", ")),
        Term::And(parts) => list(parts, " AND "),
        Term::Or(parts) => list(parts, " OR "),
        Term::Not(inner) => format!("NOT ({})", print(inner)),
        Term::Is(inner, test) => {
            let test = match test {
                IsTest::Null => "NULL",
                IsTest::NotNull => "NOT NULL",
                IsTest::True => "TRUE",
                IsTest::NotTrue => "NOT TRUE",
                IsTest::False => "FALSE",
                IsTest::NotFalse => "NOT FALSE",
                IsTest::Unknown => "UNKNOWN",
                IsTest::NotUnknown => "NOT UNKNOWN",
            };
            format!("({}) IS {test}", print(inner))
        }
        Term::Compare(operator, left, right) => format!("({}) {} ({})", print(left), op(*operator), print(right)),
        Term::In(left, items) => format!("({}) IN ({})", print(left), list(items, ", ")),
        Term::Any(operator, left, right) => format!("({}) {} ANY ({})", print(left), op(*operator), print(right)),
        Term::Sql(sql) => sql
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Hole(hole @ Term::Column(_)) => print(hole),
                Piece::Hole(hole) => format!("({})", print(hole)),
                Piece::Unplaced(name) => print(&Term::Column(name.column.clone())),
                Piece::Now => "now()".to_owned(),
            })
            .collect(),
    }
}

/// What must hold of every accepted rule: wherever it is put, it is the whole of what stands there, and it reads the same.
fn assert_contained(rule: &str, term: &Term) {
    let printed = print(term);
    let sql = format!("select 1 from t where ({printed})");
    let parsed = pg_query::parse(&sql).unwrap_or_else(|error| panic!("`{rule}` prints as `{printed}`: {error}"));
    let [raw] = parsed.protobuf.stmts.as_slice() else { panic!("`{rule}` prints as several statements: `{printed}`") };
    let Some(NodeEnum::SelectStmt(select)) = raw.stmt.as_ref().and_then(|node| node.node.as_ref()) else {
        panic!("`{rule}` prints as another statement: `{printed}`")
    };
    let mut rest = (**select).clone();
    let condition = rest.where_clause.take().expect("a WHERE clause");
    assert_eq!(rest.target_list.len(), 1, "{printed}");
    assert_eq!(rest.from_clause.len(), 1, "{printed}");
    (rest.target_list, rest.from_clause) = (Vec::new(), Vec::new());
    let empty = SelectStmt { limit_option: rest.limit_option, op: rest.op, ..SelectStmt::default() };
    assert_eq!(rest, empty, "`{rule}` prints more than a condition: `{printed}`");
    let alone = pg_query::parse(&format!("select ({printed})")).expect("parses alone");
    let Some(NodeEnum::SelectStmt(alone)) = alone.protobuf.stmts[0].stmt.as_ref().and_then(|node| node.node.clone())
    else {
        panic!("`{printed}` alone is no SELECT")
    };
    assert!(tree::equal(only_target(&alone).expect("one target"), &condition), "{printed}");
    // Read again, it is the same rule.
    let again = read(&printed).unwrap_or_else(|findings| panic!("`{printed}` is refused: {findings:?}"));
    assert_eq!(print(&again), printed, "`{rule}`");
}

fn shape(rule: &str, expected: &str) {
    match read(rule) {
        Ok(term) => {
            assert_eq!(print(&term), expected, "`{rule}`");
            assert_contained(rule, &term);
        }
        Err(findings) => panic!("`{rule}` is refused: {findings:?}"),
    }
}

#[test]
fn common_shapes() {
    shape("true", "true");
    shape("owner = me()", "(owner) = (me())");
    shape("org(org_id, 'admin') and not locked", "(org(org_id, 'admin')) AND (NOT (locked))");
    shape("org((a, b), 'admin')", "org(ROW((a), (b)), 'admin')");
    shape("status in ('open', 'new')", "(status) IN (('open'), ('new'))");
    shape("status not in ('open')", "NOT ((status) IN (('open')))");
    shape("me() = any(member_ids)", "(me()) = ANY (member_ids)");
    shape("deleted_at is null or a is not true", "((deleted_at) IS NULL) OR ((a) IS NOT TRUE)");
    shape("a is distinct from b", "(a) IS DISTINCT FROM (b)");
    shape("\"We\"\"ird\" = 'it''s'", "(\"We\"\"ird\") = ('it''s')");
    shape("valid_from <= now()", "(valid_from) <= (now())");
    shape("n > -5 and f = 1.50", "((n) > (-5)) AND ((f) = (1.50))");
    shape("a = 'x'::app.status", "(a) = ('x'::app.status)");
    shape("me()::text = b", "((me())::text) = (b)");
    shape("lower(name) = lower(claim('name'))", "(lower(name)) = (lower((claim('name'))))");
    shape("(address).city = 'x'", "((address).city) = ('x')");
    shape("tags[1] = 'x'", "(tags[1]) = ('x')");
    shape("case when a then org(b) else false end", "CASE WHEN a THEN (org(b)) ELSE false END");
    shape("U&\"d\\0061t\" = U&'d\\0061t'", "(dat) = ('dat')");
    shape("a = E'it\\'s\\n' || $x$ -- no comment; $x$", "(a) = ('it''s\n' || ' -- no comment; ')");
}

#[test]
fn calls_privileges_and_signatures() {
    let call = |written: &str| {
        let call = parse_call(&text(written)).unwrap_or_else(|finding| panic!("{written}: {finding:?}"));
        (call.name, call.arguments.into_iter().map(|argument| argument.value.join("+")).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(call("owned"), ("owned".to_owned(), String::new()));
    assert_eq!(call("tenant(Org_Id)"), ("tenant".to_owned(), "org_id".to_owned()));
    assert_eq!(call("via( (a, \"B c\") , d )"), ("via".to_owned(), "a+B c d".to_owned()));
    assert_eq!(call("f()"), ("f".to_owned(), String::new()));
    for bad in [
        "", "a b", "a(", "a(b", "a(b,)", "a(b))", "a((b)", "a('x')", "a(b.c)", "a(1)", "a(b(c))", "a; b", "select",
        "a()b",
    ] {
        assert_eq!(parse_call(&text(bad)).map_err(|finding| finding.code), Err("call-syntax"), "{bad}");
    }
    assert_eq!(parse_call(&text("a(b -- c\n)")).map_err(|finding| finding.code), Err("rule-comment"));

    let privilege = |written: &str| parse_privilege(&text(written)).map_err(|finding| finding.code);
    assert_eq!(privilege("select"), Ok((Command::Select, vec![])));
    assert_eq!(privilege("UPDATE (status, \"N\")"), Ok((Command::Update, vec!["status".to_owned(), "N".to_owned()])));
    assert_eq!(privilege("delete"), Ok((Command::Delete, vec![])));
    assert_eq!(privilege("delete(a)"), Err("privilege-syntax"));
    assert_eq!(privilege("update()"), Err("privilege-syntax"));
    assert_eq!(privilege("update(a"), Err("privilege-syntax"));
    assert_eq!(privilege("update(a) x"), Err("privilege-syntax"));
    assert_eq!(privilege(""), Err("privilege-syntax"));
    assert_eq!(privilege("truncate"), Err("unknown-privilege"));
    assert_eq!(parse_privilege(&text("udpate")).unwrap_err().help.as_deref(), Some("did you mean `update`?"));

    let signature = |written: &str| {
        parse_signature(&text(written))
            .map(|(name, types)| format!("{}({})", name.sql(), types.join(", ")))
            .map_err(|finding| finding.code)
    };
    assert_eq!(signature("app.f(uuid)"), Ok("app.f(uuid)".to_owned()));
    assert_eq!(signature("f()"), Ok("public.f()".to_owned()));
    assert_eq!(
        signature("app.\"F\"(INT, bool, varchar(9), timestamptz(3)[], numeric(3,1), decimal, app.\"S\", \"char\", char(3), text[][])"),
        Ok("app.\"F\"(integer, boolean, character varying, timestamp with time zone[], numeric, numeric, app.\"S\", \"char\", character, text[])".to_owned())
    );
    assert_eq!(
        signature("f(timestamp, time, timetz, float, real, smallint, int8, interval, bit, bit varying(3), status, regclass)"),
        Ok("public.f(timestamp without time zone, time without time zone, time with time zone, double precision, real, smallint, bigint, \
            interval, bit, bit varying, public.status, regclass)"
            .to_owned())
    );
    assert_eq!(signature("f(a int, out b text)"), Ok("public.f(integer)".to_owned()));
    for bad in [
        "",
        "f",
        "f(",
        "f(int) is null; drop table x; comment on function f(int)",
        "f(int), g(int)",
        "a.b.c(int)",
        "f(a.b%type)",
        "f(1)",
    ] {
        assert_eq!(signature(bad), Err("signature-syntax"), "{bad}");
    }
}

#[test]
fn attempts_to_be_more_than_an_expression() {
    for (rule, code) in [
        ("", "rule-empty"),
        (" \n\t", "rule-empty"),
        ("true) or (true", "rule-syntax"),
        ("true)) or ((true", "rule-syntax"),
        ("1=1; drop table x", "rule-not-one-expression"),
        ("true;", "rule-not-one-expression"),
        ("true -- ", "rule-comment"),
        ("true /*", "rule-syntax"),
        ("true /* x */", "rule-comment"),
        ("tr/**/ue", "rule-comment"),
        ("--", "rule-comment"),
        ("a = (select 1) union select 1", "rule-syntax"),
        ("a from t", "rule-syntax"),
        ("a, b", "rule-not-one-expression"),
        ("a b", "rule-syntax"),
        ("a as b", "rule-syntax"),
        ("a where true", "rule-syntax"),
        ("a into b", "rule-syntax"),
        ("a limit 1", "rule-syntax"),
        ("a for update", "rule-syntax"),
        ("distinct a", "rule-syntax"),
        ("all a", "rule-syntax"),
        ("select true", "rule-syntax"),
        ("values (true)", "rule-syntax"),
        ("table x", "rule-syntax"),
        ("*", "rule-syntax"),
        ("t.*", "rule-star"),
        ("a = $1", "rule-parameter"),
        ("a = \0b", "rule-nul"),
        ("'unfinished", "rule-syntax"),
        ("\"unfinished", "rule-syntax"),
        ("$x$ unfinished $y$", "rule-syntax"),
        ("U&'\\d800' = a", "rule-syntax"),
        ("a :: ", "rule-syntax"),
    ] {
        let found = match read(rule) {
            Ok(term) => panic!("`{rule}` is accepted as {}", print(&term)),
            Err(findings) => findings,
        };
        // What does not parse in parentheses may parse without, and is then refused for its shape: either is right.
        let either = ["rule-syntax", "rule-not-one-expression"];
        let fits =
            |finding: &Diagnostic| finding.code == code || either.contains(&code) && either.contains(&finding.code);
        assert!(found.iter().all(fits), "`{rule}`: {found:?}");
    }
}

#[test]
fn names_and_strings_stay_what_they_are() {
    for rule in [
        "\"a\"\") or (true\" = 1",
        "\"a\n; drop table x; --\" = 'y\n; drop table x; --'",
        "\"/*\" = '*/'",
        "U&\"\\0022) or true --\" = U&'\\0027) or true --'",
        "\"a\" = E'\\') or (true' || E'\\\\' || $$') or (true$$ || $t$ $$ $t$",
        "\"SELECT\".\"FROM\" = 'x'::\"we\"\"ird\".\"type\"",
        "a = 'C:\\' and b = E'\\x27 or true'",
        "lower(\"a b\"::text) || '\\' = '\\'''",
        "\"é\" = 'é\u{202e}'",
        "a = E'\\u0041\\n\\t'",
        "a = 'x'\n'y'",
        "a @> '{\"k\": \"v\"}'::jsonb",
        "f(a => 1, b := c)",
        "a between b and c or not d like 'x%' escape '!'",
        "a operator(pg_catalog.=) b",
        "(a, b) = (c, d) and row(a) is not null",
        "array[a, b] && array[1, 2]::int[] and tags[1:2] = '{}'",
        "extract(year from a) > 2000 and a at time zone 'UTC' < now() and position('x' in b) = 1",
        "substring(a from 1 for 2) = 'x' and trim(both 'x' from b) = '' and overlay(a placing 'b' from 1) = 'c'",
        "a collate \"C\" = 'x' and cast(b as numeric(3, 1)) > 1.0 and c = interval '1 day' and d = date '2020-01-01'",
        "coalesce(a, b, '') = nullif(c, 'x') and greatest(1, 2) = 2 and least(a, b) is null",
        "case a when 1 then true when 2 then b else null end",
        "a similar to 'x' and a ~ '^x' and a !~* 'y' and a not ilike 'z'",
        "(address).city = 'x' and (address).zip[1] = 1 and (f(a)).g = 2",
        "exists (select 1 from app.m x where x.user_id = me() and x.org = tasks.org_id limit 1)",
        "a in (select x.id from app.x as x join app.y y on x.id = y.id where y.b) or a = any (array(select q.b from app.q q))",
        "a = b and (c or not (d and e)) is true",
        "bit_col = B'101' and x = X'1F'",
        "- a = + b and a % 2 = 0 and a ^ 2 = 1 and |/ a = 1",
        "(a, b) overlaps (c, d)",
        "a is not distinct from b and c is not unknown",
        "current_timestamp > a and current_date = b",
        "a = 99999999999999999999 and b = 1e400 and c = .5 and d = 0x1F",
    ] {
        match read(rule) {
            Ok(term) => assert_contained(rule, &term),
            Err(findings) => panic!("`{rule}` is refused: {findings:?}"),
        }
    }
}

#[test]
fn a_tree_that_prints_as_another_is_refused() {
    assert_eq!(codes("f(\"A b\" => 1)"), ["rule-unprintable"]);
    assert_eq!(codes("f(\") or (true\" => 1)"), ["rule-unprintable"]);
}

#[test]
fn words_are_called_plainly() {
    for rule in [
        "org(distinct a)",
        "org(a order by b)",
        "org(a) filter (where true)",
        "org(a) over ()",
        "org(variadic a)",
        "org(key => a)",
        "org(*)",
        "lower(org(key := a))",
    ] {
        assert!(codes(rule).contains(&"word-call"), "{rule}: {:?}", codes(rule));
    }
    // Elsewhere the name is a function of the user's.
    shape("app.org(a)", "app.org(a)");
    shape("\"ORG\"(a)", "\"ORG\"(a)");
    assert_eq!(codes("exists (select 1 from app.x x where org(x.id))"), ["word-call"]);
    assert_eq!(codes("seal.me() = a"), ["word-call"]);
    shape("exists (select 1 from app.x x where org(t.id))", "EXISTS (SELECT 1 FROM app.x x WHERE (org(t.id)))");
}

#[test]
fn what_a_rule_must_not_ask() {
    assert_eq!(codes("count(*) > 1"), ["rule-aggregate"]);
    assert_eq!(codes("count(a) > 1"), ["rule-aggregate"]);
    assert_eq!(codes("pg_catalog.max(a) > 1"), ["rule-aggregate"]);
    assert_eq!(codes("f(distinct a)"), ["rule-aggregate"]);
    assert_eq!(codes("row_number() over () = 1"), ["rule-window"]);
    for rule in [
        "current_user",
        "session_user = a",
        "user = a",
        "current_role = a",
        "current_setting('a.b') = c",
        "current_catalog = a",
    ] {
        assert_eq!(codes(rule), ["session-dependent"], "{rule}");
    }
    assert_eq!(codes("pg_catalog.current_setting('x', true)::uuid = a"), ["session-dependent"]);
    assert_eq!(codes("exists (select 1 from app.x x where x.u = current_user)"), ["session-dependent"]);
    assert_eq!(codes("pg_has_role('x', 'member')"), ["session-dependent"]);
    for rule in ["a = null", "null <> a", "a in (1, null)", "a not in (null)", "lower(b = null)", "a = any (null)"] {
        assert_eq!(codes(rule), ["always-null"], "{rule}");
    }
    assert_eq!(codes("exists (with x as (delete from app.a returning 1) select 1 from x)"), ["rule-subselect-writes"]);
    assert_eq!(codes("exists (with x as (select 1) select 1 from x)"), ["rule-unsupported"]);
    assert_eq!(codes("exists (select 1 from app.a for update)"), ["rule-subselect-writes"]);
    assert_eq!(codes("exists (select 1 into x from app.a)"), ["rule-subselect-writes"]);
    assert_eq!(codes("exists (select * from app.a)"), ["rule-star"]);
    assert_eq!(codes("xmlelement(name x) is null"), ["rule-unsupported"]);
}

#[test]
fn a_hidden_row_must_not_open() {
    let inner = "(select 1 from app.b b where b.x = t.y)";
    for rule in [
        "not exists (S)",
        "a or not (b and exists (S))",
        "a not in (S)",
        "a <> all (S)",
        "a = all (S)",
        "(S) is null",
        "exists (S) is not true",
        "exists (S) is false",
        "exists (S) = false",
        "coalesce((S), 0) = 0",
        "case when exists (S) then false else true end",
        "not (a = (S))",
        "(S) is distinct from a",
        "a is not distinct from (S)",
        "f((S))",
        "a <> all (array(S))",
        "cardinality(array(S)) = 0",
        "array(S) <@ a",
        "a @> array(S)",
        "a = array(S)",
        "exists (select 1 from app.c c where not exists (S))",
        "a = (select b.x from app.b b limit 1)",
        "a in (select b.x from app.b b except select c.x from app.c c)",
        "exists (select 1 from app.b b left join app.c c on c.x = b.x where c.x is null)",
        "a in ((S), 2) is not true",
        "exists (select 1 from app.c c where c.x not in (S))",
        "a not between 1 and (S)",
        "(a = (S)) = false",
        "nullif((S), 1) = 1",
        "greatest(a, (S)) = a",
        "row((S), 1) = row(1, 1)",
        "a in (select case when exists (S) then 1 end)",
    ] {
        let rule = rule.replace("(S)", inner);
        let found = codes(&rule);
        assert!(found.iter().all(|code| *code == "subselect-fails-open"), "{rule}: {found:?}");
    }
    assert_eq!(codes("a = (select count(*) from app.b)"), ["rule-aggregate"]);
    assert_eq!(codes("a = (select b.x from app.b b group by b.x)"), ["rule-unsupported"]);
    assert_eq!(codes("a = (select b.x from app.b b order by b.x)"), ["rule-unsupported"]);
    for rule in [
        "exists (S) and c",
        "a in (S)",
        "a = any (S)",
        "a = (S)",
        "a <> (S)",
        "(S) is not null",
        "a = (S)::int + 0 or b",
        "a = any (array(S))",
        "a && array(S)",
        "a <@ array(S)",
        "array(S) @> a",
        "exists (S) is true",
        "exists (select 1 from app.c c where exists (S))",
        "a in (select b.x from app.b b union select c.x from app.c c)",
        "a between 0 and (S)",
        "a in ((S), 2)",
    ] {
        let rule = rule.replace("(S)", inner);
        match read(&rule) {
            // Arithmetic with a sub-select in it is refused too, to be on the safe side.
            Ok(term) => assert_contained(&rule, &term),
            Err(findings) if rule.contains("+ 0") => {
                assert!(findings.iter().all(|finding| finding.code == "subselect-fails-open"))
            }
            Err(findings) => panic!("`{rule}` is refused: {findings:?}"),
        }
    }
}

/// The holes and open names of a rule that is one piece of SQL.
fn placed(rule: &str) -> (Vec<String>, Vec<String>, crate::syntax::term::Sql) {
    let Ok(Term::Sql(sql)) = read(rule) else { panic!("`{rule}`: {:?}", read(rule)) };
    assert_contained(rule, &Term::Sql(sql.clone()));
    let (mut holes, mut open) = (Vec::new(), Vec::new());
    for piece in &sql.pieces {
        match piece {
            Piece::Hole(term) => holes.push(print(term)),
            Piece::Unplaced(name) => open.push(name.column.parts.join(".")),
            Piece::Text(_) | Piece::Now => {}
        }
    }
    (holes, open, sql)
}

#[test]
fn columns_in_sub_selects_are_placed() {
    let (holes, open, sql) =
        placed("exists (select 1 from app.members m where m.user_id = me() and m.org_id = tasks.org_id and active)");
    assert_eq!(holes, ["me()", "tasks.org_id"]);
    assert_eq!(open, ["active"]);
    let members = vec!["app".to_owned(), "members".to_owned()];
    assert_eq!(sql.relations, [members.clone()].into());
    assert_eq!(sql.reads, [(members.clone(), "user_id".to_owned()), (members.clone(), "org_id".to_owned())].into());
    let Some(Piece::Unplaced(name)) = sql.pieces.iter().find(|piece| matches!(piece, Piece::Unplaced(_))) else {
        panic!("an open name")
    };
    assert_eq!((&name.relations, name.inner), (&[members].into(), false));

    // A schema before the table means the table itself, unless it has an alias in the sub-select.
    assert_eq!(placed("exists (select 1 from app.t x where x.parent = app.t.id)").0, ["app.t.id"]);
    assert_eq!(placed("exists (select 1 from app.t where app.t.id = other.id)").0, ["other.id"]);
    // A bare table is in public, and stays there whatever is in front of the search path.
    assert!(print(&read("exists (select 1 from members m where m.a)").unwrap()).contains("FROM public.members m"));
    // A function's argument is of the row, its result is not.
    assert_eq!(placed("exists (select 1 from unnest(member_ids) as m where m = me())").0, ["member_ids", "me()"]);
    assert_eq!(placed("exists (select 1 from unnest(member_ids) as m where m = me())").1, ["m"]);
    // The columns of a sub-select in FROM have names.
    assert_eq!(
        placed("exists (select 1 from (select x.id, x.b as c from app.x x) s where id = c and s.id = t.k)").1,
        ["id", "c"]
    );
    assert_eq!(placed("a in (select column1 from (values (1), (2)) v)").1, ["column1"]);
    assert_eq!(placed("a in (select q from app.f(b) as g(q))").0, ["a", "b"]);
    // What even the catalog cannot tell is asked.
    assert_eq!(codes("exists (select 1 from app.f() g where h = 1)"), ["ambiguous-column"]);
    // The left side of IN is the row's.
    assert_eq!(placed("org_id in (select m.org_id from app.m m)").0, ["org_id"]);
    assert_eq!(placed("exists (select 1 from app.a a join app.b b using (k) where a.x)").2.reads.len(), 3);
    assert_eq!(codes("exists (select 1 from app.a natural join app.b)"), ["rule-unsupported"]);
}

#[test]
fn spans_point_at_the_word() {
    let rule = "owner = me() and  count(*) > 1";
    let findings = read(rule).unwrap_err();
    let span = findings[0].span.unwrap();
    assert_eq!(&rule[span.start as usize..span.end as usize], "count");
    let rule = "é = 1 and \"a\".b = lower(c) || 'x'";
    let Ok(Term::And(parts)) = read(rule) else { panic!("an AND") };
    let Term::Compare(_, left, right) = &parts[1] else { panic!("a comparison") };
    let (Term::Column(left), Term::Sql(right)) = (&**left, &**right) else { panic!("a column and SQL") };
    assert_eq!(&rule[left.span.start as usize..left.span.end as usize], "\"a\".b");
    assert_eq!(&rule[right.span.start as usize..right.span.end as usize], "lower(c) || 'x'");
}

fn on_a_small_stack(rule: String) -> Vec<&'static str> {
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let answer = thread.spawn(move || match read(&rule) {
        Ok(term) => {
            assert_contained(&rule, &term);
            Vec::new()
        }
        Err(findings) => findings.into_iter().map(|finding| finding.code).collect(),
    });
    answer.expect("a thread").join().expect("no overflow")
}

#[test]
fn deep_and_long_rules() {
    let deep =
        |rule: String| assert_eq!(on_a_small_stack(rule.clone()), ["rule-too-deep"], "{}", &rule[..rule.len().min(80)]);
    for count in [60, 240, 490, 10_000] {
        deep(format!("{}a{}", "not (".repeat(count), ")".repeat(count)));
        deep(format!("{} a", "not ".repeat(count)));
        deep(format!("a{} = 1", " || b".repeat(count)));
        deep(format!("{}a{}", "f(".repeat(count), ")".repeat(count)));
        deep(format!("a{}", "::text::varchar".repeat(count)).chars().take(90_000).collect());
    }
    for count in [60, 240] {
        deep(format!("{}true{}", "case when a then ".repeat(count), " end".repeat(count)));
        deep(format!("{}1{}", "(select ".repeat(count), ")".repeat(count)));
        deep(format!("a between {} 1 and 1", "1 and not a between ".repeat(count)));
        deep(format!("a in ({})", vec!["select b.x from app.b b"; count].join(" union all ")));
    }
    deep(format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)));
    deep(format!("{}a", "- ".repeat(40_000)));
    deep(format!("{}a", "[".repeat(10_000)));
    assert_eq!(on_a_small_stack("not ".repeat(100_000) + "a"), ["rule-too-long"]);
    assert_eq!(on_a_small_stack(format!("a in ({})", vec!["1"; 100_000].join(", "))), ["rule-too-long"]);
    // Breadth is no depth.
    assert_eq!(on_a_small_stack(format!("a in ({})", vec!["12345"; 2_000].join(", "))), Vec::<&str>::new());
    assert_eq!(on_a_small_stack(vec!["a = 1"; 1_000].join(" or ")), Vec::<&str>::new());
    assert_eq!(on_a_small_stack(vec!["a = 1 and b"; 500].join(" or ")), Vec::<&str>::new());
    assert_eq!(on_a_small_stack(format!("{}a{}", "(".repeat(100), ")".repeat(100))), Vec::<&str>::new());
}

/// Small numbers that look random and are the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// Words that fuzzed rules are put together from: what ends, begins or nests something in SQL, and what is fine.
const WORDS: &[&str] = &[
    "a",
    "b",
    "t.c",
    "\"Q\"\" ;\"",
    "1",
    "2.5",
    "'x'",
    "'it''s'",
    "E'\\''",
    "E'\\\\'",
    "$$d$$",
    "$t$ ) $t$",
    "U&'\\0027'",
    "U&\"\\0022\"",
    "null",
    "true",
    "false",
    "me()",
    "org(a)",
    "org((a, b), 'x')",
    "via(a)",
    "claim('c')",
    "now()",
    "f(",
    "(",
    "(",
    "(",
    ")",
    ")",
    ")",
    ",",
    "=",
    "<>",
    "<",
    ">=",
    "+",
    "-",
    "||",
    "::text",
    "::int[]",
    "and",
    "and",
    "or",
    "or",
    "not",
    "is null",
    "is not true",
    "in (",
    "in (1, 2)",
    "= any (",
    "between",
    "like",
    "case",
    "when",
    "then",
    "else",
    "end",
    "select",
    "select 1",
    "from",
    "app.x",
    "x",
    "where",
    "exists (",
    "(select x.a from app.x x)",
    "union",
    "limit 1",
    "array[",
    "]",
    "[1]",
    ".f",
    ";",
    "--",
    "/*",
    "*/",
    "'",
    "\"",
    "$1",
    "$$",
    "\\",
    "\n",
    "*",
    "as",
    "row(",
    "collate \"C\"",
    "at time zone 'UTC'",
    "is distinct from",
    "coalesce(",
    "é",
    "=>",
    ":=",
    "operator(pg_catalog.=)",
    "over ()",
    "filter (where",
    "interval '1'",
    "for update",
    "into y",
    "with",
    "values (1)",
    "current_user",
    "lateral",
    "join",
    "on",
    "using (a)",
    "order by",
    "group by",
    "distinct",
    "all",
    "%",
    "@>",
    "variadic",
    "escape '!'",
    "unknown",
    "isnull",
    "notnull",
    "similar to",
    "overlaps",
    "not in",
    "cast(a as text)",
    "extract(year from a)",
];

#[test]
fn fuzzed_rules_are_contained() {
    let mut numbers = Numbers(0x5eed_0001);
    let (mut accepted, mut refused) = (0, 0);
    let seeds = [
        "org(org_id, 'admin') and not locked",
        "status in ('open', 'new') or (address).city = lower(claim('x'))",
        "exists (select 1 from app.m m where m.u = me() and m.o = t.o)",
        "case when a then b else c end is not true",
        "\"a\"\") or (true\" = E'\\') or (true' || $$') or (true$$",
        "a = any (array(select x.b from app.x x)) and tags[1] = 'x'::app.s",
        "a between 1 and 2 and not b like 'x' escape '!' and f(a => 1)",
    ];
    for round in 0..6_000_usize {
        let mut rule = String::new();
        if round % 2 == 0 {
            for _ in 0..1 + numbers.below(9) {
                rule.push_str(WORDS[numbers.below(WORDS.len())]);
                if numbers.below(8) > 0 {
                    rule.push(' ');
                }
            }
        } else {
            rule.push_str(seeds[numbers.below(seeds.len())]);
            for _ in 0..1 + numbers.below(3) {
                let places: Vec<usize> = rule.char_indices().map(|(at, _)| at).chain([rule.len()]).collect();
                let index = numbers.below(places.len());
                let (from, to) = (places[index], places[(index + numbers.below(5)).min(places.len() - 1)]);
                let word = WORDS[numbers.below(WORDS.len())];
                match numbers.below(3) {
                    0 => rule.insert_str(from, word),
                    1 => rule.replace_range(from..to, ""),
                    _ => rule.insert_str(from, &format!(" {word} ")),
                }
            }
        }
        match read(&rule) {
            Ok(term) => {
                accepted += 1;
                assert_contained(&rule, &term);
            }
            Err(findings) => {
                refused += 1;
                for finding in findings {
                    let span = finding.span.expect("a place");
                    assert!(rule.get(span.start as usize..span.end as usize).is_some(), "{rule}: {finding:?}");
                }
            }
        }
        let written = text(&rule);
        if let Ok(call) = parse_call(&written) {
            assert!(!call.name.is_empty());
        }
        let _privilege = parse_privilege(&written);
        let _signature = parse_signature(&written);
    }
    assert!(accepted > 500 && refused > 500, "{accepted} accepted, {refused} refused: the generator is no use");
}
