//! As much of JSON Schema 2020-12 as the schema of stack files uses, to hold files against it.

use fancy_regex::Regex;
use serde_json::Value;

/// What stands beside what is checked, and says nothing of a value.
const ANNOTATIONS: [&str; 8] = ["$schema", "$defs", "title", "description", "default", "format", "deprecated", "examples"];

/// Why a value is none of a schema: the place, and the keyword that it fails.
pub fn fault(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let schema = match schema {
        Value::Bool(true) => return None,
        Value::Bool(false) => return Some(": nothing may stand here".to_owned()),
        Value::Object(schema) => schema,
        other => panic!("no schema: {other}"),
    };
    schema.iter().find_map(|(keyword, said)| by_keyword(root, &Value::Object(schema.clone()), value, keyword, said))
}

fn by_keyword(root: &Value, schema: &Value, value: &Value, keyword: &str, said: &Value) -> Option<String> {
    let fails = |fits: bool| (!fits).then(|| format!(": {value} is not {keyword} {said}"));
    let options = || said.as_array().unwrap().iter().map(|one| fault(root, one, value));
    let each = |found: Option<String>, step: &str| found.map(|why| format!("/{step}{why}"));
    match keyword {
        _ if ANNOTATIONS.contains(&keyword) => None,
        "$ref" => fault(root, root.pointer(said.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value),
        "type" => fails(said.as_array().map_or_else(|| is(value, said), |all| all.iter().any(|kind| is(value, kind)))),
        "const" => fails(value == said),
        "enum" => fails(said.as_array().unwrap().contains(value)),
        "pattern" => fails(value.as_str().is_none_or(|text| Regex::new(said.as_str().unwrap()).unwrap().is_match(text).unwrap())),
        "minimum" => fails(value.as_f64().is_none_or(|number| number >= said.as_f64().unwrap())),
        "maximum" => fails(value.as_f64().is_none_or(|number| number <= said.as_f64().unwrap())),
        "uniqueItems" => fails(value.as_array().is_none_or(|all| (1..all.len()).all(|at| !all[..at].contains(&all[at])))),
        "anyOf" if options().any(|found| found.is_none()) => None,
        "anyOf" => Some(format!(" as one of: {}", options().flatten().collect::<Vec<_>>().join(" | "))),
        "oneOf" => fails(options().filter(Option::is_none).count() == 1),
        "required" => {
            let missing = |key: &&Value| value.as_object().is_some_and(|map| !map.contains_key(key.as_str().unwrap()));
            said.as_array().unwrap().iter().find(missing).map(|key| format!(": {key} is missing"))
        }
        "properties" => value.as_object()?.iter().find_map(|(key, below)| each(fault(root, said.get(key)?, below), key)),
        "additionalProperties" => {
            let known = |key: &str| schema["properties"].get(key).is_some();
            value.as_object()?.iter().filter(|(key, _)| !known(key)).find_map(|(key, below)| each(fault(root, said, below), key))
        }
        "items" => value.as_array()?.iter().enumerate().find_map(|(at, below)| each(fault(root, said, below), &at.to_string())),
        other => panic!("the schema says `{other}`, which is not looked at here"),
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => panic!("no type: {other}"),
    }
}
