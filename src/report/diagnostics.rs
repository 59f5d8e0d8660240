//! What is wrong with files, with the line it is in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use annotate_snippets::{AnnotationKind, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use super::alike::{self, Alike};
use super::{escape, ls, note, paint, style, tell, wrap};
use crate::error::Error;
use crate::model::plan::{DELETION_PROTECTION, Impossible, Protected, Unreadable};
use crate::model::{Action, Unread, counted as number_of};
use crate::source::Diagnostic;
use crate::source::diagnostic::{Level, Place};

/// Prints an error with its parts and its hint.
pub fn error(error: &Error) {
    match error {
        Error::Invalid(_) | Error::Preflight(_) | Error::Stored { .. } => {
            parts(error, wrap::stderr_width()).iter().for_each(|text| note(text));
        }
        _ => details(error).iter().for_each(|line| tell(&format!("  {line}"))),
    }
    let count = match error {
        Error::Invalid(all) | Error::Stored { problems: all, .. } if errors(all) > 1 => format!(": {} problems", errors(all)),
        _ => String::new(),
    };
    tell(&format!("{} {error}{count}", paint(style::REMOVE, "error:")));
    hint(Some(&error.hint()));
}

/// What else helps, below what was told.
pub fn hint(what: Option<&str>) {
    what.into_iter().for_each(|what| tell(&format!("{} {what}", paint(style::ADOPT, "hint:"))));
}

/// The parts of an error: findings with their places, or a line each.
pub fn details(error: &Error) -> Vec<String> {
    parts(error, None)
}

fn parts(error: &Error, width: Option<usize>) -> Vec<String> {
    match error {
        Error::Invalid(diagnostics) | Error::Preflight(diagnostics) | Error::Stored { problems: diagnostics, .. } => {
            grouped(diagnostics, width)
        }
        Error::Conflicts(all) | Error::NotOurs(all) => {
            all.iter().map(|conflict| format!("{} ({}) {}", conflict.id, conflict.name, conflict.obstacle)).collect()
        }
        Error::Protected(all) => {
            let line = |Protected { id, name, action, in_files, by }: &Protected| {
                let what = if *action == Action::Replace { "replaced" } else { "deleted" };
                let whence = match (*by, in_files) {
                    (DELETION_PROTECTION, _) => ", and AWS keeps it: its deletion protection is on",
                    (_, true) => "",
                    (_, false) => ", protected by its tag",
                };
                format!("{id} ({name}) would be {what}{whence}")
            };
            all.iter().map(line).collect()
        }
        Error::Unreadable(all) => {
            let line =
                |Unreadable { id, name, part: Unread { field, why } }: &Unreadable| format!("{id} ({name}): {field} cannot be read: {why}");
            all.iter().map(line).collect()
        }
        Error::Impossible(all) => all.iter().map(|(id, Impossible { what, .. })| format!("{id}: {what}")).collect(),
        Error::Unsearched(unread) => ls::unread(unread),
        Error::Evidence(objections) => objections.clone(),
        Error::Stale(addresses) => addresses.iter().map(|address| format!("{address} is no longer as it was planned on")).collect(),
        _ => Vec::new(),
    }
}

/// Findings that are told in a line; the rest is counted.
const MOST_BRIEF: usize = 3;

/// The parts of an error for one line of something else: findings without their lines and fixes.
pub fn brief(error: &Error) -> Vec<String> {
    let (Error::Invalid(findings) | Error::Preflight(findings) | Error::Stored { problems: findings, .. }) = error else {
        return details(error);
    };
    let errors: Vec<&Diagnostic> = findings.iter().filter(|finding| finding.level == Level::Error).collect();
    let line = |finding: &&Diagnostic| {
        let path = finding.source.path.display();
        let at = finding.place.map_or_else(|| path.to_string(), |place| format!("{path}:{}", place.line));
        let of = if finding.address.is_empty() { at } else { format!("{} ({at})", finding.address) };
        escape::line(&format!("{} {of}: {}", finding.code, finding.shown_message()))
    };
    let more = errors.len().saturating_sub(MOST_BRIEF);
    errors.iter().take(MOST_BRIEF).map(line).chain((more > 0).then(|| format!("and {more} more"))).collect()
}

/// More findings than anybody reads: the rest is counted.
const MOST_SHOWN: usize = 100;

/// Places of a finding that are told; the rest is counted.
const MOST_PLACES: usize = 5;

/// A finding that is shown with those that say the same elsewhere.
struct Shown<'a> {
    alike: Alike<'a>,
    /// Others at the same place.
    same_place: usize,
}

/// Findings as text, those of one code at one place as one: what stands under `defaults` is wrong for
/// a thousand functions and is mended once. So are those of which the same is to be said elsewhere.
fn grouped(findings: &[Diagnostic], width: Option<usize>) -> Vec<String> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for finding in findings {
        // What is mended in another way is another finding.
        let same = |other: &Diagnostic| {
            (other.place, other.code, &other.fix, &other.source.path) == (finding.place, finding.code, &finding.fix, &finding.source.path)
        };
        if let Some(Shown { alike, same_place }) = shown.last_mut().filter(|shown| finding.place.is_some() && same(shown.alike.first)) {
            *same_place += usize::from(alike.first.message != finding.message);
            continue;
        }
        match known.entry((alike::advice(finding), finding.source.path.as_path())) {
            Entry::Occupied(at) => {
                let Shown { alike, .. }: &mut Shown<'_> = &mut shown[*at.get()];
                alike.others.push(finding);
            }
            Entry::Vacant(free) => {
                free.insert(shown.len());
                shown.push(Shown { alike: Alike::one(finding), same_place: 0 });
            }
        }
    }
    let text = |Shown { alike: Alike { first, others }, same_place }: Shown<'_>| {
        let mut text = render_in(first, width);
        if same_place > 0 {
            text.push_str(&part(width, &format!("and the same of {same_place} more, which take their value from this place")));
        }
        // The same is to be done about them, and it is not always the same that is said of them.
        let (same, others): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
            others.into_iter().partition(|other| alike::sense(other) == alike::sense(first));
        if !same.is_empty() {
            let told: Vec<String> = same.iter().take(MOST_PLACES - 1).map(|other| elsewhere(other)).collect();
            let more = same.len() - told.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&part(width, &format!("and the same of {}{more}", escape::line(&told.join(", ")))));
        }
        for other in others.iter().take(MOST_PLACES - 1) {
            text.push_str(&part(width, &escape::line(&format!("and {}: {}", elsewhere(other), other.shown_message()))));
        }
        let more = others.len().saturating_sub(MOST_PLACES - 1);
        if more > 0 {
            text.push_str(&part(width, &format!("and {more} more, of which alike is to be said")));
        }
        text
    };
    let left_out = shown.len().saturating_sub(MOST_SHOWN);
    let mut texts: Vec<String> = shown.into_iter().take(MOST_SHOWN).map(text).collect();
    texts.extend((left_out > 0).then(|| format!("  = and {left_out} more; mend these first")));
    texts
}

/// One more line of a finding, no wider than the terminal.
fn part(width: Option<usize>, text: &str) -> String {
    let mark = "  = ";
    format!("\n{mark}{}", fitting(text, mark.len(), width).replace('\n', &format!("\n{}", " ".repeat(mark.len()))))
}

/// A text in lines that have so many columns less than there are.
fn fitting(text: &str, less: usize, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let lines = text.lines().flat_map(|line| wrap::parted(line, width.saturating_sub(less)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What another finding is about, and where in the same file.
fn elsewhere(finding: &Diagnostic) -> String {
    let at = finding.place.map(|place| format!("line {}", place.line));
    match (finding.address.as_str(), at) {
        ("", Some(at)) => at,
        ("", None) => finding.source.path.display().to_string(),
        (address, Some(at)) => format!("{address} ({at})"),
        (address, None) => address.to_owned(),
    }
}

fn errors(findings: &[Diagnostic]) -> usize {
    findings.iter().filter(|finding| finding.level == Level::Error).count()
}

/// Prints what is worth telling and refuses nothing.
pub fn warnings(findings: &[Diagnostic], quiet: bool) {
    if quiet {
        return;
    }
    grouped(findings, wrap::stderr_width()).iter().for_each(|text| note(&format!("{text}\n")));
}

/// Warnings that are told in a line each; the rest is counted.
const MOST_LINES: usize = 10;

/// Tells how many warnings there are in an environment, the first where none is said, each on a line, and
/// the command that tells all of them.
pub fn counted(findings: &[Diagnostic], env: Option<&str>, quiet: bool) {
    if quiet || findings.is_empty() {
        return;
    }
    let what = number_of(findings.len(), "warning");
    let env = env.map(|env| format!(" --env {}", escape::line(env))).unwrap_or_default();
    tell(&format!("{} {what}; in full: etlctl validate{env}", paint(style::CHANGE, "note:")));
    let alike = alike::advised(findings);
    for alike in alike.iter().take(MOST_LINES) {
        let more = if alike.others.is_empty() { String::new() } else { format!(" (and {} alike)", alike.others.len()) };
        let Diagnostic { code, address, .. } = alike.first;
        let message = said(alike.first);
        let of = if address.is_empty() || message.contains(address.as_str()) { String::new() } else { format!("{address}: ") };
        let message = escape::line(&format!("{of}{message}"));
        let room = wrap::stderr_width().map(|width| width.saturating_sub(4 + code.len() + more.len()));
        note(&format!("  {} {}{more}", paint(style::CHANGE, code), wrap::cut_to(&message, room)));
    }
    let left_out = alike.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        note(&format!("  and {left_out} more"));
    }
    note("");
}

/// What is wrong, with its subject: a message that begins with `it` speaks of the resource.
fn said(diagnostic: &Diagnostic) -> String {
    let message = diagnostic.shown_message();
    match message.strip_prefix("it ") {
        Some(rest) if !diagnostic.address.is_empty() => format!("{} {rest}", diagnostic.address),
        _ => message,
    }
}

/// A finding with its line, a caret, the fix and the source of the fact.
pub fn render(diagnostic: &Diagnostic) -> String {
    render_in(diagnostic, None)
}

/// The same in so many columns, where that is known.
pub fn render_in(diagnostic: &Diagnostic, width: Option<usize>) -> String {
    let path = escape::line(&diagnostic.source.path.display().to_string());
    let (message, fix, fact) = (escape::lines(&said(diagnostic)), escape::lines(&diagnostic.shown_fix()), diagnostic.fact);
    let (level, color, word) = match diagnostic.level {
        Level::Error => (annotate_snippets::Level::ERROR, style::REMOVE, "error"),
        Level::Warning => (annotate_snippets::Level::WARNING, style::CHANGE, "warning"),
    };
    let line = diagnostic.place.and_then(|place| Some((place, line_of(diagnostic.source.shown(), place.line)?)));
    let Some((place, line)) = line else {
        let at = diagnostic.place.map_or_else(|| path.clone(), |place| format!("{path}:{}:{}", place.line, place.column));
        let head = format!("{word}[{}]:", diagnostic.code);
        let message = fitting(&message, head.len() + 1, width).replace('\n', &format!("\n{}", " ".repeat(head.len() + 1)));
        return format!("{} {message}\n  --> {at}{}", paint(color, &head), part(width, &format!("help: {fix}")));
    };
    // Numbers of lines stand left of what is said below them.
    let gutter = place.line.to_string().len() + " = help: ".len();
    let message = fitting(&message, word.len() + diagnostic.code.len() + "[]: ".len(), width);
    let (fix, fact) = (fitting(&fix, gutter, width), fitting(fact, gutter, width));
    let title = level.primary_title(message.as_str()).id(diagnostic.code);
    let (is_long, part) = (line.chars().nth(MOST_OF_A_LINE).is_some(), escape::columns(line));
    let start = byte_of(&part, place.column.saturating_sub(1));
    // What is marked is never wider than half of what there is: the rest of it is in the file.
    let marked = place.length.max(1).min(width.map_or(usize::MAX, |width| width / 2));
    let end = byte_of(&part, place.column.saturating_sub(1) + marked);
    let mut group = if is_long {
        let origin = Origin::path(path).line(place.line).char_column(place.column);
        let near = escape::line(&format!("near: {}", around(line, place)));
        title.element(origin).element(annotate_snippets::Level::NOTE.message(near))
    } else {
        let snippet = Snippet::source(part.as_str()).path(path).line_start(place.line);
        title.element(snippet.annotation(AnnotationKind::Primary.span(start..end)))
    };
    group = group.element(annotate_snippets::Level::HELP.message(fix.as_str()));
    if !fact.is_empty() {
        group = group.element(annotate_snippets::Level::NOTE.message(fact.as_str()));
    }
    // Whether stderr shows colours is decided where it is written.
    let renderer = width.map_or_else(Renderer::styled, |width| Renderer::styled().term_width(width));
    escape::own(&renderer.render(&[group]))
}

/// Findings for programs, equal ones as one with all its places.
pub fn to_json(findings: &[Diagnostic]) -> Vec<Value> {
    let place = |finding: &Diagnostic| {
        json!({
            "file": finding.source.path.display().to_string(),
            "line": finding.place.map(|place| place.line),
            "column": finding.place.map(|place| place.column),
            "address": finding.address,
        })
    };
    let problem = |alike: &Alike<'_>| {
        let first = alike.first;
        json!({
            "code": first.code,
            "level": if first.level == Level::Error { "error" } else { "warning" },
            "file": first.source.path.display().to_string(),
            "line": first.place.map(|place| place.line),
            "column": first.place.map(|place| place.column),
            "address": first.address,
            "message": first.shown_message(),
            "fix": first.shown_fix(),
            "source": first.fact,
            "places": alike.all().map(place).collect::<Vec<_>>(),
        })
    };
    alike::equal(findings).iter().map(problem).collect()
}

/// Findings as workflow commands of GitHub Actions, which show them beside the lines.
pub fn github(findings: &[Diagnostic]) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let line = |finding: &Diagnostic| {
        let word = if finding.level == Level::Error { "error" } else { "warning" };
        let (file, place) = (property(&finding.source.path.display().to_string()), finding.place.unwrap_or(Place::START));
        let message = data(&format!("{}. {}", said(finding), finding.shown_fix()));
        format!("::{word} file={file},line={},col={},title={}::{message}\n", place.line, place.column, finding.code)
    };
    findings.iter().map(line).collect()
}

/// A longer line is not shown whole, but what stands around the place that is meant.
const MOST_OF_A_LINE: usize = 5_000;
const MOST_AROUND: usize = 40;

/// A line of a text, counted from one; the end of the text for one that is past it.
fn line_of(text: &str, line: usize) -> Option<&str> {
    (!text.is_empty()).then(|| text.lines().nth(line - 1).unwrap_or_default())
}

/// What stands before and after a place.
fn around(line: &str, place: Place) -> String {
    let before = (place.column - 1).min(MOST_AROUND);
    line.chars().skip(place.column - 1 - before).take(before + MOST_AROUND).collect()
}

/// Where the character of a number begins; the end for one that is past it.
fn byte_of(text: &str, number: usize) -> usize {
    text.char_indices().nth(number).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::source::diagnostic::Source;

    #[test]
    fn the_same_is_said_of_what_says_the_same_alone() {
        let source = Arc::new(Source::new(Path::new("stack.yaml"), "a\nb\nc\nd\n".to_owned()));
        let finding = |line: usize, name: &str, message: &str| {
            let found = Diagnostic::new(&source, Place { line, column: 1, length: 1 }, message, "use nodejs22.x");
            Diagnostic { code: "W101", level: Level::Warning, address: format!("function/{name}"), ..found }
        };
        let old = "nodejs18.x is deprecated";
        let all = [
            finding(1, "one", old),
            finding(2, "two", old),
            finding(3, "three", "nodejs20.x is deprecated"),
            finding(4, "four", "function/four: nodejs18.x is deprecated"),
        ];
        let shown = super::super::plain(&grouped(&all, None).join("\n"));
        assert!(shown.contains("= and the same of function/two (line 2)\n"), "{shown}");
        assert!(shown.contains("= and function/three (line 3): nodejs20.x is deprecated\n"), "{shown}");
        assert_eq!(alike::sense(&finding(1, "one", "function/one and `one`")), alike::sense(&finding(1, "two", "function/two and `two`")));
    }
}
