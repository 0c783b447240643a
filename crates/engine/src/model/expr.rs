//! A resolved rule: every column exists, every word means something, every model is expanded.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::catalog::Command;
use crate::source::Span;
use crate::sql::QualifiedName;
pub use crate::syntax::term::{CompareOp, Constant, IsTest};

/// A node of a rule over the row of one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A constant.
    Constant(Constant),
    /// A column of the row, by its stored name.
    Column(String),
    /// `me()`
    Me,
    /// `claim('name')`, as text.
    Claim(String),
    /// `agent()`: an agent acts. Null where an identity is presented that does not hold.
    Agent,
    /// `human()`: a person acts, itself. False for an agent, a service role and a visitor; null where an identity is
    /// presented that does not hold.
    Human,
    /// `org(key, ..)`: never null.
    InGroup {
        /// The group's name.
        group: String,
        /// Columns of the row that hold the key, in the group's order.
        key: Vec<String>,
        /// With which rank.
        rank: RankAtLeast,
    },
    /// `org_peer(user_id)`: never null.
    Peer {
        /// The group's name.
        group: String,
        /// The column of the row that holds the other user's id.
        user: String,
    },
    /// `via(fk)`: the principal may do `command` to the row that the foreign key points to. False where any of the columns
    /// is null. Never null.
    Via {
        /// The referencing columns.
        columns: Vec<String>,
        /// The parent.
        parent: QualifiedName,
        /// The referenced columns, in the same order.
        parent_columns: Vec<String>,
        /// Which right to the parent counts.
        command: Command,
    },
    /// AND.
    And(Vec<Expr>),
    /// OR.
    Or(Vec<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// IS NULL and its kin.
    Is(Box<Expr>, IsTest),
    /// A comparison.
    Compare(CompareOp, Box<Expr>, Box<Expr>),
    /// IN over a list.
    In(Box<Expr>, Vec<Expr>),
    /// `x = ANY (array)`
    Any(CompareOp, Box<Expr>, Box<Expr>),
    /// Any other SQL: an atom, whose value for the row Postgres tells.
    Atom(Atom),
}

/// The rank that a group word asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RankAtLeast {
    /// Any member.
    Any,
    /// At least this label.
    Label(String),
    /// At least the label that this column of the row holds; an unknown label or null is refused.
    Column(String),
}

/// SQL in pieces. Two atoms are equal if they print the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Atom {
    /// Its text with the row's columns and pgseal's words taken out.
    pub pieces: Vec<AtomPiece>,
    /// Whether it holds a sub-select: it is then read as the querying role reads it.
    pub subselect: bool,
    /// Columns of other relations that sub-selects in it read, as far as names tell: relation and column; column `*` if unknown.
    pub reads: BTreeSet<(QualifiedName, String)>,
}

/// A piece of an [`Atom`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AtomPiece {
    /// SQL that stays as it is.
    Text(String),
    /// A column or word.
    Hole(Expr),
    /// `now()`: a rule asks what time it is when the statement runs, whenever its transaction began.
    Now,
}

/// A rule and where it was written; rules of built-in models have the span of the entry that names the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Rule {
    /// What it says.
    pub expr: Expr,
    /// Where.
    pub span: Span,
}

impl Expr {
    /// The constant FALSE: what is not given.
    pub const FALSE: Self = Self::Constant(Constant::Bool(false));
    /// The constant TRUE.
    pub const TRUE: Self = Self::Constant(Constant::Bool(true));

    /// AND of any number, flattened, without repeats and constants that change nothing.
    ///
    /// Dropping repeats and constants keeps SQL's three-valued meaning.
    pub fn and(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, true)
    }

    /// OR of any number, likewise.
    pub fn or(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(parts, false)
    }

    fn join(parts: impl IntoIterator<Item = Self>, and: bool) -> Self {
        let (unit, zero) = if and { (Self::TRUE, Self::FALSE) } else { (Self::FALSE, Self::TRUE) };
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            let inner = match part {
                Self::And(inner) if and => inner,
                Self::Or(inner) if !and => inner,
                other => vec![other],
            };
            for expr in inner {
                if expr == zero {
                    return zero;
                }
                if expr != unit && !flat.contains(&expr) {
                    flat.push(expr);
                }
            }
        }
        match (flat.len(), and) {
            (0, _) => unit,
            (1, _) => flat.remove(0),
            (_, true) => Self::And(flat),
            (_, false) => Self::Or(flat),
        }
    }

    /// The direct sub-expressions.
    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().collect(),
            Self::Not(inner) | Self::Is(inner, _) => vec![inner],
            Self::Compare(_, left, right) | Self::Any(_, left, right) => vec![left, right],
            Self::In(left, list) => std::iter::once(&**left).chain(list).collect(),
            Self::Atom(atom) => atom.holes().collect(),
            Self::Constant(_)
            | Self::Column(_)
            | Self::Me
            | Self::Claim(_)
            | Self::Agent
            | Self::Human
            | Self::InGroup { .. }
            | Self::Peer { .. }
            | Self::Via { .. } => Vec::new(),
        }
    }

    /// Calls `visit` for this node and every one below it.
    pub fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// Columns of the row that the rule looks at, those of words included.
    pub fn columns(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        self.walk(&mut |expr| match expr {
            Self::Column(name) => {
                found.insert(name.clone());
            }
            Self::InGroup { key, rank, .. } => {
                found.extend(key.iter().cloned());
                if let RankAtLeast::Column(column) = rank {
                    found.insert(column.clone());
                }
            }
            Self::Peer { user, .. } => {
                found.insert(user.clone());
            }
            Self::Via { columns, .. } => found.extend(columns.iter().cloned()),
            _ => {}
        });
        found
    }

    /// The same rule with the row's columns renamed, those of words included.
    #[must_use]
    pub fn rename(&self, name: &impl Fn(&str) -> String) -> Self {
        let names = |columns: &[String]| columns.iter().map(|column| name(column)).collect::<Vec<_>>();
        let boxed = |inner: &Self| Box::new(inner.rename(name));
        let all = |parts: &[Self]| parts.iter().map(|part| part.rename(name)).collect::<Vec<_>>();
        match self {
            Self::Constant(_) | Self::Me | Self::Claim(_) | Self::Agent | Self::Human => self.clone(),
            Self::Column(column) => Self::Column(name(column)),
            Self::InGroup { group, key, rank } => Self::InGroup {
                group: group.clone(),
                key: names(key),
                rank: match rank {
                    RankAtLeast::Column(column) => RankAtLeast::Column(name(column)),
                    RankAtLeast::Any | RankAtLeast::Label(_) => rank.clone(),
                },
            },
            Self::Peer { group, user } => Self::Peer { group: group.clone(), user: name(user) },
            Self::Via { columns, parent, parent_columns, command } => Self::Via {
                columns: names(columns),
                parent: parent.clone(),
                parent_columns: parent_columns.clone(),
                command: *command,
            },
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Not(inner) => Self::Not(boxed(inner)),
            Self::Is(inner, test) => Self::Is(boxed(inner), *test),
            Self::Compare(op, left, right) => Self::Compare(*op, boxed(left), boxed(right)),
            Self::In(left, list) => Self::In(boxed(left), all(list)),
            Self::Any(op, left, array) => Self::Any(*op, boxed(left), boxed(array)),
            Self::Atom(atom) => Self::Atom(Atom {
                pieces: atom
                    .pieces
                    .iter()
                    .map(|piece| match piece {
                        AtomPiece::Text(text) => AtomPiece::Text(text.clone()),
                        AtomPiece::Hole(inner) => AtomPiece::Hole(inner.rename(name)),
                        AtomPiece::Now => AtomPiece::Now,
                    })
                    .collect(),
                ..atom.clone()
            }),
        }
    }

    /// Whether a sub-select is anywhere in it.
    pub fn has_subselect(&self) -> bool {
        let mut found = false;
        self.walk(&mut |expr| found |= matches!(expr, Self::Atom(atom) if atom.subselect));
        found
    }
}

impl Atom {
    /// The columns and words in it, in order.
    pub fn holes(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            AtomPiece::Hole(expr) => Some(expr),
            AtomPiece::Text(_) | AtomPiece::Now => None,
        })
    }
}
