//! A resolved rule as text: SQL with pgseal's words in it, as the user would write it, or with something else in their place.

use super::{AtomPiece, Expr, RankAtLeast};
use crate::compile::expression::{compare_sql, constant_sql, is_sql};
use crate::sql::{QualifiedName, ident, idents, literal};

/// `now()` as one statement of Postgres' own tells it.
pub const NOW: &str = "now()";

/// Prints a rule over the rows of `table`. `word` gives the text of pgseal's words; where it gives none they stand as themselves.
pub fn print(expr: &Expr, table: &QualifiedName, word: &dyn Fn(&Expr) -> Option<String>) -> String {
    Printer { table, word }.expr(expr)
}

/// A rule as the user would write it.
pub fn written(expr: &Expr, table: &QualifiedName) -> String {
    print(expr, table, &|_| None)
}

struct Printer<'p> {
    table: &'p QualifiedName,
    word: &'p dyn Fn(&Expr) -> Option<String>,
}

impl Printer<'_> {
    fn expr(&self, expr: &Expr) -> String {
        if let Some(text) = (self.word)(expr) {
            return text;
        }
        match expr {
            Expr::Constant(constant) => constant_sql(constant),
            Expr::Column(name) => ident(name),
            Expr::Me => "me()".to_owned(),
            Expr::Claim(name) => format!("claim({})", literal(name)),
            Expr::Agent => "agent()".to_owned(),
            Expr::Human => "human()".to_owned(),
            Expr::InGroup { group, key, rank } => match rank {
                RankAtLeast::Any => format!("{group}({})", key_text(key)),
                RankAtLeast::Label(label) => format!("{group}({}, {})", key_text(key), literal(label)),
                RankAtLeast::Column(column) => format!("{group}({}, {})", key_text(key), ident(column)),
            },
            Expr::Peer { group, user } => format!("{group}_peer({})", ident(user)),
            Expr::Via { columns, command, .. } => format!("via({}, '{}')", key_text(columns), command.word()),
            Expr::And(parts) => self.join(parts, " and "),
            Expr::Or(parts) => self.join(parts, " or "),
            Expr::Not(inner) => format!("not {}", self.operand(inner)),
            Expr::Is(inner, test) => format!("{} {}", self.operand(inner), is_sql(*test)),
            Expr::Compare(op, left, right) => {
                format!("{} {} {}", self.operand(left), compare_sql(*op), self.operand(right))
            }
            Expr::In(left, list) => {
                let list: Vec<String> = list.iter().map(|item| self.expr(item)).collect();
                format!("{} in ({})", self.operand(left), list.join(", "))
            }
            Expr::Any(op, left, array) => {
                format!("{} {} any ({})", self.operand(left), compare_sql(*op), self.expr(array))
            }
            Expr::Atom(atom) => atom.pieces.iter().map(|piece| self.piece(piece, atom.subselect)).collect(),
        }
    }

    fn piece(&self, piece: &AtomPiece, subselect: bool) -> String {
        match piece {
            AtomPiece::Text(text) => text.clone(),
            // Bare, an inner relation could capture it.
            AtomPiece::Hole(Expr::Column(name)) if subselect => format!("{}.{}", self.table.sql(), ident(name)),
            AtomPiece::Hole(Expr::Column(name)) => ident(name),
            AtomPiece::Hole(inner) => format!("({})", self.expr(inner)),
            AtomPiece::Now => NOW.to_owned(),
        }
    }

    fn join(&self, parts: &[Expr], with: &str) -> String {
        parts.iter().map(|part| self.operand(part)).collect::<Vec<_>>().join(with)
    }

    fn operand(&self, expr: &Expr) -> String {
        let text = self.expr(expr);
        match expr {
            Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::Is(..)
            | Expr::Compare(..)
            | Expr::In(..)
            | Expr::Any(..)
            | Expr::Atom(_) => {
                format!("({text})")
            }
            _ => text,
        }
    }
}

fn key_text(columns: &[String]) -> String {
    match columns {
        [column] => ident(column),
        columns => format!("({})", idents(columns)),
    }
}
