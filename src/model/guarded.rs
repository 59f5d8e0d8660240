//! A value that may be a secret.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::secret::HIDDEN;

/// A true value, and whether it may be shown. Two secrets are equal where their true values are: one
/// that changes is a change. Nothing that prints or serializes one gives the true value away; only
/// [`Guarded::true_value`] does.
#[derive(Clone, PartialEq)]
pub struct Guarded {
    value: Value,
    /// None where all of it is shown.
    shown: Option<Value>,
}

impl Guarded {
    /// A value that is shown as it is.
    pub fn open(value: Value) -> Self {
        Self { value, shown: None }
    }

    /// A value of which nothing is shown but that it is there.
    pub fn hidden(value: Value) -> Self {
        if value.is_null() { Self::open(value) } else { Self { value, shown: Some(Value::from(HIDDEN)) } }
    }

    /// Hides it from here on.
    pub fn hide(&mut self) {
        let value = std::mem::take(&mut self.value);
        *self = Self::hidden(value);
    }

    /// What may be shown.
    pub fn shown(&self) -> &Value {
        self.shown.as_ref().unwrap_or(&self.value)
    }

    /// Whether it is not shown.
    pub fn is_hidden(&self) -> bool {
        self.shown.is_some()
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// What it is, to compare and to hash, never to show.
    pub fn true_value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shown())
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shown())
    }
}

impl Serialize for Guarded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_form_of_a_hidden_value_gives_it_away() {
        for value in [json!("hunter2"), json!(["hunter2"]), json!({"password": "hunter2"})] {
            let guarded = Guarded::hidden(value);
            for text in [format!("{guarded:?}"), format!("{guarded:#?}"), guarded.to_string(), json!(guarded).to_string()] {
                assert!(text.contains(HIDDEN) && !text.contains("hunter2"), "{text}");
            }
        }
    }

    #[test]
    fn two_secrets_that_are_shown_alike_differ() {
        assert_ne!(Guarded::hidden(json!("one")), Guarded::hidden(json!("two")));
        assert_eq!(Guarded::hidden(json!("one")), Guarded::hidden(json!("one")));
        assert!(!Guarded::hidden(Value::Null).is_hidden(), "nothing is no secret");
    }
}
