//! Writes HTML. INVARIANT: markup is written in this program's source (`&'static str`); everything else goes through [`Page::text`]
//! or [`Page::open_with`], which escape it.

use crate::sql::short_hash;

/// A page as far as it is written.
#[derive(Debug, Default)]
pub(super) struct Page {
    html: String,
}

impl Page {
    /// Markup of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.html.push_str(markup);
        self
    }

    /// Anybody's text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        escape(text, &mut self.html);
        self
    }

    /// A number.
    pub(super) fn number(&mut self, number: usize) -> &mut Self {
        self.text(&number.to_string())
    }

    /// Opens an element with attributes whose values are anybody's: `<a`, `href`, `#x`.
    pub(super) fn open_with(&mut self, element: &'static str, attributes: &[(&'static str, &str)]) -> &mut Self {
        self.raw(element);
        for (name, value) in attributes {
            self.raw(" ").raw(name).raw("=\"").text(value).raw("\"");
        }
        self.raw(">")
    }

    /// Opens a cell that says its column itself where the head is not shown.
    pub(super) fn cell(&mut self, column: &'static str) -> &mut Self {
        self.raw("<td data-label=\"").raw(column).raw("\">")
    }

    /// A name or an expression, apart from the sentence that it stands in.
    pub(super) fn code(&mut self, text: &str) -> &mut Self {
        self.raw("<code>").text(text).raw("</code>")
    }

    /// A sentence with code between backticks, as messages are written.
    pub(super) fn message(&mut self, text: &str) -> &mut Self {
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 1 {
                self.code(part)
            } else {
                self.text(part)
            };
        }
        self
    }

    /// Names with commas between them; what `none` says where there are none.
    pub(super) fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n String>, none: &'static str) -> &mut Self {
        let mut any = false;
        for name in names {
            if any {
                self.raw(", ");
            }
            self.code(name);
            any = true;
        }
        if any { self } else { self.raw("<span class=\"never\">").raw(none).raw("</span>") }
    }

    /// A table's head. The first column heads its rows.
    pub(super) fn head(&mut self, caption: &str, columns: &[&'static str]) -> &mut Self {
        self.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\"").raw(" aria-label=\"").text(caption).raw("\">");
        self.raw("<table><caption>").text(caption).raw("</caption><thead><tr>");
        for column in columns {
            self.raw("<th scope=\"col\">").raw(column).raw("</th>");
        }
        self.raw("</tr></thead><tbody>")
    }

    /// The end of what [`Page::head`] began.
    pub(super) fn foot(&mut self) -> &mut Self {
        self.raw("</tbody></table></div>\n")
    }

    /// The whole page.
    pub(super) fn finish(self) -> String {
        self.html
    }
}

/// The anchor of something: letters and digits of its name, told apart by a hash of all of it.
pub(super) fn anchor(kind: &str, name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    format!("{kind}-{}-{}", plain.trim_matches('-'), short_hash(name, 6))
}

/// Text that says nothing to a reader of HTML and shows every character that would hide or turn around others.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(c),
            c if is_hidden(c) => html.push_str(&format!("[U+{:04X}]", u32::from(c))),
            c => html.push(c),
        }
    }
}

/// Control characters, and those without width or with a say in the direction of others.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{Page, anchor};

    fn text(text: &str) -> String {
        let mut page = Page::default();
        page.text(text);
        page.finish()
    }

    #[test]
    fn what_a_user_wrote_is_text_and_nothing_else() {
        assert_eq!(text("<script>alert('1')</script>"), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
        assert_eq!(text("\" onclick=\"x"), "&quot; onclick=&quot;x");
        assert_eq!(text("a&amp;b"), "a&amp;amp;b");
        assert_eq!(text("admin\u{202e}nimda"), "admin[U+202E]nimda");
        assert_eq!(text("a\u{200b}b\0c\u{7f}"), "a[U+200B]b[U+0000]c[U+007F]");
        assert_eq!(text("ünï שלום 名"), "ünï שלום 名");
    }

    #[test]
    fn an_attribute_stays_within_its_quotes() {
        let mut page = Page::default();
        page.open_with("<a", &[("href", "#\"><script>")]).raw("</a>");
        assert_eq!(page.finish(), "<a href=\"#&quot;&gt;&lt;script&gt;\"></a>");
    }

    #[test]
    fn anchors_are_told_apart_and_plain() {
        let (one, other) = (anchor("table", "app.\"A\""), anchor("table", "app.'a'"));
        assert_ne!(one, other);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{one}");
    }
}
