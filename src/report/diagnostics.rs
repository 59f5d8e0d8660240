//! What is wrong with files, with the line it is in.

use annotate_snippets::{AnnotationKind, Renderer, Snippet};
use serde_json::{Value, json};

use super::{escape, note, paint, style};
use crate::error::Error;
use crate::model::plan::{Protected, Unreadable};
use crate::model::{Action, Unread};
use crate::source::Diagnostic;
use crate::source::diagnostic::{Level, Place};

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
        Error::Unreadable(all) => {
            for Unreadable { id, name, part: Unread { field, why } } in all {
                note(&format!("  {id} ({name}): {field} cannot be read: {why}"));
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

/// A finding that is shown, and those that are told with it.
struct Shown<'a> {
    first: &'a Diagnostic,
    /// Others at the same place.
    same_place: usize,
    /// Other resources of which the same is to be said.
    addresses: Vec<&'a str>,
}

/// Findings as text, those of one code at one place as one: what stands under `defaults` is wrong for
/// a thousand functions and is mended once.
fn grouped(findings: &[Diagnostic]) -> Vec<String> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for finding in findings {
        let same =
            |other: &Diagnostic| (other.place, other.code) == (finding.place, finding.code) && other.source.path == finding.source.path;
        // A warning with the same advice for many resources is one.
        let alike = |other: &Diagnostic| {
            finding.level == Level::Warning
                && (other.code, other.source.path.as_path()) == (finding.code, finding.source.path.as_path())
                && other.shown_fix() == finding.shown_fix()
        };
        if let Some(Shown { first, same_place, .. }) = shown.last_mut().filter(|shown| finding.place.is_some() && same(shown.first)) {
            *same_place += usize::from(first.message != finding.message);
        } else if let Some(Shown { addresses, .. }) = shown.iter_mut().find(|shown| alike(shown.first)) {
            addresses.push(&finding.address);
        } else {
            shown.push(Shown { first: finding, same_place: 0, addresses: Vec::new() });
        }
    }
    let text = |Shown { first, same_place, addresses }: Shown<'_>| {
        let mut text = render(first);
        if same_place > 0 {
            text.push_str(&format!("\n  = and the same of {same_place} more, which take their value from this place"));
        }
        if !addresses.is_empty() {
            text.push_str(&format!("\n  = and the same of {}", escape::line(&addresses.join(", "))));
        }
        text
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

/// Tells how many warnings there are in an environment, the first where none is said, and the command
/// that shows them.
pub fn counted(findings: &[Diagnostic], env: Option<&str>, quiet: bool) {
    if quiet || findings.is_empty() {
        return;
    }
    let what = if findings.len() == 1 { "1 warning".to_owned() } else { format!("{} warnings", findings.len()) };
    let env = env.map(|env| format!(" --env {}", escape::line(env))).unwrap_or_default();
    note(&format!("{} {what}; to see them: etlctl validate{env}\n", paint(style::CHANGE, "note:")));
}

/// A finding with its line, a caret, the fix and the source of the fact.
pub fn render(diagnostic: &Diagnostic) -> String {
    let path = escape::line(&diagnostic.source.path.display().to_string());
    let (message, fix) = (escape::lines(&diagnostic.shown_message()), escape::lines(&diagnostic.shown_fix()));
    let text = escape::columns(diagnostic.source.shown());
    let text = text.as_str();
    let (level, color, word) = match diagnostic.level {
        Level::Error => (annotate_snippets::Level::ERROR, style::REMOVE, "error"),
        Level::Warning => (annotate_snippets::Level::WARNING, style::CHANGE, "warning"),
    };
    let Some(place) = diagnostic.place.filter(|_| !text.is_empty()) else {
        let at = diagnostic.place.map_or_else(|| path.clone(), |place| format!("{path}:{}:{}", place.line, place.column));
        let head = paint(color, &format!("{word}[{}]:", diagnostic.code));
        return format!("{head} {message}\n  --> {at}\n  = help: {fix}");
    };
    let line_start = offset(text, place.line, 1);
    let line_end = text[line_start..].find('\n').map_or(text.len(), |end| line_start + end);
    let start = offset(text, place.line, place.column).min(line_end);
    let end = text[start..].char_indices().nth(place.length.max(1)).map_or(text.len(), |(at, _)| start + at).min(line_end.max(start));
    let snippet = Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(start..end));
    let title = level.primary_title(message.as_str()).id(diagnostic.code);
    let mut group = title.element(snippet).element(annotate_snippets::Level::HELP.message(fix.as_str()));
    if !diagnostic.fact.is_empty() {
        group = group.element(annotate_snippets::Level::NOTE.message(diagnostic.fact));
    }
    // Whether stderr shows colours is decided where it is written.
    escape::own(&Renderer::styled().render(&[group]))
}

/// A finding for programs.
pub fn to_json(diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "level": if diagnostic.level == Level::Error { "error" } else { "warning" },
        "file": diagnostic.source.path.display().to_string(),
        "line": diagnostic.place.map(|place| place.line),
        "column": diagnostic.place.map(|place| place.column),
        "address": diagnostic.address,
        "message": diagnostic.shown_message(),
        "fix": diagnostic.shown_fix(),
        "source": diagnostic.fact,
    })
}

/// Findings as workflow commands of GitHub Actions, which show them beside the lines.
pub fn github(findings: &[Diagnostic]) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let line = |finding: &Diagnostic| {
        let word = if finding.level == Level::Error { "error" } else { "warning" };
        let (file, place) = (property(&finding.source.path.display().to_string()), finding.place.unwrap_or(Place::START));
        let message = data(&format!("{}. {}", finding.shown_message(), finding.shown_fix()));
        format!("::{word} file={file},line={},col={},title={}::{message}\n", place.line, place.column, finding.code)
    };
    findings.iter().map(line).collect()
}

fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[start.min(text.len())..];
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
