//! The JSON Schema of stack files, generated from the types.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::format::StackFile;

/// The schema as pretty JSON, with a final newline.
pub fn schema() -> String {
    let schema = schemars::schema_for!(StackFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Keys that a stack file may have at its top.
pub fn top_level_keys() -> &'static BTreeSet<String> {
    static KEYS: OnceLock<BTreeSet<String>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let schema = schemars::schema_for!(StackFile);
        let properties = schema.get("properties").and_then(|properties| properties.as_object());
        properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
    })
}
