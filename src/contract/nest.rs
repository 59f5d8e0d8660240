//! What is written within another resource of a file, where nobody else uses it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::reference::references_in;

/// The resources of a file by section and key.
pub type Sections = BTreeMap<String, BTreeMap<String, Map<String, Value>>>;

/// One resource among those of its file.
pub struct Nest<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its fields.
    pub fields: &'a mut Map<String, Value>,
    /// The others, without it.
    pub others: &'a mut Sections,
    /// Sections and names of what is there and is nobody's of the file.
    pub apart: &'a BTreeSet<(String, String)>,
}

impl Nest<'_> {
    /// Whether what has this name is there, and the file cannot have it.
    pub fn is_apart(&self, section: &str, name: &str) -> bool {
        self.apart.contains(&(section.to_owned(), name.to_owned()))
    }

    /// Takes what a field names out of its section, where nothing else of the file names it, and what
    /// brings it along could have its key.
    pub fn take(&mut self, section: &str, key: &str) -> Option<Map<String, Value>> {
        let is_named = |fields: &Map<String, Value>| uses(fields, section, key);
        let elsewhere: usize = self.others.values().flat_map(BTreeMap::values).map(is_named).sum();
        let all = self.others.get_mut(section)?;
        // It is to stand under the key of what brings it along.
        if elsewhere > 0 || is_named(self.fields) > 1 || (key != self.key && all.contains_key(self.key)) {
            return None;
        }
        all.remove(key)
    }
}

/// How often the fields name a resource: by a reference, or by its key under a field of this meaning.
fn uses(fields: &Map<String, Value>, section: &str, key: &str) -> usize {
    fields.iter().map(|(field, value)| used_in(field, value, section, key)).sum()
}

fn used_in(field: &str, value: &Value, section: &str, key: &str) -> usize {
    match value {
        Value::String(text) => {
            let named = references_in(text).filter(|of| of.section == section && of.key == key).count();
            named + usize::from(text == key && field.contains(section.trim_end_matches('s')))
        }
        Value::Array(items) => items.iter().map(|item| used_in(field, item, section, key)).sum(),
        Value::Object(map) => map.iter().map(|(field, value)| used_in(field, value, section, key)).sum(),
        _ => 0,
    }
}
