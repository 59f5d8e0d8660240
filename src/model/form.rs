//! Whether what AWS keeps is what was written, in another form.

use serde_json::{Map, Number, Value};

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
        (Value::Number(kept), Value::Number(written)) => is_same_number(kept, written),
        (Value::Array(items), one) | (one, Value::Array(items)) if items.len() == 1 => is_another_form(&items[0], one),
        (Value::String(text), Value::Number(number)) | (Value::Number(number), Value::String(text)) => *text == number.to_string(),
        (Value::String(text), Value::Bool(flag)) | (Value::Bool(flag), Value::String(text)) => *text == flag.to_string(),
        (kept, written) => kept == written || (is_nothing(kept) && is_nothing(written)),
    }
}

/// Whether two numbers are one: `1` and `1.0` are. Whole ones are not compared as floats, which from 2^53 on
/// have the same form for several of them.
pub fn is_same_number(a: &Number, b: &Number) -> bool {
    let is_whole = |number: &Number| !number.is_f64();
    match (a, b) {
        (whole, float) | (float, whole) if is_whole(whole) && !is_whole(float) => {
            let exact = whole.as_i128().zip(float.as_f64());
            // From 2^127 on the cast gives the greatest number, which no whole one of JSON's is.
            exact.is_some_and(|(whole, float)| float.fract() == 0.0 && float as i128 == whole)
        }
        (a, b) => a == b,
    }
}

/// Whether two event patterns, or two filter policies, match the same: lists hold alternatives, in whatever order, but for
/// the bounds of `numeric`, which are compared as numbers. Numbers that stand by themselves are told apart by their
/// text, as EventBridge does: 300 and 300.0 are two (EventBridge User Guide, "Event pattern syntax").
pub fn is_same_pattern(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => is_same_fields(a, b, &|key, a, b| match (key, a, b) {
            (OR, Value::Array(a), Value::Array(b)) => is_same_set(a, b, &is_same_pattern),
            (_, Value::Array(a), Value::Array(b)) => is_same_set(a, b, &is_same_matcher),
            (_, a, b) => is_same_pattern(a, b),
        }),
        (a, b) => a == b,
    }
}

/// What stands for several patterns.
const OR: &str = "$or";

/// Whether a value or operator in the list of a field matches the same as another.
fn is_same_matcher(a: &Value, b: &Value) -> bool {
    let is_same_bound = |(a, b): (&Value, &Value)| match (a, b) {
        (Value::Number(a), Value::Number(b)) => is_same_number(a, b),
        (a, b) => a == b,
    };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => is_same_fields(a, b, &|operator, a, b| match (operator, a, b) {
            ("numeric", Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(is_same_bound),
            (_, Value::Array(a), Value::Array(b)) => is_same_set(a, b, &is_same_matcher),
            (_, a, b) => is_same_matcher(a, b),
        }),
        (a, b) => a == b,
    }
}

fn is_same_fields(a: &Map<String, Value>, b: &Map<String, Value>, is_same: &dyn Fn(&str, &Value, &Value) -> bool) -> bool {
    a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(key, a, b)))
}

fn is_same_set(a: &[Value], b: &[Value], is_same: &dyn Fn(&Value, &Value) -> bool) -> bool {
    a.iter().all(|one| b.iter().any(|other| is_same(one, other))) && b.iter().all(|one| a.iter().any(|other| is_same(other, one)))
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
    fn whole_numbers_are_told_apart_however_great_they_are() {
        let is_same = |a: &str, b: &str| is_same_number(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(is_same("1", "1.0") && is_same("-2e0", "-2") && is_same("0.5", "5e-1") && is_same("-0.0", "0"));
        assert!(!is_same("9007199254740992", "9007199254740993") && !is_same("9007199254740993", "9007199254740992.0"));
        assert!(!is_same("18446744073709551615", "18446744073709551614") && !is_same("1", "1.5") && !is_same("1", "1e40"));
        assert!(is_same("9007199254740992", "9007199254740992.0"));
    }

    #[test]
    fn a_pattern_matches_the_same_in_whatever_order_its_alternatives_stand() {
        let same = [
            (json!({"a": ["x", "y"]}), json!({"a": ["y", "x", "y"]})),
            (json!({"a": {"b": [{"prefix": "x"}, null]}, "c": [1]}), json!({"c": [1], "a": {"b": [null, {"prefix": "x"}]}})),
            (json!({"$or": [{"a": ["x"]}, {"b": ["y", "z"]}]}), json!({"$or": [{"b": ["z", "y"]}, {"a": ["x"]}]})),
            (json!({"a": [{"anything-but": ["x", "y"]}]}), json!({"a": [{"anything-but": ["y", "x"]}]})),
            (json!({"a": [{"numeric": [">", 0, "<", 1]}]}), json!({"a": [{"numeric": [">", 0.0, "<", 1.0]}]})),
            // A field of that name.
            (json!({"numeric": ["x", "y"]}), json!({"numeric": ["y", "x"]})),
        ];
        for (a, b) in same {
            assert!(is_same_pattern(&a, &b) && is_same_pattern(&b, &a), "{a} {b}");
        }
        let other = [
            (json!({"a": ["x"]}), json!({"a": ["x", "y"]})),
            (json!({"a": ["x"]}), json!({"a": ["x"], "b": ["x"]})),
            (json!({"a": [{"numeric": [">", 0, "<", 1]}]}), json!({"a": [{"numeric": ["<", 1, ">", 0]}]})),
            (json!({"a": [{"numeric": [">", 0, "<", 1]}]}), json!({"a": [{"numeric": [">", 1, "<", 0]}]})),
            (json!({"a": [1]}), json!({"a": [1.0]})),
            (json!({"a": ["1"]}), json!({"a": [1]})),
            (json!({"a": [{"prefix": "x"}]}), json!({"a": [{"suffix": "x"}]})),
        ];
        for (a, b) in other {
            assert!(!is_same_pattern(&a, &b) && !is_same_pattern(&b, &a), "{a} {b}");
        }
    }

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
