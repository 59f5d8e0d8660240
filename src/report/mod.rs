//! The only writer of stdout and stderr: data to the one, progress and errors to the other. A closed
//! pipe ends the output, not the program.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use crate::cli::ColorChoice;

pub mod advise;
pub mod against;
mod alike;
pub mod applied;
mod arguments;
pub mod assignments;
pub mod cost;
pub mod diagnostics;
mod entry;
pub mod escape;
pub mod explain;
pub mod graph;
pub mod heading;
pub mod html;
pub mod import;
pub mod json;
pub mod logs;
pub mod ls;
pub mod markdown;
mod markup;
pub mod metrics;
mod net;
pub mod notes;
pub mod outputs;
pub mod plan;
pub mod progress;
pub mod prompt;
mod protocol;
pub mod redrive;
mod same;
pub mod sarif;
pub mod screen;
pub mod stakes;
pub mod status;
pub mod summary;
pub mod times;
pub mod trace;
pub mod value;
pub mod waits;
pub mod watch;
pub mod who;
pub mod worded;
pub mod wrap;

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

pub use arguments::{again, quoted};
pub use net::{Log, hide, hide_credentials};

/// Writes data for people or in JSON, without known secrets and with what acts on a terminal written
/// out.
pub fn data(text: &str) {
    write(&escape::to_show(&net::data(text)));
}

/// Writes a document on one line, without known secrets.
pub fn json_line(document: &serde_json::Value) {
    write(&format!("{}\n", escape::to_show(&net::document(document.clone()).to_string())));
}

/// A message for somebody else, on one line and without secrets.
pub fn redacted(text: &str) -> String {
    escape::line(&net::message(text))
}

/// A document for somebody else, without known secrets.
pub fn masked(document: serde_json::Value) -> String {
    escape::to_show(&net::document(document).to_string())
}

/// Writes values by the names that a user has given them, without known secrets.
pub fn values(text: &str) {
    write(&escape::to_show(&net::values(text)));
}

/// Writes data of no form of ours that a program takes as it is, without known secrets.
pub fn exact(text: &str) {
    asked_for(&net::foreign(text));
}

/// Writes data that a program takes as it is: values that the user asked for. On a terminal nobody
/// but people reads it.
pub fn asked_for(text: &str) {
    if std::io::stdout().is_terminal() {
        write(&escape::to_show(text));
    } else {
        written(to(std::io::stdout().lock(), text));
    }
}

fn write(text: &str) {
    written(to(anstream::stdout(), text));
}

fn to(mut stdout: impl Write, text: &str) -> io::Result<()> {
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Why data did not get to stdout, the first time.
static UNWRITTEN: OnceLock<String> = OnceLock::new();

/// Notes what became of data for stdout. Who closes a pipe has read enough.
fn written(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        UNWRITTEN.get_or_init(|| error.to_string());
    }
}

/// Why something of the data did not get to stdout; none where all of it did, or nobody reads any more.
pub fn unwritten() -> Option<&'static str> {
    UNWRITTEN.get().map(String::as_str)
}

/// Writes a line about what is going on, without secrets.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", net::message(text));
}

/// Writes sentences about what is going on: [`note`], broken between words where the terminal ends.
pub fn tell(text: &str) {
    note(&wrap::lines(text, wrap::stderr_width()));
}

/// Prints what clap has to say: of help and version to stdout, of mistakes to stderr, without the
/// values of the command line that may be secrets.
pub fn command_line(error: &clap::Error) {
    if !error.use_stderr() {
        write(&error.render().ansi().to_string());
        return;
    }
    // clap quotes the command line between its styles.
    let acts = std::env::args_os().any(|argument| argument.to_string_lossy().contains(escape::acts));
    let text = if acts { error.render().to_string() } else { escape::own(&error.render().ansi().to_string()) };
    let _ = write!(anstream::stderr(), "{}", arguments::without_values(&text, std::env::args()));
}

/// `text` in `style`. Only [`escape::to_show`] makes the style one.
pub fn paint(style: anstyle::Style, text: &str) -> String {
    let (begin, end) = (escape::own(&style.to_string()), escape::own(&format!("{style:#}")));
    format!("{begin}{text}{end}")
}

/// A styled text as it looks without styles.
pub fn plain(styled: &str) -> String {
    anstream::adapter::strip_str(&escape::to_show(styled)).to_string()
}
