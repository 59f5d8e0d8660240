//! What is wrong with files, with the line it is in.

use annotate_snippets::{AnnotationKind, Renderer, Snippet};
use serde_json::{Value, json};

use super::{note, paint, style};
use crate::desired::Diagnostic;
use crate::desired::diagnostic::Level;
use crate::error::Error;
use crate::model::Action;
use crate::model::plan::Protected;
use crate::model::secret::looks_secret;

/// Prints an error with its parts and its hint.
pub fn error(error: &Error) {
    match error {
        Error::Invalid(diagnostics) | Error::Preflight(diagnostics) | Error::Stored { problems: diagnostics, .. } => {
            grouped(diagnostics).iter().for_each(|text| note(text));
        }
        Error::Conflicts(conflicts) => {
            for conflict in conflicts {
                note(&format!("  {} ({}) {}", conflict.id, conflict.name, conflict.obstacle));
            }
        }
        Error::Protected(all) => {
            for Protected { id, name, action, in_files } in all {
                let what = if *action == Action::Replace { "replaced" } else { "deleted" };
                let whence = if *in_files { "" } else { ", protected by its tag" };
                note(&format!("  {id} ({name}) would be {what}{whence}"));
            }
        }
        Error::Stale(addresses) => addresses.iter().for_each(|address| note(&format!("  {address} is no longer as it was planned on"))),
        _ => {}
    }
    let count = match error {
        Error::Invalid(all) | Error::Stored { problems: all, .. } if errors(all) > 1 => format!(": {} problems", errors(all)),
        _ => String::new(),
    };
    note(&format!("{} {error}{count}", paint(style::REMOVE, "error:")));
    note(&format!("{} {}", paint(style::ADOPT, "hint:"), error.hint()));
}

/// More findings than anybody reads: the rest is counted.
const MOST_SHOWN: usize = 100;

/// Findings as text, those of one code at one place as one: what stands under `defaults` is wrong for
/// a thousand functions and is mended once.
fn grouped(findings: &[Diagnostic]) -> Vec<String> {
    let mut shown: Vec<(&Diagnostic, usize)> = Vec::new();
    for finding in findings {
        let same =
            |other: &Diagnostic| (other.place, other.code) == (finding.place, finding.code) && other.source.path == finding.source.path;
        match shown.last_mut() {
            Some((first, more)) if finding.place.line > 0 && same(first) => *more += usize::from(first.message != finding.message),
            _ => shown.push((finding, 0)),
        }
    }
    let text = |(finding, more): (&Diagnostic, usize)| match more {
        0 => render(finding),
        more => format!("{}\n  = and the same of {more} more, which take their value from this place", render(finding)),
    };
    let left_out = shown.len().saturating_sub(MOST_SHOWN);
    let mut texts: Vec<String> = shown.into_iter().take(MOST_SHOWN).map(text).collect();
    texts.extend((left_out > 0).then(|| format!("  = and {left_out} more; mend these first")));
    texts
}

fn errors(findings: &[Diagnostic]) -> usize {
    findings.iter().filter(|finding| finding.level == Level::Error).count()
}

/// Prints what is worth telling and refuses nothing.
pub fn warnings(findings: &[Diagnostic], quiet: bool) {
    if quiet {
        return;
    }
    grouped(findings).iter().for_each(|text| note(&format!("{text}\n")));
}

/// A finding with its line, a caret, the fix and the source of the fact.
pub fn render(diagnostic: &Diagnostic) -> String {
    let path = diagnostic.source.path.display().to_string();
    let shown = shown_text(diagnostic);
    let text = &shown;
    let place = diagnostic.place;
    let (level, color, word) = match diagnostic.level {
        Level::Error => (annotate_snippets::Level::ERROR, style::REMOVE, "error"),
        Level::Warning => (annotate_snippets::Level::WARNING, style::CHANGE, "warning"),
    };
    if place.line == 0 || text.is_empty() {
        let at = if place.line == 0 { path } else { format!("{path}:{}:{}", place.line, place.column) };
        let head = paint(color, &format!("{word}[{}]:", diagnostic.code));
        return format!("{head} {}\n  --> {at}\n  = help: {}", diagnostic.message, diagnostic.fix);
    }
    let line_start = offset(text, place.line, 1);
    let line_end = text[line_start..].find('\n').map_or(text.len(), |end| line_start + end);
    let start = offset(text, place.line, place.column).min(line_end);
    let end = text[start..].char_indices().nth(place.length.max(1)).map_or(text.len(), |(at, _)| start + at).min(line_end.max(start));
    let snippet = Snippet::source(text.as_str()).path(path).annotation(AnnotationKind::Primary.span(start..end));
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = title.element(snippet).element(annotate_snippets::Level::HELP.message(diagnostic.fix.as_str()));
    if !diagnostic.fact.is_empty() {
        group = group.element(annotate_snippets::Level::NOTE.message(diagnostic.fact));
    }
    // Whether stderr shows colours is decided where it is written.
    Renderer::styled().render(&[group])
}

/// The file's text with the secrets of the line that is shown masked: whatever the finding is about,
/// a secret may stand on the same line. Columns stay as they are.
fn shown_text(diagnostic: &Diagnostic) -> String {
    let text = &diagnostic.source.text;
    if diagnostic.place.line == 0 {
        return text.clone();
    }
    let start = offset(text, diagnostic.place.line, 1);
    let end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    format!("{}{}{}", &text[..start], masked(&text[start..end]), &text[end..])
}

/// A line in which values that look like secrets, by their key or their shape, are stars.
fn masked(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(colon) = rest.find(": ") {
        let (before, after) = rest.split_at(colon + 2);
        let key: String = before[..colon].chars().rev().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
        let key: String = key.chars().rev().collect();
        let indent = after.len() - after.trim_start().len();
        let value = &after[indent..indent + value_length(&after[indent..], before.contains(['{', '[']) || shown.contains(['{', '[']))];
        shown.push_str(before);
        shown.push_str(&after[..indent]);
        let bare = value.trim().trim_matches(['"', '\'']);
        let secret = !value.starts_with(['{', '[']) && looks_secret(&key, bare);
        let taken = if secret { value.len() } else { 0 };
        shown.extend(value.chars().take(if secret { value.chars().count() } else { 0 }).map(|_| '*'));
        rest = &after[indent + taken..];
    }
    shown + rest
}

/// Bytes of the YAML scalar at the start of `text`: a quoted one to its closing quote, a plain one to
/// the end of its entry.
fn value_length(text: &str, in_flow: bool) -> usize {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].find(quote).map_or(text.len(), |end| end + 2),
        _ if in_flow => text.find([',', '}', ']']).unwrap_or(text.len()),
        _ => text.find(" #").unwrap_or(text.len()),
    }
}

/// A finding for programs.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "level": if diagnostic.level == Level::Error { "error" } else { "warning" },
        "file": diagnostic.source.path.display().to_string(),
        "line": diagnostic.place.line,
        "column": diagnostic.place.column,
        "address": diagnostic.address,
        "message": diagnostic.message,
        "fix": diagnostic.fix,
        "source": diagnostic.fact,
    })
}

/// Findings as workflow commands of GitHub Actions, which show them beside the lines.
pub fn github(findings: &[Diagnostic]) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let line = |finding: &Diagnostic| {
        let word = if finding.level == Level::Error { "error" } else { "warning" };
        let (file, place) = (property(&finding.source.path.display().to_string()), finding.place);
        let message = data(&format!("{}. {}", finding.message, finding.fix));
        format!("::{word} file={file},line={},col={},title={}::{message}\n", place.line.max(1), place.column.max(1), finding.code)
    };
    findings.iter().map(line).collect()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stars_and_columns_stay() {
        for (line, wanted) in [
            ("      DB_PASSWORD: hunter2 # old", "      DB_PASSWORD: ******* # old"),
            (
                "  a: { environment: { API_TOKEN: \"x, y\", LOG_LEVEL: INFO } }",
                "  a: { environment: { API_TOKEN: ******, LOG_LEVEL: INFO } }",
            ),
            ("  environment: {A_SECRET: one, B: two}", "  environment: {A_SECRET: ***, B: two}"),
            ("      MY_PASSWORD: correct horse", "      MY_PASSWORD: *************"),
            ("    memory: 512", "    memory: 512"),
            ("    DB_SECRET_ARN: arn:aws:secretsmanager:x:1:secret:y", "    DB_SECRET_ARN: arn:aws:secretsmanager:x:1:secret:y"),
        ] {
            assert_eq!(masked(line), wanted);
            assert_eq!(masked(line).chars().count(), line.chars().count());
        }
    }
}
