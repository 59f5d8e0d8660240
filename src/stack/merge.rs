//! Defaults under what a resource says itself: mappings merge key by key, everything else is
//! replaced.

use crate::source::node::{Node, Yaml};

/// Keys whose mapping is one value, never merged with the default's.
const WHOLE: [&str; 3] = ["role", "vpc", "code"];

/// Keys of which a resource has one: naming one leaves out the default of the others.
const EXCLUSIVE: [&str; 3] = ["source", "s3", "image"];

/// `own` with what only `defaults` says.
pub fn under(own: &Node, defaults: &Node) -> Node {
    let (Yaml::Map(mine), Yaml::Map(theirs)) = (&own.yaml, &defaults.yaml) else { return own.clone() };
    let mut merged = mine.clone();
    let has_code = mine.iter().any(|entry| EXCLUSIVE.contains(&entry.key.as_str()));
    for default in theirs {
        if has_code && EXCLUSIVE.contains(&default.key.as_str()) {
            continue;
        }
        match merged.iter_mut().find(|entry| entry.key == default.key) {
            Some(entry) if !WHOLE.contains(&entry.key.as_str()) => entry.value = under(&entry.value, &default.value),
            Some(_) => {}
            None => merged.push(default.clone()),
        }
    }
    Node { place: own.place, yaml: Yaml::Map(merged) }
}
