//! The parser's tree: comparing, walking and printing it. INVARIANT: nothing is printed that does not read back the same.

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, ParseResult, RawStmt, ResTarget, SelectStmt};
use serde_json::{Value, json};

use crate::syntax::parser;

/// Whether two trees say the same, wherever they were written.
pub(super) fn equal(left: &Node, right: &Node) -> bool {
    match (without_places(left), without_places(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// A tree, wherever it was written.
pub(in crate::syntax) fn without_places(node: &Node) -> Option<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("location");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(node).ok()?;
    strip(&mut value);
    Some(value)
}

/// The text of an expression; none if what would be printed reads differently.
pub(in crate::syntax) fn print(node: &Node) -> Option<String> {
    let target = ResTarget { val: Some(Box::new(node.clone())), ..ResTarget::default() };
    let select = SelectStmt {
        target_list: vec![NodeEnum::ResTarget(Box::new(target)).into_node()],
        limit_option: pg_query::protobuf::LimitOption::Default as i32,
        op: pg_query::protobuf::SetOperation::SetopNone as i32,
        ..SelectStmt::default()
    };
    let raw =
        RawStmt { stmt: Some(Box::new(NodeEnum::SelectStmt(Box::new(select)).into_node())), ..RawStmt::default() };
    // The printer takes only trees of its own version, which a parse of nothing tells.
    let version = parser::parse("").ok()?.version;
    let printed = parser::deparse(&ParseResult { version, stmts: vec![raw] }).ok()?;
    let text = printed.strip_prefix(super::PREFIX)?.to_owned();
    reads_as(&text, &without_places(node)?).then_some(text)
}

/// Whether a text is that very expression.
pub(super) fn reads_as(text: &str, expected: &Value) -> bool {
    let Ok(parsed) = parser::parse(&format!("{}({text}\n)", super::PREFIX)) else { return false };
    match parsed.stmts.as_slice() {
        [RawStmt { stmt: Some(statement), .. }] => match &statement.node {
            Some(NodeEnum::SelectStmt(select)) => {
                super::only_target(select).is_some_and(|other| without_places(other).as_ref() == Some(expected))
            }
            _ => false,
        },
        _ => false,
    }
}

/// A tree with a column `seal_hole_N` in the place of each parameter `$N`. Rules have no parameters of their own.
pub(super) fn with_named_holes(node: &Node) -> Option<Value> {
    fn rename(value: &mut Value) {
        if let Some(number) = value.pointer("/ParamRef/number").and_then(Value::as_i64) {
            *value = json!({ "ColumnRef": { "fields": [{ "node": { "String": { "sval": format!("seal_hole_{number}") } } }] } });
            return;
        }
        match value {
            Value::Object(fields) => fields.values_mut().for_each(rename),
            Value::Array(items) => items.iter_mut().for_each(rename),
            _ => {}
        }
    }
    let mut value = without_places(node)?;
    rename(&mut value);
    Some(value)
}

/// A wrapper that the crate has only in part.
pub(in crate::syntax) trait IntoNode {
    /// As a node.
    fn into_node(self) -> Node;
}

impl IntoNode for NodeEnum {
    fn into_node(self) -> Node {
        Node { node: Some(self) }
    }
}

/// The byte of the parsed text at which a node begins, as far as the parser says.
pub(super) fn location(node: &NodeEnum) -> Option<usize> {
    let place = match node {
        NodeEnum::ColumnRef(n) => n.location,
        NodeEnum::ParamRef(n) => n.location,
        NodeEnum::AExpr(n) => n.location,
        NodeEnum::AConst(n) => n.location,
        NodeEnum::TypeCast(n) => n.location,
        NodeEnum::FuncCall(n) => n.location,
        NodeEnum::SubLink(n) => n.location,
        NodeEnum::BoolExpr(n) => n.location,
        NodeEnum::NullTest(n) => n.location,
        NodeEnum::BooleanTest(n) => n.location,
        NodeEnum::CaseExpr(n) => n.location,
        NodeEnum::CaseWhen(n) => n.location,
        NodeEnum::CoalesceExpr(n) => n.location,
        NodeEnum::MinMaxExpr(n) => n.location,
        NodeEnum::AArrayExpr(n) => n.location,
        NodeEnum::RowExpr(n) => n.location,
        NodeEnum::CollateClause(n) => n.location,
        NodeEnum::SqlvalueFunction(n) => n.location,
        NodeEnum::NamedArgExpr(n) => n.location,
        NodeEnum::RangeVar(n) => n.location,
        NodeEnum::ResTarget(n) => n.location,
        NodeEnum::TypeName(n) => n.location,
        _ => return None,
    };
    usize::try_from(place).ok()
}

/// The strings of a list of names.
pub(in crate::syntax) fn strings(nodes: &[Node]) -> Option<Vec<String>> {
    nodes
        .iter()
        .map(|node| match &node.node {
            Some(NodeEnum::String(string)) => Some(string.sval.clone()),
            _ => None,
        })
        .collect()
}

/// The expressions directly below an expression; none if it is of a kind that rules do not have. A sub-select counts as a
/// child of its SubLink.
pub(super) fn children(node: &mut NodeEnum) -> Option<Vec<&mut Node>> {
    fn boxed(node: &mut Option<Box<Node>>) -> impl Iterator<Item = &mut Node> {
        node.as_deref_mut().into_iter()
    }
    Some(match node {
        NodeEnum::AConst(_)
        | NodeEnum::ColumnRef(_)
        | NodeEnum::ParamRef(_)
        | NodeEnum::SqlvalueFunction(_)
        | NodeEnum::String(_) => Vec::new(),
        NodeEnum::AExpr(n) => boxed(&mut n.lexpr).chain(boxed(&mut n.rexpr)).collect(),
        NodeEnum::TypeCast(n) => boxed(&mut n.arg).collect(),
        NodeEnum::FuncCall(n) => n.args.iter_mut().collect(),
        NodeEnum::NamedArgExpr(n) => boxed(&mut n.arg).collect(),
        NodeEnum::SubLink(n) => boxed(&mut n.testexpr).chain(boxed(&mut n.subselect)).collect(),
        NodeEnum::BoolExpr(n) => n.args.iter_mut().collect(),
        NodeEnum::NullTest(n) => boxed(&mut n.arg).collect(),
        NodeEnum::BooleanTest(n) => boxed(&mut n.arg).collect(),
        NodeEnum::CaseExpr(n) => boxed(&mut n.arg).chain(n.args.iter_mut()).chain(n.defresult.as_deref_mut()).collect(),
        NodeEnum::CaseWhen(n) => boxed(&mut n.expr).chain(boxed(&mut n.result)).collect(),
        NodeEnum::CoalesceExpr(n) => n.args.iter_mut().collect(),
        NodeEnum::MinMaxExpr(n) => n.args.iter_mut().collect(),
        NodeEnum::AArrayExpr(n) => n.elements.iter_mut().collect(),
        NodeEnum::RowExpr(n) => n.args.iter_mut().collect(),
        NodeEnum::AIndirection(n) => boxed(&mut n.arg).chain(n.indirection.iter_mut()).collect(),
        NodeEnum::AIndices(n) => boxed(&mut n.lidx).chain(boxed(&mut n.uidx)).collect(),
        NodeEnum::CollateClause(n) => boxed(&mut n.arg).collect(),
        NodeEnum::List(n) => n.items.iter_mut().collect(),
        _ => return None,
    })
}
