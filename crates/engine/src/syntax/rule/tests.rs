//! Rules that are read, rules that are refused, and what must hold of everything that is accepted.

use std::collections::BTreeSet;

use super::*;
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
