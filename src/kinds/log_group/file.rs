//! Log groups as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::LogGroupClass;
use super::{LogGroup, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::source::duration::Retention;
use crate::source::scalar::{Flag, OnRemove, Text};
use crate::source::word::Word;

/// A log group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogGroupFile {
    /// Physical name.
    pub name: Option<String>,
    /// How long logs are kept: `7d`, or `never` for ever.
    pub retention: Option<Retention>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: Option<Word<LogGroupClass>>,
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

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &LogGroupFile) {
    let LogGroupFile { name, retention, class, kms_key, protect, on_remove, tags } = file;
    let aws = Spec::default();
    let spec = Spec {
        retention_days: retention.map_or(aws.retention_days, Retention::days),
        class: class.clone().unwrap_or(aws.class),
        kms_key: kms_key.clone(),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(LogGroup::SECTION, name.as_ref(), key);
    cx.add::<LogGroup>(key, name, &spec);
}
