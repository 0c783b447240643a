//! Names and literals as SQL text. INVARIANT: nothing else in pgseal quotes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// A schema-qualified name, unquoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema, as Postgres stores it.
    pub schema: String,
    /// The object's name, as Postgres stores it.
    pub name: String,
}

impl QualifiedName {
    /// Both parts as they are stored, without quotes.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// As SQL, quoted where needed.
    pub fn sql(&self) -> String {
        format!("{}.{}", ident(&self.schema), ident(&self.name))
    }
}

/// Shown as SQL would spell it, so that what is shown can be pasted.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql())
    }
}

impl Serialize for QualifiedName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sql())
    }
}

/// Reads one or more identifiers separated by dots as SQL reads them: unquoted ones fold to lower case.
/// `None` if the text is anything else.
pub fn parse_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = parse_ident(rest)?;
        parts.push(part);
        if after.is_empty() {
            return Some(parts);
        }
        rest = after.strip_prefix('.')?;
    }
}

/// Reads the identifier that a text begins with; with what stands after it.
pub(crate) fn parse_ident(text: &str) -> Option<(String, &str)> {
    if let Some(mut rest) = text.strip_prefix('"') {
        let mut name = String::new();
        loop {
            let end = rest.find('"')?;
            name.push_str(rest.get(..end)?);
            rest = rest.get(end + 1..)?;
            match rest.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    rest = more;
                }
                None if name.is_empty() || name.contains('\0') => return None,
                None => return Some((name, rest)),
            }
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    let (name, rest) = (text.get(..end)?, text.get(end..)?);
    match name.chars().next() {
        Some(first) if first.is_alphabetic() || first == '_' => Some((name.to_ascii_lowercase(), rest)),
        _ => None,
    }
}

/// A `schema.name` as a user writes it; `name` alone is in `public`.
pub fn parse_qualified(text: &str) -> Option<QualifiedName> {
    match <[String; 2]>::try_from(parse_name(text)?) {
        Ok([schema, name]) => Some(QualifiedName { schema, name }),
        Err(parts) => match <[String; 1]>::try_from(parts) {
            Ok([name]) => Some(QualifiedName::new("public", name)),
            Err(_) => None,
        },
    }
}

/// An identifier as SQL, quoted unless it is plain lower case and no keyword that would be misread.
pub fn ident(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_keyword(name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A text literal as SQL. Standard-conforming strings: a backslash is an ordinary character unless the literal is
/// marked E, so one that holds a backslash is written in the E form, which reads the same under either setting.
pub fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// A dollar-quoted body with a tag that does not occur in it.
pub fn dollar(body: &str) -> String {
    let mut tag = String::from("$seal");
    while body.contains(&tag) {
        tag.push('_');
    }
    format!("{tag}${body}{tag}$")
}

/// A list of identifiers, `a, "B"`.
pub fn idents<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| ident(name)).collect::<Vec<_>>().join(", ")
}

/// The first `digits` hexadecimal digits of the SHA-256 of a text: how generated names come from content.
pub fn short_hash(content: &str, digits: usize) -> String {
    use sha2::{Digest, Sha256};
    let mut hex: String = Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.truncate(digits);
    hex
}

/// Cuts a name to Postgres' 63 bytes; a longer one keeps its beginning and gets a hash of the whole.
pub fn fit_name(name: &str) -> String {
    const LIMIT: usize = 63;
    if name.len() <= LIMIT {
        return name.to_owned();
    }
    let mut end = LIMIT - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", name.get(..end).unwrap_or_default(), short_hash(name, 8))
}

/// So many words are remembered; a project has fewer.
const REMEMBERED: usize = 100_000;

/// Whether a plain name is a keyword that must be quoted. The scanner takes microseconds, and the same names come again and again:
/// each is asked about once. No keyword has a digit in it.
fn is_keyword(name: &str) -> bool {
    thread_local! {
        static ASKED: RefCell<BTreeMap<String, bool>> = const { RefCell::new(BTreeMap::new()) };
    }
    if name.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    ASKED.with_borrow_mut(|asked| {
        if let Some(answer) = asked.get(name) {
            return *answer;
        }
        let answer = scan_finds_keyword(name);
        if asked.len() < REMEMBERED {
            asked.insert(name.to_owned(), answer);
        }
        answer
    })
}

/// Asks Postgres' own keyword list: anything but an unreserved word is quoted.
fn scan_finds_keyword(name: &str) -> bool {
    use pg_query::protobuf::KeywordKind;
    crate::syntax::parser::scan(name).map_or(true, |tokens| {
        tokens
            .iter()
            .any(|token| !matches!(token.keyword_kind(), KeywordKind::NoKeyword | KeywordKind::UnreservedKeyword))
    })
}
