//! Values out of the stores, and the texts that they stand in. This is all that sees them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Stored;
use crate::model::reference::{Piece, compose, pieces};
use crate::model::secret::HIDDEN;

/// A value out of a store. Nothing shows it: its only way out is [`Hidden::text`].
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// A value that was read.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The value itself.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Stored values that were read.
pub type Values = BTreeMap<Stored, Hidden>;

/// Puts `values` into the texts of an environment. What a value says is no reference any more, so this
/// comes after all others are resolved.
pub fn fill(environment: &mut Value, values: &Values) {
    for value in environment.as_object_mut().into_iter().flat_map(|environment| environment.values_mut()) {
        if let Value::String(text) = value {
            *text = filled(text, values);
        }
    }
}

fn filled(text: &str, values: &Values) -> String {
    let known = |expression: &str| values.get(&Stored::parse(expression).ok()?);
    compose(pieces(text).into_iter().map(|piece| match piece {
        Piece::Stored(expression) => known(expression).map_or(piece, |value| Piece::Text(&value.0)),
        other => other,
    }))
}

/// A message with `values` taken out of it, as they are and as they stand in JSON. A short value is
/// found only as a word of its own: `5` is in many a message by chance.
pub fn hidden_in(message: &str, values: &Values) -> String {
    const SHORT: usize = 6;
    let forms = values.values().flat_map(|value| {
        let json = serde_json::to_string(&value.0).unwrap_or_default();
        [value.0.clone(), json.trim_matches('"').to_owned()]
    });
    let mut forms: Vec<String> = forms.filter(|form| !form.is_empty()).collect();
    // What holds another goes first.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    let mut hidden = message.to_owned();
    for form in forms {
        let is_word = |at: usize| {
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !joins(hidden[..at].chars().next_back()) && !joins(hidden[at + form.len()..].chars().next())
        };
        let found: Vec<usize> = hidden.match_indices(&form).map(|(at, _)| at).filter(|at| form.len() >= SHORT || is_word(*at)).collect();
        for at in found.into_iter().rev() {
            hidden.replace_range(at..at + form.len(), HIDDEN);
        }
    }
    hidden
}

/// Bytes of the filled text in JSON, between its quotes; what only AWS can fill in counts as nothing.
pub fn json_bytes(text: &str, values: &Values) -> i64 {
    let bytes = |text: &str| serde_json::to_string(text).map_or(0, |json| json.len() as i64 - 2);
    let known = |expression: &str| values.get(&Stored::parse(expression).ok()?);
    let each = pieces(text).into_iter().map(|piece| match piece {
        Piece::Text(text) => bytes(text),
        Piece::Expression(_) => 0,
        Piece::Stored(expression) => known(expression).map_or(0, |value| bytes(&value.0)),
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_in_the_text_and_count_as_json() {
        let values = Values::from([(Stored::parse("ssm:/a").unwrap(), Hidden::new("one\"ü${queues.q.url}"))]);
        let text = "<${ssm:/a}> ${queues.q.url} ${ssm:/b}";
        let mut environment = json!({ "A": text, "B": "plain" });
        fill(&mut environment, &values);
        assert_eq!(environment, json!({ "A": "<one\"ü$${queues.q.url}> ${queues.q.url} ${ssm:/b}", "B": "plain" }));
        assert_eq!(json_bytes(text, &values), "<one\\\"ü${queues.q.url}>  ".len() as i64);
        assert!(!format!("{values:?}").contains('ü'));
    }

    #[test]
    fn no_message_quotes_a_value() {
        let values: Values = ["pa\"ss", "54", "sensitive-zebra", "zebra", "e", ""]
            .into_iter()
            .enumerate()
            .map(|(n, text)| (Stored::parse(&format!("ssm:/{n}")).unwrap(), Hidden::new(text)))
            .collect();
        let message = r#"Value '{A=pa"ss, B=sensitive-zebra, C=54, D=zebra}' at 'environment' and {"A":"pa\"ss"}: 154 bytes, member 54"#;
        let hidden = hidden_in(message, &values);
        let wanted = r#"Value '{A=(sensitive), B=(sensitive), C=(sensitive), D=(sensitive)}' at 'environment' and {"A":"(sensitive)"}: 154 bytes, member (sensitive)"#;
        assert_eq!(hidden, wanted);
    }
}
