//! A seed file's lines as statements. Only as much is held as one statement needs.
//!
//! INVARIANT: where a statement ends decides nothing about what it may do: each is parsed by itself afterwards, and one that was
//! cut wrongly does not parse.

/// A statement, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Without its semicolon.
    pub sql: String,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
}

/// What the next character is inside of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    /// `'..'`; with backslash escapes after `E`.
    Text { escapes: bool },
    /// `".."`
    Name,
    /// `$tag$..$tag$`, with the tag.
    Dollar(String),
    /// `/* .. */`, which nest.
    Comment(u32),
}

/// Takes lines, gives statements.
#[derive(Debug, Default)]
pub struct Lines {
    inside: Inside,
    held: String,
    /// Something other than blanks and comments is held.
    begun: bool,
    begins: u64,
    line: u64,
}

impl Lines {
    /// The number of the last line taken.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Counts lines that were read past this.
    pub fn skip(&mut self, lines: u64) {
        self.line += lines;
    }

    /// How much is held, in bytes.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Whether what is held is no more than blanks and comments.
    pub fn is_blank(&self) -> bool {
        !self.begun
    }

    /// Takes the next line, with its line break; the statements that end on it.
    pub fn take(&mut self, line: &str) -> Vec<Piece> {
        self.line += 1;
        // What psql is told by newer dumps; it is no SQL.
        if !self.begun && self.inside == Inside::Nothing && is_restriction(line) {
            return Vec::new();
        }
        let mut ended = Vec::new();
        let mut before = None;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let length = self.step(c, rest, before);
            let (taken, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            if self.inside == Inside::Nothing && taken == ";" {
                ended.extend(self.end());
            } else {
                self.held.push_str(taken);
            }
            before = taken.chars().next_back();
            rest = after;
        }
        ended
    }

    /// What is left at the end of the file.
    pub fn finish(&mut self) -> Option<Piece> {
        self.end()
    }

    fn end(&mut self) -> Option<Piece> {
        let sql = std::mem::take(&mut self.held);
        std::mem::take(&mut self.begun).then_some(Piece { sql, line: self.begins })
    }

    /// Whether something is open that the end of the file would cut.
    pub fn is_open(&self) -> bool {
        self.inside != Inside::Nothing
    }

    fn begin(&mut self) {
        if !self.begun {
            (self.begun, self.begins) = (true, self.line);
        }
    }

    /// One token, as far as it matters here: its length in bytes.
    fn step(&mut self, c: char, rest: &str, before: Option<char>) -> usize {
        match &mut self.inside {
            Inside::Nothing => self.outside(c, rest, before),
            Inside::Text { escapes } => match c {
                '\\' if *escapes => rest.chars().take(2).map(char::len_utf8).sum(),
                '\'' if rest.starts_with("''") => 2,
                '\'' => self.leave(1),
                _ => c.len_utf8(),
            },
            Inside::Name => match c {
                '"' => self.leave(1),
                _ => c.len_utf8(),
            },
            Inside::Dollar(tag) if rest.starts_with(tag.as_str()) => {
                let length = tag.len();
                self.leave(length)
            }
            Inside::Comment(1) if rest.starts_with("*/") => self.leave(2),
            Inside::Comment(depth) if rest.starts_with("*/") => {
                *depth -= 1;
                2
            }
            Inside::Comment(depth) if rest.starts_with("/*") => {
                *depth += 1;
                2
            }
            Inside::Dollar(_) | Inside::Comment(_) => c.len_utf8(),
        }
    }

    fn leave(&mut self, length: usize) -> usize {
        self.inside = Inside::Nothing;
        length
    }

    fn outside(&mut self, c: char, rest: &str, before: Option<char>) -> usize {
        let in_word = before.is_some_and(is_word);
        if rest.starts_with("--") {
            return rest.trim_end_matches(['\n', '\r']).len();
        }
        if rest.starts_with("/*") {
            self.inside = Inside::Comment(1);
            return 2;
        }
        if !c.is_whitespace() && c != ';' {
            self.begin();
        }
        match c {
            '\'' => {
                let mut last = self.held.chars().rev();
                let escapes = matches!(last.next(), Some('e' | 'E')) && !last.next().is_some_and(is_word);
                self.inside = Inside::Text { escapes };
            }
            '"' => self.inside = Inside::Name,
            '$' if !in_word => {
                if let Some(tag) = dollar_tag(rest) {
                    self.inside = Inside::Dollar(tag.to_owned());
                    return tag.len();
                }
            }
            _ => {}
        }
        c.len_utf8()
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// `$$` or `$tag$` at the beginning of a text.
fn dollar_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('$')?;
    let end = inner.find('$')?;
    let tag = inner.get(..end)?;
    let good = tag.chars().all(|c| is_word(c) && c != '$') && !tag.starts_with(|c: char| c.is_ascii_digit());
    text.get(..end + 2).filter(|_| good)
}

fn is_restriction(line: &str) -> bool {
    let mut words = line.split_whitespace();
    matches!(words.next(), Some("\\restrict" | "\\unrestrict"))
        && words.next().is_some_and(|token| token.chars().all(|c| c.is_ascii_alphanumeric()))
        && words.next().is_none()
}
