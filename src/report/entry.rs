//! One step of a plan: a new resource as its file would have it, else a line for each field that changes.

use std::fmt::Write;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::plan::symbol;
use super::same::{Block, is_in};
use super::value::show_field;
use super::worded::Worded;
use super::{escape, paint, stakes, style, wrap};
use crate::contract::written::Line;
use crate::evidence::Objection;
use crate::model::secret::redact_message;
use crate::model::stake::Holding;
use crate::model::{Action, Step};
use crate::source::yaml;

/// How far in what belongs to a step stands.
const BELOW: &str = "      ";

/// How much further in an entry goes on.
const WITHIN: usize = 4;

/// How steps are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Columns that addresses are padded to.
    pub align: usize,
    /// Columns that there are, where that is known.
    pub width: Option<usize>,
    /// Whether defaults and inherited tags of what is new are told too.
    pub all: bool,
}

/// Writes a step. What a block says of it is not said again.
pub fn write(
    text: &mut String,
    step: &Step,
    worded: &Worded,
    blocks: &[Block<'_>],
    holdings: Option<&Vec<Holding>>,
    against: &[Objection],
    layout: Layout,
) {
    let (symbol, color) = symbol(step.action);
    let align = layout.align;
    let address = escape::line(&step.id.to_string());
    // Outside of the style: where the line is broken, blanks at its end are seen to be some.
    let pad = " ".repeat(align.saturating_sub(wrap::columns_of(&address)));
    let name = escape::line(&redact_message(&step.name));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {} {}{pad}  {}", paint(color, symbol), paint(style::BOLD, &address), paint(style::DIM, &name));
    if let Some(holdings) = holdings {
        let style = if holdings.iter().any(Holding::is_data) { style::REMOVE } else { style::DIM };
        let _ = writeln!(text, "{BELOW}{}", paint(style, &format!("holds: {}", stakes::text(holdings))));
    }
    if step.action == Action::Release {
        let _ = writeln!(text, "{BELOW}{}", paint(style::DIM, "loses its mark and stays"));
    }
    if step.action == Action::Create {
        write_new(text, &worded.of(&step.id, layout.all), layout);
        return;
    }
    let lines = worded.of(&step.id, true).into_iter().filter(|line| !is_in(blocks, &step.id, line));
    for line in lines {
        write_line(text, line);
        for objection in against.iter().filter(|objection| objection.field == line.field) {
            let told = escape::line(&redact_message(&objection.to_string()));
            let _ = writeln!(text, "{BELOW}{} {told}", paint(style::CHANGE, "!"));
        }
    }
}

/// What a new resource is, as its file would say it: a mapping in braces.
fn write_new(text: &mut String, lines: &[&Line], layout: Layout) {
    let (left, said): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(|line| line.left.is_some());
    let Value::Object(map) = Line::tree(said) else { return };
    if !map.is_empty() {
        let columns = layout.width.unwrap_or(wrap::USUAL);
        let entries = shown(&yaml::entries(map.iter()));
        let mapping = format!("{BELOW}{{ {} }}\n", laid(&entries, BELOW.len() + 2, columns.saturating_sub(2)));
        text.push_str(&wrap::softly(&mapping, columns));
    }
    for line in left {
        let why = line.left.map(|why| paint(style::DIM, &format!("  # {why}"))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{BELOW}{}{why}", shown(&format!("{}: {}", line.path, yaml::flow(&line.after))));
    }
}

/// A text of YAML on as many lines as it takes, ended behind commas: what goes on within an entry stands further in.
fn laid(text: &str, indent: usize, width: usize) -> String {
    let (mut laid, mut column) = (String::new(), indent);
    for (at, (is_within, part)) in at_commas(text).into_iter().enumerate() {
        let long = wrap::columns_of(part);
        if at > 0 && column + 1 + long > width {
            column = if is_within { indent + WITHIN } else { indent };
            laid.push_str(&format!("\n{}", " ".repeat(column)));
        } else if at > 0 {
            laid.push(' ');
            column += 1;
        }
        laid.push_str(part);
        column += long;
    }
    laid
}

/// A text of YAML cut behind its commas, and whether each part goes on within an entry.
fn at_commas(text: &str) -> Vec<(bool, &str)> {
    let (mut parts, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    let (mut depth, mut is_within) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && text[at..].starts_with(", ") => {
                parts.push((is_within, &text[from..=at]));
                (from, is_within) = (at + 2, depth > 0);
            }
            _ => {}
        }
    }
    parts.push((is_within, &text[from..]));
    parts
}

/// A line for a place in the file that changes.
pub fn write_line(text: &mut String, line: &Line) {
    let (sign, color, told) = change(line);
    let _ = writeln!(text, "{BELOW}{} {told}", paint(color, sign));
    if line.is_document && line.spec.is_none() {
        write_document(text, line);
    }
}

/// What changes at a place, on one line.
pub fn change(line: &Line) -> (&'static str, anstyle::Style, String) {
    let Line { field, path, before, after, is_document, is_entry: _, is_sensitive, left, spec } = line;
    let of_spec = |value: &Value| show_field(field, value);
    let comment = match (spec, left) {
        (Some((Value::Array(old), Value::Array(new))), _) => {
            let others =
                |items: &[Value], other: &[Value]| items.iter().filter(|item| !other.contains(item)).map(of_spec).collect::<Vec<_>>();
            Some(format!("{} → {}", others(old, new).join(", "), others(new, old).join(", ")))
        }
        (Some((Value::Object(gone), Value::Null)), _) => Some(yaml::entries(gone.iter())),
        (Some((old, new)), _) => Some(format!("{} → {}", of_spec(old), of_spec(new))),
        (None, Some(why)) => Some((*why).to_owned()),
        (None, None) => None,
    };
    let comment = comment.map(|comment| paint(style::DIM, &format!("  # {}", shown(&comment)))).unwrap_or_default();
    let path = shown(&path.to_string());
    let value = |value: &Value| shown(&yaml::flow(value));
    let (sign, color, told) = match (before.is_null(), after.is_null()) {
        (false, false) if *is_sensitive => ("~", style::CHANGE, format!("{path}: (sensitive value changes)")),
        (false, false) if *is_document && spec.is_none() => ("~", style::CHANGE, format!("{path}:")),
        (false, false) if spec.is_some() => ("~", style::CHANGE, format!("{path}: {}", value(after))),
        (false, false) => ("~", style::CHANGE, format!("{path}: {} → {}", value(before), value(after))),
        (true, true) => ("~", style::CHANGE, path),
        (true, false) => ("+", style::ADD, format!("{path}: {}", value(after))),
        (false, true) => ("-", style::REMOVE, format!("{path}: {}", value(before))),
    };
    (sign, color, told + &comment)
}

/// What of a document becomes another, line by line.
pub fn write_document(text: &mut String, line: &Line) {
    let [before, after] = [&line.before, &line.after].map(|side| format!("{}\n", yaml::block(side)));
    let diff = TextDiff::from_lines(&before, &after);
    for group in diff.grouped_ops(2) {
        for line in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, color) = match line.tag() {
                ChangeTag::Delete => ("-", style::REMOVE),
                ChangeTag::Insert => ("+", style::ADD),
                ChangeTag::Equal => (" ", style::DIM),
            };
            let told = shown(line.value().trim_end());
            let _ = writeln!(text, "          {}", paint(color, &format!("{sign} {told}")));
        }
    }
}

fn shown(text: &str) -> String {
    escape::line(text)
}
