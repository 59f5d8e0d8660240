//! How wide and high a terminal is, and words on lines of that width.

/// Where nobody says how wide it is.
const COLUMNS: usize = 80;
/// Narrower than this nothing is made.
const LEAST: usize = 20;

/// Columns of standard output; 80 where it is no terminal, and `COLUMNS` does not say otherwise.
pub(super) fn columns() -> usize {
    let said = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok();
    size().map(|(columns, _)| columns).or_else(said).filter(|columns| *columns > 0).unwrap_or(COLUMNS).max(LEAST)
}

/// Columns and rows of standard output, where it is a terminal that tells.
pub(super) fn size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}

/// Lines of `text` that are no wider than `width`, cut at words; those behind the first begin with `indent`.
/// A word that is wider than a line is cut.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let begins = text.len() - text.trim_start().len();
    let mut line = text[..begins].to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if !is_empty && line.chars().count() + 1 + word.len() > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        while line.chars().count() + word.len() > width {
            let fits = width.saturating_sub(line.chars().count()).max(1);
            line.extend(word.drain(..fits.min(word.len())));
            if word.is_empty() {
                break;
            }
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        line.extend(word);
        is_empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrapped("  one two three", 9, "    "), ["  one two", "    three"]);
        assert_eq!(wrapped("one", 9, "  "), ["one"]);
        assert_eq!(wrapped("", 9, "  "), [""]);
        assert_eq!(wrapped("abcdefghijkl mn", 6, " "), ["abcdef", " ghijk", " l mn"]);
        for width in 3..20 {
            for line in wrapped("  the queue orders-dlq is larger than größe", width, "  ") {
                assert!(line.chars().count() <= width, "{width}: {line:?}");
            }
        }
    }
}
