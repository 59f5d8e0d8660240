//! The only writer of stdout and stderr: data to the one, progress and errors to the other. A closed
//! pipe ends the output, not the program.

use std::io::Write;

use crate::cli::ColorChoice;

mod arguments;
pub mod diagnostics;
pub mod graph;
pub mod heading;
pub mod json;
mod net;
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

pub use arguments::again;
pub use net::{Log, hide, hide_credentials};

/// Writes data, without known secrets.
pub fn data(text: &str) {
    asked_for(&net::data(text));
}

/// Writes data as it is: a value that the user asked for by name.
pub fn asked_for(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
    let _ = anstream::stdout().flush();
}

/// Writes a line about what is going on, without secrets.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", net::message(text));
}

/// Prints what clap has to say: of help and version to stdout, of mistakes to stderr, without the
/// values of the command line that may be secrets.
pub fn command_line(error: &clap::Error) {
    if !error.use_stderr() {
        asked_for(&error.render().ansi().to_string());
        return;
    }
    let _ = write!(anstream::stderr(), "{}", arguments::without_values(&error.render().ansi().to_string(), std::env::args()));
}

/// `text` in `style`.
pub fn paint(style: anstyle::Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
