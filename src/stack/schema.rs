//! The JSON Schema of stack files: the top from its types, the sections and their defaults from the
//! kinds of the registry.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::file::StackFile;
use crate::kinds;
use crate::source::scalar::VARIABLE;

/// Key of what stands under every resource of a kind.
pub(super) const DEFAULTS: &str = "defaults";

/// Keys of the top that are read before variables are known.
const READ_BEFORE: [&str; 4] = ["stack", "region", "environments", "variables"];

/// What stands where a variable is the whole value.
const A_VARIABLE: &str = r"^\$\{[^{}]+\}$";

/// The schema as pretty JSON, with a final newline.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&whole()).unwrap_or_default();
    text.push('\n');
    text
}

fn whole() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut sections = sections(&mut generator);
    sections.values_mut().for_each(or_a_variable);
    let mut schema = generator.into_root_schema_for::<StackFile>();
    if let Some(definitions) = schema.ensure_object().get_mut("$defs") {
        or_a_variable(definitions);
    }
    if let Some(properties) = schema.ensure_object().get_mut("properties").and_then(Value::as_object_mut) {
        properties.iter_mut().filter(|(key, _)| !READ_BEFORE.contains(&key.as_str())).for_each(|(_, value)| or_a_variable(value));
        properties.extend(sections);
    }
    schema
}

/// A variable may stand for a whole list or mapping, for a flag, and for one of several words. Both words of a
/// type keep what is said of each.
fn or_a_variable(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let takes_one = members.get("anyOf").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_variable));
            members.iter_mut().filter(|(key, _)| !takes_one || *key != "anyOf").for_each(|(_, value)| or_a_variable(value));
            let mut kinds: Vec<Value> = match members.get("type") {
                Some(Value::Array(kinds)) => kinds.clone(),
                kind => kind.into_iter().cloned().collect(),
            };
            let is_one = |kind: &Value| ["array", "object", "boolean"].iter().any(|one| kind == one);
            if kinds.iter().any(is_one) && !kinds.iter().any(|kind| kind == "string") {
                kinds.push(Value::from("string"));
                members.insert("type".to_owned(), Value::from(kinds));
                members.insert("pattern".to_owned(), Value::from(A_VARIABLE));
            }
            if let Some(Value::Array(words)) = members.get_mut("oneOf") {
                words.push(json_schema!({"type": "string", "pattern": VARIABLE}).into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(or_a_variable),
        _ => {}
    }
}

/// Whether a schema takes variables, beside what else it takes as text.
fn is_variable(schema: &Value) -> bool {
    schema["pattern"].as_str().is_some_and(|pattern| pattern.ends_with(VARIABLE))
}

/// A resource of which nothing is said is there all the same, with what goes without saying.
fn or_nothing(schema: &mut Value) {
    *schema = json_schema!({"anyOf": [schema, {"type": "null"}]}).into();
}

fn sections(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let (mut sections, mut defaults) = (Map::new(), Map::new());
    for kind in kinds::registry() {
        let file = kind.file_schema(generator);
        let mut each: Value = file.clone().into();
        or_nothing(&mut each);
        let section = json_schema!({"description": kind.about(), "type": "object", "additionalProperties": each});
        sections.insert(kind.section().to_owned(), section.into());
        let about = format!("Defaults of every {}.", kind.name().replace('_', " "));
        let mut default = json_schema!({"description": about});
        default.ensure_object().extend(file.as_object().cloned().unwrap_or_default());
        defaults.insert(kind.name().to_owned(), default.into());
    }
    let about = "Defaults, filled in before the file is typed.";
    let all = json_schema!({"description": about, "type": "object", "properties": defaults, "additionalProperties": false});
    sections.insert(DEFAULTS.to_owned(), all.into());
    sections
}

/// Keys that a stack file may have at its top.
pub(super) fn top_level_keys() -> &'static BTreeSet<String> {
    static KEYS: OnceLock<BTreeSet<String>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let schema = whole();
        let properties = schema.get("properties").and_then(Value::as_object);
        properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
    })
}
