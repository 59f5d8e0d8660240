//! Whether what AWS keeps is what was written, in another form.

use serde_json::Value;

/// Whether two values that are not equal say the same as far as can be told: they differ in case, in
/// blanks, in order, in what is empty, or one is hidden by stars.
pub fn is_another_form(kept: &Value, written: &Value) -> bool {
    match (kept, written) {
        (Value::String(kept), Value::String(written)) => is_same_text(kept, written),
        (Value::Array(kept), Value::Array(written)) => is_same_list(kept, written),
        (Value::Object(kept), Value::Object(written)) => {
            let is_same = |value: &Value, other: Option<&Value>| other.map_or(is_nothing(value), |other| is_another_form(value, other));
            kept.iter().all(|(key, value)| is_same(value, written.get(key)))
                && written.iter().all(|(key, value)| kept.contains_key(key) || is_nothing(value))
        }
        (Value::Number(kept), Value::Number(written)) => kept.as_f64() == written.as_f64(),
        (Value::Array(items), one) | (one, Value::Array(items)) if items.len() == 1 => is_another_form(&items[0], one),
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (Value::String(text), Value::Bool(flag)) | (Value::Bool(flag), Value::String(text)) => *text == flag.to_string(),
        (kept, written) => kept == written || (is_nothing(kept) && is_nothing(written)),
    }
}

fn is_same_list(kept: &[Value], written: &[Value]) -> bool {
    kept.len() == written.len() && kept.iter().all(|item| written.iter().any(|other| is_another_form(item, other)))
}

fn is_same_text(kept: &str, written: &str) -> bool {
    let fold = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().concat();
    let (kept, written) = (fold(kept), fold(written));
    let is_hidden = || {
        let Some((before, after)) = kept.split_once("****") else { return false };
        written.len() > before.len() + after.len() && written.starts_with(before) && written.ends_with(after)
    };
    // A name and an ARN or address that ends in it.
    let names = |long: &str, short: &str| {
        let end = long.strip_suffix(short);
        !short.is_empty() && end.is_some_and(|begin| begin.ends_with([':', '/']))
    };
    kept == written || is_hidden() || names(&kept, &written) || names(&written, &kept)
}

/// Whether a value says nothing: null, false, zero, or empty.
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_form_says_the_same_and_another_value_does_not() {
        let same = [
            (json!("X-Trace"), json!("x-trace")),
            (json!("nightly run"), json!("nightly  run \n")),
            (json!("https://u:****@h/p"), json!("https://u:secret@h/p")),
            (json!("arn:aws:kms:r:1:key/abc"), json!("abc")),
            (json!(["b", "A"]), json!(["a", "b"])),
            (json!({"a": 1, "b": ""}), json!({"a": 1.0})),
            (json!("5"), json!(5)),
            (json!(["x"]), json!("x")),
            (json!([]), json!(null)),
        ];
        for (kept, written) in same {
            assert!(is_another_form(&kept, &written), "{kept} {written}");
        }
        let other = [
            (json!("one"), json!("two")),
            (json!(256), json!(512)),
            (json!(["a"]), json!(["a", "b"])),
            (json!({"a": 1}), json!({"a": 2})),
            (json!(""), json!("x")),
        ];
        for (kept, written) in other {
            assert!(!is_another_form(&kept, &written), "{kept} {written}");
        }
    }
}
