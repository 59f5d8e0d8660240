//! The JSON Schema of stack files: the top from its types, the sections and their defaults from the
//! kinds of the registry.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::file::StackFile;
use crate::kinds;

/// Key of what stands under every resource of a kind.
pub(super) const DEFAULTS: &str = "defaults";

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
        properties.extend(sections);
    }
    schema
}

/// A variable may stand for a whole list or mapping. Both words of a type keep what is said of each.
fn or_a_variable(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(or_a_variable);
            if let Some(kind) = members.get("type").filter(|kind| *kind == "array" || *kind == "object").cloned() {
                members.insert("type".to_owned(), Value::from(vec![kind, Value::from("string")]));
                members.insert("pattern".to_owned(), Value::from(A_VARIABLE));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(or_a_variable),
        _ => {}
    }
}

fn sections(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let (mut sections, mut defaults) = (Map::new(), Map::new());
    for kind in kinds::registry() {
        let file = kind.file_schema(generator);
        let section = json_schema!({"description": kind.about(), "type": "object", "additionalProperties": file});
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
