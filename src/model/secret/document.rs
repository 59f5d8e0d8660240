//! JSON that is the text of one value, such as a variable of an environment.

use serde_json::Value;

use super::names::{self, Says, says};
use super::{each_secret, looks_secret};

/// Letters of a word that people write; more of them in a row are more likely drawn by chance.
const LONGEST_WORD: usize = 16;
/// Digits of a number that people write.
const LONGEST_NUMBER: usize = 5;

/// The document that a text is; texts and numbers by themselves are none, but one that was put into a text twice.
pub(super) fn of(text: &str) -> Option<Value> {
    let trimmed = text.trim();
    if !(trimmed.starts_with(['{', '[']) || trimmed.starts_with("\"{")) {
        return None;
    }
    serde_json::from_str(trimmed).ok()
}

/// Calls `found` with what is a secret in a document.
pub(super) fn secrets(document: &Value, found: &mut dyn FnMut(&str)) {
    each_secret("", document, found);
    below_telling_names(document, found);
}

/// `{"passwords": {"orders": "…"}}`: the name tells of all below it.
fn below_telling_names(document: &Value, found: &mut dyn FnMut(&str)) {
    match document {
        Value::Array(items) => items.iter().for_each(|item| below_telling_names(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, item)| match item {
            Value::Object(inner) if says(key) == Says::Secret => {
                let texts = inner.iter().filter(|(key, _)| !names::is_about(key)).filter_map(|(_, item)| item.as_str());
                texts.for_each(&mut *found);
            }
            item => below_telling_names(item, found),
        }),
        _ => {}
    }
}

/// Calls `found` with every scalar of a document.
pub(super) fn leaves(document: &Value, found: &mut dyn FnMut(&str)) {
    match document {
        Value::Null => {}
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(map) => map.values().for_each(|item| leaves(item, found)),
        scalar => found(&scalar.to_string()),
    }
}

/// Whether a text is one that stands in other places, too, and is no secret there: words of one case and
/// short numbers with what joins them, such as `us-east-1` and `orders-dev`, and ARNs.
pub(super) fn is_ordinary(text: &str) -> bool {
    let is_word = |part: &str| {
        let rest = part.strip_prefix(|c: char| c.is_alphabetic()).unwrap_or(part);
        let has = |is: fn(char) -> bool| part.chars().all(is);
        let is_cased = rest.chars().all(char::is_lowercase) || has(char::is_uppercase);
        part.chars().count() <= LONGEST_WORD && has(char::is_alphabetic) && is_cased
    };
    let is_number = |part: &str| part.len() <= LONGEST_NUMBER && part.bytes().all(|b| b.is_ascii_digit());
    let joins = |c: char| matches!(c, '-' | '_' | '.' | '/' | ':' | ' ');
    text.starts_with("arn:aws") || (!looks_secret("", text) && text.split(joins).all(|part| is_number(part) || is_word(part)))
}

#[cfg(test)]
mod tests {
    use super::super::Secrets;
    use super::*;

    const CONFIG: &str =
        r#"{"password": "hunter2hunter2", "region": "us-east-1", "queue": "rjl-orders-dev", "table": "orders", "at": "x9Kq"}"#;

    #[test]
    fn of_a_document_that_was_guessed_at_the_secret_alone_is_one() {
        let mut secrets = Secrets::default();
        secrets.add_guessed(CONFIG);
        let told = |text: &str| secrets.mask().text(text);
        assert_eq!(told("hunter2hunter2"), "(sensitive)");
        assert_eq!(told(CONFIG), "(sensitive)");
        for open in ["us-east-1", "arn:aws:sqs:us-east-1:1:rjl-orders-dev", "table/orders", "x9Kq"] {
            assert_eq!(told(open), open);
        }
    }

    #[test]
    fn of_one_that_is_declared_ordinary_words_are_none() {
        let mut secrets = Secrets::default();
        secrets.add(CONFIG);
        let told = |text: &str| secrets.mask().text(text);
        assert_eq!((told("hunter2hunter2"), told("x9Kq")), ("(sensitive)".to_owned(), "(sensitive)".to_owned()));
        for open in ["us-east-1", "arn:aws:sqs:us-east-1:1:rjl-orders-dev", "table/orders"] {
            assert_eq!(told(open), open);
        }
    }

    #[test]
    fn ordinary_is_what_people_write() {
        for text in ["orders", "us-east-1", "Orders", "INFO", "db.internal.example.com", "1024", "true", "arn:aws:sqs:r:123456789012:q"] {
            assert!(is_ordinary(text), "{text}");
        }
        for text in ["hunter2", "oRdErS", "12345678", "qwpoeirutyalskdjfh", "correct horse!", "p\"w"] {
            assert!(!is_ordinary(text), "{text}");
        }
    }
}
