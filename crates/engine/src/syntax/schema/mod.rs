//! Schema files: structure in plain SQL. Texts in; statements, each with the object that it makes, and findings out.
//!
//! Who may do what is not said here: everything that says it is refused, with the line of `access.toml` that does. Nothing is
//! run, and the statements are handed on byte for byte.

mod object;
mod refuse;
mod split;
mod superuser;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use pg_query::NodeEnum;
use pg_query::protobuf::{ScanToken, Token};

use super::parser::{self, ParseError};
use super::tokens;
use crate::catalog::{ObjectId, Statement};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};
use crate::sql::QualifiedName;

/// How many tokens of a statement may be open at once, see [`tokens::deeper_than`].
const DEEPEST: usize = 1_000;

/// A statement of a schema file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStatement {
    /// The statement and its object.
    pub statement: Statement,
    /// Where it stands, from its first word to its last.
    pub span: Span,
}

/// Reads schema files. Statements come in the order of the files; those that are refused are left out.
pub fn read(sources: &Sources, files: &[FileId]) -> (Vec<SchemaStatement>, Vec<Diagnostic>) {
    let mut reader = Reader::default();
    for &file in files {
        if let Some(source) = sources.get(file) {
            reader.file(file, &source.text);
        }
    }
    reader.settle();
    (reader.statements, reader.findings)
}

/// What is read so far.
#[derive(Default)]
struct Reader {
    statements: Vec<SchemaStatement>,
    findings: Vec<Diagnostic>,
    /// How many unnamed indexes would get each name.
    unnamed_indexes: BTreeMap<QualifiedName, usize>,
}

impl Reader {
    fn file(&mut self, file: FileId, text: &str) {
        let span = |start: usize, end: usize| Span {
            file,
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        };
        if let Some(at) = text.find('\0') {
            let finding = Diagnostic::error("schema-syntax", span(at, at + 1), "a NUL character has no place in SQL");
            self.findings.push(finding.help("remove it"));
            return;
        }
        let tokens = match tokens::scan(text) {
            Ok(tokens) => tokens,
            Err(message) => {
                let place = split::unterminated(text, &message).unwrap_or((0, text.len()));
                self.findings.push(Diagnostic::error("schema-syntax", span(place.0, place.1), message));
                return;
            }
        };
        let code: Vec<ScanToken> =
            tokens.into_iter().filter(|token| !matches!(token.token(), Token::SqlComment | Token::CComment)).collect();
        for statement in split::statements(&code) {
            let (Some(first), Some(last)) = (statement.first(), statement.last()) else { continue };
            let (start, end) = (tokens::range(first).0, tokens::range(last).1);
            if let Some(sql) = text.get(start..end) {
                self.statement(sql, statement, start, span(start, end));
            }
        }
    }

    /// Reads one statement, which begins at `offset` in its file.
    fn statement(&mut self, sql: &str, tokens: &[ScanToken], offset: usize, span: Span) {
        let at = |token: &ScanToken| {
            let (start, end) = tokens::range(token);
            let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
            Span { start: place(start), end: place(end), ..span }
        };
        if let Some(token) = tokens.iter().find(|token| token.token() == Token::Ascii92) {
            self.findings.push(
                Diagnostic::error("schema-psql", at(token), "a command of psql's, which Postgres does not know")
                    .help("remove the line; pgseal reads all files of the schema by itself, in any order"),
            );
            return;
        }
        if let Some(token) = tokens::deeper_than(tokens, DEEPEST) {
            self.findings.push(too_deep(at(token)));
            return;
        }
        let node = match parse_one(sql, tokens, offset) {
            Ok(node) => node,
            Err(ParseError::TooDeep) => {
                self.findings.push(too_deep(span));
                return;
            }
            Err(ParseError::Message(message)) => {
                self.findings.push(syntax_error(sql, tokens, offset, &message, &at, span));
                return;
            }
        };
        if let Some(object) = self.object(&node, sql, tokens, offset, span) {
            self.statements.push(SchemaStatement { statement: Statement { object, sql: sql.to_owned() }, span });
        }
    }

    /// The object of a statement; none if it is refused or says nothing.
    fn object(
        &mut self,
        node: &NodeEnum,
        sql: &str,
        tokens: &[ScanToken],
        offset: usize,
        span: Span,
    ) -> Option<ObjectId> {
        if let Some(finding) = refuse::refuse(node, span).or_else(|| superuser::refuse(node, span)) {
            self.findings.push(finding);
            return None;
        }
        let (kept, warning) = refuse::warn(node, span);
        self.findings.extend(warning);
        if !kept {
            return None;
        }
        let object = match object::object(node) {
            object::Found::Object(object) => object,
            object::Found::Index(table, base) => {
                let taken = self.unnamed_indexes.entry(QualifiedName::new(&table.schema, &base)).or_default();
                let name = if *taken == 0 { base } else { format!("{base}{taken}") };
                *taken += 1;
                ObjectId::Index(table, name)
            }
            object::Found::Other => ObjectId::Other(split::fingerprint(sql, tokens, offset)),
            object::Found::Unnamed(finding) => {
                self.findings.push(Diagnostic { span: Some(span), ..finding });
                return None;
            }
        };
        match object::reserved(&object) {
            Some(schema) => {
                self.findings.push(
                    Diagnostic::error("schema-reserved", span, format!("the schema `{schema}` is not the user's"))
                        .help("put it into a schema of your own; `seal` is made by pgseal, `pg_*` by Postgres"),
                );
                None
            }
            None => Some(object),
        }
    }

    /// Comments on columns, ALTER TABLE and rewrite rules name a relation of any kind: which one it is shows when everything is read.
    fn settle(&mut self) {
        let made: BTreeSet<ObjectId> =
            self.statements.iter().map(|statement| statement.statement.object.clone()).collect();
        for statement in &mut self.statements {
            if let ObjectId::Table(name) = &statement.statement.object {
                let others = [ObjectId::View(name.clone()), ObjectId::Type(name.clone())];
                if let Some(other) = others.into_iter().find(|other| made.contains(other)) {
                    statement.statement.object = other;
                }
            }
        }
    }
}

/// The tree of a text that is one statement. The query of a view that is too deep to be handed over is left out: what it may
/// hold, the grammar of CREATE VIEW decides, and the whole is loaded before it is trusted.
fn parse_one(sql: &str, tokens: &[ScanToken], offset: usize) -> Result<NodeEnum, ParseError> {
    let parsed = match parser::parse(sql) {
        Err(ParseError::TooDeep) => {
            let head = split::view_head(sql, tokens, offset).ok_or(ParseError::TooDeep)?;
            parser::parse(&format!("{head} AS SELECT 1"))?
        }
        other => other?,
    };
    let mut statements = parsed.stmts.into_iter();
    match (statements.next().and_then(|raw| raw.stmt).and_then(|node| node.node), statements.next()) {
        (Some(node), None) => Ok(node),
        _ => Err(ParseError::Message("this is not one statement".to_owned())),
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("schema-too-deep", span, "nested too deep")
        .help("put parts of it into functions or views of their own")
}

/// The parser's message, at the token that it complains about where that token occurs once.
fn syntax_error(
    sql: &str,
    tokens: &[ScanToken],
    offset: usize,
    message: &str,
    at: &impl Fn(&ScanToken) -> Span,
    span: Span,
) -> Diagnostic {
    let near = message.split_once(" at or near \"").and_then(|(_, rest)| rest.strip_suffix('"'));
    let mut places = tokens.iter().filter(|token| Some(split::slice(sql, token, offset)) == near);
    let place = match (places.next(), places.next()) {
        (Some(token), None) => at(token),
        _ => span,
    };
    let message = near.map_or_else(|| message.to_owned(), |near| format!("syntax error at or near `{near}`"));
    Diagnostic::error("schema-syntax", place, message)
        .help("pgseal reads what PostgreSQL 17 reads; is a `;` missing before it?")
}
