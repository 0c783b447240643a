//! What runs no function and asks nothing but the row: of definitions as Postgres prints them. Text in, yes or no out.
//!
//! INVARIANT: unknown is not plain. The texts are printed with an empty search_path, so that a name without a schema is
//! Postgres' own.

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{AExpr, AExprKind, BoolExprType, ConstrType, FuncCall, Node, SelectStmt, TypeName};
use serde_json::Value;

use super::parser;
use super::rule::tree::{IntoNode, strings, without_places};

/// Comparisons.
const OPERATORS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
/// Types of Postgres' own whose values are read, printed and cast without looking anything up.
const TYPES: [&str; 25] = [
    "bit",
    "bool",
    "bpchar",
    "bytea",
    "char",
    "cidr",
    "date",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "interval",
    "macaddr",
    "money",
    "name",
    "numeric",
    "oid",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "uuid",
    "varchar",
];
/// Functions without arguments that tell nothing but the time, or chance.
const FUNCTIONS: [&str; 6] =
    ["now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "gen_random_uuid", "uuidv7"];

/// The one statement of a text.
fn statement(sql: &str) -> Option<NodeEnum> {
    let mut statements = parser::parse(sql).ok()?.stmts.into_iter();
    match (statements.next(), statements.next()) {
        (Some(only), None) => only.stmt?.node,
        _ => None,
    }
}

/// Whether an expression consists of columns, constants, AND, OR, NOT, IS and comparisons.
pub(crate) fn expression(text: &str) -> bool {
    match statement(&format!("SELECT {text}")) {
        Some(NodeEnum::SelectStmt(select)) => target(&select).is_some_and(|node| plain(&node)),
        _ => false,
    }
}

/// The expression of a SELECT of one.
fn target(select: &SelectStmt) -> Option<Node> {
    match select.target_list.as_slice() {
        [Node { node: Some(NodeEnum::ResTarget(target)) }] if select.from_clause.is_empty() => {
            target.val.as_deref().cloned()
        }
        _ => None,
    }
}

/// Whether a CHECK is plain, and asks no two columns in one condition: what it refuses is told by the values of one column,
/// which whoever is refused has written.
pub(crate) fn check(definition: &str) -> bool {
    let Some(NodeEnum::AlterTableStmt(alter)) = statement(&format!("ALTER TABLE x ADD {definition}")) else {
        return false;
    };
    let [Node { node: Some(NodeEnum::AlterTableCmd(add)) }] = alter.cmds.as_slice() else { return false };
    match add.def.as_deref().and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::Constraint(check)) if check.contype() == ConstrType::ConstrCheck => {
            check.raw_expr.as_deref().is_some_and(|node| plain(node) && conditions_of_one_column(node))
        }
        _ => false,
    }
}

fn conditions_of_one_column(node: &Node) -> bool {
    match &node.node {
        Some(NodeEnum::BoolExpr(all)) if all.boolop() == BoolExprType::AndExpr => {
            all.args.iter().all(conditions_of_one_column)
        }
        _ => {
            let mut columns = BTreeSet::new();
            collect(node, &mut columns);
            columns.len() <= 1
        }
    }
}

/// The columns of a plain expression.
fn collect(node: &Node, columns: &mut BTreeSet<String>) {
    match &node.node {
        Some(NodeEnum::ColumnRef(column)) => columns.extend(strings(&column.fields).unwrap_or_default()),
        _ => below(node).into_iter().flatten().for_each(|node| collect(node, columns)),
    }
}

/// An index, as far as it says how rows are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    /// Keys, their order and comparison, and WHERE.
    keys: Value,
    /// UNIQUE.
    unique: bool,
    nulls_not_distinct: bool,
    /// Of columns, and WHERE is plain.
    pub plain: bool,
}

impl Index {
    /// `CREATE INDEX ..`
    pub fn read(definition: &str) -> Option<Self> {
        let Some(NodeEnum::IndexStmt(mut index)) = statement(definition) else { return None };
        let plain = index.where_clause.as_deref().is_none_or(plain) && index.index_params.iter().all(of_column);
        let (unique, nulls_not_distinct) = (index.unique, index.nulls_not_distinct);
        // What it is called, on which table and how it is stored.
        index.idxname.clear();
        index.relation = None;
        index.table_space.clear();
        index.index_including_params.clear();
        index.options.clear();
        index.unique = false;
        index.nulls_not_distinct = false;
        let keys = without_places(&NodeEnum::IndexStmt(index).into_node())?;
        Some(Self { keys, unique, nulls_not_distinct, plain })
    }

    /// Whether it says nothing that the other does not.
    pub fn is_given_by(&self, other: &Self) -> bool {
        let as_unique = !self.unique || other.unique && self.nulls_not_distinct <= other.nulls_not_distinct;
        self.keys == other.keys && as_unique
    }
}

/// The expressions of `CREATE STATISTICS ..`: all plain.
pub(crate) fn statistics(definition: &str) -> bool {
    match statement(definition) {
        Some(NodeEnum::CreateStatsStmt(statistics)) => statistics.exprs.iter().all(of_column),
        _ => false,
    }
}

/// What `CREATE STATISTICS ..` says, whatever its name and table.
pub(crate) fn same_statistics(left: &str, right: &str) -> bool {
    let said = |definition| match statement(definition) {
        Some(NodeEnum::CreateStatsStmt(mut statistics)) => {
            statistics.defnames.clear();
            statistics.relations.clear();
            without_places(&NodeEnum::CreateStatsStmt(statistics).into_node())
        }
        _ => None,
    };
    said(left).is_some_and(|left| said(right) == Some(left))
}

/// `FOR VALUES .. PARTITION BY ..`: the keys of the second.
pub(crate) fn partitioning(text: &str) -> bool {
    match statement(&format!("CREATE TABLE x PARTITION OF y {text}")) {
        Some(NodeEnum::CreateStmt(table)) => {
            table.partspec.as_ref().is_none_or(|by| by.part_params.iter().all(of_column))
        }
        _ => false,
    }
}

/// A column, or a plain expression, in a list of keys.
fn of_column(key: &Node) -> bool {
    let (name, expr) = match &key.node {
        Some(NodeEnum::IndexElem(key)) => (&key.name, &key.expr),
        Some(NodeEnum::StatsElem(key)) => (&key.name, &key.expr),
        Some(NodeEnum::PartitionElem(key)) => (&key.name, &key.expr),
        _ => return false,
    };
    expr.as_deref().map_or(!name.is_empty(), plain)
}

fn plain(node: &Node) -> bool {
    let known = match &node.node {
        Some(NodeEnum::ColumnRef(column)) => strings(&column.fields).is_some_and(|parts| parts.len() == 1),
        Some(NodeEnum::AExpr(expr)) => compares(expr),
        Some(NodeEnum::TypeCast(cast)) => cast.type_name.as_ref().is_some_and(known_type),
        Some(NodeEnum::FuncCall(call)) => known_function(call),
        Some(_) => true,
        None => false,
    };
    known && below(node).is_some_and(|nodes| nodes.into_iter().all(plain))
}

/// What stands directly below a node of a plain expression; none if the node has no place in one.
fn below(node: &Node) -> Option<Vec<&Node>> {
    Some(match node.node.as_ref()? {
        NodeEnum::AConst(_) | NodeEnum::ColumnRef(_) | NodeEnum::SqlvalueFunction(_) | NodeEnum::FuncCall(_) => {
            Vec::new()
        }
        NodeEnum::AExpr(n) => vec![n.lexpr.as_deref()?, n.rexpr.as_deref()?],
        NodeEnum::TypeCast(n) => vec![n.arg.as_deref()?],
        NodeEnum::BoolExpr(n) => n.args.iter().collect(),
        NodeEnum::NullTest(n) => vec![n.arg.as_deref()?],
        NodeEnum::BooleanTest(n) => vec![n.arg.as_deref()?],
        NodeEnum::AArrayExpr(n) => n.elements.iter().collect(),
        NodeEnum::List(n) => n.items.iter().collect(),
        _ => return None,
    })
}

fn compares(expr: &AExpr) -> bool {
    let kind = matches!(
        expr.kind(),
        AExprKind::AexprOp
            | AExprKind::AexprOpAny
            | AExprKind::AexprOpAll
            | AExprKind::AexprIn
            | AExprKind::AexprDistinct
            | AExprKind::AexprNotDistinct
    );
    kind && matches!(strings(&expr.name).as_deref(), Some([name]) if OPERATORS.contains(&name.as_str()))
}

fn known_type(name: &TypeName) -> bool {
    let plain =
        name.typmods.is_empty() || name.typmods.iter().all(|node| matches!(node.node, Some(NodeEnum::AConst(_))));
    let known = |name: &String| TYPES.contains(&name.as_str());
    plain
        && !name.setof
        && !name.pct_type
        && match strings(&name.names).as_deref() {
            Some([name]) => known(name),
            Some([schema, name]) => schema == "pg_catalog" && known(name),
            _ => false,
        }
}

fn known_function(call: &FuncCall) -> bool {
    call.args.is_empty()
        && !call.agg_star
        && call.over.is_none()
        && matches!(strings(&call.funcname).as_deref(), Some([name]) if FUNCTIONS.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Index, check, expression, partitioning, same_statistics, statistics};

    #[test]
    fn columns_constants_and_comparisons_are_plain() {
        for text in [
            "CHECK (((created >= '2026-01-01'::date) AND (created < '2026-02-01'::date)))",
            "CHECK (((id IS NOT NULL) AND (id = 1)))",
            "CHECK ((\"Status\" = ANY (ARRAY['a'::text, 'b'::text]))) NO INHERIT",
            "CHECK (((name)::text <> 'x'::text))",
            "CHECK ((at >= '2026-01-01 00:00:00+00'::timestamp with time zone))",
            "CHECK ((NOT (done IS TRUE)))",
            "CHECK (((amount > '-5'::integer) OR (amount IS DISTINCT FROM 10.5)))",
        ] {
            assert!(check(text), "{text}");
        }
        for text in ["'draft'::text", "0", "now()", "CURRENT_TIMESTAMP", "gen_random_uuid()", "(a < b)"] {
            assert!(expression(text), "{text}");
        }
    }

    #[test]
    fn what_calls_or_looks_up_is_not() {
        for text in [
            "CHECK ((ts_rewrite('''a'''::tsquery, 'select 1'::text) IS NOT NULL))",
            "CHECK ((set_config('search_path'::text, 'x'::text, false) IS NOT NULL))",
            "CHECK ((a OPERATOR(app.=) 1))",
            "CHECK ((a = 'x'::app.odd))",
            "CHECK (((a)::regclass IS NOT NULL))",
            "CHECK ((a ~ 'x'::text))",
            "CHECK ((events.* IS NOT NULL))",
            "CHECK (((ROW(a, b) = ROW(1, 2))))",
            "CHECK ((now(a) = b))",
            "CHECK ((app.now() = a))",
            // Two columns in one condition: one may be hidden.
            "CHECK ((secret < guess))",
            "CHECK (((secret < 5) OR (guess > 1)))",
            "CHECK (((a = 1) AND ((secret < 5) OR (guess > 1))))",
            "CHECK ((a = 1)); drop table x; --",
            "UNIQUE (a)",
            "CHECK",
        ] {
            assert!(!check(text), "{text}");
        }
        for text in ["nextval('app.s'::regclass)", "(select 1)", "1, 2", "1 from x", "lower(a)", "$1", "(a || b)", ""] {
            assert!(!expression(text), "{text}");
        }
    }

    fn index(definition: &str) -> Index {
        Index::read(definition).unwrap()
    }

    #[test]
    fn indexes_are_compared_by_what_they_say_of_rows() {
        let parent = index("CREATE UNIQUE INDEX events_pkey ON ONLY app.events USING btree (id, at)");
        for same in [
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id, at) WITH (fillfactor='70')",
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id, at) INCLUDE (body)",
            "CREATE INDEX x ON app.ev1 USING btree (id, at)",
        ] {
            assert!(index(same).is_given_by(&parent), "{same}");
        }
        for other in [
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id)",
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id, at) NULLS NOT DISTINCT",
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id, at) WHERE (id > 1)",
            "CREATE UNIQUE INDEX x ON app.ev1 USING btree (id COLLATE app.ci, at)",
        ] {
            assert!(!index(other).is_given_by(&parent), "{other}");
        }
        assert!(!parent.is_given_by(&index("CREATE INDEX x ON app.ev1 USING btree (id, at)")));
        assert!(index("CREATE INDEX x ON app.ev1 USING btree (id DESC) WHERE (deleted IS NULL)").plain);
        assert!(!index("CREATE INDEX x ON app.ev1 USING btree (lower(body))").plain);
        assert!(!index("CREATE INDEX x ON app.ev1 USING btree (id) WHERE (lower(body) = 'a'::text)").plain);
    }

    #[test]
    fn statistics_and_partition_keys() {
        assert!(statistics("CREATE STATISTICS app.s (mcv) ON id, body FROM app.ev1"));
        assert!(!statistics("CREATE STATISTICS app.s ON lower(body) FROM app.ev1"));
        let of = |name: &str, on: &str| format!("CREATE STATISTICS app.{name} ON lower(body), id FROM app.{on}");
        assert!(same_statistics(&of("s", "events"), &of("t", "ev1")));
        assert!(!same_statistics(&of("s", "events"), "CREATE STATISTICS app.s ON lower(body) FROM app.events"));
        assert!(partitioning("FOR VALUES IN (' PARTITION BY LIST (lower(a))')"));
        assert!(partitioning("DEFAULT PARTITION BY RANGE (at, id)"));
        assert!(partitioning("FOR VALUES FROM (MINVALUE) TO ('2027-01-01')"));
        assert!(!partitioning("FOR VALUES WITH (modulus 2, remainder 0) PARTITION BY LIST (lower(body))"));
    }
}
