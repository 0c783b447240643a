//! From the parser's tree to [`Term`]: what pgseal understands by itself, node by node; the rest goes to `opaque`.

use pg_query::NodeEnum;
use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{
    AConst, AExpr, AExprKind, BoolExprType, BoolTestType, ColumnRef, FuncCall, Node, NullTestType, Token,
};

use super::scope::{Place, Scopes};
use super::{PREFIX, Reader, tree};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::term::{ColumnName, CompareOp, Constant, IsTest, Term, Word};
use crate::syntax::tokens;

impl Reader<'_> {
    /// Converts an expression outside of any sub-select. None if a finding says why not.
    pub(super) fn term(&mut self, node: &Node) -> Option<Term> {
        let inner = node.node.as_ref()?;
        self.lint(inner);
        match inner {
            NodeEnum::AConst(constant) => match constant_of(constant) {
                Some(constant) => Some(Term::Constant(constant)),
                None => self.sql(node),
            },
            NodeEnum::ColumnRef(column) => self.column(column).map(Term::Column),
            NodeEnum::FuncCall(call) if self.is_word(call) => self.word(call, &Scopes::default()).map(Term::Word),
            NodeEnum::BoolExpr(bool_expr) => {
                let parts: Vec<Option<Term>> = bool_expr.args.iter().map(|part| self.term(part)).collect();
                let mut parts = parts.into_iter().collect::<Option<Vec<Term>>>()?;
                match bool_expr.boolop() {
                    BoolExprType::AndExpr => Some(Term::And(parts)),
                    BoolExprType::OrExpr => Some(Term::Or(parts)),
                    _ => Some(Term::Not(Box::new(parts.pop()?))),
                }
            }
            NodeEnum::NullTest(test) => {
                let arg = test.arg.as_deref()?;
                if is_row(Some(arg)) {
                    return self.sql(node);
                }
                let kind = if test.nulltesttype() == NullTestType::IsNull { IsTest::Null } else { IsTest::NotNull };
                Some(Term::Is(Box::new(self.term(arg)?), kind))
            }
            NodeEnum::BooleanTest(test) => {
                let kind = match test.booltesttype() {
                    BoolTestType::IsTrue => IsTest::True,
                    BoolTestType::IsNotTrue => IsTest::NotTrue,
                    BoolTestType::IsFalse => IsTest::False,
                    BoolTestType::IsNotFalse => IsTest::NotFalse,
                    BoolTestType::IsUnknown => IsTest::Unknown,
                    BoolTestType::IsNotUnknown => IsTest::NotUnknown,
                    BoolTestType::Undefined => return None,
                };
                Some(Term::Is(Box::new(self.term(test.arg.as_deref()?)?), kind))
            }
            NodeEnum::AExpr(expr) => self.operation(node, expr),
            _ => self.sql(node),
        }
    }

    fn operation(&mut self, node: &Node, expr: &AExpr) -> Option<Term> {
        let compare = match tree::strings(&expr.name).as_deref() {
            Some([operator]) => compare_op(operator),
            _ => None,
        };
        let (Some(left), Some(right)) = (expr.lexpr.as_deref(), expr.rexpr.as_deref()) else { return self.sql(node) };
        if is_row(Some(left)) || is_row(Some(right)) {
            return self.sql(node);
        }
        match (expr.kind(), compare) {
            (AExprKind::AexprOp, Some(op)) => self.compare(op, left, right),
            (AExprKind::AexprDistinct, _) => self.compare(CompareOp::Distinct, left, right),
            (AExprKind::AexprNotDistinct, _) => self.compare(CompareOp::NotDistinct, left, right),
            (AExprKind::AexprOpAny, Some(op)) => {
                let (left, right) = (self.term(left), self.term(right));
                Some(Term::Any(op, Box::new(left?), Box::new(right?)))
            }
            (AExprKind::AexprIn, Some(op)) => {
                let Some(NodeEnum::List(list)) = &right.node else { return self.sql(node) };
                if list.items.iter().any(|item| is_row(Some(item))) {
                    return self.sql(node);
                }
                let left = self.term(left);
                let items: Vec<Option<Term>> = list.items.iter().map(|item| self.term(item)).collect();
                let found = Term::In(Box::new(left?), items.into_iter().collect::<Option<Vec<Term>>>()?);
                Some(if op == CompareOp::Ne { Term::Not(Box::new(found)) } else { found })
            }
            _ => self.sql(node),
        }
    }

    fn compare(&mut self, op: CompareOp, left: &Node, right: &Node) -> Option<Term> {
        let (left, right) = (self.term(left), self.term(right));
        Some(Term::Compare(op, Box::new(left?), Box::new(right?)))
    }

    /// A column reference as a name.
    pub(super) fn column(&mut self, column: &ColumnRef) -> Option<ColumnName> {
        let span = self.name_span(column.location);
        match tree::strings(&column.fields) {
            Some(parts) if parts.len() <= 3 => Some(ColumnName { parts, span }),
            Some(_) => {
                let message = "a column has at most a schema and a table before it";
                self.findings.push(Diagnostic::error("rule-syntax", span, message).help("write `schema.table.column`"));
                None
            }
            None => {
                self.findings.push(
                    Diagnostic::error("rule-star", span, "`*` is not a column")
                        .help("name the column; inside of `exists` write `select 1`"),
                );
                None
            }
        }
    }

    /// Whether a call is of one of pgseal's words.
    pub(super) fn is_word(&self, call: &FuncCall) -> bool {
        matches!(tree::strings(&call.funcname).as_deref(), Some([name]) if self.words.contains(name))
    }

    /// The call of a word. In a sub-select, its columns must be the row's.
    pub(super) fn word(&mut self, call: &FuncCall, scopes: &Scopes) -> Option<Word> {
        let name = tree::strings(&call.funcname)?.pop()?;
        let span = self.call_span(call.location);
        let plain = call.agg_order.is_empty()
            && call.agg_filter.is_none()
            && call.over.is_none()
            && !(call.agg_within_group || call.agg_star || call.agg_distinct || call.func_variadic)
            && !call.args.iter().any(|arg| matches!(arg.node, Some(NodeEnum::NamedArgExpr(_))));
        if !plain {
            self.findings.push(
                Diagnostic::error(
                    "word-call",
                    span,
                    format!("`{name}` is a word of pgseal's, not a function of the database"),
                )
                .help("call it plainly, without DISTINCT, ORDER BY, FILTER, OVER, VARIADIC, `*` or named arguments"),
            );
            return None;
        }
        if !scopes.is_empty() && !call.args.iter().all(|arg| self.is_of_the_row(arg, scopes)) {
            self.findings.push(
                Diagnostic::error(
                    "word-call",
                    span,
                    format!("`{name}` in a sub-select takes constants and columns of the row only"),
                )
                .help("write `table.column` for a column of the row, or call the word outside of the sub-select"),
            );
            return None;
        }
        let arguments: Vec<Option<Term>> = call.args.iter().map(|arg| self.argument(arg)).collect();
        Some(Word { name, arguments: arguments.into_iter().collect::<Option<Vec<Term>>>()?, span })
    }

    fn argument(&mut self, node: &Node) -> Option<Term> {
        match &node.node {
            Some(NodeEnum::RowExpr(row)) => {
                let parts: Vec<Option<Term>> = row.args.iter().map(|part| self.term(part)).collect();
                Some(Term::Tuple(parts.into_iter().collect::<Option<Vec<Term>>>()?, self.node_span(node)))
            }
            _ => self.term(node),
        }
    }

    fn is_of_the_row(&self, node: &Node, scopes: &Scopes) -> bool {
        match &node.node {
            Some(NodeEnum::AConst(_)) => true,
            Some(NodeEnum::ColumnRef(column)) => {
                tree::strings(&column.fields).is_some_and(|parts| scopes.place(&parts) == Place::Row)
            }
            Some(NodeEnum::RowExpr(row)) => row.args.iter().all(|part| self.is_of_the_row(part, scopes)),
            _ => false,
        }
    }

    /// What is wrong with a node wherever it stands: comparisons that are always null.
    pub(super) fn lint(&mut self, node: &NodeEnum) {
        let NodeEnum::AExpr(expr) = node else { return };
        let compares = matches!(tree::strings(&expr.name).as_deref(), Some([name]) if compare_op(name).is_some());
        let always_null = match expr.kind() {
            AExprKind::AexprOp | AExprKind::AexprOpAny | AExprKind::AexprOpAll => {
                compares && (is_null(expr.lexpr.as_deref()) || is_null(expr.rexpr.as_deref()))
            }
            AExprKind::AexprIn => {
                let listed = match expr.rexpr.as_deref().and_then(|list| list.node.as_ref()) {
                    Some(NodeEnum::List(list)) => list.items.iter().any(|item| is_null(Some(item))),
                    _ => false,
                };
                listed || is_null(expr.lexpr.as_deref())
            }
            _ => false,
        };
        if always_null {
            let span = self.place_of(node);
            self.findings.push(
                Diagnostic::error("always-null", span, "a comparison with NULL is never true")
                    .help("write `is null`, `is not null`, `is distinct from` or `is not distinct from`"),
            );
        }
    }

    /// The span of the token at which the parser places a node.
    pub(super) fn place_of(&self, node: &NodeEnum) -> Span {
        tree::location(node)
            .and_then(|location| self.token_at(location))
            .and_then(|index| self.tokens.get(index))
            .map_or(self.text.span, |token| {
                let (start, end) = tokens::range(token);
                self.text.at(start, end)
            })
    }

    fn token_at(&self, location: usize) -> Option<usize> {
        let offset = location.checked_sub(PREFIX.len())?;
        let index = self.tokens.partition_point(|token| tokens::range(token).0 < offset);
        (tokens::range(self.tokens.get(index)?).0 == offset).then_some(index)
    }

    /// The span of a name with dots in it.
    pub(super) fn name_span(&self, location: i32) -> Span {
        let Some(first) = usize::try_from(location).ok().and_then(|location| self.token_at(location)) else {
            return self.text.span;
        };
        let mut last = first;
        while self.tokens.get(last + 1).is_some_and(|token| token.token() == Token::Ascii46)
            && last + 2 < self.tokens.len()
        {
            last += 2;
        }
        self.tokens_span(first, last)
    }

    /// The span of a call, from its name to the parenthesis that ends it.
    fn call_span(&self, location: i32) -> Span {
        let Some(first) = usize::try_from(location).ok().and_then(|location| self.token_at(location)) else {
            return self.text.span;
        };
        let mut depth = 0_usize;
        for (index, token) in self.tokens.iter().enumerate().skip(first) {
            match token.token() {
                Token::Ascii40 => depth += 1,
                Token::Ascii41 if depth <= 1 => return self.tokens_span(first, index),
                Token::Ascii41 => depth -= 1,
                _ => {}
            }
        }
        self.text.span
    }

    fn tokens_span(&self, first: usize, last: usize) -> Span {
        match (self.tokens.get(first), self.tokens.get(last)) {
            (Some(first), Some(last)) => self.text.at(tokens::range(first).0, tokens::range(last).1),
            _ => self.text.span,
        }
    }

    /// The span of an expression: from the first place that the parser names to the last, and on until brackets balance.
    pub(super) fn node_span(&self, node: &Node) -> Span {
        let mut places = Vec::new();
        collect_places(&mut node.clone(), &mut places);
        let found = places.iter().min().zip(places.iter().max());
        let Some((first, last)) = found.and_then(|(first, last)| self.token_at(*first).zip(self.token_at(*last)))
        else {
            return self.text.span;
        };
        let mut open = 0_i64;
        let mut end = last;
        for (index, token) in self.tokens.iter().enumerate().skip(first) {
            match tokens::bracket(token.token()) {
                Some(true) => open += 1,
                Some(false) => open -= 1,
                None => {}
            }
            let call_follows = self.tokens.get(index + 1).is_some_and(|next| next.token() == Token::Ascii40);
            if index >= last && open <= 0 && !(index == last && call_follows) {
                end = if open < 0 { index.saturating_sub(1).max(last) } else { index };
                break;
            }
        }
        self.tokens_span(first, end)
    }
}

fn collect_places(node: &mut Node, places: &mut Vec<usize>) {
    let Some(inner) = node.node.as_mut() else { return };
    places.extend(tree::location(inner));
    if let NodeEnum::TypeCast(cast) = inner {
        places.extend(cast.type_name.as_ref().and_then(|name| usize::try_from(name.location).ok()));
    }
    for child in tree::children(inner).unwrap_or_default() {
        collect_places(child, places);
    }
}

/// The constant, if it is one of those that pgseal itself understands.
pub(super) fn constant_of(constant: &AConst) -> Option<Constant> {
    if constant.isnull {
        return Some(Constant::Null);
    }
    match constant.val.as_ref()? {
        Val::Ival(value) => Some(Constant::Number(value.ival.to_string())),
        Val::Fval(value) => Some(Constant::Number(value.fval.clone())),
        Val::Boolval(value) => Some(Constant::Bool(value.boolval)),
        Val::Sval(value) => Some(Constant::Text(value.sval.clone())),
        Val::Bsval(_) => None,
    }
}

fn is_null(node: Option<&Node>) -> bool {
    matches!(node, Some(Node { node: Some(NodeEnum::AConst(constant)) }) if constant.isnull)
}

fn is_row(node: Option<&Node>) -> bool {
    matches!(node, Some(Node { node: Some(NodeEnum::RowExpr(_)) }))
}

/// The comparison that an operator is.
pub(super) fn compare_op(operator: &str) -> Option<CompareOp> {
    match operator {
        "=" => Some(CompareOp::Eq),
        "<>" => Some(CompareOp::Ne),
        "<" => Some(CompareOp::Lt),
        "<=" => Some(CompareOp::Le),
        ">" => Some(CompareOp::Gt),
        ">=" => Some(CompareOp::Ge),
        _ => None,
    }
}
