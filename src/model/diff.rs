//! One structural diff over the normal form, for every kind.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::Guarded;
use super::mark::{ON_REMOVE_TAG, PROTECT_TAG};
use super::path;
use super::reference::plain;
use super::secret::{Mask, conceals, redact_message};

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Path in the spec, as [`super::path`] writes it.
    pub path: String,
    /// Live value; null where there is none.
    pub before: Guarded,
    /// Desired value; null where there is none.
    pub after: Guarded,
    /// Whether the value is a document (an IAM policy), best shown as a line diff.
    pub document: bool,
}

impl Change {
    /// The path in the words of the file format: a guard is written as a field and kept as a tag. What is a
    /// secret in it by its own form is not shown.
    pub fn shown_path(&self) -> String {
        match self.keys().iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["tags", PROTECT_TAG] => "protect".to_owned(),
            ["tags", ON_REMOVE_TAG] => "on_remove".to_owned(),
            ref keys => path::written(keys.iter().map(|key| redact_message(key)).collect::<Vec<_>>().iter().map(String::as_str)),
        }
    }

    /// The keys of the path.
    pub fn keys(&self) -> Vec<String> {
        path::keys(&self.path)
    }

    /// Whether its values are not shown.
    pub fn is_sensitive(&self) -> bool {
        self.before.is_hidden() || self.after.is_hidden()
    }

    /// Whether the change is at `field` or below it.
    pub fn is_in(&self, field: &str) -> bool {
        is_below(&self.path, field)
    }

    /// Takes the values out of what is shown.
    fn hide(&mut self) {
        self.document = false;
        self.before.hide();
        self.after.hide();
    }
}

pub(super) fn is_below(path: &str, field: &str) -> bool {
    path == field || path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
}

/// Hides every change that shows something of a sensitive path: at it, below it, or above it where a
/// map is shown whole.
pub fn hide(changes: &mut [Change], sensitive: &BTreeSet<String>) {
    let shows = |change: &Change| sensitive.iter().any(|path| is_below(&change.path, path) || is_below(path, &change.path));
    changes.iter_mut().filter(|change| shows(change)).for_each(Change::hide);
}

/// Path of an entry of a map at the top of a spec, as a [`Change`] has it.
pub fn entry_path(field: &str, key: &str) -> String {
    dotted(&[field.to_owned(), key.to_owned()])
}

/// The fields in which `before` and `after` differ, in path order of `after`. Maps are descended,
/// lists and documents are compared whole. `documents` are paths (a last `*` stands for any key)
/// below which nothing is descended. Empty if and only if the two are equal.
pub fn diff(before: &Value, after: &Value, documents: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    descend(&mut Vec::new(), before, after, documents, &mut changes);
    changes
}

/// What a new resource sets: a line a leaf, without what is null or empty.
pub fn all_set(after: &Value, documents: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    leaves(&mut Vec::new(), after, documents, &mut changes);
    changes
}

fn leaves(path: &mut Vec<String>, after: &Value, documents: &[&str], changes: &mut Vec<Change>) {
    let document = documents.iter().any(|pattern| matches_pattern(pattern, path));
    match after {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(map) if !document => {
            for (key, value) in map {
                path.push(key.clone());
                leaves(path, value, documents, changes);
                path.pop();
            }
        }
        _ => {
            let (before, after) = guarded(path, &Value::Null, after);
            changes.push(Change { path: dotted(path), before, after, document });
        }
    }
}

fn descend(path: &mut Vec<String>, before: &Value, after: &Value, documents: &[&str], changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let document = documents.iter().any(|pattern| matches_pattern(pattern, path));
    if !document && let (Value::Object(old), Value::Object(new)) = (before, after) {
        let mut keys: Vec<&String> = new.keys().chain(old.keys().filter(|key| !new.contains_key(*key))).collect();
        keys.sort();
        for key in keys {
            path.push(key.clone());
            let absent = &Value::Null;
            descend(path, old.get(key).unwrap_or(absent), new.get(key).unwrap_or(absent), documents, changes);
            // A key that holds null on one side and is absent on the other still differs.
            if old.get(key).unwrap_or(absent) == new.get(key).unwrap_or(absent) && old.contains_key(key) != new.contains_key(key) {
                let nothing = || Guarded::open(Value::Null);
                changes.push(Change { path: dotted(path), before: nothing(), after: nothing(), document });
            }
            path.pop();
        }
        return;
    }
    let (before, after) = guarded(path, before, after);
    changes.push(Change { path: dotted(path), before, after, document });
}

/// Both sides of a field: where one is a secret, so is the other.
fn guarded(path: &[String], before: &Value, after: &Value) -> (Guarded, Guarded) {
    let guard = if is_sensitive(path, before) || is_sensitive(path, after) { Guarded::hidden } else { Guarded::open };
    (guard(before.clone()), guard(after.clone()))
}

/// Texts of a spec that are not shown.
pub fn hidden_texts(spec: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    hidden_below(&mut Vec::new(), spec, &mut found);
    found
}

fn hidden_below<'a>(path: &mut Vec<String>, value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if is_sensitive(path, value) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| hidden_below(path, item, found)),
        Value::Object(map) => {
            for (key, item) in map {
                if redact_message(key) != *key {
                    found.push(key);
                }
                path.push(key.clone());
                hidden_below(path, item, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn is_sensitive(path: &[String], value: &Value) -> bool {
    conceals(path.last().map_or("", String::as_str), value)
}

/// Hides every change that holds a secret which its field does not tell.
pub fn hide_known(changes: &mut [Change], known: &Mask) {
    let holds = |change: &Change| known.hides(change.before.true_value()) || known.hides(change.after.true_value());
    changes.iter_mut().filter(|change| holds(change)).for_each(Change::hide);
}

/// Whether keys of a spec are those of a pattern with dots between them, in which `*` stands for any key.
pub fn matches_pattern(pattern: &str, path: &[impl AsRef<str>]) -> bool {
    let parts: Vec<&str> = pattern.split('.').collect();
    parts.len() == path.len() && parts.iter().zip(path).all(|(part, key)| *part == "*" || *part == key.as_ref())
}

pub(super) fn dotted(keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| plain(key)).collect();
    path::written(keys.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::secret::HIDDEN;
    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c.]{0,3}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c.]{0,2}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn empty_exactly_where_equal(a in any_json(), b in any_json()) {
            prop_assert_eq!(diff(&a, &b, &["a.*"]).is_empty(), a == b);
            prop_assert!(diff(&a, &a, &[]).is_empty());
        }
    }

    #[test]
    fn a_field_alone_is_named() {
        let before = json!({"memory": 512, "environment": {"A": "1"}, "layers": ["x"]});
        let after = json!({"memory": 768, "environment": {"A": "1", "B": "2"}, "layers": ["x"]});
        let paths: Vec<String> = diff(&before, &after, &[]).into_iter().map(|c| c.path).collect();
        assert_eq!(paths, ["environment.B", "memory"]);
    }

    #[test]
    fn secrets_are_hidden_and_still_seen() {
        let changes = diff(&json!({"environment": {"API_TOKEN": "one"}}), &json!({"environment": {"API_TOKEN": "two"}}), &[]);
        assert_eq!(changes.len(), 1);
        assert!(changes[0].is_sensitive());
        let text = format!("{changes:?} {}", serde_json::to_string(&changes).unwrap_or_default());
        assert!(!text.contains("one") && !text.contains("two"), "{text}");
    }

    #[test]
    fn a_secret_that_becomes_another_secret_is_another_change() {
        let to = |after: &str| diff(&json!({"environment": {"API_TOKEN": "one"}}), &json!({"environment": {"API_TOKEN": after}}), &[]);
        assert_ne!(to("two"), to("three"));
        assert_eq!(to("two"), to("two"));
        let new = |value: &str| all_set(&json!({"environment": {"API_TOKEN": value}}), &[]);
        assert_ne!(new("two"), new("three"));
        assert_eq!(hidden_texts(&json!({"environment": {"API_TOKEN": "two", "LEVEL": "INFO"}})), ["two"]);
    }

    #[test]
    fn a_key_that_is_a_secret_by_its_form_is_hidden_in_the_path() {
        let with = |key: &str| json!({"subscriptions": {key: {"raw": false}}});
        let changes = diff(&with("https:https://h/in?token=Xq7old"), &with("https:https://h/in"), &[]);
        let paths: Vec<String> = changes.iter().map(Change::shown_path).collect();
        assert_eq!(paths, ["subscriptions[\"https:https://h/in\"]", "subscriptions[\"https:https://h/in?token=(sensitive)\"]"]);
        assert!(changes[1].path.contains("Xq7old"), "what is compared is the true one");
        assert_eq!(hidden_texts(&with("https:https://h/in?token=Xq7old")), ["https:https://h/in?token=Xq7old"]);
    }

    #[test]
    fn sensitive_paths_are_hidden_on_both_sides_whatever_they_look_like() {
        let sensitive = BTreeSet::from([entry_path("environment", "HOST"), entry_path("environment", "A.B")]);
        let mut changes = diff(
            &json!({"environment": {"HOST": "plain-one", "A.B": "plain-one", "HOSTS": "shown", "GONE": "shown"}}),
            &json!({"environment": {"HOST": "plain-two", "HOSTS": "seen"}}),
            &[],
        );
        hide(&mut changes, &sensitive);
        let text = serde_json::to_string(&changes).unwrap_or_default();
        assert!(!text.contains("plain"), "{text}");
        assert!(text.contains("shown") && text.contains("seen"), "{text}");
        let mut whole = diff(&json!({}), &json!({"environment": {"HOST": "plain-two"}}), &[]);
        hide(&mut whole, &sensitive);
        assert_eq!((whole[0].after.shown(), whole[0].before.shown()), (&json!(HIDDEN), &Value::Null));
    }

    #[test]
    fn documents_are_whole() {
        let changes = diff(&json!({"policies": {"p": {"a": 1, "b": 1}}}), &json!({"policies": {"p": {"a": 2, "b": 2}}}), &["policies.*"]);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, "policies.p");
        assert!(changes[0].document);
    }
}
