//! A text that is shown again and again: on a terminal in its place, elsewhere one below the other.

use std::io::IsTerminal;

use super::{escape, net, wrap};
use crate::model::counted;

/// Clears what is on the screen, once.
const CLEAR: &str = "\x1b[2J";
const HOME: &str = "\x1b[H";
/// Clears the rest of a line.
const LINE: &str = "\x1b[K\n";
/// Clears what is below.
const BELOW: &str = "\x1b[J";

/// Where the text is shown.
pub struct Screen {
    is_drawn: bool,
    is_begun: bool,
}

impl Screen {
    /// A screen that is drawn again where that is wanted and standard output can do it.
    pub fn new(is_wanted: bool) -> Self {
        let can = std::io::stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb" && !term.is_empty());
        Self { is_drawn: is_wanted && can, is_begun: false }
    }

    /// Whether it is drawn again in its place.
    pub fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// Shows a text in place of the last one.
    pub fn show(&mut self, text: &str) {
        let Some((columns, rows)) = wrap::stdout_size().filter(|_| self.is_drawn) else {
            super::data(&format!("{}{text}", if self.is_begun { "\n" } else { "" }));
            self.is_begun = true;
            return;
        };
        let shown = escape::to_show(&net::data(text));
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let is_plain = anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never;
        let frame = frame(if is_plain { &plain } else { &shown }, &plain, (columns, rows));
        let begin = if std::mem::replace(&mut self.is_begun, true) { "" } else { CLEAR };
        // At once, so that nobody sees half of it.
        super::written(super::to(std::io::stdout().lock(), &format!("{begin}{frame}")));
    }
}

/// What draws a text over the last one, cut where the screen ends.
fn frame(text: &str, plain: &str, (columns, rows): (usize, usize)) -> String {
    let mut left = rows.saturating_sub(1);
    let mut lines: Vec<&str> = Vec::new();
    let all = text.lines().count();
    for (line, plain) in text.lines().zip(plain.lines()) {
        let takes = wrap::columns_of(plain).div_ceil(columns.max(1)).max(1);
        // The last row is for what is said of the rest.
        let reserve = usize::from(lines.len() + 1 < all);
        if left < takes + reserve {
            break;
        }
        left -= takes;
        lines.push(line);
    }
    let mut drawn = HOME.to_owned();
    lines.iter().for_each(|line| drawn.extend([line, LINE]));
    if lines.len() < all && left > 0 {
        drawn.push_str(&format!("… {} more: the window is too low for them", counted(all - lines.len(), "line")));
        drawn.push_str(LINE);
    }
    drawn + BELOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_stays_within_the_screen() {
        let text: String = (1..=9).map(|n| format!("line {n}\n")).collect();
        let low = frame(&text, &text, (80, 5));
        assert_eq!(low.matches('\n').count(), 4, "{low:?}");
        assert!(low.contains("line 3\x1b[K\n… 6 lines more:"), "{low:?}");
        let high = frame(&text, &text, (80, 24));
        assert!(high.starts_with("\x1b[Hline 1\x1b[K\n") && high.ends_with("line 9\x1b[K\n\x1b[J"), "{high:?}");
        assert!(!high.contains("more"));
        let wide = "x".repeat(30) + "\n" + &"y".repeat(30) + "\n";
        assert!(frame(&wide, &wide, (10, 5)).contains("… 1 line more"), "a line that wraps takes its rows");
    }
}
