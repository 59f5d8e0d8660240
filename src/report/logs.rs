//! Lines of logs: their time, and whose they are where several are shown.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::wrap::padded;
use super::{escape, paint};

/// Colours of keys, one after the other. Red is for what is wrong.
const COLORS: [AnsiColor; 5] = [AnsiColor::Cyan, AnsiColor::Yellow, AnsiColor::Green, AnsiColor::Magenta, AnsiColor::Blue];

/// A line of a log.
pub struct Line<'a> {
    /// Whose it is, which of them that is, and how wide keys are; none where there is one.
    pub of: Option<(&'a str, usize, usize)>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What it says, in one or more lines.
    pub message: &'a str,
}

/// The text of a line, with its end. Each of several lines says whose it is.
pub fn line(Line { of, at, message }: &Line<'_>) -> String {
    let time = Timestamp::from_millisecond(*at).unwrap_or_default();
    match of {
        None => format!("{time:.3} {message}\n"),
        Some((key, place, width)) => {
            let color = COLORS[place % COLORS.len()];
            let key = paint(Style::new().fg_color(Some(color.into())), &format!("{} |", padded(&escape::line(key), *width)));
            let mut lines = message.lines();
            let first = format!("{key} {time:.3} {}\n", lines.next().unwrap_or_default());
            first + &lines.map(|line| format!("{key}   {line}\n")).collect::<String>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;

    #[test]
    fn each_line_says_whose_it_is() {
        let shown = plain(&line(&Line { of: Some(("work", 7, 6)), at: 0, message: "one\n  two" }));
        assert_eq!(shown, "work   | 1970-01-01T00:00:00.000Z one\nwork   |     two\n");
        assert_eq!(line(&Line { of: None, at: 0, message: "{\"a\": 1}" }), "1970-01-01T00:00:00.000Z {\"a\": 1}\n");
    }
}
