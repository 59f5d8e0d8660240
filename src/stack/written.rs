//! Resources of a stack file in the order in which its schema has them. The words are those of the kinds
//! ([`crate::contract::written`]).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::schema::schema;
use crate::contract::{Nest, Sections};
use crate::kinds;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&schema()).unwrap_or_default());

/// A resource's fields in their order.
fn resource(section: &str, fields: Map<String, Value>) -> Map<String, Value> {
    let schema = &SCHEMA["properties"][section]["additionalProperties"];
    if let Value::Object(fields) = shaped(Value::Object(fields), schema) { fields } else { Map::new() }
}

/// Takes the tags that all resources have alike out of them; those that cannot have any are not asked.
pub fn common_tags(sections: &mut Sections, takes_tags: impl Fn(&str) -> bool) -> Map<String, Value> {
    let tagged = || {
        |(section, all): (&String, &std::collections::BTreeMap<String, Map<String, Value>>)| -> Vec<Map<String, Value>> {
            let of = |fields: &Map<String, Value>| fields.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
            if takes_tags(section) { all.values().map(of).collect() } else { Vec::new() }
        }
    };
    let all: Vec<Map<String, Value>> = sections.iter().flat_map(tagged()).collect();
    let mut common = all.first().cloned().unwrap_or_default();
    common.retain(|key, value| all.iter().all(|tags| tags.get(key) == Some(value)));
    for fields in sections.values_mut().flat_map(|all| all.values_mut()) {
        let is_left = fields.get_mut("tags").and_then(Value::as_object_mut).is_some_and(|tags| {
            tags.retain(|key, _| !common.contains_key(key));
            tags.is_empty()
        });
        if is_left {
            fields.remove("tags");
        }
    }
    common
}

/// The sections in the order of the schema, with their fields in order.
pub fn in_order(sections: Sections) -> Map<String, Value> {
    let mut whole = Map::new();
    for (section, all) in sections {
        let all: Map<String, Value> = all.into_iter().map(|(key, fields)| (key, Value::Object(resource(&section, fields)))).collect();
        if !all.is_empty() {
            whole.insert(section, all.into());
        }
    }
    ordered(whole, &SCHEMA)
}

fn resolved(schema: &Value) -> &Value {
    let name = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| resolved(&SCHEMA["$defs"][name]))
}

/// The alternatives of a schema.
fn alternatives(schema: &Value) -> Vec<&Value> {
    let schema = resolved(schema);
    match schema["anyOf"].as_array() {
        Some(any) => any.iter().flat_map(alternatives).collect(),
        None => vec![schema],
    }
}

/// A value with its entries in the order of its schema.
fn shaped(value: Value, schema: &Value) -> Value {
    let all = alternatives(schema);
    match value {
        Value::Object(map) => {
            let object = all.iter().find(|schema| schema["properties"].is_object() || schema["additionalProperties"].is_object());
            let Some(object) = object else { return Value::Object(map) };
            let each = map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| {
                let of = object["properties"].get(&key).unwrap_or(&object["additionalProperties"]);
                let value = shaped(value, of);
                (key, value)
            });
            ordered(each.collect(), object).into()
        }
        Value::Array(items) => {
            let of = all.iter().find_map(|schema| schema.get("items")).cloned().unwrap_or_default();
            items.into_iter().map(|item| shaped(item, &of)).collect()
        }
        other => other,
    }
}

/// The entries in the order of a schema's properties; the others behind them.
fn ordered(mut map: Map<String, Value>, schema: &Value) -> Map<String, Value> {
    let names = schema["properties"].as_object().into_iter().flat_map(Map::keys);
    let first: Vec<(String, Value)> = names.filter_map(|name| Some((name.clone(), map.shift_remove(name)?))).collect();
    first.into_iter().chain(map).collect()
}

/// Writes what nothing else names within the resource that brings it along. `apart` are sections and names of
/// what is there and is nobody's of the file.
pub fn nested(sections: &mut Sections, apart: &BTreeSet<(String, String)>) {
    for driver in kinds::registry() {
        let keys: Vec<String> = sections.get(driver.section()).map(|all| all.keys().cloned().collect()).unwrap_or_default();
        for key in keys {
            let Some(mut fields) = sections.get_mut(driver.section()).and_then(|all| all.remove(&key)) else { continue };
            driver.nest(&mut Nest { key: &key, fields: &mut fields, others: sections, apart });
            sections.entry(driver.section().to_owned()).or_default().insert(key, fields);
        }
    }
    sections.retain(|_, all| !all.is_empty());
}
