//! The value of a rule for a row: SQL's connectives, comparisons, and what is left to Postgres.

use super::{AtomError, Evaluator, Row, Value};
use crate::model::print::NOW;
use crate::model::{Atom, AtomPiece, CompareOp, Constant, Expr, IsTest};
use crate::sql::{QualifiedName, ident, literal};

impl Evaluator<'_> {
    /// Whether a rule holds for a row of a table: a rule that is null does not.
    pub(super) fn holds(&mut self, rule: &Expr, table: &QualifiedName, row: &Row) -> Result<bool, AtomError> {
        Ok(self.value(rule, table, row)?.is_true())
    }

    /// The value of an expression for a row of a table.
    pub(super) fn value(&mut self, expr: &Expr, table: &QualifiedName, row: &Row) -> Result<Value, AtomError> {
        Ok(match expr {
            Expr::Constant(constant) => value_of(constant),
            Expr::Column(column) => row.get(column).cloned().unwrap_or(Value::Null),
            Expr::And(parts) => self.fold(parts, false, table, row)?,
            Expr::Or(parts) => self.fold(parts, true, table, row)?,
            Expr::Not(inner) => self.value(inner, table, row)?.negated(),
            Expr::Is(inner, test) => Value::Bool(self.value(inner, table, row)?.is(*test)),
            Expr::Compare(op, left, right) => self.compare(*op, left, right, table, row)?,
            Expr::In(left, list) => {
                let mut sides = Vec::new();
                for right in list {
                    sides.push(self.compare(CompareOp::Eq, left, right, table, row)?);
                }
                any_of(sides)
            }
            Expr::Any(op, left, right) => self.any(*op, left, right, table, row)?,
            Expr::Atom(_) => self.ask(expr, table, row)?,
            Expr::Me
            | Expr::Claim(_)
            | Expr::Agent
            | Expr::Human
            | Expr::InGroup { .. }
            | Expr::Peer { .. }
            | Expr::Via { .. } => self.word(expr, row)?,
        })
    }

    /// AND and OR: `decisive` is the value that decides whatever the others are; a null beats the other one.
    fn fold(&mut self, parts: &[Expr], decisive: bool, table: &QualifiedName, row: &Row) -> Result<Value, AtomError> {
        let mut unknown = false;
        for part in parts {
            match self.value(part, table, row)? {
                Value::Bool(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Value::Bool(_) => {}
                _ => unknown = true,
            }
        }
        Ok(if unknown { Value::Null } else { Value::Bool(!decisive) })
    }

    fn compare(
        &mut self,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        table: &QualifiedName,
        row: &Row,
    ) -> Result<Value, AtomError> {
        let (left_value, right_value) = (self.value(left, table, row)?, self.value(right, table, row)?);
        match left_value.compare(op, &right_value) {
            Some(value) => Ok(value),
            None => self.ask(&Expr::Compare(op, Box::new(left.clone()), Box::new(right.clone())), table, row),
        }
    }

    /// `left op ANY (right)`: true if it is for one element, else null if it is for one, else false.
    fn any(
        &mut self,
        op: CompareOp,
        left: &Expr,
        right: &Expr,
        table: &QualifiedName,
        row: &Row,
    ) -> Result<Value, AtomError> {
        let (left_value, right_value) = (self.value(left, table, row)?, self.value(right, table, row)?);
        let compared: Option<Vec<Value>> = match &right_value {
            Value::Null => return Ok(Value::Null),
            Value::Array { elements, .. } => elements.iter().map(|element| left_value.compare(op, element)).collect(),
            _ => None,
        };
        match compared {
            Some(sides) => Ok(any_of(sides)),
            None => self.ask(&Expr::Any(op, Box::new(left.clone()), Box::new(right.clone())), table, row),
        }
    }

    fn ask(&mut self, expr: &Expr, table: &QualifiedName, row: &Row) -> Result<Value, AtomError> {
        let sql = self.print(expr, table, row)?;
        self.atoms.value(&sql, table, row)
    }

    /// SQL for Postgres to answer: columns stay columns, words become their values.
    fn print(&mut self, expr: &Expr, table: &QualifiedName, row: &Row) -> Result<String, AtomError> {
        Ok(match expr {
            Expr::Constant(constant) => constant_sql(constant),
            Expr::Column(column) => ident(column),
            Expr::Me => typed(&self.principal.me(self.model), &self.model.identity_type),
            Expr::Claim(name) => typed(&self.principal.claim(self.model, name), "text"),
            Expr::Agent | Expr::Human | Expr::InGroup { .. } | Expr::Peer { .. } | Expr::Via { .. } => {
                self.word(expr, row)?.sql()
            }
            Expr::And(parts) => self.print_joined(parts, " and ", table, row)?,
            Expr::Or(parts) => self.print_joined(parts, " or ", table, row)?,
            Expr::Not(inner) => format!("(not {})", self.print(inner, table, row)?),
            Expr::Is(inner, test) => format!("({} {})", self.print(inner, table, row)?, is_sql(*test)),
            Expr::Compare(op, left, right) => {
                format!("({} {} {})", self.print(left, table, row)?, op_sql(*op), self.print(right, table, row)?)
            }
            Expr::In(left, list) => {
                format!("({} in {})", self.print(left, table, row)?, self.print_joined(list, ", ", table, row)?)
            }
            Expr::Any(op, left, right) => {
                let (left, right) = (self.print(left, table, row)?, self.print(right, table, row)?);
                format!("({left} {} any ({right}))", op_sql(*op))
            }
            Expr::Atom(atom) => format!("({})", self.print_atom(atom, table, row)?),
        })
    }

    fn print_joined(
        &mut self,
        parts: &[Expr],
        between: &str,
        table: &QualifiedName,
        row: &Row,
    ) -> Result<String, AtomError> {
        let printed: Result<Vec<String>, AtomError> = parts.iter().map(|part| self.print(part, table, row)).collect();
        Ok(format!("({})", printed?.join(between)))
    }

    fn print_atom(&mut self, atom: &Atom, table: &QualifiedName, row: &Row) -> Result<String, AtomError> {
        let mut sql = String::new();
        for piece in &atom.pieces {
            match piece {
                AtomPiece::Text(text) => sql.push_str(text),
                AtomPiece::Hole(expr) => sql.push_str(&self.print(expr, table, row)?),
                AtomPiece::Now => sql.push_str(NOW),
            }
        }
        Ok(sql)
    }
}

fn any_of(sides: Vec<Value>) -> Value {
    if sides.iter().any(Value::is_true) {
        Value::Bool(true)
    } else if sides.contains(&Value::Null) {
        Value::Null
    } else {
        Value::Bool(false)
    }
}

fn value_of(constant: &Constant) -> Value {
    match constant {
        Constant::Null => Value::Null,
        Constant::Bool(value) => Value::Bool(*value),
        Constant::Number(text) => Value::Number(text.clone()),
        Constant::Text(text) => Value::Text(text.clone()),
    }
}

/// Without a type: Postgres takes that of the other side.
fn constant_sql(constant: &Constant) -> String {
    match constant {
        Constant::Text(text) => literal(text),
        other => value_of(other).sql(),
    }
}

fn typed(value: &Value, type_name: &str) -> String {
    if *value == Value::Null { format!("null::{type_name}") } else { value.sql() }
}

fn op_sql(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "=",
        CompareOp::Ne => "<>",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
        CompareOp::Distinct => "is distinct from",
        CompareOp::NotDistinct => "is not distinct from",
    }
}

fn is_sql(test: IsTest) -> &'static str {
    match test {
        IsTest::Null => "is null",
        IsTest::NotNull => "is not null",
        IsTest::True => "is true",
        IsTest::NotTrue => "is not true",
        IsTest::False => "is false",
        IsTest::NotFalse => "is not false",
        IsTest::Unknown => "is unknown",
        IsTest::NotUnknown => "is not unknown",
    }
}
