//! Defaults under what a resource says itself: mappings merge key by key, everything else is
//! replaced.

use crate::source::node::{Node, Yaml};

/// `own` with what only `defaults` says. Of the keys `whole` the mapping is one value; of the keys
/// `exclusive` a resource has one, and naming one leaves out the default of the others.
pub(super) fn under(own: &Node, defaults: &Node, whole: &[&str], exclusive: &[&str]) -> Node {
    let (Yaml::Map(mine), Yaml::Map(theirs)) = (&own.yaml, &defaults.yaml) else { return own.clone() };
    let mut merged = mine.clone();
    let has_one = mine.iter().any(|entry| exclusive.contains(&entry.key.as_str()));
    for default in theirs {
        if has_one && exclusive.contains(&default.key.as_str()) {
            continue;
        }
        match merged.iter_mut().find(|entry| entry.key == default.key) {
            Some(entry) if !whole.contains(&entry.key.as_str()) => entry.value = under(&entry.value, &default.value, whole, exclusive),
            Some(_) => {}
            None => merged.push(default.clone()),
        }
    }
    Node { place: own.place, yaml: Yaml::Map(merged) }
}
