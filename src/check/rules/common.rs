//! What several subjects ask of a value or its place.

use crate::check::data::limits::Range;
use crate::contract::{Findings, View};
use crate::model::reference::{Piece, pieces};
use crate::source::diagnostic::Place;

/// Whether nothing in the template is left to be filled in.
pub fn is_known(template: &str) -> bool {
    !pieces(template).iter().any(|piece| matches!(piece, Piece::Expression(_)))
}

/// The least number of characters that the template has once everything is filled in.
pub fn least_length(template: &str) -> i64 {
    let texts = pieces(template).into_iter().filter(|piece| matches!(piece, Piece::Text(_)));
    texts.map(|piece| piece.text().chars().count() as i64).sum()
}

/// Tells of a number that is out of its range.
pub fn number(found: &mut Findings<'_>, place: Place, address: &str, (what, number, unit): (&str, i64, &str), range: &Range) {
    if range.holds(number) {
        return;
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let message = match (range.min, range.max) {
        (min, i64::MAX) => format!("{what} is {number}{unit}; AWS takes {min} or more"),
        (min, max) => format!("{what} is {number}{unit}; AWS takes {min} to {max}"),
    };
    found.add(place, address, message, format!("write {} or another number in that range", range.nearest(number)));
}

/// Tells of a name or description that is too long or empty.
pub fn length(found: &mut Findings<'_>, place: Place, address: &str, (what, text): (&str, &str), range: &Range) -> bool {
    let length = least_length(text);
    if length > range.max {
        let fix = format!("take {} characters away", length - range.max);
        found.add(place, address, format!("{what} has {length} characters; AWS takes at most {}", range.max), fix);
        return true;
    }
    if is_known(text) && length < range.min {
        found.add(place, address, format!("{what} is empty"), "");
        return true;
    }
    false
}

/// Where a physical name is written, or else the resource that the pattern named.
pub fn name_place(cx: &View<'_>, section: &str, key: &str) -> Place {
    cx.place(section, key, &["name"])
}
