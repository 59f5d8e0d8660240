//! `${section.key.attribute}`: how one resource names an attribute of another.
//!
//! References to what AWS makes (a queue's URL, a layer version's ARN) stay in a spec until the
//! attribute is known, so a plan can say "known after apply" instead of guessing.

use std::fmt;

use serde_json::Value;

/// A reference to an attribute of a resource, in the words of the file format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Section of the stack file, `queues` for one.
    pub section: String,
    /// Key within the section.
    pub key: String,
    /// Attribute, `arn` for one.
    pub attribute: String,
}

impl Reference {
    /// Reads `queues.dlq.arn`. A key may itself hold dots: the first part is the section, the last
    /// the attribute.
    pub fn parse(expression: &str) -> Option<Self> {
        let (section, rest) = expression.split_once('.')?;
        let (key, attribute) = rest.rsplit_once('.')?;
        let filled = !section.is_empty() && !key.is_empty() && !attribute.is_empty();
        filled.then(|| Self { section: section.into(), key: key.into(), attribute: attribute.into() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.section, self.key, self.attribute)
    }
}

/// A piece of a string that may hold `${…}`.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// What stands between `${` and `}`.
    Expression(&'a str),
}

/// Cuts a string into text and expressions. `$${` stands for a literal `${`, and what holds other
/// characters than letters, digits, `_`, `-` and `.` is text: IAM's own policy variables
/// (`${aws:username}`) pass through.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find("${").map(|i| i + from) {
        let end = rest[at..].find('}').map(|i| i + at);
        let escaped = at > 0 && rest.as_bytes()[at - 1] == b'$';
        match end {
            Some(end) if escaped => {
                found.push(Piece::Text(&rest[..at - 1]));
                found.push(Piece::Text(&rest[at..=end]));
                rest = &rest[end + 1..];
                from = 0;
            }
            Some(end) if is_expression(&rest[at + 2..end]) => {
                found.push(Piece::Text(&rest[..at]));
                found.push(Piece::Expression(&rest[at + 2..end]));
                rest = &rest[end + 1..];
                from = 0;
            }
            _ => from = at + 2,
        }
    }
    found.push(Piece::Text(rest));
    found.retain(|piece| *piece != Piece::Text(""));
    found
}

fn is_expression(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Replaces in every string of `value` the references that `lookup` knows; the others stay.
pub fn resolve(value: &mut Value, lookup: &dyn Fn(&Reference) -> Option<String>) {
    match value {
        Value::String(text) if text.contains("${") => *text = resolve_text(text, lookup),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, lookup)),
        Value::Object(map) => {
            // Keys hold references too: an event source is known by the ARN of its queue.
            let entries = std::mem::take(map);
            map.extend(entries.into_iter().map(|(key, mut item)| {
                resolve(&mut item, lookup);
                (resolve_text(&key, lookup), item)
            }));
        }
        _ => {}
    }
}

/// [`resolve`] for one string.
pub fn resolve_text(text: &str, lookup: &dyn Fn(&Reference) -> Option<String>) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Expression(expression) => {
                Reference::parse(expression).and_then(|reference| lookup(&reference)).unwrap_or_else(|| format!("${{{expression}}}"))
            }
        })
        .collect()
}

/// Every reference in the strings of `value`.
pub fn references(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::String(text) => found.extend(references_in(text)),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, item)| {
            found.extend(references_in(key));
            references(item, found);
        }),
        _ => {}
    }
}

/// Every reference in one string.
pub fn references_in(text: &str) -> impl Iterator<Item = Reference> + '_ {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Expression(expression) => Reference::parse(expression),
        Piece::Text(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_expressions_are_told_apart() {
        assert_eq!(
            pieces("a-${b.c}-$${d} ${aws:username}"),
            [Piece::Text("a-"), Piece::Expression("b.c"), Piece::Text("-"), Piece::Text("${d}"), Piece::Text(" ${aws:username}")]
        );
        assert_eq!(pieces("${open"), [Piece::Text("${open")]);
    }

    #[test]
    fn keys_hold_references_too() {
        let mut spec = serde_json::json!({"event_sources": {"${queues.in.arn}": {"batch_size": 10}}});
        let mut found = Vec::new();
        references(&spec, &mut found);
        assert_eq!(found.len(), 1);
        resolve(&mut spec, &|_| Some("ARN".to_owned()));
        assert_eq!(spec, serde_json::json!({"event_sources": {"ARN": {"batch_size": 10}}}));
    }

    #[test]
    fn what_is_not_known_stays() {
        let known = |r: &Reference| (r.attribute == "arn").then(|| "ARN".to_owned());
        assert_eq!(resolve_text("x ${queues.dlq.arn} ${queues.dlq.url}", &known), "x ARN ${queues.dlq.url}");
    }
}
