//! Values of columns, and SQL's three-valued logic over them.
//!
//! A value is what Postgres prints with `::text`. Where telling whether two values are equal, or which is less, needs more
//! than that text, the answer here is `None` and Postgres is asked.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{CompareOp, Constant, IsTest};
use crate::sql::literal;

/// A row: column to value. An absent column is null.
pub type Row = BTreeMap<String, Value>;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer or numeric, in exact decimal notation.
    Number(String),
    /// Text of any length.
    Text(String),
    /// A uuid, in lower case.
    Uuid(String),
    /// A label of an enum.
    Enum {
        /// The enum's type.
        type_name: String,
        /// The label.
        label: String,
    },
    /// An array with one dimension.
    Array {
        /// The type of its elements.
        type_name: String,
        /// Its elements.
        elements: Vec<Value>,
    },
    /// Anything else.
    Other {
        /// Its type.
        type_name: String,
        /// As Postgres prints it.
        text: String,
    },
}

impl Value {
    /// The value of a type that Postgres prints as this text; no text is null. Labels of enums are made by hand.
    pub fn read(type_name: &str, text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::Null };
        match type_name {
            "boolean" => Self::Bool(text.starts_with('t')),
            "smallint" | "integer" | "bigint" | "numeric" if decimal(text).is_some() => Self::Number(text.to_owned()),
            "text" | "character varying" => Self::Text(text.to_owned()),
            "uuid" => Self::Uuid(text.to_owned()),
            _ => Self::Other { type_name: type_name.to_owned(), text: text.to_owned() },
        }
    }

    /// A label of an enum.
    pub fn label(type_name: &str, label: &str) -> Self {
        Self::Enum { type_name: type_name.to_owned(), label: label.to_owned() }
    }

    /// As Postgres prints it, without its type; none for null.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(text) | Self::Text(text) | Self::Uuid(text) | Self::Other { text, .. } => Some(text.clone()),
            Self::Enum { label, .. } => Some(label.clone()),
            Self::Array { elements, .. } => Some(array_text(elements)),
        }
    }

    /// As SQL, with its type where it has one.
    pub fn sql(&self) -> String {
        let typed = |type_name: &str| format!("{}::{type_name}", literal(&self.text().unwrap_or_default()));
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => format!("({text})"),
            Self::Text(_) => typed("text"),
            Self::Uuid(_) => typed("uuid"),
            Self::Enum { type_name, .. } | Self::Other { type_name, .. } => typed(type_name),
            Self::Array { type_name, .. } => typed(&format!("{type_name}[]")),
        }
    }

    /// Whether a condition with this value holds: null does not.
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// Whether two values are the same, two nulls included: IS NOT DISTINCT FROM.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Null, _) | (_, Self::Null) => false,
            _ => self.order(other, true).map_or_else(|| self.text() == other.text(), |order| order == Ordering::Equal),
        }
    }

    /// Whether it is the value that a constant of the model names. Null is none.
    pub fn is_constant(&self, constant: &Constant) -> bool {
        match constant {
            Constant::Null => false,
            Constant::Bool(value) => *self == Self::Bool(*value),
            Constant::Number(text) => self.same(&Self::Number(text.clone())),
            Constant::Text(text) => self.text().as_ref() == Some(text),
        }
    }

    /// How two values that are not null compare, as far as their text tells. If only equality is asked for, any order but
    /// equal will do.
    fn order(&self, other: &Self, equality: bool) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::Number(left), Self::Number(right)) => order_decimals(left, right),
            (Self::Uuid(left), Self::Uuid(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) if equality => Some(left.cmp(right)),
            (Self::Enum { label, .. }, Self::Enum { label: other, .. })
            | (Self::Enum { label, .. }, Self::Text(other))
            | (Self::Text(label), Self::Enum { label: other, .. })
                if equality =>
            {
                Some(label.cmp(other))
            }
            _ => None,
        }
    }

    /// `self op other` in SQL's logic; none where Postgres must be asked.
    pub fn compare(&self, op: CompareOp, other: &Self) -> Option<Self> {
        let null = *self == Self::Null || *other == Self::Null;
        match op {
            CompareOp::Distinct | CompareOp::NotDistinct if null => {
                let same = *self == Self::Null && *other == Self::Null;
                return Some(Self::Bool(same == (op == CompareOp::NotDistinct)));
            }
            _ if null => return Some(Self::Null),
            _ => {}
        }
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne | CompareOp::Distinct | CompareOp::NotDistinct);
        let order = self.order(other, equality)?;
        Some(Self::Bool(match op {
            CompareOp::Eq | CompareOp::NotDistinct => order == Ordering::Equal,
            CompareOp::Ne | CompareOp::Distinct => order != Ordering::Equal,
            CompareOp::Lt => order == Ordering::Less,
            CompareOp::Le => order != Ordering::Greater,
            CompareOp::Gt => order == Ordering::Greater,
            CompareOp::Ge => order != Ordering::Less,
        }))
    }

    /// NOT.
    #[must_use]
    pub fn negated(&self) -> Self {
        match self {
            Self::Bool(value) => Self::Bool(!value),
            _ => Self::Null,
        }
    }

    /// IS NULL and its kin: never null.
    pub fn is(&self, test: IsTest) -> bool {
        let (null, truth) = (*self == Self::Null, self.is_true());
        let lie = *self == Self::Bool(false);
        match test {
            IsTest::Null | IsTest::Unknown => null,
            IsTest::NotNull | IsTest::NotUnknown => !null,
            IsTest::True => truth,
            IsTest::NotTrue => !truth,
            IsTest::False => lie,
            IsTest::NotFalse => !lie,
        }
    }
}

/// `{a,NULL,"b c"}`
fn array_text(elements: &[Value]) -> String {
    let quoted = elements.iter().map(|element| match element.text() {
        None => "NULL".to_owned(),
        Some(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    });
    format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
}

/// Sign, digits before and digits after the point, without zeros that say nothing. None for anything but plain decimals.
fn decimal(text: &str) -> Option<(bool, &str, &str)> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = !digits.is_empty() && digits != "." && whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit());
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    plain.then_some((negative && !(whole.is_empty() && part.is_empty()), whole, part))
}

fn order_decimals(left: &str, right: &str) -> Option<Ordering> {
    let ((left_negative, left, left_part), (right_negative, right, right_part)) = (decimal(left)?, decimal(right)?);
    let size = left.len().cmp(&right.len()).then_with(|| left.cmp(right)).then_with(|| left_part.cmp(right_part));
    Some(match (left_negative, right_negative) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        for (left, right, order) in [
            ("1", "1.0", Ordering::Equal),
            ("-0", "0.00", Ordering::Equal),
            ("9", "10", Ordering::Less),
            ("-9", "-10", Ordering::Greater),
            ("0.5", "0.45", Ordering::Greater),
            ("-1", "1", Ordering::Less),
            ("007", "7", Ordering::Equal),
        ] {
            assert_eq!(order_decimals(left, right), Some(order), "{left} {right}");
        }
        assert_eq!(order_decimals("1e3", "1000"), None);
        assert_eq!(order_decimals("NaN", "1"), None);
    }

    #[test]
    fn null_is_neither() {
        let (null, one) = (Value::Null, Value::Number("1".into()));
        assert_eq!(null.compare(CompareOp::Eq, &null), Some(Value::Null));
        assert_eq!(null.compare(CompareOp::Distinct, &one), Some(Value::Bool(true)));
        assert_eq!(null.compare(CompareOp::NotDistinct, &null), Some(Value::Bool(true)));
        assert_eq!(null.negated(), Value::Null);
        assert!(!null.is_true());
    }

    #[test]
    fn postgres_is_asked_how_text_and_labels_sort() {
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(text("a").compare(CompareOp::Lt, &text("B")), None);
        assert_eq!(text("a").compare(CompareOp::Ne, &text("B")), Some(Value::Bool(true)));
        assert_eq!(Value::label("t", "a").compare(CompareOp::Lt, &Value::label("t", "b")), None);
        assert_eq!(Value::label("t", "a").compare(CompareOp::Eq, &text("a")), Some(Value::Bool(true)));
        assert_eq!(Value::Uuid("a".into()).compare(CompareOp::Eq, &text("A")), None);
    }
}
