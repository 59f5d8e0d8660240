//! What stands before the one document of a file.

/// What some editors begin a text in UTF-8 with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The line `---` that a file may begin with, below comments alone, with them; and the document. A byte order
/// mark is of the head: it stands before the first character, wherever that goes.
pub(super) fn parted(text: &str) -> (String, &str) {
    match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => {
            let (head, body) = below_mark(rest);
            (format!("{BYTE_ORDER_MARK}{head}"), body)
        }
        None => below_mark(text),
    }
}

fn below_mark(text: &str) -> (String, &str) {
    let mut head = String::new();
    for line in text.split_inclusive('\n') {
        let of = line.trim();
        head.push_str(line);
        let is_begin =
            of.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.trim_start() != rest && rest.trim_start().starts_with('#'));
        if is_begin {
            let lines: String = head.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
            return (lines, &text[head.len()..]);
        }
        if !of.is_empty() && !of.starts_with('#') {
            return (String::new(), text);
        }
    }
    (String::new(), text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Layout, layout};

    #[test]
    fn a_byte_order_mark_stays_before_the_first_character() {
        for (text, laid) in [("\u{feff}a:   1\n", "\u{feff}a: 1\n"), ("\u{feff}\n# top\n\n---\na:   1\n", "\u{feff}# top\n---\na: 1\n")] {
            for text in [text, laid] {
                assert_eq!(layout(Path::new("x"), text).ok(), Some(Layout::Text(laid.to_owned())), "{text}");
            }
        }
    }
}
