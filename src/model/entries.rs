//! Entries of one mapping whose keys are written differently and mean the same. Once references are filled in,
//! the later would take the place of the earlier, and nobody would see it go.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reference::OPENING;

/// Two keys of one mapping that mean the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Twice {
    /// Where the mapping stands.
    pub path: Vec<String>,
    /// Both keys, as they are written.
    pub written: [String; 2],
    /// What they mean.
    pub key: String,
}

/// All of them in a value, where `map` tells what a key means.
pub fn twice(value: &Value, map: &dyn Fn(&str) -> String) -> Vec<Twice> {
    let (mut found, mut path) = (Vec::new(), Vec::new());
    look(value, map, &mut path, &mut found);
    found
}

fn look(value: &Value, map: &dyn Fn(&str) -> String, path: &mut Vec<String>, found: &mut Vec<Twice>) {
    match value {
        Value::Object(entries) => {
            if entries.keys().any(|key| key.contains(OPENING)) {
                let mut seen: BTreeMap<String, &String> = BTreeMap::new();
                for key in entries.keys() {
                    let means = map(key);
                    match seen.get(&means) {
                        Some(first) => found.push(Twice { path: path.clone(), written: [(*first).clone(), key.clone()], key: means }),
                        None => drop(seen.insert(means, key)),
                    }
                }
            }
            for (key, item) in entries {
                path.push(key.clone());
                look(item, map, path, found);
                path.pop();
            }
        }
        Value::Array(items) => items.iter().for_each(|item| look(item, map, path, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn two_ways_to_write_one_key_are_found_wherever_they_stand() {
        let map = |text: &str| text.replace("${queues.in.arn}", "arn:in");
        let value =
            json!({"a": [{"${queues.in.arn}": 1, "arn:in": 2, "arn:other": 3}], "b": {"x": {"p:${queues.in.arn}": 1, "p:arn:in": 1}}});
        let found = twice(&value, &map);
        let told: Vec<_> = found.iter().map(|twice| (twice.path.join("."), twice.key.as_str())).collect();
        assert_eq!(told, [("a".to_owned(), "arn:in"), ("b.x".to_owned(), "p:arn:in")]);
        assert_eq!(found[0].written, ["${queues.in.arn}", "arn:in"]);
        assert!(twice(&json!({"${queues.in.arn}": 1, "arn:other": 2}), &map).is_empty());
    }
}
