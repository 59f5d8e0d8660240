//! Where two documents say something else.

use serde_json::Value;

/// Keys, or numbers in lists, that lead to the first value that is another one.
pub(super) fn differs(one: &Value, other: &Value) -> Option<Vec<String>> {
    let below = |key: String, one: &Value, other: &Value| differs(one, other).map(|path| std::iter::once(key).chain(path).collect());
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            one.iter().zip(other.values()).find_map(|((key, one), other)| below(key.clone(), one, other))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            one.iter().zip(other).enumerate().find_map(|(index, (one, other))| below(index.to_string(), one, other))
        }
        _ => (one != other).then(Vec::new),
    }
}
