//! What a schedule gives to what it starts. It is text to AWS: documents are compared as such, and any
//! other text as it is.

use serde_json::Value;

/// A text that holds a mapping or a list is that.
pub(super) fn normal(input: Value) -> Value {
    match &input {
        Value::String(text) => {
            let read = serde_json::from_str(text).ok().filter(|read: &Value| read.is_object() || read.is_array());
            read.unwrap_or(input)
        }
        // A number or a truth value is sent as the text that it is.
        Value::Bool(_) | Value::Number(_) => Value::String(input.to_string()),
        Value::Object(_) | Value::Array(_) | Value::Null => input,
    }
}

/// What is sent.
pub(super) fn text(input: &Value) -> String {
    input.as_str().map_or_else(|| input.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_documents_and_texts_stay() {
        assert_eq!(normal(json!("{\"a\": [1]}")), json!({"a": [1]}));
        for same in [json!("hello"), json!("\"hello\""), json!("{not json"), json!({"a": 1})] {
            assert_eq!(normal(same.clone()), same);
            assert_eq!(normal(normal(same.clone())), same);
        }
        assert_eq!((text(&json!("\"a\"")), text(&normal(json!(5)))), ("\"a\"".to_owned(), "5".to_owned()));
    }
}
