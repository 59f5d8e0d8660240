//! Asking, on a terminal only.

use std::io::{IsTerminal, Write};

/// Whether there is somebody to ask.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks; only `y` and `yes` are a yes.
pub fn confirm(question: &str) -> bool {
    let answer = ask(&format!("{question} [y/N] "));
    matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Asks for the whole word, which nobody types in passing.
pub fn confirm_in_full(question: &str) -> bool {
    ask(&format!("{question} Type yes to go on: ")).eq_ignore_ascii_case("yes")
}

/// Asks for a word; an empty answer is the one that is offered.
pub fn answer(question: &str, otherwise: &str) -> String {
    let answer = ask(&format!("{question} [{otherwise}]: "));
    if answer.is_empty() { otherwise.to_owned() } else { answer }
}

/// What was answered, nothing where nothing can be read.
fn ask(question: &str) -> String {
    let mut stderr = anstream::stderr();
    let _ = write!(stderr, "{}", super::net::message(question));
    let _ = stderr.flush();
    let mut answer = String::new();
    match std::io::stdin().read_line(&mut answer) {
        Ok(_) => answer.trim().to_owned(),
        Err(_) => String::new(),
    }
}
