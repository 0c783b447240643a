//! A rule as it was written: the tree that `syntax::rule` reads with Postgres' own grammar. Names are not yet resolved.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::source::Span;

/// A node of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// A constant. `null`, `true`, `false`, a number or a string.
    Constant(Constant),
    /// A column of the row.
    Column(ColumnName),
    /// One of pgseal's words, by the set of names that the reader was given.
    Word(Word),
    /// `(a, b)`: only as the key of a group word or of `via`.
    Tuple(Vec<Term>, Span),
    /// AND of two or more.
    And(Vec<Term>),
    /// OR of two or more.
    Or(Vec<Term>),
    /// NOT.
    Not(Box<Term>),
    /// `x IS NULL`, `x IS NOT TRUE`
    Is(Box<Term>, IsTest),
    /// `a = b`
    Compare(CompareOp, Box<Term>, Box<Term>),
    /// `x IN (a, b)`; NOT IN is NOT of it.
    In(Box<Term>, Vec<Term>),
    /// `x = ANY (array)`, with the operator.
    Any(CompareOp, Box<Term>, Box<Term>),
    /// Anything else that is SQL.
    Sql(Sql),
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Constant {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, unescaped.
    Text(String),
}

/// A column as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnName {
    /// One part, or table and column, or schema, table and column; folded as SQL folds them.
    pub parts: Vec<String>,
    /// Where.
    pub span: Span,
}

/// A call of one of pgseal's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// `me`, `org`, `org_peer`, `via` ..
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<Term>,
    /// Where.
    pub span: Span,
}

/// What IS asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IsTest {
    /// IS NULL.
    Null,
    /// IS NOT NULL.
    NotNull,
    /// IS TRUE.
    True,
    /// IS NOT TRUE.
    NotTrue,
    /// IS FALSE.
    False,
    /// IS NOT FALSE.
    NotFalse,
    /// IS UNKNOWN.
    Unknown,
    /// IS NOT UNKNOWN.
    NotUnknown,
}

/// Comparisons that pgseal itself understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// IS DISTINCT FROM
    Distinct,
    /// IS NOT DISTINCT FROM
    NotDistinct,
}

/// SQL that pgseal does not look into, with the places where the row's columns and pgseal's words stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sql {
    /// The text in pieces.
    pub pieces: Vec<Piece>,
    /// Names of functions that it calls, as written, for the check of volatility. `current_date`, `localtimestamp` and their
    /// kin stand here under their own names, because the session's time zone decides what they are.
    pub functions: BTreeSet<Vec<String>>,
    /// Whether there is a sub-select in it, and its place.
    pub subselect: Option<Span>,
    /// Relations that sub-selects in it read: schema and name. What is written without a schema is in `public`.
    pub relations: BTreeSet<Vec<String>>,
    /// Columns of those relations that it reads, as far as the text alone tells: what [`Piece::Unplaced`] adds is not here.
    pub reads: BTreeSet<(Vec<String>, String)>,
    /// The whole of it.
    pub span: Span,
}

/// A piece of [`Sql`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Text that stays as it is.
    Text(String),
    /// A column of the row, or a word; when printed, parenthesized unless it is a bare column. INVARIANT: where the
    /// [`Sql`] holds a sub-select, a column is printed with schema and table, else an inner relation captures it.
    Hole(Term),
    /// A name in a sub-select of which only the catalog tells whose column it is.
    Unplaced(Unplaced),
    /// `now()` in any of its spellings.
    Now,
}

/// An unqualified name in a sub-select. If an inner relation and the row's table both have such a column it is an error,
/// because Postgres would silently take the inner one; if only the table has it, it is a hole; else it is inner: text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unplaced {
    /// The name.
    pub column: ColumnName,
    /// The relations in whose scope it stands: schema and name.
    pub relations: BTreeSet<Vec<String>>,
    /// A function or sub-select in FROM gives a column of that name.
    pub inner: bool,
}
