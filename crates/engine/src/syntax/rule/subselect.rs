//! Where a sub-select may stand. It is read as the querying role reads it, so a hidden row must never open what a visible
//! one closes: more rows may make a rule true, never false.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    AExpr, AExprKind, BoolExprType, BoolTestType, Node, NullTestType, SelectStmt, SetOperation, SubLink, SubLinkType,
};

use super::{Reader, tree};
use crate::diagnostic::Diagnostic;

impl Reader<'_> {
    /// Checks every sub-select of a rule. Places that are not known to be safe are refused.
    pub(super) fn check_subselects(&mut self, node: &Node) {
        if contains_subselect(node) {
            self.check_condition(node);
        }
    }

    /// A place where truth opens and anything else closes.
    fn check_condition(&mut self, node: &Node) {
        if !contains_subselect(node) {
            return;
        }
        match node.node.as_ref() {
            Some(NodeEnum::BoolExpr(expr)) if expr.boolop() != BoolExprType::NotExpr => {
                for part in &expr.args {
                    self.check_condition(part);
                }
            }
            Some(NodeEnum::SubLink(link)) => match link.sub_link_type() {
                SubLinkType::ExistsSublink => self.check_select(link.subselect.as_deref(), true),
                SubLinkType::AnySublink => {
                    if let Some(test) = link.testexpr.as_deref() {
                        self.check_value(test);
                    }
                    self.check_select(link.subselect.as_deref(), false);
                }
                SubLinkType::ExprSublink => self.check_select(link.subselect.as_deref(), false),
                SubLinkType::AllSublink => self.refuse(link, "ALL"),
                _ => self.refuse(link, "this expression"),
            },
            Some(NodeEnum::BooleanTest(test)) if test.booltesttype() == BoolTestType::IsTrue => {
                if let Some(arg) = test.arg.as_deref() {
                    self.check_condition(arg);
                }
            }
            Some(NodeEnum::NullTest(test)) if test.nulltesttype() == NullTestType::IsNotNull => {
                if let Some(arg) = test.arg.as_deref() {
                    self.check_value(arg);
                }
            }
            Some(NodeEnum::AExpr(expr)) => self.check_operation(expr, node),
            _ => self.check_value(node),
        }
    }

    fn check_operation(&mut self, expr: &AExpr, node: &Node) {
        let sides = [expr.lexpr.as_deref(), expr.rexpr.as_deref()];
        match expr.kind() {
            AExprKind::AexprOp
            | AExprKind::AexprLike
            | AExprKind::AexprIlike
            | AExprKind::AexprBetween
            | AExprKind::AexprBetweenSym => {
                for (index, side) in sides.into_iter().enumerate() {
                    match (side, tree::strings(&expr.name).as_deref()) {
                        (Some(side), Some([operator])) if grows(operator, index == 0) => self.check_array(side),
                        (Some(side), _) => self.check_value(side),
                        (None, _) => {}
                    }
                }
            }
            AExprKind::AexprIn if tree::strings(&expr.name).as_deref() == Some(&["=".to_owned()]) => {
                for side in sides.into_iter().flatten() {
                    self.check_value(side);
                }
            }
            AExprKind::AexprOpAny => {
                let [left, right] = sides;
                if let (Some(left), Some(right)) = (left, right) {
                    self.check_value(left);
                    self.check_array(right);
                }
            }
            AExprKind::AexprIn => self.refuse_in(node, "NOT IN"),
            AExprKind::AexprOpAll => self.refuse_in(node, "ALL"),
            AExprKind::AexprDistinct | AExprKind::AexprNotDistinct => self.refuse_in(node, "IS DISTINCT FROM"),
            _ => self.refuse_in(node, "this operator"),
        }
    }

    /// A place where null closes: an operand of an operator that is null for null.
    fn check_value(&mut self, node: &Node) {
        if !contains_subselect(node) {
            return;
        }
        match node.node.as_ref() {
            Some(NodeEnum::SubLink(link)) if link.sub_link_type() == SubLinkType::ExprSublink => {
                self.check_select(link.subselect.as_deref(), false);
            }
            Some(NodeEnum::SubLink(link)) => self.refuse(link, "a comparison"),
            Some(NodeEnum::TypeCast(cast)) => {
                if let Some(arg) = cast.arg.as_deref() {
                    self.check_value(arg);
                }
            }
            Some(NodeEnum::List(list)) => {
                for item in &list.items {
                    self.check_value(item);
                }
            }
            Some(NodeEnum::BoolExpr(expr)) if expr.boolop() == BoolExprType::NotExpr => self.refuse_in(node, "NOT"),
            Some(NodeEnum::CaseExpr(_)) => self.refuse_in(node, "CASE"),
            Some(NodeEnum::CoalesceExpr(_)) => self.refuse_in(node, "COALESCE"),
            Some(NodeEnum::BooleanTest(_) | NodeEnum::NullTest(_)) => self.refuse_in(node, "IS"),
            Some(NodeEnum::FuncCall(_)) => self.refuse_in(node, "a function"),
            _ => self.refuse_in(node, "this expression"),
        }
    }

    /// A place where a smaller array closes.
    fn check_array(&mut self, node: &Node) {
        match node.node.as_ref() {
            Some(NodeEnum::SubLink(link)) if link.sub_link_type() == SubLinkType::ArraySublink => {
                self.check_select(link.subselect.as_deref(), false);
            }
            Some(NodeEnum::TypeCast(cast)) => {
                if let Some(arg) = cast.arg.as_deref() {
                    self.check_array(arg);
                }
            }
            _ => self.check_value(node),
        }
    }

    /// Checks a sub-select itself. One under EXISTS may be cut short: one row is enough.
    fn check_select(&mut self, node: Option<&Node>, exists: bool) {
        match node.and_then(|node| node.node.as_ref()) {
            Some(NodeEnum::SelectStmt(select)) => self.check_query(select, exists),
            _ => self.findings.push(Diagnostic::error(
                "rule-unsupported",
                self.text.span,
                "only a SELECT may be a sub-select",
            )),
        }
    }

    fn check_query(&mut self, select: &SelectStmt, exists: bool) {
        if select.op() == SetOperation::SetopExcept {
            self.fails_open(self.text.span, "EXCEPT");
        }
        if select.limit_offset.is_some() || select.limit_count.is_some() && !exists {
            self.fails_open(self.text.span, "LIMIT or OFFSET");
        }
        for side in [&select.larg, &select.rarg].into_iter().flatten() {
            self.check_query(side, exists);
        }
        for node in &select.from_clause {
            self.check_from(node);
        }
        for node in &select.target_list {
            if let Some(NodeEnum::ResTarget(target)) = &node.node
                && let Some(value) = target.val.as_deref()
            {
                self.check_value(value);
            }
        }
        for node in &select.values_lists {
            self.check_value(node);
        }
        if let Some(condition) = select.where_clause.as_deref() {
            self.check_condition(condition);
        }
    }

    fn check_from(&mut self, node: &Node) {
        match node.node.as_ref() {
            Some(NodeEnum::RangeSubselect(range)) => self.check_select(range.subquery.as_deref(), false),
            Some(NodeEnum::JoinExpr(join)) => {
                for side in [&join.larg, &join.rarg].into_iter().flatten() {
                    self.check_from(side);
                }
                if let Some(condition) = join.quals.as_deref() {
                    self.check_condition(condition);
                }
            }
            Some(NodeEnum::RangeFunction(range)) => {
                for node in &range.functions {
                    self.check_value(node);
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, link: &SubLink, under: &str) {
        let span = self.place_of(&NodeEnum::SubLink(Box::new(link.clone())));
        self.fails_open(span, under);
    }

    fn refuse_in(&mut self, node: &Node, under: &str) {
        let span = node.node.as_ref().map_or(self.text.span, |node| self.place_of(node));
        self.fails_open(span, under);
    }

    fn fails_open(&mut self, span: crate::source::Span, under: &str) {
        self.findings.push(
            Diagnostic::error(
                "subselect-fails-open",
                span,
                format!("a sub-select under {under} opens what a row closes that the caller cannot see"),
            )
            .help("declare a group, which is read by the seal role, and use its word"),
        );
    }
}

/// Whether an operator is true of more rows when the array on that side grows.
fn grows(operator: &str, left: bool) -> bool {
    match operator {
        "&&" => true,
        "@>" => left,
        "<@" => !left,
        _ => false,
    }
}

fn contains_subselect(node: &Node) -> bool {
    fn search(node: &mut Node) -> bool {
        match node.node.as_mut() {
            None => false,
            Some(NodeEnum::SubLink(_)) => true,
            Some(inner) => tree::children(inner).unwrap_or_default().into_iter().any(search),
        }
    }
    search(&mut node.clone())
}
