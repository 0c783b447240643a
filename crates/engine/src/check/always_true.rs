//! Rules that hold for every row without saying so, and those that hold for none.

use super::facts;
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::model::{CompareOp, Constant, Expr, IsTest, Model, RuleKind};

pub(super) fn check(model: &Model, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table, _) in facts::tables(model, catalog) {
        for (role, kind, rule) in facts::given(table) {
            let word = facts::kind_word(kind);
            let anonymous = model.roles.get(role).is_some_and(|role| role.anonymous);
            if matches!(&rule.expr, Expr::Is(inner, IsTest::NotNull) if **inner == Expr::Me) && !anonymous {
                found.push(
                    Diagnostic::warning(
                        "always-true",
                        rule.span,
                        format!("the {word} rule of `{name}` holds for everybody who is signed in"),
                    )
                    .help("write `true` if that is meant"),
                );
            }
            match truth(&rule.expr) {
                Truth::Null => found.push(
                    Diagnostic::error("always-null", rule.span, format!("the {word} rule of `{name}` is always null"))
                        .help("a rule that is null refuses: write `false` if that is meant"),
                ),
                Truth::True if rule.expr != Expr::TRUE => found.push(
                    Diagnostic::warning(
                        "always-true",
                        rule.span,
                        format!("the {word} rule of `{name}` holds for every row"),
                    )
                    .help("write `true` if that is meant"),
                ),
                Truth::True
                    if matches!(kind, RuleKind::UpdateBefore | RuleKind::Delete)
                        && unrestricted(model, table, role) =>
                {
                    let help = "every row that they may select: say whose rows, or add `require.change`";
                    found.push(
                        Diagnostic::warning(
                            "always-true",
                            rule.span,
                            format!("role `{role}` may {word} every row of `{name}`"),
                        )
                        .help(help),
                    );
                }
                Truth::False | Truth::True | Truth::Open => {}
            }
        }
    }
    found
}

/// Whether nothing else narrows what a role may change.
fn unrestricted(model: &Model, table: &crate::model::Table, role: &str) -> bool {
    let select = model.roles.get(role).into_iter().flat_map(|role| &role.includes);
    let selects_all =
        select.filter_map(|role| table.rules.get(role)?.select.as_ref()).any(|rule| rule.expr == Expr::TRUE);
    selects_all && table.require.is_empty() && table.require_change.is_empty() && table.require_select.is_empty()
}

/// What a rule's shape tells about its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Null,
    Open,
}

fn truth(expr: &Expr) -> Truth {
    match expr {
        Expr::Constant(Constant::Bool(true)) => Truth::True,
        Expr::Constant(Constant::Bool(false)) => Truth::False,
        Expr::Constant(Constant::Null) => Truth::Null,
        Expr::Not(inner) => match truth(inner) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            other => other,
        },
        Expr::And(parts) => every(parts, Truth::True, Truth::False),
        Expr::Or(parts) => {
            let negated =
                parts.iter().any(|part| parts.contains(&Expr::Not(Box::new(part.clone()))) || split(parts, part));
            if negated { Truth::True } else { every(parts, Truth::False, Truth::True) }
        }
        Expr::Compare(op, left, right) => compare(*op, left, right),
        _ => Truth::Open,
    }
}

/// `x is null or x is not null`
fn split(parts: &[Expr], part: &Expr) -> bool {
    let Expr::Is(inner, IsTest::Null) = part else { return false };
    parts.contains(&Expr::Is(inner.clone(), IsTest::NotNull))
}

fn every(parts: &[Expr], unit: Truth, zero: Truth) -> Truth {
    let truths: Vec<Truth> = parts.iter().map(truth).collect();
    if truths.contains(&zero) {
        zero
    } else if truths.iter().all(|truth| *truth == unit) {
        unit
    } else if truths.iter().all(|truth| *truth == unit || *truth == Truth::Null) {
        Truth::Null
    } else {
        Truth::Open
    }
}

fn compare(op: CompareOp, left: &Expr, right: &Expr) -> Truth {
    let null_safe = matches!(op, CompareOp::Distinct | CompareOp::NotDistinct);
    if !null_safe && [left, right].contains(&&Expr::Constant(Constant::Null)) {
        return Truth::Null;
    }
    if left == right && matches!(left, Expr::Column(_) | Expr::Constant(_)) {
        // A column that is null makes it null, which refuses: for all other rows it holds.
        return if matches!(op, CompareOp::Eq | CompareOp::Le | CompareOp::Ge | CompareOp::NotDistinct) {
            Truth::True
        } else {
            Truth::False
        };
    }
    match (left, right) {
        (Expr::Constant(Constant::Number(left)), Expr::Constant(Constant::Number(right))) => numbers(op, left, right),
        _ => Truth::Open,
    }
}

fn numbers(op: CompareOp, left: &str, right: &str) -> Truth {
    let (Ok(left), Ok(right)) = (left.parse::<i64>(), right.parse::<i64>()) else { return Truth::Open };
    let holds = match op {
        CompareOp::Eq | CompareOp::NotDistinct => left == right,
        CompareOp::Ne | CompareOp::Distinct => left != right,
        CompareOp::Lt => left < right,
        CompareOp::Le => left <= right,
        CompareOp::Gt => left > right,
        CompareOp::Ge => left >= right,
    };
    if holds { Truth::True } else { Truth::False }
}
