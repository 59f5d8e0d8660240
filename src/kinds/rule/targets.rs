//! Targets as files write them: what is the same for a rule's and for those of triggers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::spec::{RETRY_AGE, RETRY_ATTEMPTS, Target, Transform};
use crate::contract::Expand;
use crate::model::reference::opens_variable;
use crate::source::diagnostic::Place;
use crate::source::duration::Seconds;
use crate::source::scalar::{Int, document};

/// How often, and for how long, a delivery is tried again.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryFile {
    /// 0 to 185.
    pub attempts: Option<Int>,
    /// 1m to 24h.
    pub age: Option<Seconds>,
}

/// How what is sent is made of the event.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformFile {
    /// Paths into the event by name: `{ key: $.detail.object.key }`.
    #[serde(default)]
    pub paths: BTreeMap<String, String>,
    /// What is sent, with `<key>` for what is at its path: a mapping, or a text, which is JSON or is put in quotes.
    pub template: Value,
}

/// What is said of the delivery to a target.
pub struct Delivery<'a> {
    /// What is sent in place of the event.
    pub input: Option<&'a Value>,
    /// Part of the event that is sent.
    pub input_path: Option<&'a String>,
    /// How what is sent is made of the event.
    pub transform: Option<&'a TransformFile>,
    /// How often it is tried again.
    pub retry: Option<&'a RetryFile>,
    /// Where goes what could not be delivered.
    pub dead_letter_queue: Option<&'a String>,
    /// Group of the messages in a FIFO queue.
    pub message_group: Option<&'a String>,
    /// What a stream divides its records by.
    pub partition_key_path: Option<&'a String>,
}

/// A target in normal form. `of` is whose it is, for what is told.
pub fn target_of(cx: &mut Expand<'_>, of: &str, place: Place, (arn, role): (String, Option<String>), said: &Delivery<'_>) -> Target {
    let Delivery { input, input_path, transform, retry, dead_letter_queue, message_group, partition_key_path } = *said;
    if usize::from(input.is_some()) + usize::from(input_path.is_some()) + usize::from(transform.is_some()) > 1 {
        let message = format!("{of}: a target is sent one thing, and this one has several of `input`, `input_path` and `transform`");
        cx.problem(place, message, "keep one of them");
    }
    let (attempts, age) = retry.map_or((None, None), |RetryFile { attempts, age }| (*attempts, *age));
    Target {
        arn,
        role,
        input: input.map(document),
        input_path: input_path.cloned(),
        transform: transform.map(|TransformFile { paths, template }| Transform { paths: paths.clone(), template: text(template) }),
        retry_attempts: attempts.map_or(RETRY_ATTEMPTS, |attempts| attempts.0),
        retry_age: age.map_or(RETRY_AGE, |age| i32::try_from(age.0).unwrap_or(i32::MAX)),
        dead_letter: dead_letter_queue.map(|queue| cx.arn_of("queues", queue, place)),
        message_group: message_group.cloned(),
        partition_key_path: partition_key_path.cloned(),
        others: Vec::new(),
    }
}

/// EventBridge takes JSON alone, so that a text is put in quotes that has none; one that begins as JSON stands as
/// it is: what is between its `<` and `>` need not be in quotes.
fn text(template: &Value) -> String {
    let Some(text) = template.as_str() else { return template.to_string() };
    let begins_as_json = text.trim_start().starts_with(['{', '[', '"']) || opens_variable(text);
    if begins_as_json || is_json(text) { text.to_owned() } else { template.to_string() }
}

/// Whether a template is JSON once all that it names is filled in; several texts may stand one below the other.
pub(super) fn is_json(template: &str) -> bool {
    let filled = named(template).fold(template.to_owned(), |filled, name| filled.replace(&format!("<{name}>"), "0"));
    let mut values = serde_json::Deserializer::from_str(&filled).into_iter::<Value>().peekable();
    values.peek().is_some() && values.all(|value| value.is_ok())
}

/// Names between `<` and `>`: what holds anything else is text of the template.
pub(super) fn named(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn placeholders_are_told_from_text() {
        let names: Vec<&str> = named(r#"{"key": <key>, "at": "<at> < 5 <b c>", "rule": <aws.events.rule-name>}"#).collect();
        assert_eq!(names, ["key", "at", "aws.events.rule-name"]);
    }

    #[test]
    fn a_template_is_json_whatever_the_file_has() {
        for as_it_is in [r#"{"a": <a>, "b": "<a> of <b>"}"#, r#""<a> came""#, "\"one\"\n\"<two>\"", "<a>", "[<a>, 5]"] {
            assert_eq!(text(&json!(as_it_is)), as_it_is);
            assert!(is_json(as_it_is), "{as_it_is}");
        }
        assert_eq!(text(&json!("The \"file\" <a> came")), r#""The \"file\" <a> came""#);
        assert_eq!(text(&json!({"a": "<a>"})), r#"{"a":"<a>"}"#);
        for none in [r#"{"a": <a>"#, r#"{"a": <a> and <b>}"#, "", r#""a" came"#] {
            assert!(!is_json(none), "{none}");
        }
    }
}
