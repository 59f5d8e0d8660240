//! The normal form of a stream.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract::tags::Tags;
use crate::source::word::{Word, Words, words};

words! {
    /// Who looks after the shards of a stream.
    StreamMode {
        /// Kinesis.
        OnDemand = "ON_DEMAND",
        /// Whoever made it.
        Provisioned = "PROVISIONED",
    }
}

words! {
    /// What is counted of each shard.
    ShardMetric {
        /// Bytes that are put.
        IncomingBytes = "IncomingBytes",
        /// Records that are put.
        IncomingRecords = "IncomingRecords",
        /// Bytes that are got.
        OutgoingBytes = "OutgoingBytes",
        /// Records that are got.
        OutgoingRecords = "OutgoingRecords",
        /// Puts that were too many.
        WritesExceeded = "WriteProvisionedThroughputExceeded",
        /// Gets that were too many.
        ReadsExceeded = "ReadProvisionedThroughputExceeded",
        /// How old what is got is.
        IteratorAge = "IteratorAgeMilliseconds",
        /// All of these.
        All = "ALL",
    }
}

/// Normal form of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Who looks after its shards.
    pub mode: Word<StreamMode>,
    /// How many there are; none where Kinesis looks after them.
    pub shards: Option<i32>,
    /// Hours for which records are kept.
    pub retention: i32,
    /// Id, alias or ARN of the KMS key that records are encrypted with; none is no encryption.
    pub kms_key: Option<String>,
    /// What is counted of each shard.
    pub shard_metrics: BTreeSet<Word<ShardMetric>>,
    /// KiB of the largest record.
    pub max_record_size: i32,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            mode: StreamMode::OnDemand.into(),
            shards: None,
            retention: 24,
            kms_key: None,
            shard_metrics: BTreeSet::new(),
            max_record_size: 1_024,
            tags: Tags::new(),
        }
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { mode, shards, shard_metrics, .. } = spec;
    // What Kinesis looks after grows by itself.
    shards.take_if(|_| mode.is(StreamMode::OnDemand));
    if shard_metrics.iter().any(|metric| metric.is(ShardMetric::All)) {
        // Kinesis tells each by itself.
        let each = ShardMetric::WORDS.iter().map(|(_, metric)| *metric).filter(|metric| *metric != ShardMetric::All);
        *shard_metrics = each.map(Word::from).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_metrics_are_seven_and_shards_on_demand_are_nobodys() {
        let mut spec = Spec { shards: Some(4), shard_metrics: [ShardMetric::All.into()].into(), ..Spec::default() };
        normal(&mut spec);
        assert_eq!((spec.shards, spec.shard_metrics.len()), (None, 7));
        let mut provisioned = Spec { mode: StreamMode::Provisioned.into(), shards: Some(4), ..Spec::default() };
        normal(&mut provisioned);
        assert_eq!(provisioned.shards, Some(4));
    }
}
