//! Queues as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::spec::{DeduplicationScope, FifoThroughputLimit, KEY_REUSE, MAX_RECEIVES};
use super::{Queue, Redrive, Spec, sorted_sources};
use crate::contract::{Expand, Kind, guard};
use crate::kinds::triggers::{self, Started, Target, TriggerFile};
use crate::model::policy::has_statement;
use crate::source::duration::Seconds;
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, Int, OnRemove, Text};
use crate::source::word::Word;

/// A queue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueFile {
    /// Physical name.
    pub name: Option<String>,
    /// Whether order is kept; the name then ends in `.fifo`.
    #[serde(default)]
    pub fifo: Flag,
    /// How long a received message is hidden, up to 12h.
    pub visibility_timeout: Option<Seconds>,
    /// How long messages are kept, 1m to 14d.
    pub message_retention: Option<Seconds>,
    /// How long new messages are held back, up to 15m.
    pub delay: Option<Seconds>,
    /// Bytes, 1024 to 1048576.
    pub max_message_size: Option<Int>,
    /// How long a receive waits for messages, up to 20s.
    pub receive_wait: Option<Seconds>,
    /// FIFO only.
    #[serde(default)]
    pub content_based_deduplication: Flag,
    /// FIFO only: `queue` or `messageGroup`.
    pub deduplication_scope: Option<Word<DeduplicationScope>>,
    /// FIFO only: `perQueue` or `perMessageGroupId`.
    pub fifo_throughput_limit: Option<Word<FifoThroughputLimit>>,
    /// `sqs` (the default), `none`, or a KMS key.
    pub encryption: Option<Encryption>,
    /// With a KMS key: how long a data key is used again, 1m to 24h.
    pub kms_data_key_reuse: Option<Seconds>,
    /// Where messages go that are received too often.
    pub redrive: Option<RedriveFile>,
    /// Which queues may use this one for that.
    pub redrive_allow: Option<Value>,
    /// Access policy.
    pub policy: Option<PolicyFile>,
    /// What sends messages to it: schedules, buckets, events.
    #[serde(default)]
    pub triggers: Vec<TriggerFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// `sqs`, `none`, or the id, alias or ARN of a KMS key.
pub type Encryption = String;

/// Redrive policy of a queue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveFile {
    /// Key of a queue of this file, or an ARN.
    pub queue: String,
    /// Receives after which a message moves, 1 to 1000.
    pub max_receives: Option<Int>,
}

/// What encrypts a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypts<'a> {
    /// SQS, with a key of its own.
    Sqs,
    /// Nothing.
    Nothing,
    /// A key of KMS: its id, alias or ARN.
    Key(&'a str),
}

/// What `encryption` says; none where it says nothing at all: a variable that is empty must not turn it off.
pub fn encrypts(encryption: Option<&str>) -> Option<Encrypts<'_>> {
    match encryption {
        None | Some("sqs") => Some(Encrypts::Sqs),
        Some("none") => Some(Encrypts::Nothing),
        Some("") => None,
        Some(key) => Some(Encrypts::Key(key)),
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &QueueFile) {
    let QueueFile {
        name,
        fifo,
        visibility_timeout,
        message_retention,
        delay,
        max_message_size,
        receive_wait,
        content_based_deduplication,
        deduplication_scope,
        fifo_throughput_limit,
        encryption,
        kms_data_key_reuse,
        redrive,
        redrive_allow,
        policy,
        triggers,
        protect,
        on_remove,
        tags,
    } = file;
    let (managed_encryption, kms_key) = match encrypts(encryption.as_deref()) {
        Some(Encrypts::Sqs) => (true, None),
        Some(Encrypts::Nothing) => (false, None),
        Some(Encrypts::Key(key)) => (false, Some(key.to_owned())),
        None => {
            let place = cx.place(Queue::SECTION, key, "encryption");
            return cx.problem(place, format!("queues.{key}: `encryption` is empty"), "write `sqs`, `none` or a KMS key");
        }
    };
    let aws = Spec::default();
    let seconds = |value: &Option<Seconds>, aws: u32| value.map_or(aws, |seconds| seconds.0);
    let target = Target { section: Queue::SECTION, key, arn: format!("${{queues.{key}.arn}}"), by_role: false };
    triggers::refuse_sources(cx, &target, triggers);
    let Started { statements, notifications } = triggers::expand(cx, &target, triggers);
    let own = policy.as_ref().map(PolicyFile::document);
    triggers::refuse_taken(cx, &target, &statements, "policy", |sid| own.as_ref().is_some_and(|own| has_statement(own, sid)));
    let spec = Spec {
        fifo: fifo.0,
        visibility_timeout: seconds(visibility_timeout, aws.visibility_timeout),
        message_retention: seconds(message_retention, aws.message_retention),
        delay: seconds(delay, aws.delay),
        max_message_size: max_message_size.map_or(aws.max_message_size, |n| n.0),
        receive_wait: seconds(receive_wait, aws.receive_wait),
        content_based_deduplication: content_based_deduplication.0,
        deduplication_scope: deduplication_scope.clone().filter(|scope| !scope.is(DeduplicationScope::Queue)),
        fifo_throughput_limit: fifo_throughput_limit.clone().filter(|limit| !limit.is(FifoThroughputLimit::PerQueue)),
        managed_encryption,
        kms_data_key_reuse: kms_key.as_ref().map(|_| seconds(kms_data_key_reuse, KEY_REUSE)),
        kms_key,
        redrive: redrive.as_ref().map(|redrive| redrive_of(cx, key, redrive)),
        redrive_allow: redrive_allow.clone().map(sorted_sources),
        policy: triggers::policy_with(own, &statements, "sqs:SendMessage", &target.arn),
        notifications,
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.fifo_name(Queue::SECTION, key, name.as_ref(), fifo.0);
    cx.add::<Queue>(key, name, &spec);
}

fn redrive_of(cx: &mut Expand<'_>, key: &str, RedriveFile { queue, max_receives }: &RedriveFile) -> Redrive {
    let place = cx.place(Queue::SECTION, key, "redrive");
    Redrive { dead_letter: cx.arn_of(Queue::SECTION, queue, place), max_receives: max_receives.map_or(MAX_RECEIVES, |n| n.0) }
}
