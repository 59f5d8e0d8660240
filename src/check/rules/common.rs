//! What several subjects ask of a value or its place.

use crate::check::data::limits::Range;
use crate::check::{Context, Findings};
use crate::desired::diagnostic::Place;

/// Whether nothing in the text is left to be filled in by AWS.
pub fn is_known(text: &str) -> bool {
    !text.contains("${")
}

/// The least number of characters that the text has once AWS filled it in.
pub fn least_length(text: &str) -> i64 {
    let mut rest = text;
    let mut length = 0;
    while let Some(at) = rest.find("${") {
        length += rest[..at].chars().count();
        let Some(end) = rest[at..].find('}') else { return (length + rest[at..].chars().count()) as i64 };
        rest = &rest[at + end + 1..];
    }
    (length + rest.chars().count()) as i64
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
pub fn name_place(cx: &Context<'_>, section: &str, key: &str) -> Place {
    cx.place(section, key, &["name"])
}
