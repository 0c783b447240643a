//! The small notations in `access.toml` that look like calls: `tenant(org_id)`, `update(status, note)`.

use pg_query::protobuf::{ScanToken, Token};

use super::scan;
use crate::catalog::Command;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::source::{Span, Spanned};
use crate::sql;
use crate::syntax::ast::Text;
use crate::syntax::tokens;

/// A name with columns: the use of a model, or its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name, folded as SQL folds it.
    pub name: String,
    /// Its arguments: one column each, or several where parentheses hold them together. A bare name has none.
    pub arguments: Vec<Spanned<Vec<String>>>,
    /// The whole.
    pub span: Span,
}

/// Reads `tenant(org_id)`, `via((a, b))`, `owned`.
pub fn parse_call(text: &Text) -> Result<Call, Diagnostic> {
    let tokens = scan(text)?;
    let mut cursor = Cursor { text, tokens: &tokens, next: 0 };
    let expected = "a name, or a name with columns in parentheses: `tenant(org_id)`";
    let name = cursor.name("call-syntax", expected)?;
    let mut arguments = Vec::new();
    if cursor.take(Token::Ascii40) && !cursor.take(Token::Ascii41) {
        loop {
            let start = cursor.next;
            let columns = if cursor.take(Token::Ascii40) {
                cursor.names("call-syntax", expected)?
            } else {
                vec![cursor.name("call-syntax", expected)?]
            };
            arguments.push(Spanned::new(columns, cursor.since(start)));
            if !cursor.take(Token::Ascii44) {
                break;
            }
        }
        cursor.expect(Token::Ascii41, "call-syntax", expected)?;
    }
    cursor.end("call-syntax", expected)?;
    Ok(Call { name, arguments, span: text.span })
}

/// Reads `select`, `update(status, note)`: a command and columns. No columns: all of them.
pub fn parse_privilege(text: &Text) -> Result<(Command, Vec<String>), Diagnostic> {
    let expected =
        "`select`, `insert`, `update` or `delete`, the first three perhaps with columns: `update(status, note)`";
    let tokens = scan(text)?;
    let mut cursor = Cursor { text, tokens: &tokens, next: 0 };
    let Some(first) = tokens.first() else { return Err(cursor.error("privilege-syntax", expected)) };
    let written = tokens::slice(&text.text, first);
    let Some(command) = Command::from_word(&written.to_ascii_lowercase()) else {
        let (start, end) = tokens::range(first);
        let close = did_you_mean(written, Command::ALL.map(Command::word));
        let finding = Diagnostic::error(
            "unknown-privilege",
            text.at(start, end),
            format!("`{written}` is not a privilege that can be given"),
        );
        return Err(match close {
            Some(word) => finding.help(format!("did you mean `{word}`?")),
            None => finding.help(expected),
        });
    };
    cursor.next = 1;
    let mut columns = Vec::new();
    if cursor.take(Token::Ascii40) {
        let start = cursor.next;
        columns = cursor.names("privilege-syntax", expected)?;
        if command == Command::Delete {
            return Err(Diagnostic::error("privilege-syntax", cursor.since(start), "a row is deleted as a whole")
                .help("write `delete` without columns"));
        }
    }
    cursor.end("privilege-syntax", expected)?;
    Ok((command, columns))
}

/// Goes through tokens.
struct Cursor<'a> {
    text: &'a Text,
    tokens: &'a [ScanToken],
    next: usize,
}

impl Cursor<'_> {
    fn take(&mut self, kind: Token) -> bool {
        let found = self.tokens.get(self.next).is_some_and(|token| token.token() == kind);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, kind: Token, code: &'static str, expected: &str) -> Result<(), Diagnostic> {
        if self.take(kind) { Ok(()) } else { Err(self.error(code, expected)) }
    }

    fn name(&mut self, code: &'static str, expected: &str) -> Result<String, Diagnostic> {
        let token = self.tokens.get(self.next).filter(|token| tokens::is_name(token));
        match token.and_then(|token| sql::parse_name(tokens::slice(&self.text.text, token))).as_deref() {
            Some([name]) => {
                self.next += 1;
                Ok(name.clone())
            }
            _ => Err(self.error(code, expected)),
        }
    }

    /// Names up to the closing parenthesis, the opening one being taken.
    fn names(&mut self, code: &'static str, expected: &str) -> Result<Vec<String>, Diagnostic> {
        let mut names = vec![self.name(code, expected)?];
        while self.take(Token::Ascii44) {
            names.push(self.name(code, expected)?);
        }
        self.expect(Token::Ascii41, code, expected)?;
        Ok(names)
    }

    fn end(&self, code: &'static str, expected: &str) -> Result<(), Diagnostic> {
        if self.next == self.tokens.len() { Ok(()) } else { Err(self.error(code, expected)) }
    }

    fn since(&self, first: usize) -> Span {
        match (self.tokens.get(first), self.next.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) => self.text.at(tokens::range(first).0, tokens::range(last).1),
            _ => self.text.span,
        }
    }

    fn error(&self, code: &'static str, expected: &str) -> Diagnostic {
        let finding = match self.tokens.get(self.next) {
            Some(token) => {
                let (start, end) = tokens::range(token);
                let written = tokens::slice(&self.text.text, token);
                Diagnostic::error(code, self.text.at(start, end), format!("`{written}` is not expected here"))
            }
            None => Diagnostic::error(code, self.text.span, "this ends too early"),
        };
        finding.help(format!("expected {expected}"))
    }
}
