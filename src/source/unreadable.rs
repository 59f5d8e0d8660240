//! What is told of a text that is no YAML: the library's words in plain ones, with a way to mend it.

use std::sync::Arc;

use super::diagnostic::{Diagnostic, Place, Source};

/// The library's error as a finding.
pub(super) fn unreadable(source: &Arc<Source>, error: &serde_saphyr::Error) -> Diagnostic {
    let place = error.location().map(|at| Place { line: at.line() as usize, column: at.column() as usize, length: 1 });
    let text = error.to_string();
    let message = format!("not valid YAML: {}", in_plain_words(&text));
    // An operator of IAM and a field of state machines is called `Null`.
    if let Some(key) = place.filter(|_| text.contains(NULL_AS_KEY)).and_then(|place| key_at(&source.text, place)) {
        let length = key.chars().count();
        let place = place.map(|place| Place { length, ..place });
        let message = format!("the key `{key}` is YAML's word for nothing, not a text");
        return Diagnostic::new(source, place, message, format!("put it in quotes: `\"{key}\":`"));
    }
    match place.and_then(|place| indented_by_tab(&source.text, place)) {
        Some(tab) if text.contains("tab") => Diagnostic::new(source, tab, message, "indent with spaces: YAML allows no tab here"),
        _ => Diagnostic::new(source, place, message, "mend the syntax at this place"),
    }
}

/// What the library says of a key that is no text.
const NULL_AS_KEY: &str = "cannot deserialize null into string";

/// The key that begins at a place; none where nothing is written there.
fn key_at(text: &str, at: Place) -> Option<String> {
    let line: String = text.lines().nth(at.line.checked_sub(1)?)?.chars().skip(at.column.checked_sub(1)?).collect();
    let key = line.split(':').next()?.trim();
    (["null", "~"].contains(&key.to_ascii_lowercase().as_str())).then(|| key.to_owned())
}

/// The library's message without its place, and without its advice to programmers.
fn in_plain_words(text: &str) -> String {
    if text.contains("budget breached") {
        return "the document is too large once its aliases are written out".to_owned();
    }
    if text.contains("multiple YAML documents") {
        return "a stack file is one document, and here begins a second".to_owned();
    }
    let end = [" at line ", ", set DuplicateKeyPolicy", "; use "].iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].trim().to_owned()
}

/// The scanner tells where the scalar before the tab began; the tab itself is what has to go.
fn indented_by_tab(text: &str, from: Place) -> Option<Place> {
    let lines = text.lines().enumerate().skip(from.line.saturating_sub(1));
    let mut tabs = lines.filter_map(|(index, line)| {
        let column = line.find(|c: char| c != ' ')?;
        line[column..].starts_with('\t').then_some(Place { line: index + 1, column: column + 1, length: 1 })
    });
    tabs.next()
}
