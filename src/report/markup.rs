//! Text among the tags of a page or of a comment: without secrets, on one line, and none of it markup.

use std::fmt::Write;

use super::{escape, net};

/// A text between tags or in a quoted attribute. Known secrets go first: as markup writes them they
/// would be others.
pub fn text(text: &str) -> String {
    marked(&escape::line(&net::message(text)))
}

/// The same of a text that may have lines.
pub fn lines(text: &str) -> String {
    marked(&escape::lines(&net::message(text)))
}

fn marked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            c => shown.push(c),
        }
    }
    shown
}

/// A name for `id` and links, of any text: two texts have two names.
pub fn anchor(text: &str) -> String {
    let mut name = String::from("r-");
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            name.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(name, "_{:x}_", u32::from(c));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(text("<a href=\"x\" id='y'>&amp;"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
        assert_eq!(text("a\nb\u{202e}"), "a\\nb\\u{202e}");
        assert_eq!(lines("a\nb"), "a\nb");
    }

    #[test]
    fn anchors_stay_apart() {
        assert_eq!(anchor("queue/dlq"), "r-queue_2f_dlq");
        assert_ne!(anchor("queue/a_b"), anchor("queue/a-b"));
        assert_ne!(anchor("a_2f_b"), anchor("a/b"));
    }
}
