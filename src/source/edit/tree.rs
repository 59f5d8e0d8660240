//! What an edit looks for in the tree of a file, and what it should find there afterwards.

use std::ops::Range;

use serde_json::{Map, Value};

use super::Edit;
use crate::source::node::{Entry, Parsed, Yaml};

pub(super) fn entry<'a>(node: &'a Parsed, key: &str) -> Option<&'a Entry<Parsed>> {
    match &node.yaml {
        Yaml::Map(entries) => entries.iter().find(|entry| entry.key == key),
        _ => None,
    }
}

/// Whether it stands where it is read: keys and values that are merged in are both at the alias.
pub(super) fn is_own(entry: &Entry<Parsed>) -> bool {
    entry.place != entry.value.place
}

/// The name of the alias that stands where the node is used.
pub(super) fn is_alias(text: &str, node: &Parsed) -> Option<String> {
    let used = text.get(node.used.clone())?;
    used.strip_prefix('*').map(|name| name.trim_end().to_owned())
}

/// Where a value would stand that is not there: behind the colon.
pub(super) fn nothing(text: &str, node: &Parsed) -> Range<usize> {
    let at = node.used.start;
    let at = at + usize::from(text[at..].starts_with(':'));
    at..at
}

/// What YAML reads of a scalar.
pub(super) fn meant(text: &str, quoted: bool) -> Value {
    let number = text.parse::<i64>().ok().filter(|_| !quoted);
    number.map_or_else(|| Value::from(text), Value::from)
}

/// A tree before an edit, as it should be after it.
pub(super) fn wanted(mut tree: Value, edit: &Edit, value: Value) -> Value {
    if let Some(resource) = tree.get_mut(&edit.section).and_then(|section| section.get_mut(&edit.key)) {
        if resource.is_null() {
            *resource = Value::Object(Map::new());
        }
        if let Some(fields) = resource.as_object_mut() {
            fields.insert(edit.field.clone(), value);
        }
    }
    tree
}

pub(super) fn plain(node: &Parsed) -> Value {
    match &node.yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::Number(value) => Value::Number(value.clone()),
        Yaml::Text(text) => Value::String(text.clone()),
        Yaml::List(items) => items.iter().map(plain).collect(),
        Yaml::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect::<Map<_, _>>().into(),
    }
}
