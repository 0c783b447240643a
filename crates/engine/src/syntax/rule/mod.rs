//! Rules: SQL conditions over a row, read with Postgres' own grammar. Text in, [`Term`] or findings out.
//!
//! INVARIANT: what is accepted is exactly one expression. Whatever is printed from it stands where it is put and cannot
//! end a parenthesis, a statement or a line that it did not begin.

mod call;
mod convert;
mod opaque;
mod refuse;
mod scope;
mod signature;
mod subselect;
#[cfg(test)]
mod tests;
pub(super) mod tree;

use std::collections::BTreeSet;

use pg_query::NodeEnum;
use pg_query::protobuf::{Node, ScanToken, SelectStmt, SetOperation, Token};

pub use call::{Call, parse_call, parse_privilege};
pub use signature::parse_signature;
pub(super) use signature::type_name;

use super::ast::Text;
use super::parser::{self, ParseError};
use super::term::Term;
use super::tokens;
use crate::diagnostic::Diagnostic;

/// A rule may be this long, in bytes. An IN list of 2,500 uuids fits.
const LONGEST: usize = 100_000;
/// How many tokens may be open at once, see [`tokens::deeper_than`].
const DEEPEST: usize = 500;
/// What stands before a rule when the parser reads it.
const PREFIX: &str = "SELECT ";

/// Reads a rule. `words` are the names of pgseal's words, groups included.
pub fn parse(text: &Text, words: &BTreeSet<String>) -> Result<Term, Vec<Diagnostic>> {
    let (tokens, node) = expression(text).map_err(|finding| vec![finding])?;
    let mut reader = Reader { text, tokens: &tokens, words, findings: Vec::new() };
    reader.check_subselects(&node);
    let term = reader.term(&node);
    match term {
        Some(term) if reader.findings.is_empty() => Ok(term),
        _ => {
            if reader.findings.is_empty() {
                reader.findings.push(Diagnostic::error("rule-syntax", text.span, "the rule cannot be read"));
            }
            reader.findings.sort();
            reader.findings.dedup();
            Err(reader.findings)
        }
    }
}

/// Reads one rule's tree.
struct Reader<'a> {
    text: &'a Text,
    tokens: &'a [ScanToken],
    words: &'a BTreeSet<String>,
    findings: Vec<Diagnostic>,
}

/// The tokens and the tree of a text that is one expression and nothing else.
fn expression(text: &Text) -> Result<(Vec<ScanToken>, Node), Diagnostic> {
    let tokens = scan(text)?;
    if tokens.is_empty() {
        return Err(Diagnostic::error("rule-empty", text.span, "the rule is empty")
            .help("write a condition, or `false` to refuse everybody"));
    }
    for token in &tokens {
        let (start, end) = tokens::range(token);
        match token.token() {
            Token::Ascii59 => return Err(one_expression(text, start, end, "`;` ends a statement")),
            Token::Param => {
                return Err(Diagnostic::error("rule-parameter", text.at(start, end), "a rule has no parameters")
                    .help("name the column instead"));
            }
            _ => {}
        }
    }
    if let Some(token) = tokens::deeper_than(&tokens, DEEPEST) {
        let (start, end) = tokens::range(token);
        return Err(too_deep(text, start, end));
    }
    let bare = parse_select(text, &tokens, &format!("{PREFIX}{}", text.text))?;
    // What reads the same with and without parentheses is an expression: it is neither a clause nor a list.
    let closed = parse_select(text, &tokens, &format!("{PREFIX}({}\n)", text.text))?;
    match (only_target(&bare), only_target(&closed)) {
        (Some(node), Some(other)) if tree::equal(node, other) => Ok((tokens, node.clone())),
        _ => Err(one_expression(text, 0, text.text.len(), "this is more than an expression")),
    }
}

/// Scans a text and refuses what no rule, call or signature may hold.
fn scan(text: &Text) -> Result<Vec<ScanToken>, Diagnostic> {
    if let Some(at) = text.text.find('\0') {
        return Err(
            Diagnostic::error("rule-nul", text.at(at, at + 1), "a NUL character has no place in SQL").help("remove it")
        );
    }
    if text.text.len() > LONGEST {
        return Err(Diagnostic::error("rule-too-long", text.span, format!("longer than {LONGEST} bytes"))
            .help("keep long lists of values in a table, and declare a group over it"));
    }
    let tokens = tokens::scan(&text.text).map_err(|message| Diagnostic::error("rule-syntax", text.span, message))?;
    for token in &tokens {
        if matches!(token.token(), Token::SqlComment | Token::CComment) {
            let (start, end) = tokens::range(token);
            return Err(Diagnostic::error(
                "rule-comment",
                text.at(start, end),
                "a comment could swallow what follows the rule",
            )
            .help("write it as a comment of TOML, `# ..`, above the rule"));
        }
    }
    Ok(tokens)
}

fn parse_select(text: &Text, tokens: &[ScanToken], sql: &str) -> Result<SelectStmt, Diagnostic> {
    let parsed = parser::parse(sql).map_err(|error| syntax_error(text, tokens, error))?;
    let mut statements = parsed.stmts.into_iter();
    match (statements.next().and_then(|raw| raw.stmt).and_then(|node| node.node), statements.next()) {
        (Some(NodeEnum::SelectStmt(select)), None) => Ok(*select),
        _ => Err(one_expression(text, 0, text.text.len(), "this is more than an expression")),
    }
}

/// The expression of a SELECT that has nothing but one target.
fn only_target(select: &SelectStmt) -> Option<&Node> {
    let bare = SelectStmt {
        target_list: Vec::new(),
        limit_option: select.limit_option,
        op: SetOperation::SetopNone as i32,
        ..SelectStmt::default()
    };
    let mut rest = select.clone();
    rest.target_list.clear();
    match select.target_list.as_slice() {
        [Node { node: Some(NodeEnum::ResTarget(target)) }]
            if rest == bare && target.name.is_empty() && target.indirection.is_empty() =>
        {
            target.val.as_deref()
        }
        _ => None,
    }
}

fn one_expression(text: &Text, start: usize, end: usize, message: &str) -> Diagnostic {
    Diagnostic::error("rule-not-one-expression", text.at(start, end), message)
        .help("a rule is one condition over the row's columns, without FROM, WHERE, an alias or a list")
}

fn too_deep(text: &Text, start: usize, end: usize) -> Diagnostic {
    Diagnostic::error("rule-too-deep", text.at(start, end), "nested too deep")
        .help("put conditions side by side with `and` and `or`, or declare a model or a group")
}

/// A syntax error, at the token that the parser complains about where its message names one that occurs once.
fn syntax_error(text: &Text, tokens: &[ScanToken], error: ParseError) -> Diagnostic {
    let ParseError::Message(message) = error else { return too_deep(text, 0, text.text.len()) };
    let near = message.split_once(" at or near \"").and_then(|(_, rest)| rest.strip_suffix('"'));
    let mut places = tokens.iter().filter(|token| Some(tokens::slice(&text.text, token)) == near).map(tokens::range);
    let span = match (places.next(), places.next()) {
        (Some((start, end)), None) => text.at(start, end),
        _ if message.ends_with("end of input") => text.at(text.text.len(), text.text.len()),
        _ => text.span,
    };
    let message = match near {
        Some(near) => format!("syntax error at or near `{near}`"),
        None => message,
    };
    Diagnostic::error("rule-syntax", span, message).help("a rule is one SQL condition over the row's columns")
}
