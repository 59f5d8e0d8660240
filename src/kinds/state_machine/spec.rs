//! The normal form of a state machine.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;
use crate::kinds::keys;
use crate::model::Scope;
use crate::model::form::is_same_number;
use crate::source::word::{Word, words};

words! {
    /// How executions run.
    MachineType {
        /// Up to a year, each transition once, with a history.
        Standard = "STANDARD",
        /// Up to five minutes, many at a time, without one.
        Express = "EXPRESS",
    }
}

words! {
    /// What of executions is logged.
    LogLevel {
        /// All.
        All = "ALL",
        /// What went wrong.
        Error = "ERROR",
        /// What ended an execution.
        Fatal = "FATAL",
        /// Nothing.
        Off = "OFF",
    }
}

/// Normal form of a state machine. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// How executions run.
    #[serde(rename = "type")]
    pub machine_type: Word<MachineType>,
    /// The definition in the Amazon States Language. Text that is no JSON stays text.
    pub definition: Value,
    /// ARN of the role that it calls others with.
    pub role: String,
    /// What it logs.
    pub logging: Logging,
    /// Whether X-Ray follows executions.
    pub tracing: bool,
    /// KMS key that encrypts the definition and what executions hold.
    pub kms_key: Option<String>,
    /// How long a data key is used again, in seconds; with `kms_key` only.
    pub kms_data_key_reuse: Option<i32>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// What a state machine logs. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logging {
    /// What of executions.
    pub level: Word<LogLevel>,
    /// Whether inputs and outputs are in it.
    pub include_execution_data: bool,
    /// ARN of the log group, with the `:*` that Step Functions asks for.
    pub log_group: Option<String>,
}

/// How long a data key of KMS is used again where nothing is said: seconds (Step Functions API Reference,
/// EncryptionConfiguration).
pub(super) const KEY_REUSE: i32 = 300;
/// What the ARN of a log group ends in here (docs/aws-facts.md §25).
pub(super) const STREAMS: &str = ":*";

impl Default for Logging {
    fn default() -> Self {
        Self { level: LogLevel::Off.into(), include_execution_data: false, log_group: None }
    }
}

impl Spec {
    /// The ARN of its key, for policies.
    pub(super) fn key_arn(&self, scope: &Scope) -> Option<String> {
        keys::arn_of(scope, self.kms_key.as_ref()?)
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            machine_type: MachineType::Standard.into(),
            definition: Value::Null,
            role: String::new(),
            logging: Logging::default(),
            tracing: false,
            kms_key: None,
            kms_data_key_reuse: None,
            tags: Tags::new(),
        }
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { logging, kms_key, kms_data_key_reuse, .. } = spec;
    // What else stands there counts for nothing while nothing is logged.
    if logging.level.is(LogLevel::Off) {
        *logging = Logging::default();
    }
    if let Some(arn) = logging.log_group.as_mut().filter(|arn| !arn.ends_with(STREAMS)) {
        arn.push_str(STREAMS);
    }
    kms_key.take_if(|key| key.is_empty());
    *kms_data_key_reuse = kms_key.as_ref().map(|_| kms_data_key_reuse.unwrap_or(KEY_REUSE));
}

/// The same number may be written as `1` and as `1.0`: a definition that says the same has the words of
/// the files.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    if says_the_same(&want.definition, &have.definition) {
        have.definition.clone_from(&want.definition);
    }
}

fn says_the_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => is_same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| says_the_same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| says_the_same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_is_free_and_that_of_lists_is_not() {
        assert!(says_the_same(&json!({"a": 1, "b": [1, 2.0]}), &json!({"b": [1.0, 2], "a": 1})));
        assert!(!says_the_same(&json!({"b": [1, 2]}), &json!({"b": [2, 1]})));
        assert!(!says_the_same(&json!({"a": 1}), &json!({"a": 1, "b": null})));
        assert!(!says_the_same(&json!({"a": 9_007_199_254_740_992_u64}), &json!({"a": 9_007_199_254_740_993_u64})));
    }

    #[test]
    fn who_logs_nothing_has_no_log_group() {
        let off = Logging { level: LogLevel::Off.into(), include_execution_data: true, log_group: Some("arn".into()) };
        let mut spec = Spec { logging: off, kms_key: Some(String::new()), kms_data_key_reuse: Some(60), ..Spec::default() };
        normal(&mut spec);
        assert_eq!(spec, Spec::default());
        let mut spec = Spec { kms_key: Some("key".into()), ..Spec::default() };
        spec.logging = Logging { level: LogLevel::All.into(), include_execution_data: false, log_group: Some("arn".into()) };
        normal(&mut spec);
        assert_eq!((spec.logging.log_group.as_deref(), spec.kms_data_key_reuse), (Some("arn:*"), Some(300)));
    }
}
