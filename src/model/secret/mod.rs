//! Which values must not be shown. This is decided here for every channel: plans, plan files,
//! findings with their snippets, errors of ours and of AWS, progress, outputs, logs.
//!
//! Three things make a value a secret: the file says so of the variable that it is built from
//! ([`Secrets`]), the name that it stands under tells it (`names`), or its own form does (`vendors`,
//! `headers`, `urls`, `pairs`, `random`). Rules and families of tokens follow what gitleaks and
//! detect-secrets look for.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

mod document;
mod headers;
mod keys;
mod known;
mod lists;
mod mask;
mod names;
mod netrc;
mod pairs;
mod random;
mod urls;
mod vendors;
mod words;

pub use keys::of_live_keys;
pub use known::{Secrets, is_common};
pub use mask::Mask;
use names::{Says, says};

/// What is printed in place of a secret.
pub const HIDDEN: &str = "(sensitive)";

/// Whether the text under this name is a secret. What names one, an ARN or a reference, is none.
pub fn looks_secret(name: &str, value: &str) -> bool {
    let says = says(name);
    if value.trim().is_empty() || value == HIDDEN || (is_address(value) && !holds_secret(value)) {
        return false;
    }
    let by_name = match says {
        Says::Secret => !is_count_of_tokens(name, value) && !is_open_address(name, value),
        Says::Perhaps => random::is_key_like(value),
        Says::Likely => random::is_no_word(value) || random::is_key_like(value),
        Says::Nothing => random::is_random(value),
        Says::Digest => false,
    };
    let is_webhook = words::words(name).iter().any(|word| word == "webhook" || word == "hook");
    by_name || holds_secret(value) || holds_secret_document(value) || (is_webhook && urls::is_telling_webhook(value))
}

/// Whether a name alone says that a secret stands under it.
pub fn names_secret(name: &str) -> bool {
    says(name) == Says::Secret
}

/// Whether a value is a secret, or holds one. A map by its keys, and by pairs of `name` and `value`;
/// a list by the name of the list, and by flags that a value follows.
pub fn conceals(name: &str, value: &Value) -> bool {
    let mut found = false;
    each_secret(name, value, &mut |_| found = true);
    found
}

/// Calls `found` with every scalar below `value` that is a secret.
pub fn each_secret(name: &str, value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if looks_secret(name, text) => found(text),
        Value::Number(_) | Value::Bool(_) => {
            let text = value.to_string();
            if looks_secret(name, &text) {
                found(&text);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let before = index.checked_sub(1).and_then(|before| items[before].as_str());
                each_secret(name_in_list(name, before, item.as_str()), item, found);
            }
        }
        Value::Object(map) => {
            let named = name_of_pair(|key| map.get(key)?.as_str());
            map.iter().for_each(|(key, item)| each_secret(name_in_map(key, named), item, found));
        }
        _ => {}
    }
}

/// The name that an item of a list stands under: that of the list, or the flag before it.
pub fn name_in_list<'a>(name: &'a str, before: Option<&'a str>, item: Option<&str>) -> &'a str {
    let flag = before.filter(|flag| flag.starts_with('-') && !item.is_some_and(|text| text.starts_with('-')));
    flag.unwrap_or(name)
}

/// The name that the pair gives to its value, in a map that is `name` and `value`.
pub fn name_of_pair<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    ["name", "Name", "key", "Key", "ParameterKey"].iter().find_map(|key| get(key)).filter(|named| says(named) == Says::Secret)
}

/// The name that an entry of a map stands under.
pub fn name_in_map<'a>(key: &'a str, named: Option<&'a str>) -> &'a str {
    named.filter(|_| matches!(key, "value" | "Value" | "ParameterValue")).unwrap_or(key)
}

/// A text with the secrets in it replaced by [`HIDDEN`]: those that are known by their own form,
/// wherever they stand. For messages, of ours and of AWS.
///
/// Known secrets have to be hidden before ([`Mask::text`]): what is left of one is not known any more.
pub fn redact_message(message: &str) -> String {
    replaced(cut_environment(message).as_ref(), |_| HIDDEN.to_owned())
}

/// The same with a star for each character, so that columns stay.
pub fn starred(text: &str) -> String {
    replaced(text, stars)
}

/// Parts of a text that are secrets by their own form, in order and apart from each other.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    vendors::find(text, &mut found);
    headers::armour(text, &mut found);
    headers::credentials(text, &mut found);
    urls::find(text, &mut found);
    if text.contains("sig=") && text.contains('&') {
        urls::parameters(text, 0..text.len(), &mut found);
    }
    pairs::find(text, &mut found);
    netrc::find(text, &mut found);
    merged(found)
}

/// Stars for what must not be seen; line ends stay.
pub fn stars(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\r') { c } else { '*' }).collect()
}

fn replaced(text: &str, by: impl Fn(&str) -> String) -> String {
    let mut shown = String::new();
    let mut from = 0;
    for span in spans(text) {
        shown.push_str(&text[from..span.start]);
        shown.push_str(&by(&text[span.clone()]));
        from = span.end;
    }
    shown + &text[from..]
}

/// Ranges in order, those that meet as one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn holds_secret(value: &str) -> bool {
    !spans(value).is_empty()
}

/// JSON as text: its keys and values are looked at as if they stood in the file.
fn holds_secret_document(value: &str) -> bool {
    let mut found = false;
    if let Some(document) = document::of(value) {
        document::secrets(&document, &mut |_| found = true);
    }
    found
}

/// `TOKENS: 4096` counts them.
fn is_count_of_tokens(name: &str, value: &str) -> bool {
    let words = words::words(name);
    let counted =
        words.last().is_some_and(|word| word == "tokens") && !words.iter().any(|word| matches!(word.as_str(), "api" | "access" | "auth"));
    counted && value.bytes().all(|b| b.is_ascii_digit())
}

/// `DATABASE_URL: postgres://db.internal/orders`: an address that lets nobody in.
fn is_open_address(name: &str, value: &str) -> bool {
    let words = words::words(name);
    let is_address = words.last().is_some_and(|word| matches!(word.as_str(), "url" | "uri"));
    is_address && value.contains("://") && !value.contains('@') && !value.contains(char::is_whitespace)
}

/// An ARN, or one reference and nothing else.
fn is_address(value: &str) -> bool {
    let arn = value.strip_prefix("arn:").is_some_and(|rest| rest.starts_with("aws") && rest.matches(':').count() >= 4);
    let reference = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(|inner| !inner.contains(['$', '{', '}']));
    (arn && !value.contains(char::is_whitespace)) || reference
}

/// Lambda's "exceeded the 4KB limit" error quotes the whole environment after `String measured:`
/// (docs/aws-facts.md §3).
pub fn cut_environment(message: &str) -> Cow<'_, str> {
    match message.find("String measured:") {
        Some(at) => Cow::Owned(format!("{}String measured: {HIDDEN}", &message[..at])),
        None => Cow::Borrowed(message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_looked_into() {
        for value in [
            json!({"DB_PASSWORD": "x"}),
            json!({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}),
            json!(["--password", "hunter2"]),
            json!({"a": {"b": ["{\"password\": \"hunter2\"}"]}}),
            json!({"pin_code": 1234}),
        ] {
            assert!(conceals("", &value), "{value}");
        }
        for value in [json!({"allow_credentials": true}), json!(["--verbose", "yes"]), json!({"name": "SECRET_NAME", "value": "db/main"})] {
            assert!(!conceals("", &value), "{value}");
        }
    }

    #[test]
    fn what_lets_in_is_told_from_how_it_does() {
        let secret = [
            ("DB_AUTH", "s3cr3tpw"),
            ("SESSION_COOKIE", "LEAKE6pw"),
            ("HMAC", "LEAKF7pw"),
            ("OAUTH_REFRESH", "LEAKE3pw"),
            ("pat", "LEAKF9pw"),
            ("A", "machine h login u password x9pw"),
            ("A", "https://LEAKC7token99@github.com/x.git"),
        ];
        for (name, value) in secret {
            assert!(looks_secret(name, value), "{name}: {value}");
        }
        let open = [
            ("DB_AUTH", "iam"),
            ("API_AUTH", "oauth2"),
            ("API_AUTH", "AWS_IAM"),
            ("API_AUTH", "https://login.example.com/v2"),
            ("SESSION_COOKIE", "JSESSIONID"),
            ("SESSION_COOKIE", "__Host-session"),
            ("HMAC", "SHA-256"),
            ("HMAC", "hmac-sha512"),
            ("HMAC", "HS512"),
            ("OAUTH_REFRESH", "true"),
            ("OAUTH_REFRESH", "3600"),
            ("PAT", "orders-*.csv"),
            ("PAT", "${token}"),
            ("A", "https://svcuser01@dev.example.com/x"),
            ("A", "https://jane.doe42@dev.example.com/x"),
            ("A", "use the machine to login with your password today"),
        ];
        for (name, value) in open {
            assert!(!looks_secret(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn the_environment_that_aws_echoes_is_cut() {
        let shown = redact_message("exceeded the 4KB limit. String measured: {\"A\":\"hunter2\"}");
        assert!(!shown.contains("hunter2"));
        let shown = redact_message("1 validation error: Value '{DB_PASSWORD=hunter2, LOG_LEVEL=INFO}' at 'environment.variables' failed");
        assert!(!shown.contains("hunter2") && shown.contains("LOG_LEVEL"), "{shown}");
    }

    #[test]
    fn sentences_stay_readable() {
        for text in [
            "Rotates the password: see the wiki for how",
            "the bearer token is taken from the header",
            "uses Basic authentication",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db/main-a1B2c3",
            "write a whole number with a unit, such as 30s",
        ] {
            assert_eq!(redact_message(text), text);
        }
    }
}
