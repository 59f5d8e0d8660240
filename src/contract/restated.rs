//! From a spec to the words of a file: the way back of what [`super::Expand`] does.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::Scope;
use crate::model::reference::{Reference, plain};

/// What is known of the resources of a file, each by its section.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Keys by physical name.
    pub named: BTreeMap<(String, String), String>,
    /// Keys of what is called by an alias.
    pub aliased: BTreeSet<(String, String)>,
}

/// A resource as a file writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Restated {
    /// Its fields, in no order.
    pub fields: Map<String, Value>,
    /// What no file can say of it: an apply would take it away.
    pub untold: Vec<String>,
}

/// A spec on its way to the words of a file. Texts are templates, as in the specs of the files' side.
pub struct Writing<'a> {
    /// Where the stack is.
    pub scope: &'a Scope,
    keys: &'a Keys,
    fields: Map<String, Value>,
    untold: Vec<String>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(scope: &'a Scope, keys: &'a Keys) -> Self {
        Self { scope, keys, fields: Map::new(), untold: Vec::new() }
    }

    pub(super) fn done(self) -> Restated {
        Restated { fields: self.fields, untold: self.untold }
    }

    /// Writes the fields in which a spec differs from AWS's defaults, each under its own name.
    pub fn differing(&mut self, spec: &impl Serialize, aws: &impl Serialize) {
        self.fields.extend(differing(spec, aws));
    }

    /// Writes a field; nothing is no value.
    pub fn put(&mut self, field: &str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.fields.insert(field.to_owned(), value);
        }
    }

    /// Takes a field out again.
    pub fn take(&mut self, field: &str) -> Option<Value> {
        self.fields.remove(field)
    }

    /// The same of one that holds text.
    pub fn take_text(&mut self, field: &str) -> Option<String> {
        self.take(field)?.as_str().map(str::to_owned)
    }

    /// Gives a field the name that files have for it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.take(from) {
            self.put(to, value);
        }
    }

    /// Writes a field that holds an ARN as the key of a section, where it names one.
    pub fn word(&mut self, from: &str, to: &str, section: &str) {
        if let Some(arn) = self.take_text(from) {
            self.put(to, word_of(section, &arn));
        }
    }

    /// The same of a list of ARNs.
    pub fn words(&mut self, field: &str, section: &str) {
        if let Some(Value::Array(items)) = self.take(field) {
            let words: Vec<String> = items.iter().filter_map(Value::as_str).map(|arn| word_of(section, arn)).collect();
            self.put(field, words);
        }
    }

    /// The key of what carries this name in a section: of a reference to it, or of a name that the file has.
    pub fn key_named(&self, section: &str, name: &str) -> Option<String> {
        let referred = Reference::whole(name).filter(|of| of.section == section && of.attribute == "name").map(|of| of.key);
        referred.or_else(|| self.keys.named.get(&(section.to_owned(), plain(name))).cloned())
    }

    /// What something invokes, as a file writes it: by its key, where that means the same. A key means the alias,
    /// where there is one.
    pub fn callee(&self, section: &str, arn: &str) -> String {
        let means = |of: &Reference| {
            let is_aliased = self.keys.aliased.contains(&(of.section.clone(), of.key.clone()));
            of.section == section && of.attribute == if is_aliased { "alias_arn" } else { "arn" }
        };
        Reference::whole(arn).filter(means).map_or_else(|| arn.to_owned(), |of| of.key)
    }

    /// Tells what no file can say.
    pub fn untold(&mut self, what: impl Into<String>) {
        self.untold.push(what.into());
    }
}

/// The fields in which `spec` differs from `aws`.
pub fn differing(spec: &impl Serialize, aws: &impl Serialize) -> Map<String, Value> {
    // A spec is a mapping of plain values, which JSON always can say.
    let object = |part: Result<Value, _>| if let Ok(Value::Object(map)) = part { map } else { Map::new() };
    let aws = object(serde_json::to_value(aws));
    let spec = object(serde_json::to_value(spec));
    spec.into_iter().filter(|(field, value)| !value.is_null() && aws.get(field) != Some(value)).collect()
}

/// The key that an ARN names in a section; else the ARN.
pub fn word_of(section: &str, arn: &str) -> String {
    Reference::whole(arn).filter(|of| of.section == section && of.attribute == "arn").map_or_else(|| arn.to_owned(), |of| of.key)
}

/// Whether a template is a reference to something in a section.
pub fn names(section: &str, arn: &str) -> bool {
    Reference::whole(arn).is_some_and(|of| of.section == section && matches!(of.attribute.as_str(), "arn" | "alias_arn"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_a_default_is_left_out_and_an_arn_of_the_file_is_a_key() {
        let told = differing(&json!({"a": 1, "b": null, "c": [2]}), &json!({"a": 1, "c": []}));
        assert_eq!(Value::Object(told), json!({"c": [2]}));
        assert_eq!(word_of("queues", "${queues.dlq.arn}"), "dlq");
        assert_eq!(word_of("queues", "${queues.a.b.arn}"), "a.b");
        for other in ["${topics.dlq.arn}", "${queues.dlq.url}", "${queues.dlq.arn}/x", "arn:aws:sqs:r:1:dlq"] {
            assert_eq!(word_of("queues", other), other);
        }
    }
}
