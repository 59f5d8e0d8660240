//! Values as people read them.

use serde_json::Value;

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
            format!("{{{}}}", entries.map(|(key, value)| format!("{key}: {}", show(value))).collect::<Vec<_>>().join(", "))
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

fn show_text(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    if text.starts_with("${") && text.ends_with('}') && !text[2..].contains("${") {
        return "(known after apply)".to_owned();
    }
    let is_digest = (text.len() == 64 || text.len() == 32) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_digest {
        return format!("sources {}", &text[..12]);
    }
    if text.contains('\n') || text.chars().any(char::is_control) { format!("{text:?}") } else { text.to_owned() }
}

/// A policy on one line: what each statement allows or denies, on what.
pub fn show_document(document: &Value) -> String {
    let Some(statements) = document["Statement"].as_array() else { return show(document) };
    let lines: Vec<String> = statements.iter().map(statement).collect();
    lines.join("; ")
}

fn statement(statement: &Value) -> String {
    let list = |key: &str| statement[key].as_array().map(|items| items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
    let effect = statement["Effect"].as_str().unwrap_or("?");
    let actions = list("Action").or_else(|| list("NotAction").map(|actions| format!("all but {actions}"))).unwrap_or_default();
    let who = statement["Principal"].as_object().map(|kinds| {
        let all = kinds.values().map(show).collect::<Vec<_>>().join(", ");
        format!(" to {all}")
    });
    let on = list("Resource").map(|resources| format!(" on {resources}"));
    format!("{effect} {actions}{}{}", who.unwrap_or_default(), on.unwrap_or_default())
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
        assert_eq!(show(&json!("a".repeat(64))), "sources aaaaaaaaaaaa");
    }
}
