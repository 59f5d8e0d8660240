//! The normal form of a queue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;

/// Normal form of a queue. Times are seconds, sizes bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Whether it is a FIFO queue; its name then ends in `.fifo`.
    pub fifo: bool,
    /// 0 to 43200.
    pub visibility_timeout: u32,
    /// 60 to 1209600.
    pub message_retention: u32,
    /// 0 to 900.
    pub delay: u32,
    /// 1024 to 1048576.
    pub max_message_size: u32,
    /// 0 to 20.
    pub receive_wait: u32,
    /// FIFO only.
    pub content_based_deduplication: bool,
    /// FIFO only: `queue` or `messageGroup`.
    pub deduplication_scope: Option<String>,
    /// FIFO only: `perQueue` or `perMessageGroupId`.
    pub fifo_throughput_limit: Option<String>,
    /// Encryption with a key of SQS's own.
    pub managed_encryption: bool,
    /// Encryption with this KMS key instead.
    pub kms_key: Option<String>,
    /// How long a data key is used again; with `kms_key` only.
    pub kms_data_key_reuse: Option<u32>,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
    /// Which queues may use this one as their dead-letter queue.
    pub redrive_allow: Option<Value>,
    /// Access policy.
    pub policy: Option<Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// Redrive policy of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub dead_letter: String,
    /// Receives after which a message moves there.
    pub max_receives: u32,
}

/// The redrive-allow policy with its source queues in order.
pub fn sorted_sources(mut policy: Value) -> Value {
    if let Some(sources) = policy.get_mut("sourceQueueArns").and_then(Value::as_array_mut) {
        sources.sort_by_cached_key(Value::to_string);
    }
    policy
}
