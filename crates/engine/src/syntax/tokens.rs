//! Postgres' own scanner, and the limits that keep its parser from eating the stack. Text in, tokens out.

use pg_query::protobuf::{KeywordKind, ScanToken, Token};

use super::parser::{self, ParseError};

/// The tokens of a text, or what the scanner says against it. The text must not hold a NUL.
pub(super) fn scan(text: &str) -> Result<Vec<ScanToken>, String> {
    parser::scan(text).map_err(|error| match error {
        ParseError::Message(message) => message,
        ParseError::TooDeep => "this is too much to read".to_owned(),
    })
}

/// The bytes of a token.
pub(super) fn range(token: &ScanToken) -> (usize, usize) {
    (usize::try_from(token.start).unwrap_or_default(), usize::try_from(token.end).unwrap_or_default())
}

/// The text of a token.
pub(super) fn slice<'a>(text: &'a str, token: &ScanToken) -> &'a str {
    let (start, end) = range(token);
    text.get(start..end).unwrap_or_default()
}

/// Whether a token is an identifier, or a keyword that may stand for one.
pub(super) fn is_name(token: &ScanToken) -> bool {
    token.token() == Token::Ident
        || matches!(token.keyword_kind(), KeywordKind::UnreservedKeyword | KeywordKind::ColNameKeyword)
}

/// Whether a token opens or closes a bracket, CASE and END included.
pub(super) fn bracket(token: Token) -> Option<bool> {
    match token {
        Token::Ascii40 | Token::Ascii91 | Token::Case => Some(true),
        Token::Ascii41 | Token::Ascii93 | Token::EndP => Some(false),
        _ => None,
    }
}

/// An open bracket: what in it may still nest.
#[derive(Default)]
struct Level {
    /// Tokens since the last separator.
    run: usize,
    /// Tokens that nest whatever separates them.
    sticky: usize,
    /// BETWEENs whose AND is still to come.
    between: usize,
    /// It is a CASE.
    case: bool,
}

/// The first token at which an expression may be nested deeper than `limit`.
///
/// A tree cannot be deeper than the tokens that are open at once: every token counts until a separator (a comma, AND, OR, a
/// semicolon) ends the operand that it belongs to. Set operations, joins and BETWEEN nest across separators.
pub(super) fn deeper_than(tokens: &[ScanToken], limit: usize) -> Option<&ScanToken> {
    let mut levels = vec![Level::default()];
    let mut total = 0_usize;
    for token in tokens {
        let kind = token.token();
        if bracket(kind) == Some(false)
            && levels.len() > 1
            && let Some(level) = levels.pop()
        {
            total = total.saturating_sub(level.run + level.sticky);
        }
        let Some(level) = levels.last_mut() else { return Some(token) };
        let separates = match kind {
            Token::Ascii44 | Token::Ascii59 | Token::Or => true,
            Token::And if level.between > 0 => {
                level.between -= 1;
                false
            }
            Token::And => true,
            Token::When | Token::Then | Token::Else => level.case,
            _ => false,
        };
        if separates {
            total -= level.run;
            level.run = 0;
        } else if matches!(kind, Token::Union | Token::Intersect | Token::Except | Token::Join) {
            level.sticky += 1;
            total += 1;
        } else {
            level.between += usize::from(kind == Token::Between);
            level.run += 1;
            total += 1;
        }
        if bracket(kind) == Some(true) {
            levels.push(Level { case: kind == Token::Case, ..Level::default() });
        }
        if total > limit {
            return Some(token);
        }
    }
    None
}
