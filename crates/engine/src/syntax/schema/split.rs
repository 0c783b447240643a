//! Statements of a file, by its tokens.

use pg_query::protobuf::{ScanToken, Token};

use crate::sql::short_hash;
use crate::syntax::tokens;

/// The statements of a file without their semicolons. A semicolon within parentheses (the actions of a rule) or within
/// BEGIN ATOMIC .. END ends none.
pub(super) fn statements(tokens: &[ScanToken]) -> Vec<&[ScanToken]> {
    let mut found = Vec::new();
    let (mut start, mut parentheses, mut blocks) = (0, 0_usize, 0_usize);
    let mut before = Token::Nul;
    for (index, token) in tokens.iter().enumerate() {
        match token.token() {
            Token::Ascii40 => parentheses += 1,
            Token::Ascii41 => parentheses = parentheses.saturating_sub(1),
            Token::Atomic if before == Token::BeginP => blocks += 1,
            Token::Case if blocks > 0 => blocks += 1,
            Token::EndP => blocks = blocks.saturating_sub(1),
            Token::Ascii59 if parentheses == 0 && blocks == 0 => {
                found.extend(tokens.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
        before = token.token();
    }
    found.extend(tokens.get(start..));
    found.retain(|statement| !statement.is_empty());
    found
}

/// The text of a token of a statement that begins at `offset`.
pub(super) fn slice<'a>(sql: &'a str, token: &ScanToken, offset: usize) -> &'a str {
    let (start, end) = tokens::range(token);
    start
        .checked_sub(offset)
        .zip(end.checked_sub(offset))
        .and_then(|(start, end)| sql.get(start..end))
        .unwrap_or_default()
}

/// What identifies a statement that makes no object of a kind of its own: its tokens, whatever stands between them. The parser
/// library has a fingerprint too, but takes statements for the same that differ in constants.
pub(super) fn fingerprint(sql: &str, tokens: &[ScanToken], offset: usize) -> String {
    let words: Vec<&str> = tokens.iter().map(|token| slice(sql, token, offset)).collect();
    short_hash(&words.join(" "), 16)
}

/// What stands before the AS of a CREATE VIEW.
pub(super) fn view_head<'a>(sql: &'a str, tokens: &[ScanToken], offset: usize) -> Option<&'a str> {
    let kinds: Vec<Token> = tokens.iter().map(|token| token.token()).collect();
    let as_at = kinds.iter().position(|kind| *kind == Token::As)?;
    let head = kinds.get(..as_at)?;
    let is_view =
        head.first() == Some(&Token::Create) && head.contains(&Token::View) && !head.contains(&Token::Function);
    let end = tokens::range(tokens.get(as_at)?).0.checked_sub(offset)?;
    sql.get(..end).filter(|_| is_view)
}

/// Where something begins that does not end, as the scanner quotes it.
pub(super) fn unterminated(text: &str, message: &str) -> Option<(usize, usize)> {
    let near = message.split_once(" at or near \"")?.1.strip_suffix('"')?;
    let start = text.find(near).filter(|_| !near.is_empty())?;
    Some((start, start + near.len()))
}
