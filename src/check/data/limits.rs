//! Ranges and reserved words of AWS, each with the place that states it.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::contract::Range;

/// All ranges. Without the data nothing is out of range: a rule then keeps silent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// MB of a function.
    pub memory: Range,
    /// Seconds that an invocation may take.
    pub timeout: Range,
    /// MB of /tmp.
    pub ephemeral_storage: Range,
    /// MB of /tmp beside SnapStart.
    pub snap_start_storage: Range,
    /// Executions set aside.
    pub reserved_concurrency: Range,
    /// Length of a function's name.
    pub function_name: Range,
    /// Length of a function's description.
    pub function_description: Range,
    /// Length of a handler.
    pub handler: Range,
    /// Length of an alias's name.
    pub alias_name: Range,
    /// Layers of a function.
    pub layers: Range,
    /// Length of a layer's name.
    pub layer_name: Range,
    /// Length of a layer's description.
    pub layer_description: Range,
    /// Runtimes that a layer declares.
    pub layer_runtimes: Range,
    /// Bytes of the environment as JSON.
    pub environment_bytes: Range,
    /// Bytes of code and layers unpacked.
    pub unzipped_bytes: Range,
    /// Bytes of a zip that a call carries.
    pub zipped_bytes: Range,
    /// Retries of an asynchronous event.
    pub event_invoke_retries: Range,
    /// Seconds that an asynchronous event is kept.
    pub event_invoke_age: Range,
    /// Seconds that a browser keeps a CORS answer.
    pub cors_max_age: Range,
    /// Length of a CORS method.
    pub cors_method: Range,
    /// Records of a batch.
    pub batch_size: Range,
    /// Records of an SQS batch that is not gathered.
    pub batch_size_without_window: Range,
    /// Records of a batch of a FIFO queue.
    pub batch_size_fifo: Range,
    /// Seconds that records are gathered.
    pub batch_window: Range,
    /// Invocations at a time of an event source.
    pub source_concurrency: Range,
    /// Batches of a shard at a time.
    pub parallelization: Range,
    /// Seconds of a stream's window.
    pub tumbling_window: Range,
    /// Retries of a stream's batch.
    pub stream_retries: Range,
    /// Seconds that a stream's record is retried.
    pub stream_age: Range,
    /// Length of a role's name.
    pub role_name: Range,
    /// Length of a role's description.
    pub role_description: Range,
    /// Length of a queue's name.
    pub queue_name: Range,
    /// Length of a topic's name.
    pub topic_name: Range,
    /// Length of a log group's name.
    pub log_group_name: Range,
    /// Length of an alarm's name.
    pub alarm_name: Range,
    /// Length of an alarm's description.
    pub alarm_description: Range,
    /// Tags of a resource.
    pub tags: Range,
    /// Length of a tag's key.
    pub tag_key: Range,
    /// Length of a tag's value.
    pub tag_value: Range,
}

/// Environment variables that Lambda sets itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// Where AWS lists them.
    pub source: String,
    /// Their names.
    pub keys: Vec<String>,
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Day on which the data was gathered.
    pub as_of: Date,
    /// Ranges by what they limit.
    pub ranges: Ranges,
    /// Environment variables that nobody else may set.
    pub reserved_environment: Reserved,
}

static LIMITS: LazyLock<Limits> = LazyLock::new(|| serde_json::from_str(include_str!("limits.json")).unwrap_or_default());

/// The limits that this version knows.
pub fn limits() -> &'static Limits {
    &LIMITS
}

/// Their ranges.
pub fn ranges() -> &'static Ranges {
    &LIMITS.ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_every_fact_has_a_source() {
        let raw: serde_json::Value = serde_json::from_str(include_str!("limits.json")).unwrap();
        let ranges = raw["ranges"].as_object().unwrap();
        assert!(ranges.values().all(|range| range["source"].as_str().is_some_and(|source| !source.is_empty())));
        let limits: Limits = serde_json::from_str(include_str!("limits.json")).unwrap();
        assert_eq!(limits.ranges.memory.max, 10_240);
        assert!(limits.reserved_environment.keys.len() > 10);
    }
}
