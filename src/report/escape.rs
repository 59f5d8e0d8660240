//! Characters that act on a terminal, or turn the order in which a line is read, are written out:
//! whoever can write a file, a tag or a log line in the account would else write the reader's screen.

use std::fmt::Write;

pub use crate::model::unseen::acts;

/// Stands for the escape character in what this program styles itself, until [`to_show`]: any other
/// escape character came from outside. No text of YAML or XML can hold it, and of those that can,
/// only colours get through.
const STYLE: char = '\u{fffe}';

/// A text on one line: what acts is written out, and so are line feeds and tabs.
pub fn line(text: &str) -> String {
    written_out(text, |c| acts(c) || matches!(c, '\n' | '\t'))
}

/// A text that may have lines: what acts is written out.
pub fn lines(text: &str) -> String {
    written_out(text, acts)
}

/// A text of as many characters, for which columns count.
pub fn columns(text: &str) -> String {
    text.chars().map(|c| if acts(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Marks the escape characters of a text in which only this program can have put any.
pub fn own(styled: &str) -> String {
    styled.replace('\x1b', STYLE.encode_utf8(&mut [0; 4]))
}

/// Length of a style of our own at the begin of a text.
pub fn style_at(text: &str) -> Option<usize> {
    let behind = text.strip_prefix(STYLE)?;
    style_behind(behind).map(|length| STYLE.len_utf8() + length)
}

/// A text without styles of our own.
pub fn without_styles(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(STYLE) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = style_at(rest).unwrap_or_else(|| {
            plain.push(STYLE);
            STYLE.len_utf8()
        });
        rest = &rest[length..];
    }
    plain + rest
}

/// What is written in the end: styles of this program as such, all else that acts written out. In
/// JSON as JSON writes it, so that programs read the same text.
pub fn to_show(text: &str) -> String {
    let json = text.starts_with(['{', '[']);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(acts) {
        shown.push_str(&rest[..at]);
        let found = &rest[at..];
        let Some(c) = found.chars().next() else { break };
        rest = &found[c.len_utf8()..];
        match style_behind(rest).filter(|_| c == STYLE) {
            Some(length) => {
                shown.push('\x1b');
                shown.push_str(&rest[..length]);
                rest = &rest[length..];
            }
            None if json => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }),
            None => shown.extend(c.escape_default()),
        }
    }
    shown + rest
}

/// Length of `[1;31m`: a style, which is all that [`own`] lets through.
fn style_behind(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    inner[end..].starts_with('m').then_some(end + 2)
}

fn written_out(text: &str, is_written_out: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_written_out(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_the_rest_stays() {
        for (text, shown) in [
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"),
            ("over\rwritten\x08", "over\\rwritten\\u{8}"),
            ("user\u{202e}nimda\u{2066}", "user\\u{202e}nimda\\u{2066}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("größe → 数 👩‍🚀\tand\nlines", "größe → 数 👩‍🚀\tand\nlines"),
        ] {
            assert_eq!(to_show(text), shown);
            assert_eq!(lines(text), shown);
            assert_eq!(to_show(&lines(text)), shown, "once is enough");
            assert_eq!(columns(text).chars().count(), text.chars().count());
            assert!(!columns(text).contains(acts));
        }
        assert_eq!(line("a\nb\tc\u{2028}"), "a\\nb\\tc\\u{2028}");
    }

    #[test]
    fn only_styles_of_ours_reach_a_terminal() {
        assert_eq!(to_show(&own("\x1b[1m\x1b[31mred\x1b[0m")), "\x1b[1m\x1b[31mred\x1b[0m");
        assert_eq!(to_show("\x1b[31mred"), "\\u{1b}[31mred");
        assert_eq!(to_show(&own("\x1b[2J")), "\\u{fffe}[2J", "a style, and nothing else");
        assert_eq!(to_show(&own("\x1b]0;x\x07")), "\\u{fffe}]0;x\\u{7}");
    }

    #[test]
    fn json_stays_json() -> Result<(), serde_json::Error> {
        let value = serde_json::json!({"a": "x\u{202e}\u{7f}\u{9b}\u{e0041}\u{1b}y"});
        let shown = to_show(&value.to_string());
        assert!(!shown.contains(acts), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown)?, value);
        Ok(())
    }
}
