//! The only writer of stdout and stderr: data to the one, progress and errors to the other. A closed
//! pipe ends the output, not the program.

use std::io::Write;

use crate::cli::ColorChoice;

pub mod diagnostics;
pub mod graph;
pub mod heading;
pub mod json;
pub mod notes;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod prompt;
pub mod sarif;
pub mod stakes;
pub mod summary;
pub mod value;

/// Colours and symbols, in one place. Colour is never the only signal.
pub mod style {
    use anstyle::{AnsiColor, Style};

    /// What is added.
    pub const ADD: Style = AnsiColor::Green.on_default();
    /// What is changed.
    pub const CHANGE: Style = AnsiColor::Yellow.on_default();
    /// What is taken away, and errors.
    pub const REMOVE: Style = AnsiColor::Red.on_default();
    /// What is taken over.
    pub const ADOPT: Style = AnsiColor::Cyan.on_default();
    /// What matters most.
    pub const BOLD: Style = Style::new().bold();
    /// What matters least.
    pub const DIM: Style = Style::new().dimmed();
}

/// Sets colours for the whole process.
pub fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Writes data.
pub fn data(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
    let _ = anstream::stdout().flush();
}

/// Writes a line about what is going on.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// `text` in `style`.
pub fn paint(style: anstyle::Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
