//! Hides known secrets in any text, in whatever form they got there.

use std::collections::BTreeSet;
use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::known::SHORTEST;
use super::{HIDDEN, Secrets, merged, stars};

/// From here on a text is looked for inside words too; a shorter one stands by itself.
const INSIDE_WORDS: usize = 8;

/// Finds the texts of [`Secrets`] as they are, as JSON writes them (once and twice), as Rust and the
/// shell quote them, percent-encoded, in XML and in base64.
#[derive(Default)]
pub struct Mask {
    secrets: Secrets,
    forms: Option<AhoCorasick>,
    short: BTreeSet<String>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mask of {:?}", self.secrets)
    }
}

impl Mask {
    pub(super) fn new(secrets: &Secrets) -> Self {
        let mut forms: BTreeSet<String> = BTreeSet::new();
        let mut short: BTreeSet<String> = secrets.whole().map(str::to_owned).collect();
        for text in secrets.texts() {
            if text.chars().count() < SHORTEST {
                short.insert(text.to_owned());
            } else {
                forms.extend(forms_of(text));
            }
        }
        // Nothing but patterns that do not fit in memory fails, and a stack file has a bound.
        let forms = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&forms).ok().filter(|_| !forms.is_empty());
        Self { secrets: secrets.clone(), forms, short }
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The text with [`HIDDEN`] in place of what is known.
    pub fn text(&self, text: &str) -> String {
        self.replaced(text, |_| HIDDEN.to_owned())
    }

    /// The text with these words in place of what is known.
    pub fn text_with(&self, text: &str, instead: &str) -> String {
        self.replaced(text, |_| instead.to_owned())
    }

    /// The text with a star for each character of what is known.
    pub fn starred(&self, text: &str) -> String {
        self.replaced(text, stars)
    }

    /// Whether a text holds one.
    pub fn holds(&self, text: &str) -> bool {
        self.secrets.is_one(text) || !self.found(text).is_empty()
    }

    /// A scalar: hidden as a whole where it is a secret or holds one.
    pub fn hides(&self, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(text) => self.holds(text),
            Value::Array(items) => items.iter().any(|item| self.hides(item)),
            Value::Object(map) => map.iter().any(|(key, item)| !self.found(key).is_empty() || self.hides(item)),
            scalar => self.secrets.is_one_scalar(scalar),
        }
    }

    /// A value that is a text: [`HIDDEN`] where all of it is one, else as [`Mask::text`] gives it.
    pub fn value(&self, text: &str) -> String {
        if self.secrets.is_one(text) { HIDDEN.to_owned() } else { self.text(text) }
    }

    /// Every text of a document as [`Mask::value`] gives it; keys and numbers too. Its form stays that of JSON.
    pub fn document(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.value(text),
            Value::Number(_) if self.secrets.is_one_scalar(value) => *value = Value::from(HIDDEN),
            Value::Array(items) => items.iter_mut().for_each(|item| self.document(item)),
            Value::Object(map) => {
                let entries = std::mem::take(map);
                map.extend(entries.into_iter().map(|(key, mut item)| {
                    self.document(&mut item);
                    (self.text(&key), item)
                }));
            }
            _ => {}
        }
    }

    fn replaced(&self, text: &str, by: impl Fn(&str) -> String) -> String {
        let mut shown = String::new();
        let mut from = 0;
        for span in merged(self.found(text)) {
            shown.push_str(&text[from..span.start]);
            shown.push_str(&by(&text[span.clone()]));
            from = span.end;
        }
        shown + &text[from..]
    }

    fn found(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let bytes = text.as_bytes();
        let alone = |start: usize, end: usize| {
            let inner = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
            let escaped = start >= 2 && bytes[start - 2] == b'\\';
            (!inner(start.checked_sub(1)) || escaped) && !inner(Some(end))
        };
        let mut found: Vec<_> = self
            .forms
            .iter()
            .flat_map(|forms| forms.find_overlapping_iter(text))
            .map(|found| found.range())
            .filter(|range| range.len() >= INSIDE_WORDS || alone(range.start, range.end))
            .filter(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end))
            .collect();
        // A short one only where quotes say that it is the whole value.
        for short in &self.short {
            let quoted = |start: usize| {
                let before = start.checked_sub(1).map(|at| bytes[at]);
                before.is_some_and(|quote| matches!(quote, b'`' | b'"' | b'\'') && bytes.get(start + short.len()) == Some(&quote))
            };
            found.extend(
                text.match_indices(short.as_str()).filter(|(start, _)| quoted(*start)).map(|(start, text)| start..start + text.len()),
            );
        }
        found
    }
}

/// A text in all the forms in which it may be met.
fn forms_of(text: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = Value::from(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let once = json(text);
    let twice = json(&once);
    let debug = |text: &str| {
        let quoted = format!("{text:?}");
        quoted[1..quoted.len() - 1].to_owned()
    };
    let bytes = |text: &str| text.as_bytes().escape_ascii().to_string();
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    // AWS's and the web's encodings leave these as they are.
    let unreserved = ["-", "_", ".", "~"].iter().fold(percent.clone(), |text, c| text.replace(&format!("%{:02X}", c.as_bytes()[0]), c));
    let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut forms = vec![
        text.to_owned(),
        debug(text),
        debug(&once),
        debug(&twice),
        bytes(text),
        bytes(&once),
        bytes(&twice),
        once,
        twice,
        unreserved.replace("%20", "+"),
        unreserved.replace("%2F", "/"),
        unreserved.to_lowercase(),
        unreserved,
        percent.to_lowercase(),
        percent,
        xml.replace('"', "&quot;"),
        xml.replace('"', "&quot;").replace('\'', "&#39;"),
        xml,
        text.replace('\'', r"'\''"),
        text.replace('\'', "''"),
        text.replace('%', "%25"),
        // What plans and dotenv files escape.
        text.replace('\\', r"\\").replace('"', "\\\"").replace('$', "\\$"),
    ];
    // The small letters of an encoding only: the text itself would be another one.
    forms.retain(|form| {
        *form == *text
            || form.to_lowercase() != text.to_lowercase()
            || !form.bytes().any(|b| b.is_ascii_lowercase())
            || form.contains(['%', '\\', '&', '+'])
    });
    if text.len() >= 6 {
        forms.extend(encoded(text.as_bytes()));
    }
    forms.retain(|form| form.chars().count() >= SHORTEST);
    forms
}

/// Base64 of the text wherever in a longer text it begins: what depends on its neighbours is left out.
fn encoded(bytes: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for skipped in 0..3_usize {
        let padded: Vec<u8> = std::iter::repeat_n(0, skipped).chain(bytes.iter().copied()).collect();
        // 3 bytes are 4 characters: the first that is whole, and the last.
        let start = [0, 2, 3][skipped];
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let end = padded.len() * 8 / 6;
            forms.push(text[start..end].to_owned());
        }
    }
    forms.retain(|form| form.len() >= INSIDE_WORDS);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(texts: &[&str]) -> Mask {
        let mut secrets = Secrets::default();
        texts.iter().for_each(|text| secrets.add(text));
        secrets.mask()
    }

    #[test]
    fn a_secret_is_found_in_every_form() {
        let secret = "p\"a&s/s w'ö%rd";
        let mask = mask(&[secret]);
        let once = Value::from(secret).to_string();
        let body = serde_json::json!({ "body": format!("{{\"a\":{once}}}") }).to_string();
        let texts = [
            secret.to_owned(),
            once.clone(),
            body.clone(),
            format!("{secret:?}"),
            format!("{body:?}"),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            STANDARD_NO_PAD.encode(secret),
            STANDARD_NO_PAD.encode(format!("user:{secret}")),
            STANDARD_NO_PAD.encode(format!("x:{secret}!")),
            URL_SAFE_NO_PAD.encode(format!("ab:{secret}")),
            secret.replace('&', "&amp;"),
            format!("{}", b"{\"a\":\"p\\\"a&s/s w'\xc3\xb6%rd\"}".escape_ascii()),
        ];
        for text in texts {
            let shown = mask.text(&format!("before {text} after"));
            assert!(shown.contains(HIDDEN) && shown.starts_with("before ") && shown.ends_with(" after"), "{text} → {shown}");
            assert!(!shown.contains("s w") && !shown.contains("rd\""), "{text} → {shown}");
        }
    }

    #[test]
    fn short_secrets_are_whole_values() {
        let mask = mask(&["1", "abc"]);
        assert_eq!(mask.text("line 1 of abcdef, abc"), "line 1 of abcdef, abc");
        assert_eq!(mask.text("`abc` is not a duration"), "`(sensitive)` is not a duration");
        assert!(mask.hides(&Value::from(1)) && mask.hides(&Value::from("abc")) && !mask.hides(&Value::from(11)));
    }

    #[test]
    fn a_number_is_hidden_however_it_is_written() {
        let mask = mask(&["777777", "0.50"]);
        let mut document = serde_json::json!({"limit": 777_777.0, "whole": 777_777, "half": 0.5, "other": 777_778, "on": true});
        assert!(["limit", "whole", "half"].iter().all(|key| mask.hides(&document[key])));
        assert!(["other", "on"].iter().all(|key| !mask.hides(&document[key])));
        mask.document(&mut document);
        assert_eq!(document, serde_json::json!({"limit": HIDDEN, "whole": HIDDEN, "half": HIDDEN, "other": 777_778, "on": true}));
    }

    #[test]
    fn words_that_hold_a_secret_by_chance_stay() {
        let mask = mask(&["test"]);
        assert_eq!(mask.text("testing test-x latest"), "testing (sensitive)-x latest");
    }

    #[test]
    fn secrets_that_meet_are_hidden_whole() {
        let mask = mask(&["abcdefghij", "ghijklmnop", "first line\nsecond line"]);
        assert_eq!(mask.text("<abcdefghijklmnop>"), "<(sensitive)>");
        assert_eq!(mask.text("  second line"), "  (sensitive)");
    }
}
