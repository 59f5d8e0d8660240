//! The normal form of a queue.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::notifications::{self, Notifications};
use crate::contract::tags::Tags;
use crate::model::policy;
use crate::source::word::{Word, words};

words! {
    /// Within what messages are compared to find one that was sent twice.
    DeduplicationScope {
        /// The whole queue.
        Queue = "queue",
        /// Each message group.
        MessageGroup = "messageGroup",
    }
}

words! {
    /// What the throughput of a FIFO queue is counted over.
    FifoThroughputLimit {
        /// The whole queue.
        PerQueue = "perQueue",
        /// Each message group.
        PerMessageGroupId = "perMessageGroupId",
    }
}

/// Normal form of a queue. Times are seconds, sizes bytes. Its default is AWS's.
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
    pub max_message_size: i32,
    /// 0 to 20.
    pub receive_wait: u32,
    /// FIFO only.
    pub content_based_deduplication: bool,
    /// FIFO only; none stands for the whole queue.
    pub deduplication_scope: Option<Word<DeduplicationScope>>,
    /// FIFO only; none stands for the whole queue.
    pub fifo_throughput_limit: Option<Word<FifoThroughputLimit>>,
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
    /// Entries among the notifications of buckets by their keys.
    #[serde(default)]
    pub notifications: Notifications,
    /// Tags without the mark.
    pub tags: Tags,
}

/// How long a data key of KMS is used again where nothing is said: seconds.
pub const KEY_REUSE: u32 = 300;

impl Default for Spec {
    fn default() -> Self {
        Self {
            fifo: false,
            visibility_timeout: 30,
            message_retention: 345_600,
            delay: 0,
            max_message_size: 1_048_576,
            receive_wait: 0,
            content_based_deduplication: false,
            deduplication_scope: None,
            fifo_throughput_limit: None,
            managed_encryption: true,
            kms_key: None,
            kms_data_key_reuse: None,
            redrive: None,
            redrive_allow: None,
            policy: None,
            notifications: Notifications::new(),
            tags: Tags::new(),
        }
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { deduplication_scope, fifo_throughput_limit, kms_key, policy: document, redrive_allow, .. } = spec;
    deduplication_scope.take_if(|scope| scope.is(DeduplicationScope::Queue));
    fifo_throughput_limit.take_if(|limit| limit.is(FifoThroughputLimit::PerQueue));
    kms_key.take_if(|key| key.is_empty());
    *document = document.take().map(policy::normalize);
    *redrive_allow = redrive_allow.take().map(sorted_sources);
}

/// Documents that mean the same have the words of the files.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    notifications::choose(&want.notifications, &mut have.notifications);
    if let (Some(want), Some(have)) = (&want.policy, &mut have.policy) {
        policy::align(want, have);
    }
}

/// Receives after which a message moves where nothing is said.
pub const MAX_RECEIVES: i32 = 10;

/// Redrive policy of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub dead_letter: String,
    /// Receives after which a message moves there.
    pub max_receives: i32,
}

/// The redrive-allow policy with its source queues in order, each once.
pub fn sorted_sources(mut policy: Value) -> Value {
    if let Some(sources) = policy.get_mut("sourceQueueArns").and_then(Value::as_array_mut) {
        sources.sort_by_cached_key(Value::to_string);
        sources.dedup();
    }
    policy
}
