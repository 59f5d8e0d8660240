//! Event buses as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Bus, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, OnRemove, Text};

/// An event bus.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Id, alias or ARN of a KMS key; AWS's own where nothing is said.
    pub kms_key: Option<String>,
    /// Key of a queue of this file, or an ARN, for events that could not be decrypted.
    pub dead_letter_queue: Option<String>,
    /// Who else may put events on it, and who may make rules on it.
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

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &BusFile) {
    let BusFile { name, description, kms_key, dead_letter_queue, policy, protect, on_remove, tags } = file;
    let place = cx.place(Bus::SECTION, key, "dead_letter_queue");
    let spec = Spec {
        description: description.clone().unwrap_or_default(),
        kms_key: kms_key.clone(),
        dead_letter: dead_letter_queue.as_ref().map(|queue| cx.arn_of("queues", queue, place)),
        policy: policy.as_ref().map(PolicyFile::document),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(Bus::SECTION, name.as_ref(), key);
    cx.add::<Bus>(key, name, &spec);
}
