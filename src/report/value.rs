//! Values as people read them.

use serde_json::Value;

use super::escape;
use crate::model::reference::{Reference, plain, references_in};

/// Field of a function or layer that holds the digest of its sources.
const CODE: &str = "code";

/// The value of a field on one line; what the field `code` holds is said to be a digest of sources.
pub fn show_field(path: &str, value: &Value) -> String {
    match value.as_str().filter(|text| path == CODE && is_digest(text)) {
        Some(digest) => format!("sources {}", &digest[..12]),
        None => show(value),
    }
}

fn is_digest(text: &str) -> bool {
    (text.len() == 64 || text.len() == 32) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A value on one line. References that only apply can resolve are said to be known after it.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::String(text) => show_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !is_unset(value));
            format!("{{{}}}", entries.map(|(key, value)| format!("{}: {}", escape::line(key), show(value))).collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn show_text(template: &str) -> String {
    if template.is_empty() {
        return "\"\"".to_owned();
    }
    if Reference::whole(template).is_some() {
        return "(known after apply)".to_owned();
    }
    let text = as_read(template);
    if text.contains(|c| escape::acts(c) || matches!(c, '\n' | '\t')) { format!("{text:?}") } else { text }
}

/// A template as people read it: its text, or the template itself where a part is still to be known.
fn as_read(template: &str) -> String {
    if references_in(template).next().is_some() { template.to_owned() } else { plain(template) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_well() {
        assert_eq!(show(&json!(5.0)), "5");
        assert_eq!(show(&json!("${layers.shared.arn}")), "(known after apply)");
        assert_eq!(show(&json!(["a", 1])), "[a, 1]");
        assert_eq!(show(&json!("$${layers.shared.arn}")), "${layers.shared.arn}");
        assert_eq!(show(&json!("${aws:username}")), "${aws:username}");
        assert_eq!(show(&json!("$${queues.q.url} ${queues.q.url}")), "$${queues.q.url} ${queues.q.url}");
    }

    #[test]
    fn only_the_field_code_tells_of_sources() {
        for digits in [32, 64] {
            let digest = json!("a".repeat(digits));
            assert_eq!(show_field("code", &digest), "sources aaaaaaaaaaaa");
            for path in ["environment.code", "environment.IMAGE_DIGEST", "tags.code", "description"] {
                assert_eq!(show_field(path, &digest), "a".repeat(digits), "{path}");
            }
        }
        assert_eq!(show_field("code", &json!("sha256:abc")), "sha256:abc");
    }
}
