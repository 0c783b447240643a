//! From a rule as written to a resolved [`Expr`]: columns of one table's row, and pgseal's words.

use std::collections::BTreeSet;

use super::Resolver;
use super::names::comparable;
use crate::catalog::{self, Command, ConstraintKind};
use crate::model::print::NOW;
use crate::model::{Atom, AtomPiece, Expr, Group, RankAtLeast};
use crate::source::Span;
use crate::sql::{QualifiedName, ident, idents, literal, parse_qualified};
use crate::syntax::ast::Text;
use crate::syntax::rule;
use crate::syntax::term::{ColumnName, Constant, Piece, Sql, Term, Unplaced, Word};

/// Where a rule stands, and so what it may say.
pub(super) struct Scope<'s> {
    /// The table whose rows it is about.
    pub name: &'s QualifiedName,
    /// The same as data.
    pub table: &'s catalog::Table,
    /// What `via(fk)` without a command asks for; none: `via` and group words cannot be used.
    pub via: Option<Command>,
    /// Whether a sub-select can be used.
    pub subselect: bool,
    /// Whether `now()` is when the statement runs; a value that is kept is when its transaction began, as a default is.
    pub runs: bool,
    /// What it is, for messages: `a rule`, `the condition of a group`.
    pub what: &'static str,
}

impl<'s> Scope<'s> {
    /// A rule of a table.
    pub(super) fn rule(name: &'s QualifiedName, table: &'s catalog::Table, via: Command) -> Self {
        Self { name, table, via: Some(via), subselect: true, runs: true, what: "a rule" }
    }

    /// A condition or value over the row alone.
    pub(super) fn plain(name: &'s QualifiedName, table: &'s catalog::Table, what: &'static str) -> Self {
        Self { name, table, via: None, subselect: false, runs: true, what }
    }
}

impl Resolver<'_> {
    /// Reads a rule; what is wrong with its grammar becomes findings.
    pub(super) fn parse(&mut self, text: &Text) -> Option<Term> {
        match rule::parse(text, &self.words) {
            Ok(term) => Some(term),
            Err(diagnostics) => {
                self.diagnostics.extend(diagnostics);
                None
            }
        }
    }

    /// Resolves a rule; everything that is wrong in it is reported, not only the first.
    pub(super) fn expression(&mut self, scope: &Scope<'_>, term: &Term) -> Option<Expr> {
        Some(match term {
            Term::Constant(constant) => Expr::Constant(constant.clone()),
            Term::Column(column) => Expr::Column(self.row_column(scope, column)?.name.clone()),
            Term::Word(word) => self.word(scope, word)?,
            Term::Tuple(_, span) => {
                self.error(
                    "misplaced-tuple",
                    *span,
                    "a list of columns stands only as the key of a group word or of `via`",
                )
                .help_with("in a model, a parameter given as `(a, b)` can be used only there");
                return None;
            }
            Term::And(parts) => Expr::and(self.expressions(scope, parts)?),
            Term::Or(parts) => Expr::or(self.expressions(scope, parts)?),
            Term::Not(inner) => Expr::Not(Box::new(self.expression(scope, inner)?)),
            Term::Is(inner, test) => Expr::Is(Box::new(self.expression(scope, inner)?), *test),
            Term::Compare(op, left, right) => {
                let (left, right) = self.pair(scope, left, right)?;
                Expr::Compare(*op, left, right)
            }
            Term::Any(op, left, right) => {
                let (left, right) = self.pair(scope, left, right)?;
                Expr::Any(*op, left, right)
            }
            Term::In(left, list) => {
                let left = self.expression(scope, left);
                let list = self.expressions(scope, list);
                Expr::In(Box::new(left?), list?)
            }
            Term::Sql(sql) => Expr::Atom(self.atom(scope, sql)?),
        })
    }

    fn expressions(&mut self, scope: &Scope<'_>, terms: &[Term]) -> Option<Vec<Expr>> {
        let resolved: Vec<Option<Expr>> = terms.iter().map(|term| self.expression(scope, term)).collect();
        resolved.into_iter().collect()
    }

    fn pair(&mut self, scope: &Scope<'_>, left: &Term, right: &Term) -> Option<(Box<Expr>, Box<Expr>)> {
        let (left, right) = (self.expression(scope, left), self.expression(scope, right));
        Some((Box::new(left?), Box::new(right?)))
    }

    /// The column of the row that a name means.
    fn row_column<'s>(&mut self, scope: &Scope<'s>, column: &ColumnName) -> Option<&'s catalog::Column> {
        let QualifiedName { schema, name: table } = scope.name;
        let name = match column.parts.as_slice() {
            [name] => name,
            [qualifier, name] if qualifier == table => name,
            [first, second, name] if first == schema && second == table => name,
            parts => {
                let written = parts.iter().map(|part| ident(part)).collect::<Vec<_>>().join(".");
                self.error("foreign-column", column.span, format!("`{written}` is no column of `{}`", scope.name)).help_with(
                    "a rule speaks of the columns of its own row; `via(fk)` asks about the row that a foreign key points to, a group about memberships",
                );
                return None;
            }
        };
        let found = scope.table.column(name);
        if found.is_none() {
            self.unknown_column(name, column.span, scope.name, scope.table);
            // What other languages quote so is a text; to SQL it is a name.
            if let Some(help) = self.diagnostics.last_mut().and_then(|finding| finding.help.as_mut())
                && help.starts_with("known: ")
            {
                help.push_str(&format!("; a text is written in single quotes: {}", literal(name)));
            }
        }
        found
    }

    fn word(&mut self, scope: &Scope<'_>, word: &Word) -> Option<Expr> {
        match (word.name.as_str(), word.arguments.as_slice()) {
            ("me", []) => Some(Expr::Me),
            ("agent", []) => Some(Expr::Agent),
            ("human", []) => Some(Expr::Human),
            ("claim", [Term::Constant(Constant::Text(name))]) => Some(Expr::Claim(name.clone())),
            ("via", [key]) => self.via(scope, word, key, None),
            ("via", [key, command]) => self.via(scope, word, key, Some(command)),
            ("me" | "agent" | "human", _) => {
                self.arguments(word, "takes no arguments", &format!("write `{}()`", word.name))
            }
            ("claim", _) => {
                self.arguments(word, "takes the name of one claim, as a string", "write `claim('department')`")
            }
            ("via", _) => self.arguments(
                word,
                "takes a foreign key and at most a command",
                "write `via(project_id)` or `via(project_id, 'delete')`",
            ),
            _ => self.group_word(scope, word),
        }
    }

    fn arguments(&mut self, word: &Word, problem: &str, help: &str) -> Option<Expr> {
        self.error("wrong-arguments", word.span, format!("`{}` {problem}", word.name)).help_with(help);
        None
    }

    fn group_word(&mut self, scope: &Scope<'_>, word: &Word) -> Option<Expr> {
        if scope.via.is_none() {
            return self.misplaced(scope, word);
        }
        let peer = word.name.strip_suffix("_peer").filter(|name| self.words.contains(*name));
        let name = peer.unwrap_or(&word.name);
        // A group that has errors of its own was reported already.
        let group = self.groups.get(name)?.clone();
        match (peer, word.arguments.as_slice()) {
            (Some(_), [user]) => self.peer(scope, word, name, user),
            (Some(_), _) => self.arguments(
                word,
                "takes one column, that of the other user",
                &format!("write `{name}_peer(user_id)`"),
            ),
            (None, [key]) => self.in_group(scope, word, name, &group, key, None),
            (None, [key, rank]) => self.in_group(scope, word, name, &group, key, Some(rank)),
            (None, _) => {
                let help = format!("write `{name}({})`", key_help(&group));
                self.arguments(word, "takes the group's key and at most a rank", &help)
            }
        }
    }

    fn misplaced(&mut self, scope: &Scope<'_>, word: &Word) -> Option<Expr> {
        self.error("misplaced-word", word.span, format!("`{}` cannot be used in {}", word.name, scope.what))
            .help_with("it may speak of the columns of its row, of me() and of claims");
        None
    }

    fn peer(&mut self, scope: &Scope<'_>, word: &Word, group: &str, user: &Term) -> Option<Expr> {
        let user = self.one_column(scope, word, user)?;
        let identity = self.identity_base();
        if !comparable(&user.base_type, &identity) {
            let message = format!("`{}` is {}, but a user's id is {identity}", ident(&user.name), user.type_name);
            self.error("identity-type", word.span, message);
            return None;
        }
        Some(Expr::Peer { group: group.to_owned(), user: user.name.clone() })
    }

    fn one_column<'s>(&mut self, scope: &Scope<'s>, word: &Word, term: &Term) -> Option<&'s catalog::Column> {
        match term {
            Term::Column(column) => self.row_column(scope, column),
            _ => {
                self.error(
                    "wrong-arguments",
                    word.span,
                    format!("`{}` takes columns of the row, not expressions", word.name),
                )
                .help_with("store what decides in a column of the row");
                None
            }
        }
    }

    fn key_columns<'s>(&mut self, scope: &Scope<'s>, word: &Word, key: &Term) -> Option<Vec<&'s catalog::Column>> {
        let terms = match key {
            Term::Tuple(terms, _) => terms.as_slice(),
            single => std::slice::from_ref(single),
        };
        let columns: Vec<Option<&catalog::Column>> =
            terms.iter().map(|term| self.one_column(scope, word, term)).collect();
        columns.into_iter().collect()
    }

    fn in_group(
        &mut self,
        scope: &Scope<'_>,
        word: &Word,
        name: &str,
        group: &Group,
        key: &Term,
        rank: Option<&Term>,
    ) -> Option<Expr> {
        let columns = self.key_columns(scope, word, key);
        let rank = match rank {
            None => Some(RankAtLeast::Any),
            Some(term) => self.rank_at_least(scope, word, name, group, term),
        };
        let columns = columns?;
        if columns.len() != group.key.len() {
            let message =
                format!("the key of `{name}` has {}, {} given", count(group.key.len(), "column"), columns.len());
            self.error("wrong-arguments", word.span, message).help_with(format!("write `{name}({})`", key_help(group)));
            return None;
        }
        let wanted = self.catalog.tables.get(&group.table);
        for (column, key) in columns.iter().zip(&group.key) {
            let Some(key) = wanted.and_then(|table| table.column(key)) else { continue };
            if !comparable(&column.base_type, &key.base_type) {
                let message = format!(
                    "`{}` is {}, but the key of `{name}` is {}",
                    ident(&column.name),
                    column.type_name,
                    key.type_name
                );
                self.error("key-type", word.span, message);
            }
        }
        let key = columns.iter().map(|column| column.name.clone()).collect();
        Some(Expr::InGroup { group: name.to_owned(), key, rank: rank? })
    }

    fn rank_at_least(
        &mut self,
        scope: &Scope<'_>,
        word: &Word,
        name: &str,
        group: &Group,
        term: &Term,
    ) -> Option<RankAtLeast> {
        let Some((rank_column, labels)) = &group.rank else {
            self.error("no-ranks", word.span, format!("group `{name}` has no ranks")).help_with(format!(
                "give it ranks with `rank = {{ column = \"..\", order = [..] }}`, or write `{name}({})`",
                key_help(group)
            ));
            return None;
        };
        match term {
            Term::Constant(Constant::Text(label)) if labels.contains(label) => Some(RankAtLeast::Label(label.clone())),
            Term::Constant(Constant::Text(label)) => {
                self.unknown_rank(name, label, labels, word.span);
                None
            }
            Term::Column(ColumnName { parts, span }) if matches!(parts.as_slice(), [part] if scope.table.column(part).is_none() && labels.contains(part)) =>
            {
                let label = parts.join(".");
                self.error("unknown-column", *span, format!("`{label}` is a rank, not a column of `{}`", scope.name))
                    .help_with(format!("ranks are written in quotes: '{label}'"));
                None
            }
            Term::Column(column) => {
                let column = self.row_column(scope, column)?;
                let held = self.catalog.tables.get(&group.table).and_then(|table| table.column(rank_column));
                if held.is_some_and(|held| !comparable(&held.base_type, &column.base_type)) {
                    let message =
                        format!("`{}` is {} and cannot hold a rank of `{name}`", ident(&column.name), column.type_name);
                    self.error("rank-type", word.span, message);
                    return None;
                }
                Some(RankAtLeast::Column(column.name.clone()))
            }
            _ => {
                self.error(
                    "wrong-arguments",
                    word.span,
                    format!("the second argument of `{name}` is a rank or a column that holds one"),
                )
                .help_with(format!("ranks, lowest first: {}", labels.join(", ")));
                None
            }
        }
    }

    fn via(&mut self, scope: &Scope<'_>, word: &Word, key: &Term, command: Option<&Term>) -> Option<Expr> {
        let Some(default) = scope.via else { return self.misplaced(scope, word) };
        let command = match command {
            None => Some(default),
            Some(Term::Constant(Constant::Text(text))) if matches!(text.as_str(), "select" | "update" | "delete") => {
                Command::from_word(text)
            }
            Some(_) => self.not_a_via_command(word),
        };
        let columns = self.key_columns(scope, word, key)?;
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let keys = scope.table.constraints.values().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey);
        let found = keys.clone().find(|constraint| {
            constraint.columns.len() == names.len() && names.iter().all(|name| constraint.columns.contains(name))
        });
        let Some((constraint, far)) = found.and_then(|constraint| Some((constraint, constraint.references.as_ref()?)))
        else {
            let known: Vec<String> = keys
                .filter_map(|key| Some(format!("({}) to `{}`", idents(&key.columns), key.references.as_ref()?.table)))
                .collect();
            let help = if known.is_empty() {
                format!("alter table {} add foreign key ({}) references ..;", scope.name, idents(&names))
            } else {
                format!("foreign keys of `{}`: {}", scope.name, known.join("; "))
            };
            self.error(
                "no-foreign-key",
                word.span,
                format!("`{}` has no foreign key of ({})", scope.name, idents(&names)),
            )
            .help_with(help);
            return None;
        };
        Some(Expr::Via {
            columns: constraint.columns.clone(),
            parent: far.table.clone(),
            parent_columns: far.columns.clone(),
            command: command?,
        })
    }

    fn not_a_via_command(&mut self, word: &Word) -> Option<Command> {
        self.error("wrong-arguments", word.span, "the second argument of `via` is 'select', 'update' or 'delete'")
            .help_with("what the principal must be allowed to do to the row that the foreign key points to");
        None
    }

    fn atom(&mut self, scope: &Scope<'_>, sql: &Sql) -> Option<Atom> {
        if let (Some(span), false) = (sql.subselect, scope.subselect) {
            self.error("misplaced-subselect", span, format!("a sub-select cannot be used in {}", scope.what))
                .help_with("it speaks of one row; declare a group for what other tables say");
        }
        let relations: Vec<Option<QualifiedName>> =
            sql.relations.iter().map(|relation| self.relation(relation, sql.span)).collect();
        let mut reads: BTreeSet<(QualifiedName, String)> = BTreeSet::new();
        for (relation, column) in &sql.reads {
            if let Some(name) = known_relation(relation, self.catalog) {
                reads.insert((name, column.clone()));
            }
        }
        let pieces: Vec<Option<AtomPiece>> = sql
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(AtomPiece::Text(text.clone())),
                Piece::Hole(term) => self.expression(scope, term).map(AtomPiece::Hole),
                Piece::Unplaced(name) => self.place(scope, name, &mut reads),
                Piece::Now if scope.runs => Some(AtomPiece::Now),
                Piece::Now => Some(AtomPiece::Text(NOW.to_owned())),
            })
            .collect();
        for relation in relations.iter().flatten() {
            if reads.iter().all(|(read, _)| read != relation) {
                reads.insert((relation.clone(), "*".to_owned()));
            }
        }
        let known = relations.iter().all(Option::is_some);
        let pieces = pieces.into_iter().collect::<Option<_>>()?;
        known.then_some(Atom { pieces, subselect: sql.subselect.is_some(), reads })
    }

    /// An unqualified name in a sub-select: the inner relation's column, or the row's. Where both have it, Postgres would
    /// silently take the inner one, which is seldom what was meant.
    fn place(
        &mut self,
        scope: &Scope<'_>,
        name: &Unplaced,
        reads: &mut BTreeSet<(QualifiedName, String)>,
    ) -> Option<AtomPiece> {
        let column = name.column.parts.last()?;
        let inner: Vec<QualifiedName> = name
            .relations
            .iter()
            .filter_map(|relation| known_relation(relation, self.catalog))
            .filter(|relation| self.catalog.has_column(relation, column))
            .collect();
        let is_inner = name.inner || !inner.is_empty();
        match (is_inner, scope.table.column(column).is_some()) {
            (true, true) => {
                let other =
                    inner.first().map_or_else(|| "the sub-select".to_owned(), |relation| format!("`{relation}`"));
                let message = format!("`{}` is a column of {other} and of `{}`", ident(column), scope.name);
                self.error("ambiguous-column", name.column.span, message).help_with(format!(
                    "say which: `{}` is the row's, and give the inner relation an alias for its own",
                    catalog::column_sql(scope.name, column)
                ));
                None
            }
            (true, false) => {
                reads.extend(inner.into_iter().map(|relation| (relation, column.clone())));
                Some(AtomPiece::Text(ident(column)))
            }
            (false, true) => Some(AtomPiece::Hole(Expr::Column(column.clone()))),
            (false, false) => {
                self.unknown_column(column, name.column.span, scope.name, scope.table);
                None
            }
        }
    }

    /// A table or view that a sub-select reads.
    fn relation(&mut self, parts: &[String], span: Span) -> Option<QualifiedName> {
        let written = parts.iter().map(|part| ident(part)).collect::<Vec<_>>().join(".");
        let [schema, name] = parts else {
            self.error("unqualified-relation", span, format!("`{written}` in a sub-select needs its schema"))
                .help_with(format!(
                    "write `{}`",
                    parse_qualified(&written).map_or_else(|| written.clone(), |name| name.sql())
                ));
            return None;
        };
        let name = QualifiedName::new(schema.clone(), name.clone());
        if self.catalog.tables.contains_key(&name) || self.catalog.views.contains_key(&name) {
            return Some(name);
        }
        let known: Vec<String> =
            self.catalog.tables.keys().chain(self.catalog.views.keys()).map(QualifiedName::sql).collect();
        self.unknown("unknown-table", "table", &name.sql(), span, known.iter().map(String::as_str));
        None
    }
}

/// A relation by its parts, if the schema has it.
fn known_relation(parts: &[String], catalog: &catalog::Catalog) -> Option<QualifiedName> {
    let [schema, name] = parts else { return None };
    let name = QualifiedName::new(schema.clone(), name.clone());
    (catalog.tables.contains_key(&name) || catalog.views.contains_key(&name)).then_some(name)
}

fn key_help(group: &Group) -> String {
    match group.key.as_slice() {
        [key] => ident(key),
        key => format!("({})", idents(key)),
    }
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
