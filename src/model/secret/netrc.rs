//! Lines of a `.netrc`: `machine host login user password secret`.

use std::ops::Range;

use super::pairs::is_placeholder;

/// What follows `password` in an entry of a machine.
pub(super) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let words: Vec<&str> = if text.contains("password") { text.split_whitespace().collect() } else { Vec::new() };
    for (at, word) in words.iter().enumerate() {
        // `default` has no host.
        let mut from = match *word {
            "machine" => at + 2,
            "default" => at + 1,
            _ => continue,
        };
        while let [what, value, ..] = words.get(from..).unwrap_or_default() {
            match *what {
                "login" | "account" => {}
                "password" if from > at + 2 && !is_placeholder(value) => {
                    let start = value.as_ptr() as usize - text.as_ptr() as usize;
                    found.push(start..start + value.len());
                }
                _ => break,
            }
            from += 2;
        }
    }
}
