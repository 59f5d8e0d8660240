//! What carries the members of AWS's requests on streams.

use super::spec::{ShardMetric, StreamMode};
use crate::aws::Member;
use crate::source::word::Words;

/// Why a stream is named once.
const OTHER_NAME: &str = "stands beside the name, which says enough";
/// Why what is warm is not said.
const WARM: &str = "throughput that is kept warm on demand is not carried";

pub(super) const CREATE_STREAM_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::field("ShardCount", "shards").range(1, i64::MAX).refused("E741"),
    Member::field("StreamModeDetails.StreamMode", "mode").words(StreamMode::SPELLINGS),
    Member::made("Tags", "the stack's tags and the mark"),
    Member::left("WarmThroughputMiBps", WARM),
    Member::field("MaxRecordSizeInKiB", "max_record_size").range(1_024, 10_240).refused("E744"),
    Member::left("RecordDistributionStrategy", "records go where their partition key says"),
];

pub(super) const UPDATE_STREAM_MODE_MEMBERS: &[Member] = &[
    Member::made("StreamARN", "the stream's ARN"),
    Member::left("StreamId", OTHER_NAME),
    Member::field("StreamModeDetails.StreamMode", "mode").words(StreamMode::SPELLINGS),
    Member::left("WarmThroughputMiBps", WARM),
];

pub(super) const UPDATE_SHARD_COUNT_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::field("TargetShardCount", "shards").range(1, i64::MAX).refused("E741"),
    Member::made("ScalingType", "UNIFORM_SCALING; there is no other"),
    Member::left("StreamARN", OTHER_NAME),
    Member::left("StreamId", OTHER_NAME),
];

pub(super) const RETENTION_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::field("RetentionPeriodHours", "retention").unit("hours"),
    Member::left("StreamARN", OTHER_NAME),
    Member::left("StreamId", OTHER_NAME),
];

pub(super) const START_STREAM_ENCRYPTION_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::made("EncryptionType", "KMS; there is no other"),
    Member::field("KeyId", "kms_key").length(1, 2_048),
    Member::left("StreamARN", OTHER_NAME),
    Member::left("StreamId", OTHER_NAME),
];

pub(super) const ENABLE_ENHANCED_MONITORING_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::field("ShardLevelMetrics", "shard_metrics").count(1, 7).words(ShardMetric::SPELLINGS).refused("E743"),
    Member::left("StreamARN", OTHER_NAME),
    Member::left("StreamId", OTHER_NAME),
];

pub(super) const UPDATE_MAX_RECORD_SIZE_MEMBERS: &[Member] = &[
    Member::made("StreamARN", "the stream's ARN"),
    Member::left("StreamId", OTHER_NAME),
    Member::field("MaxRecordSizeInKiB", "max_record_size").range(1_024, 10_240).refused("E744").unit("KiB"),
];

pub(super) const ADD_TAGS_TO_STREAM_MEMBERS: &[Member] = &[
    Member::name("StreamName").length(1, 128).refused("E740"),
    Member::made("Tags", "tags that are new or differ"),
    Member::left("StreamARN", OTHER_NAME),
    Member::left("StreamId", OTHER_NAME),
];
