//! Streams as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{ShardMetric, StreamMode};
use super::{Spec, Stream};
use crate::contract::{Expand, Kind, guard};
use crate::source::duration::Seconds;
use crate::source::scalar::{Flag, Int, OnRemove, Text};
use crate::source::word::Word;

/// A stream.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamFile {
    /// Physical name.
    pub name: Option<String>,
    /// `on_demand`, or `provisioned` where there are `shards`.
    pub mode: Option<ModeFile>,
    /// How many shards there are; Kinesis decides on demand.
    pub shards: Option<Int>,
    /// How long records are kept, in whole hours: 24h to 365d.
    pub retention: Option<Seconds>,
    /// Id, alias or ARN of a KMS key; no encryption where nothing is said.
    pub kms_key: Option<String>,
    /// What is counted of each shard: names of metrics, or `ALL`.
    #[serde(default)]
    pub shard_metrics: Vec<Word<ShardMetric>>,
    /// KiB of the largest record, 1024 to 10240.
    pub max_record_size: Option<Int>,
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

/// Who looks after the shards of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeFile {
    /// Kinesis.
    OnDemand,
    /// The file.
    Provisioned,
}

/// Seconds of an hour.
const HOUR: u32 = 3_600;

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &StreamFile) {
    let StreamFile { name, mode, shards, retention, kms_key, shard_metrics, max_record_size, protect, on_remove, tags } = file;
    let aws = Spec::default();
    let is_provisioned = mode.map_or(shards.is_some(), |mode| mode == ModeFile::Provisioned);
    if retention.is_some_and(|Seconds(seconds)| seconds % HOUR != 0) {
        let place = cx.place(Stream::SECTION, key, "retention");
        cx.problem(place, format!("streams.{key}: records are kept for whole hours"), "write 24h, 7d or another number of hours");
    }
    let spec = Spec {
        mode: if is_provisioned { StreamMode::Provisioned.into() } else { StreamMode::OnDemand.into() },
        shards: shards.map(|n| n.0),
        // A duration of u32 seconds has fewer hours than an i32 holds.
        retention: retention.map_or(aws.retention, |Seconds(seconds)| i32::try_from(seconds / HOUR).unwrap_or(i32::MAX)),
        kms_key: kms_key.clone(),
        shard_metrics: shard_metrics.iter().cloned().collect(),
        max_record_size: max_record_size.map_or(aws.max_record_size, |n| n.0),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(Stream::SECTION, name.as_ref(), key);
    cx.add::<Stream>(key, name, &spec);
}
