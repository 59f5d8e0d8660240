//! One value out of a JSON secret. Errors of the parser quote what they read, so none of them is told.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Failure;
use crate::model::stored::Hidden;

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// The value under `key`: a key as it stands, else keys with dots between them that lead into
/// mappings. A number keeps the digits it was written with.
pub fn value(secret: &str, key: &str) -> Result<Hidden, Failure> {
    let object: Object<'_> = serde_json::from_str(secret).map_err(|_| Failure::NotJson)?;
    let missing = || Failure::NoKey { key: key.to_owned(), keys: object.keys().cloned().collect() };
    if let Some(found) = object.get(key) {
        return text(key, found.get());
    }
    let (first, rest) = key.split_once('.').ok_or_else(missing)?;
    let inner = object.get(first).filter(|inner| inner.get().starts_with('{')).ok_or_else(missing)?;
    value(inner.get(), rest)
}

fn text(key: &str, raw: &str) -> Result<Hidden, Failure> {
    let no_text = |what| Failure::NotText { key: key.to_owned(), what };
    match raw.bytes().next() {
        Some(b'"') => serde_json::from_str(raw).map(|text: String| Hidden::new(text)).map_err(|_| Failure::NotJson),
        Some(b'{') => Err(no_text("a mapping")),
        Some(b'[') => Err(no_text("a list")),
        Some(b'n') => Err(no_text("null")),
        _ => Ok(Hidden::new(raw)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#" { "password": "p\"w\n", "port": 5432, "big": 123456789012345678901234567890, "rate": 1.50, "on": true,
        "none": null, "list": ["zebra"], "db": {"user": "giraffe", "a.b": "deep"}, "db.host": "literal", "": "empty" } "#;

    #[test]
    fn texts_numbers_and_truth_values_are_text() {
        for (key, wanted) in [
            ("password", "p\"w\n"),
            ("port", "5432"),
            ("big", "123456789012345678901234567890"),
            ("rate", "1.50"),
            ("on", "true"),
            ("db.user", "giraffe"),
            ("db.host", "literal"),
            ("db.a.b", "deep"),
        ] {
            assert_eq!(value(SECRET, key).unwrap().text(), wanted, "{key}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_without_a_value() {
        for (secret, key) in [
            (SECRET, "none"),
            (SECRET, "list"),
            (SECRET, "db"),
            (SECRET, "pasword"),
            (SECRET, "db.pasword"),
            (SECRET, "password.x"),
            ("zebra", "a"),
            ("\"zebra\"", "a"),
            ("[\"zebra\"]", "a"),
            ("{\"a\": zebra}", "a"),
            ("{\"a\": \"zebra\"", "a"),
            ("", "a"),
        ] {
            let failure = value(secret, key).unwrap_err();
            let told = format!("{failure} {failure:?}");
            assert!(!["zebra", "giraffe", "p\\\"w", "5432"].iter().any(|text| told.contains(text)), "{told}");
        }
        let told = value(SECRET, "pasword").unwrap_err().to_string();
        assert!(told.contains("`password`") && told.contains("`port`"), "{told}");
        let told = value(SECRET, "db.pasword").unwrap_err().to_string();
        assert!(told.contains("`user`") && !told.contains("`port`"), "{told}");
    }

    #[test]
    fn a_value_has_no_debug_text() {
        assert!(!format!("{:?}", value(SECRET, "password")).contains("p\\"));
    }
}
