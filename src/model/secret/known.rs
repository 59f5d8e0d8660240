//! The secrets of a stack as texts.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::{Mask, document, each_secret, looks_secret, spans};

/// Fewer characters than these are looked for as whole values only: `1` stands in everything.
pub(super) const SHORTEST: usize = 4;

/// Texts that must not be shown: values of sensitive variables and all that was built from them, and
/// what is a secret by its name or form.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    texts: BTreeSet<String>,
    /// Those that are looked for as whole values only.
    whole: BTreeSet<String>,
}

/// How many there are; never the texts.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.texts.len() + self.whole.len())
    }
}

impl Secrets {
    /// Adds a value that is declared sensitive, or was built from one, with the forms that it takes:
    /// its lines, its trimmed text, and the number that a duration or a number with zeros becomes. Of a
    /// JSON text what is a secret in it is one by itself, too, and so is all else but ordinary words.
    pub fn add(&mut self, text: &str) {
        self.add_whole(text);
        if let Some(document) = document::of(text) {
            self.add_secrets_in(&document);
            document::leaves(&document, &mut |leaf| {
                if !document::is_ordinary(leaf) {
                    self.add(leaf);
                }
            });
        }
    }

    /// Adds a text as one value.
    fn add_whole(&mut self, text: &str) {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return;
        }
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.len() >= SHORTEST && line.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST);
        self.texts.extend([text, trimmed].into_iter().chain(lines.filter(|_| text.contains('\n'))).map(str::to_owned));
        self.texts.extend(numbers(trimmed));
        // The password of an address is one without its address, too.
        self.texts.extend(spans(text).into_iter().map(|span| text[span].trim().to_owned()).filter(|part| !is_common(part)));
    }

    /// Adds what is a secret within a document, and tells whether anything is.
    fn add_secrets_in(&mut self, document: &Value) -> bool {
        let mut found = Vec::new();
        document::secrets(document, &mut |text| found.push(text.to_owned()));
        found.iter().for_each(|text| self.add_guessed(text));
        !found.is_empty()
    }

    /// Adds what is a secret by its name or form anywhere below `written`, and below `filled`, which is
    /// the same with its variables filled in; and `guesses`. What `written` has in the open as well is
    /// left to its own place.
    pub fn detect(&mut self, written: &Value, filled: Option<&Value>, guesses: &BTreeSet<String>) {
        let mut found: BTreeSet<String> = guesses.iter().map(|text| text.trim().to_owned()).collect();
        for value in [Some(written), filled].into_iter().flatten() {
            each_secret("", value, &mut |text| {
                found.insert(text.trim().to_owned());
            });
        }
        let mut open = BTreeSet::new();
        in_the_open("", written, false, &mut open);
        for text in found.difference(&open) {
            self.add_guessed(text);
        }
    }

    /// Adds a value of which no file says that it is sensitive: a common word is looked for as a whole
    /// value only, and a JSON text is hidden for what in it is a secret. One in which nothing is, is a
    /// secret by its name, as one that is declared is.
    pub fn add_guessed(&mut self, text: &str) {
        if is_common(text) {
            self.whole.insert(text.trim().to_owned());
            return;
        }
        match document::of(text) {
            Some(document) if self.add_secrets_in(&document) => self.add_whole(text),
            _ => self.add(text),
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Secrets) {
        self.texts.extend(other.texts.iter().cloned());
        self.whole.extend(other.whole.iter().cloned());
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.whole.is_empty()
    }

    /// The texts, in order.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }

    /// Those that are looked for as whole values only.
    pub(super) fn whole(&self) -> impl Iterator<Item = &str> {
        self.whole.iter().map(String::as_str)
    }

    /// Whether a value is one of these as a whole.
    pub fn is_one(&self, value: &str) -> bool {
        [value, value.trim()].iter().any(|value| self.texts.contains(*value) || self.whole.contains(*value))
    }

    /// The same of a number or a truth value, however its digits are written: `777777.0` is `777777`.
    pub(super) fn is_one_scalar(&self, value: &Value) -> bool {
        self.is_one(&value.to_string()) || value.as_f64().is_some_and(|number| self.is_one(&number.to_string()))
    }

    /// What hides them in texts.
    pub fn mask(&self) -> Mask {
        Mask::new(self)
    }
}

/// What a text of digits, or a duration, becomes where a number is asked for.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(number) = text.parse::<f64>() {
        found.push(number.to_string());
    }
    let Some((last, unit)) = text.char_indices().next_back() else { return found };
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return found,
    };
    if let Ok(number) = text[..last].parse::<u64>() {
        found.extend([number.to_string(), number.saturating_mul(seconds).to_string()]);
    }
    found
}

/// Keys, and values that are no secrets at their place. Of what users make up freely, words only: a
/// password may stand under a name that does not tell it.
fn in_the_open(name: &str, value: &Value, free: bool, open: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| in_the_open(name, item, free, open)),
        Value::Object(map) => {
            for (key, item) in map {
                open.insert(key.clone());
                in_the_open(key, item, free || matches!(key.as_str(), "environment" | "tags" | "outputs"), open);
            }
        }
        Value::String(text) => {
            let words = text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_' | '.' | '/'));
            if (words || !free) && !looks_secret(name, text) {
                open.insert(text.trim().to_owned());
            }
        }
        _ => {}
    }
}

/// Short words and numbers stand in too many places to be looked for everywhere.
pub fn is_common(text: &str) -> bool {
    let text = text.trim();
    let word = text.len() < 7 && text.bytes().all(|b| b.is_ascii_lowercase());
    let number = text.len() < 6 && text.bytes().all(|b| b.is_ascii_digit());
    word || number || text.len() < SHORTEST
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_detected_is_known_unless_it_stands_in_the_open() {
        let mut secrets = Secrets::default();
        secrets.detect(
            &json!({"stack": "lambda-etl", "env": {"DB_PASSWORD": "hunter2", "API_TOKEN": "lambda-etl", "PIN": "12"}}),
            None,
            &BTreeSet::new(),
        );
        assert!(secrets.is_one("hunter2") && !secrets.is_one("lambda-etl"));
        assert_eq!(secrets.mask().text("12 of hunter2"), "12 of (sensitive)");
        assert_eq!(format!("{secrets:?}"), "2 secrets");
    }

    #[test]
    fn what_a_duration_becomes_is_known_too() {
        let mut secrets = Secrets::default();
        secrets.add("90m");
        assert!(secrets.is_one("5400") && secrets.is_one("90"));
    }
}
