//! Lines that are no wider than the terminal, broken between words.

use std::io::IsTerminal;

use unicode_width::UnicodeWidthChar;

use super::escape;

/// Columns where nobody knows how many there are: lists are broken there, and words are left whole.
pub const USUAL: usize = 100;
/// Columns where nobody says how many there are, of what has columns of its own.
const PLAIN: usize = 80;
/// With fewer columns than these nothing can be laid out.
const LEAST: usize = 20;
/// Columns beyond which one line alone does not push the others.
const FAR: usize = 36;
/// How much further in a line goes on.
const HANGING: usize = 4;

/// Columns of stdout: what `COLUMNS` says, or the terminal; none where it is neither.
pub fn stdout_width() -> Option<usize> {
    let stdout = std::io::stdout();
    said().or_else(|| stdout.is_terminal().then(|| columns(&stdout)).flatten())
}

/// Columns of stdout for what is laid out in columns of its own, which needs a number.
pub fn stdout_columns() -> usize {
    stdout_width().unwrap_or(PLAIN)
}

/// The same of stderr.
pub fn stderr_width() -> Option<usize> {
    let stderr = std::io::stderr();
    said().or_else(|| stderr.is_terminal().then(|| columns(&stderr)).flatten())
}

/// Columns and rows of stdout, where it is a terminal that tells. What is drawn has to fit there, whatever
/// `COLUMNS` says.
pub fn stdout_size() -> Option<(usize, usize)> {
    let stdout = std::io::stdout();
    stdout.is_terminal().then(|| size(&stdout)).flatten()
}

fn said() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.trim().parse().ok().filter(|columns| *columns >= LEAST)
}

#[cfg(unix)]
fn columns(terminal: &impl std::os::fd::AsFd) -> Option<usize> {
    size(terminal).map(|(columns, _)| columns).filter(|columns| *columns >= LEAST)
}

#[cfg(unix)]
fn size(terminal: &impl std::os::fd::AsFd) -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}

#[cfg(not(unix))]
fn columns<T>(_: &T) -> Option<usize> {
    None
}

#[cfg(not(unix))]
fn size<T>(_: &T) -> Option<(usize, usize)> {
    None
}

/// A text whose lines fit, each going on further in. Styles take no room. A word that is longer than a line
/// is broken behind one of the characters that part it. Nothing is broken where no width is known.
pub fn lines(text: &str, width: Option<usize>) -> String {
    width.map_or_else(|| text.to_owned(), |width| each(text, width, true))
}

/// The same, with all words whole.
pub fn softly(text: &str, width: usize) -> String {
    each(text, width, false)
}

fn each(text: &str, width: usize, breaks: bool) -> String {
    let mut wrapped = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        let indent = || {
            let shown = escape::without_styles(line);
            shown.len() - shown.trim_start_matches(' ').len() + HANGING
        };
        one(line, width.max(LEAST), indent, breaks, &mut wrapped);
        wrapped.push_str(end);
    }
    wrapped
}

/// The lines of a text without styles that are no wider than `width`, however little that is; those behind the
/// first begin with `indent` blanks, or half a line of them.
pub fn hung(text: &str, width: usize, indent: usize) -> Vec<String> {
    let mut wrapped = String::new();
    one(text, width.max(1), || indent, true, &mut wrapped);
    wrapped.split('\n').map(str::to_owned).collect()
}

/// The same with all words whole, and with nothing before them.
pub fn parted(text: &str, width: usize) -> Vec<String> {
    let mut wrapped = String::new();
    one(text, width.max(LEAST), || 0, false, &mut wrapped);
    wrapped.split('\n').map(str::to_owned).collect()
}

fn one(line: &str, width: usize, hanging: impl FnOnce() -> usize, breaks: bool, wrapped: &mut String) {
    if columns_of(line) <= width {
        wrapped.push_str(line);
        return;
    }
    let hanging = hanging().min(width / 2);
    let mut column = 0;
    // Blanks belong to the word before them: at the end of a line they are left out.
    for word in words(line, !breaks) {
        let (text, blanks) = word.split_at(word.trim_end_matches(' ').len());
        let mut rest = text;
        let mut long = columns_of(rest);
        // A whole word that is longer than a line is no shorter on the next one.
        let is_hopeless = !breaks && hanging + long > width;
        if column > hanging && column + long > width && !is_hopeless {
            trim(wrapped);
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(hanging));
            column = hanging;
        }
        while breaks && column + long > width {
            let at = cut(rest, width.saturating_sub(column));
            if at == 0 {
                break;
            }
            wrapped.push_str(&rest[..at]);
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(hanging));
            rest = &rest[at..];
            (column, long) = (hanging, columns_of(rest));
        }
        wrapped.push_str(rest);
        wrapped.push_str(blanks);
        column += long + blanks.len();
    }
    trim(wrapped);
}

/// Columns that what stands first in lines is padded to: those of the longest, but for the few that are so long
/// that they would push all others' rest far off.
pub fn padded_to(lengths: impl Iterator<Item = usize>, width: Option<usize>) -> usize {
    let far = width.map_or(FAR, |width| FAR.min(width / 2));
    lengths.filter(|length| *length <= far).max().unwrap_or(0)
}

/// Words with commas between them, on as many lines as they take.
pub fn listed(words: &[String], indent: &str, width: usize) -> String {
    let (mut text, mut column) = (indent.to_owned(), indent.len());
    for (at, word) in words.iter().enumerate() {
        let comma = usize::from(at + 1 < words.len());
        let long = columns_of(word) + comma;
        if at > 0 && column + 1 + long > width {
            text.push('\n');
            text.push_str(indent);
            column = indent.len();
        } else if at > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        text.push_str(if comma > 0 { "," } else { "" });
        column += long;
    }
    text
}

fn trim(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
}

/// Words with the blanks behind them, those at the begin of a line with the first. Where texts in quotes are to be
/// kept, they are parted at single blanks alone: YAML reads the end of a line there as one. What closes a list or a
/// mapping then stays with what stands before it.
fn words(line: &str, keeps_quoted: bool) -> Vec<&str> {
    let (mut all, mut from) = (Vec::new(), 0);
    let (mut seen_word, mut is_quoted, mut is_escaped) = (false, false, false);
    let mut blanks = 0;
    for (at, c) in line.char_indices() {
        let stays = keeps_quoted && if is_quoted { blanks > 1 } else { matches!(c, '}' | ']') };
        if seen_word && blanks > 0 && c != ' ' && !stays {
            all.push(&line[from..at]);
            from = at;
        }
        seen_word |= c != ' ';
        blanks = if c == ' ' { blanks + 1 } else { 0 };
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = is_quoted && c == '\\' && !is_escaped;
    }
    all.push(&line[from..]);
    all
}

/// Where a word is cut that has so many columns at most: behind what parts it, or anywhere.
fn cut(word: &str, most: usize) -> usize {
    let (mut column, mut anywhere, mut parted, mut loosely) = (0, 0, 0, 0);
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        if let Some(style) = escape::style_at(rest) {
            rest = &rest[style..];
            continue;
        }
        column += c.width().unwrap_or(0);
        if column > most {
            break;
        }
        rest = &rest[c.len_utf8()..];
        anywhere = word.len() - rest.len();
        match c {
            '/' | ':' | ',' => parted = anywhere,
            '-' | '.' | '_' | '=' | '&' | '?' => loosely = anywhere,
            _ => {}
        }
    }
    [parted, loosely].into_iter().find(|at| *at > 0).unwrap_or(anywhere)
}

/// Columns that a styled text takes.
pub fn columns_of(styled: &str) -> usize {
    escape::without_styles(styled).chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text with blanks behind it up to so many columns.
pub fn padded(styled: &str, width: usize) -> String {
    format!("{styled}{}", " ".repeat(width.saturating_sub(columns_of(styled))))
}

/// A text that has so many columns at most; what was cut off shows as `…`.
pub fn cut_to(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| columns_of(text) > *width) else { return text.to_owned() };
    let mut shown = String::new();
    let mut column = 0;
    for c in text.chars() {
        column += c.width().unwrap_or(0);
        if column >= width {
            break;
        }
        shown.push(c);
    }
    shown.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{paint, style};
    use super::*;

    #[test]
    fn what_closes_a_mapping_stands_on_no_line_of_its_own() {
        assert_eq!(softly("  { one: { a: 123456 } }", 22), "  { one: { a:\n      123456 } }");
        let long = "  { url: https://a.b.c/d/e/f/g/h } }";
        assert_eq!(softly(long, 22), long, "a word that fits no line is left to the terminal");
    }

    #[test]
    fn a_line_is_broken_between_words_and_goes_on_further_in() {
        let text = "  one two three four five six\nshort\n";
        assert_eq!(lines(text, Some(20)), "  one two three four\n      five six\nshort\n");
        assert_eq!(lines(text, None), text);
        let arn = "      arn:aws:sqs:us-east-1:111122223333:a-long-name";
        assert_eq!(lines(arn, Some(24)), "      arn:aws:sqs:\n          us-east-1:\n          111122223333:\n          a-long-name");
    }

    #[test]
    fn one_long_address_does_not_push_the_others() {
        assert_eq!(padded_to([9, 14, 62].into_iter(), None), 14);
        assert_eq!(padded_to([9, 34].into_iter(), None), 34);
        assert_eq!(padded_to([9, 34].into_iter(), Some(60)), 9);
        assert_eq!(padded_to([62].into_iter(), None), 0);
    }

    #[test]
    fn columns_of_a_table_hold_their_texts() {
        assert_eq!(hung("  one two three", 9, 4), ["  one two", "    three"]);
        assert_eq!(hung("", 9, 2), [""]);
        assert_eq!(hung("abcdefghijkl mn", 6, 1), ["abcdef", " ghijk", " l mn"]);
        for width in 3..20 {
            for line in hung("  the queue orders-dlq is larger than größe", width, 2) {
                assert!(columns_of(&line) <= width, "{width}: {line:?}");
            }
        }
    }

    #[test]
    fn styles_take_no_room_and_wide_letters_two_columns() {
        let styled = format!("  {} two", paint(style::BOLD, "one"));
        assert_eq!(columns_of(&styled), 9);
        assert_eq!(lines(&styled, Some(20)), styled);
        assert_eq!(columns_of("数 x"), 4);
        assert_eq!(padded("数 x", 6), "数 x  ");
        assert_eq!(cut_to("one two three", Some(8)), "one two…");
        assert_eq!(cut_to("one", Some(8)), "one");
    }

    /// What is folded as YAML folds it: a line's end, with what blanks stand beside it, is one blank.
    fn folded(text: &str) -> String {
        text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_value_is_broken_where_yaml_reads_a_blank_and_nowhere_else() {
        for line in [
            "+ url: https://api.example.com/v1/tenants/acme-corporation/orders",
            "+ text: 数据数据数据数据数据数据数据数据数据数据 数据数据数据数据",
            "+ text: \"one  two three \\\"four  five six seven\\\" eight  nine ten\"",
        ] {
            assert_eq!(folded(&softly(line, 20)), line, "{}", softly(line, 20));
        }
    }

    proptest! {
        #[test]
        fn no_line_is_wider_and_no_word_is_lost(text in "[ a-z/:数]{0,120}", width in 20_usize..60) {
            let wrapped = lines(&text, Some(width));
            prop_assert!(wrapped.lines().all(|line| columns_of(line) <= width), "{wrapped}");
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&wrapped), bare(&text));
        }
    }
}
