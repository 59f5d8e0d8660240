//! What several subjects ask of a place.

use crate::contract::View;
use crate::source::diagnostic::Place;

/// Where a physical name is written, or else the resource that the pattern named.
pub fn name_place(cx: &View<'_>, section: &str, key: &str) -> Place {
    cx.place(section, key, &["name"])
}
