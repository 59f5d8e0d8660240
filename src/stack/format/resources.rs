//! Roles, queues, topics, layers and log groups as files write them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Flag, Int, OnRemove, PolicyFile, Text, Tracing};
use crate::source::duration::{Retention, Seconds};

/// A role.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Who may assume it; Lambda where nothing is said.
    pub trust_policy: Option<PolicyFile>,
    /// IAM path; the stack's own where nothing is said.
    pub path: Option<String>,
    /// Longest session, 1h to 12h.
    pub max_session: Option<Seconds>,
    /// ARN of the permissions boundary.
    pub permissions_boundary: Option<String>,
    /// Managed policies: ARNs, or names of AWS's own.
    #[serde(default)]
    pub managed_policies: Vec<String>,
    /// Inline policies by name.
    #[serde(default)]
    pub policies: BTreeMap<String, PolicyFile>,
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

/// The role of a function: a key of `roles`, an ARN, or a role of its own.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum RoleChoice {
    /// Key of `roles`, or an ARN.
    Named(String),
    /// A role of its own.
    Own(Box<RoleFile>),
}

impl<'de> Deserialize<'de> for RoleChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = RoleChoice;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the key of a role, an ARN, or a mapping that describes a role")
            }

            fn visit_str<E>(self, text: &str) -> Result<RoleChoice, E> {
                Ok(RoleChoice::Named(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoleChoice, A::Error> {
                RoleFile::deserialize(MapAccessDeserializer::new(map)).map(|role| RoleChoice::Own(Box::new(role)))
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

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
    pub deduplication_scope: Option<String>,
    /// FIFO only: `perQueue` or `perMessageGroupId`.
    pub fifo_throughput_limit: Option<String>,
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

/// A topic.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicFile {
    /// Physical name.
    pub name: Option<String>,
    /// Whether order is kept; the name then ends in `.fifo`.
    #[serde(default)]
    pub fifo: Flag,
    /// Name shown in messages.
    pub display_name: Option<String>,
    /// Access policy.
    pub policy: Option<PolicyFile>,
    /// Delivery policy.
    pub delivery_policy: Option<Value>,
    /// Id, alias or ARN of a KMS key.
    pub kms_key: Option<String>,
    /// `active` or `passthrough`.
    pub tracing: Option<Tracing>,
    /// FIFO only.
    #[serde(default)]
    pub content_based_deduplication: Flag,
    /// Who is told.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionFile>,
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

/// A subscription: exactly one of the first four.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionFile {
    /// Address.
    pub email: Option<String>,
    /// `https://…`.
    pub https: Option<String>,
    /// Key of a queue of this file, or an ARN.
    pub queue: Option<String>,
    /// Key of a function of this file, or an ARN.
    pub function: Option<String>,
    /// Whether messages come without SNS's envelope.
    #[serde(default)]
    pub raw: Flag,
    /// Which messages are delivered.
    pub filter_policy: Option<Value>,
    /// `MessageAttributes` or `MessageBody`.
    pub filter_scope: Option<String>,
    /// Key of a queue of this file, or an ARN, for what could not be delivered.
    pub dead_letter_queue: Option<String>,
}

/// A layer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text, up to 150 characters: the mark stands behind it.
    pub description: Option<String>,
    /// Folder, relative to this file.
    pub source: String,
    /// Runtimes that may use it.
    #[serde(default)]
    pub compatible_runtimes: Vec<String>,
    /// `x86_64`, `arm64`; none stands for any.
    #[serde(default)]
    pub architectures: Vec<String>,
    /// SPDX identifier, address or text.
    pub license: Option<String>,
    /// Versions that are kept, 5 where nothing is said.
    pub keep_versions: Option<Int>,
    /// Whether installing its dependencies may run code and take more than packages of a registry:
    /// options, local folders and addresses in `requirements.txt`, scripts of npm packages.
    #[serde(default)]
    pub allow_build: Flag,
    /// Refused, with a reason: a layer takes no tags.
    #[schemars(skip)]
    pub protect: Option<Value>,
    /// Refused, with a reason: a layer takes no tags.
    #[schemars(skip)]
    pub on_remove: Option<Value>,
}

/// A log group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogGroupFile {
    /// Physical name.
    pub name: Option<String>,
    /// How long logs are kept: `7d`, or `never` for ever.
    pub retention: Option<Retention>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: Option<String>,
    /// ARN of a KMS key.
    pub kms_key: Option<String>,
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
