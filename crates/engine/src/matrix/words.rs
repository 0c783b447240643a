//! Conditions in words, as far as there are words for them; the SQL where there are none.

use super::Allowed;
use crate::catalog::Command;
use crate::compile::expression::constant_sql;
use crate::model::print::written;
use crate::model::{CompareOp, Constant, Expr, RankAtLeast, Transition};
use crate::sql::{QualifiedName, idents};

/// Speaks of the rows of one table.
pub(super) struct Words<'w> {
    /// The table.
    pub table: &'w QualifiedName,
}

impl Words<'_> {
    /// A condition as a cell of the matrix.
    pub(super) fn allowed(&self, expr: &Expr) -> Allowed {
        match expr {
            Expr::Constant(Constant::Bool(true)) => Allowed::Always,
            Expr::Constant(Constant::Bool(false) | Constant::Null) => Allowed::Never,
            other => Allowed::When(self.say(other, false)),
        }
    }

    /// An update: what the old row must fulfil, then the new one.
    pub(super) fn then(&self, before: Allowed, after: Allowed) -> Allowed {
        match (before, after) {
            (Allowed::Never, _) | (_, Allowed::Never) => Allowed::Never,
            (before, Allowed::Always) => before,
            (Allowed::Always, Allowed::When(after)) => Allowed::When(format!("every row, to {after}")),
            (Allowed::When(before), Allowed::When(after)) => Allowed::When(format!("{before}; afterwards {after}")),
        }
    }

    /// Values that a new row may have.
    pub(super) fn one_of(&self, values: &[Constant]) -> String {
        values.iter().map(constant_sql).collect::<Vec<_>>().join(" or ")
    }

    /// The allowed changes of a column.
    pub(super) fn transitions(&self, transitions: &[Transition]) -> String {
        let each = transitions.iter().map(|transition| {
            let from = if transition.from.is_empty() { "anything".to_owned() } else { self.one_of(&transition.from) };
            let by =
                transition.by.as_ref().map(|rule| format!(" ({})", self.say(&rule.expr, false))).unwrap_or_default();
            format!("from {from} to {}{by}", self.one_of(&transition.to))
        });
        each.collect::<Vec<_>>().join("; ")
    }

    fn say(&self, expr: &Expr, nested: bool) -> String {
        match expr {
            Expr::And(parts) => self.join(parts, " and ", nested),
            Expr::Or(parts) => self.join(parts, ", or ", nested),
            Expr::InGroup { group, key, rank } => self.group(group, key, rank),
            Expr::Peer { group, user } => {
                format!("rows of somebody who shares {} with them ({})", article(group), idents([user]))
            }
            Expr::Via { columns, parent, command, .. } => {
                let done = match command {
                    Command::Select => "selected",
                    Command::Insert => "inserted",
                    Command::Update => "updated",
                    Command::Delete => "deleted",
                };
                format!("if the row of {parent} may be {done} ({})", idents(columns))
            }
            Expr::Compare(CompareOp::Eq, left, right) => match (&**left, &**right) {
                (Expr::Column(column), Expr::Me) | (Expr::Me, Expr::Column(column)) => {
                    format!("their own rows ({})", idents([column]))
                }
                _ => self.sql(expr),
            },
            Expr::Any(CompareOp::Eq, left, right) if matches!((&**left, &**right), (Expr::Me, Expr::Column(_))) => {
                let columns = right.columns();
                format!("rows that list them ({})", idents(&columns))
            }
            Expr::Agent => "if an agent acts".to_owned(),
            Expr::Human => "if a person acts".to_owned(),
            other => self.sql(other),
        }
    }

    fn sql(&self, expr: &Expr) -> String {
        format!("if {}", written(expr, self.table))
    }

    fn join(&self, parts: &[Expr], with: &str, nested: bool) -> String {
        let text = parts.iter().map(|part| self.say(part, true)).collect::<Vec<_>>().join(with);
        if nested { format!("({text})") } else { text }
    }

    fn group(&self, group: &str, key: &[String], rank: &RankAtLeast) -> String {
        let (one, key) = (article(group), idents(key));
        match rank {
            RankAtLeast::Any => format!("rows of {one} that they are in ({key})"),
            RankAtLeast::Label(label) => format!("rows of {one} in which they are at least {label} ({key})"),
            RankAtLeast::Column(column) => {
                format!("rows of {one} in which they are at least what {} says ({key})", idents([column]))
            }
        }
    }
}

fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}
