//! A page as an HTML parser reads it: its tags in order, its text, its style, and what is wrong with it.

use std::cell::RefCell;

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

/// Elements without an end.
const VOID: [&str; 2] = ["link", "meta"];

/// An element's beginning.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute.
    pub fn get(&self, wanted: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}

/// A page.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Elements, in their order.
    pub tags: Vec<Tag>,
    /// What is read: all text but the style's.
    pub text: String,
    /// The style's text.
    pub style: String,
    /// What the parser complained about, and elements that are not closed in their turn.
    pub errors: Vec<String>,
    open: Vec<String>,
}

struct Sink(RefCell<Parsed>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let name = tag.name.to_string();
                let attributes = tag.attrs.iter().map(|it| (it.name.local.to_string(), it.value.to_string())).collect();
                page.tags.push(Tag { name: name.clone(), attributes });
                if !VOID.contains(&name.as_str()) {
                    page.open.push(name.clone());
                }
                match name.as_str() {
                    "style" => return TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" => return TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => {}
                }
            }
            Token::TagToken(tag) => {
                if page.open.pop().as_deref() != Some(&*tag.name) {
                    page.errors.push(format!("line {line}: </{}> closes nothing", tag.name));
                }
            }
            Token::CharacterTokens(text) if page.open.last().is_some_and(|open| open == "style") => {
                page.style.push_str(&text);
            }
            Token::CharacterTokens(text) => page.text.push_str(&text),
            Token::CommentToken(text) => page.errors.push(format!("line {line}: a comment: {text}")),
            Token::NullCharacterToken => page.errors.push(format!("line {line}: a NUL")),
            Token::ParseError(error) => page.errors.push(format!("line {line}: {error}")),
            Token::DoctypeToken(_) | Token::EOFToken => {}
        }
        TokenSinkResult::Continue
    }
}

impl Parsed {
    /// Reads a page.
    pub fn new(text: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(text.into());
        let options = TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() };
        let tokenizer = Tokenizer::new(Sink(RefCell::default()), options);
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        let mut page = tokenizer.sink.0.into_inner();
        page.errors.extend(page.open.iter().map(|name| format!("<{name}> is not closed")));
        page
    }
}
