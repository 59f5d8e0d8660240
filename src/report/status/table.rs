//! The resources of one section: a table where it fits, else what is told of each below its name; where one
//! thing is told of each, what is fine is one list.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;

use super::{Figure, Group, Level, Presence, Row, Sign, figure, painted, safe};
use crate::report::wrap::{columns_of, hung, padded};
use crate::report::{escape, paint, style};

/// Between two columns.
const GAP: usize = 2;
/// The mark before a name, and a space.
const MARK: usize = 2;
const MISSING: &str = "not deployed";

/// Writes a section.
pub(super) fn group(text: &mut String, group: &Group, now: Timestamp, width: usize) {
    let title = group.section.replace('_', " ");
    let columns = columns(group);
    if columns.len() <= 1 {
        let _ = writeln!(text, "{}", paint(style::BOLD, &title));
        return list(text, group, now, width);
    }
    let cells: Vec<Vec<String>> = group.rows.iter().map(|row| columns.iter().map(|what| cell(row, what, now)).collect()).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, what)| cells.iter().map(|cells| columns_of(&cells[at])).max().unwrap_or(0).max(what.chars().count()))
        .collect();
    let names = group.rows.iter().map(|row| columns_of(&name(row))).max().unwrap_or(0);
    let values: usize = widths.iter().map(|width| width + GAP).sum();
    let first = names.max(title.chars().count().saturating_sub(MARK));
    if MARK + first + values > width {
        let _ = writeln!(text, "{}", paint(style::BOLD, &title));
        return stacked(text, group, (&columns, &cells), now, width);
    }
    let titles: String = columns.iter().zip(&widths).map(|(what, width)| format!("{:GAP$}{what:>width$}", "")).collect();
    let _ = writeln!(text, "{}{}", paint(style::BOLD, &format!("{title:width$}", width = MARK + first)), paint(style::DIM, &titles));
    for (row, cells) in group.rows.iter().zip(&cells) {
        let (mark, color) = mark(row.level());
        let name = padded(&name(row), first);
        let values: String = if row.presence == Presence::Missing {
            format!("{:GAP$}{MISSING}", "")
        } else {
            let painted = |(at, cell): (usize, &String)| {
                format!("{:GAP$}{}", "", in_color(row, columns[at], &format!("{cell:>width$}", width = widths[at])))
            };
            cells.iter().enumerate().map(painted).collect()
        };
        let _ = writeln!(text, "{} {name}{values}", paint(color, mark));
        details(text, &row.health.signs, now, width);
    }
}

/// What is told of the whole of a resource, in the order in which it is met.
fn columns(group: &Group) -> Vec<&'static str> {
    let mut columns = Vec::new();
    for sign in group.rows.iter().flat_map(|row| &row.health.signs).filter(|sign| sign.of.is_none()) {
        if !columns.contains(&sign.what) {
            columns.push(sign.what);
        }
    }
    // Of what cannot be read not all is told: what others are told first stands first.
    columns.sort_by_key(|what| group.rows.iter().map(|row| row.health.signs.iter().position(|sign| sign.what == *what).unwrap_or(0)).max());
    columns
}

fn sign<'a>(row: &'a Row, what: &str) -> Option<&'a Sign> {
    row.health.signs.iter().find(|sign| sign.what == what && sign.of.is_none())
}

fn cell(row: &Row, what: &str, now: Timestamp) -> String {
    match (sign(row, what), &row.presence) {
        (Some(sign), _) => figure(&sign.figure, now),
        (None, Presence::Unread) => "?".to_owned(),
        (None, Presence::Missing) => String::new(),
        (None, Presence::There) => "–".to_owned(),
    }
}

fn in_color(row: &Row, what: &str, cell: &str) -> String {
    match sign(row, what).map(|sign| sign.level) {
        Some(level @ (Level::Wrong | Level::Unsure)) => paint(mark(level).1, cell),
        _ => cell.to_owned(),
    }
}

fn name(row: &Row) -> String {
    escape::line(&row.id.name)
}

fn mark(level: Level) -> (&'static str, anstyle::Style) {
    match level {
        Level::Fine => (" ", style::DIM),
        Level::Unsure => ("~", style::CHANGE),
        Level::Wrong => ("!", style::REMOVE),
    }
}

/// What is wrong with a row and says why, and what is told of its parts.
fn details(text: &mut String, signs: &[Sign], now: Timestamp, width: usize) {
    let shown = |sign: &&Sign| sign.of.is_some() || (sign.level != Level::Fine && sign.why.is_some());
    for sign in signs.iter().filter(shown) {
        let color = mark(sign.level).1;
        let why = sign.why.as_ref().map(|why| format!(" ({})", safe(why))).unwrap_or_default();
        let of = sign.of.as_deref().unwrap_or(sign.what);
        painted(text, color, &format!("    {}: {}{why}", safe(of), figure(&sign.figure, now)), width, 6);
    }
}

/// Each name on a line of its own, and what is told of it below.
fn stacked(text: &mut String, group: &Group, (columns, cells): (&[&str], &[Vec<String>]), now: Timestamp, width: usize) {
    for (row, cells) in group.rows.iter().zip(cells) {
        let (mark, color) = mark(row.level());
        painted(text, color, &format!("{mark} {}", name(row)), width, 2);
        let told = if row.presence == Presence::Missing {
            MISSING.to_owned()
        } else {
            columns.iter().zip(cells).map(|(what, cell)| format!("{what} {cell}")).collect::<Vec<_>>().join(", ")
        };
        hung(&format!("    {told}"), width, 4).iter().for_each(|line| {
            let _ = writeln!(text, "{line}");
        });
        details(text, &row.health.signs, now, width);
    }
}

/// What is fine in a list, and the rest on lines of their own.
fn list(text: &mut String, group: &Group, now: Timestamp, width: usize) {
    let mut fine: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &group.rows {
        let first = row.health.signs.first();
        let told = match (first, &row.presence) {
            (_, Presence::Missing) => MISSING.to_owned(),
            (Some(sign), Presence::There) => figure(&sign.figure, now),
            (_, Presence::Unread) | (None, Presence::There) => "?".to_owned(),
        };
        if row.level() == Level::Fine {
            match first.map(|sign| &sign.figure) {
                Some(Figure::Word(_)) => fine.entry(format!("{told}: ")).or_default().push(name(row)),
                _ => fine.entry(String::new()).or_default().push(format!("{} {told}", name(row))),
            }
            continue;
        }
        let (mark, color) = mark(row.level());
        let why = first.and_then(|sign| sign.why.as_ref()).map(|why| format!(" ({})", safe(why))).unwrap_or_default();
        painted(text, color, &format!("{mark} {}: {told}{why}", name(row)), width, 4);
        details(text, row.health.signs.get(1..).unwrap_or_default(), now, width);
    }
    for (word, names) in fine {
        hung(&format!("  {word}{}", names.join(", ")), width, 4).iter().for_each(|line| {
            let _ = writeln!(text, "{line}");
        });
    }
}
