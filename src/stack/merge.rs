//! Defaults under what a resource says itself: mappings merge key by key, everything else is
//! replaced.

use crate::contract::Apart;
use crate::source::node::{Node, Yaml};

/// `own` with what only `defaults` says.
pub(super) fn under(own: &Node, defaults: &Node, apart: &Apart) -> Node {
    let (Yaml::Map(mine), Yaml::Map(theirs)) = (&own.yaml, &defaults.yaml) else { return own.clone() };
    let names = |key: &str| mine.iter().any(|entry| entry.key == key);
    let has_one = apart.exclusive.iter().any(|key| names(key));
    let is_left_out = |key: &str| {
        (has_one && apart.exclusive.contains(&key)) || apart.bars.iter().any(|(own, barred)| names(own) && barred.contains(&key))
    };
    let mut merged = mine.clone();
    for default in theirs {
        if is_left_out(&default.key) {
            continue;
        }
        match merged.iter_mut().find(|entry| entry.key == default.key) {
            Some(entry) if !apart.whole.contains(&entry.key.as_str()) => {
                entry.value = under(&entry.value, &default.value, &Apart::NONE);
            }
            Some(_) => {}
            None => merged.push(default.clone()),
        }
    }
    Node { place: own.place, yaml: Yaml::Map(merged) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::kinds;
    use crate::source::diagnostic::Source;

    fn merged(own: &str, defaults: &str) -> serde_json::Value {
        let node = |text: &str| Node::parse(&Arc::new(Source::new(Path::new("stack.yaml"), text.into()))).unwrap();
        under(&node(own), &node(defaults), &kinds::driver("function").unwrap().apart()).to_json()
    }

    #[test]
    fn a_key_leaves_out_the_defaults_that_mean_nothing_beside_it() {
        let defaults = "{ s3: { bucket: b }, runtime: nodejs22.x, layers: [l], memory: 256 }";
        assert_eq!(merged("{ source: s }", defaults), json!({"source": "s", "runtime": "nodejs22.x", "layers": ["l"], "memory": 256}));
        assert_eq!(merged("{ image: { uri: u } }", defaults), json!({"image": {"uri": "u"}, "memory": 256}));
    }

    #[test]
    fn names_of_variables_are_no_keys_of_a_function() {
        let both = merged("{ environment: { image: small, role: { a: 1 } } }", "{ environment: { source: raw, role: { b: 2 } } }");
        assert_eq!(both, json!({"environment": {"image": "small", "role": {"a": 1, "b": 2}, "source": "raw"}}));
    }
}
