//! What is wrong with files, with the line it is in.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{note, paint, style};
use crate::desired::Diagnostic;
use crate::error::Error;

/// Prints an error with its parts and its hint.
pub fn error(error: &Error) {
    match error {
        Error::Invalid(diagnostics) => diagnostics.iter().for_each(|diagnostic| note(&render(diagnostic))),
        Error::Conflicts(conflicts) => {
            for conflict in conflicts {
                let owner = conflict.owner.as_ref().map_or_else(|| "carries no mark".to_owned(), |owner| format!("belongs to {owner}"));
                note(&format!("  {} ({}) {owner}", conflict.id, conflict.name));
            }
        }
        Error::Stale(addresses) => addresses.iter().for_each(|address| note(&format!("  {address} is no longer as it was planned on"))),
        _ => {}
    }
    let count = match error {
        Error::Invalid(all) if all.len() > 1 => format!(": {} problems", all.len()),
        _ => String::new(),
    };
    note(&format!("{} {error}{count}", paint(style::REMOVE, "error:")));
    note(&format!("{} {}", paint(style::ADOPT, "hint:"), error.hint()));
}

/// A finding with its line, a caret and the fix.
pub fn render(diagnostic: &Diagnostic) -> String {
    let path = diagnostic.source.path.display().to_string();
    let text = &diagnostic.source.text;
    let place = diagnostic.place;
    if place.line == 0 || text.is_empty() {
        let at = if place.line == 0 { path } else { format!("{path}:{}:{}", place.line, place.column) };
        return format!("{} {}\n  --> {at}\n  = help: {}", paint(style::REMOVE, "error:"), diagnostic.message, diagnostic.fix);
    }
    let start = offset(text, place.line, place.column);
    let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    let end = text[start..].char_indices().nth(place.length.max(1)).map_or(text.len(), |(at, _)| start + at).min(line_end.max(start));
    let snippet = Snippet::source(text.as_str()).path(path).annotation(AnnotationKind::Primary.span(start..end));
    let group =
        Level::ERROR.primary_title(diagnostic.message.as_str()).element(snippet).element(Level::HELP.message(diagnostic.fix.as_str()));
    // Whether stderr shows colours is decided where it is written.
    Renderer::styled().render(&[group])
}

/// A finding for programs.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "file": diagnostic.source.path.display().to_string(),
        "line": diagnostic.place.line,
        "column": diagnostic.place.column,
        "message": diagnostic.message,
        "fix": diagnostic.fix,
    })
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
