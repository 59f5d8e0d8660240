//! Targets as files write them: what is the same for a rule's and for those of triggers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::spec::{RETRY_AGE, RETRY_ATTEMPTS, Target, Transform};
use crate::contract::Expand;
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
    /// What is sent, with `<key>` for what is at its path: a text, or a mapping.
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

/// A text stands as it is: what is between its `<` and `>` need not be in quotes.
fn text(template: &Value) -> String {
    template.as_str().map_or_else(|| template.to_string(), str::to_owned)
}
