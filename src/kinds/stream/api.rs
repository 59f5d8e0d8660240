//! Operations of AWS on streams (rates: Kinesis API Reference, each operation). What is so already is refused of
//! most of them, so that nothing is sent twice that may be done.

use super::members;
use crate::aws::op::{Op, operations};

operations! {
    ADD_TAGS_TO_STREAM = Op::writes("kinesis:AddTagsToStream").repeatable().rated(5).members(members::ADD_TAGS_TO_STREAM_MEMBERS);
    CREATE_STREAM = Op::writes("kinesis:CreateStream").rated(5).members(members::CREATE_STREAM_MEMBERS);
    DECREASE_STREAM_RETENTION_PERIOD =
        Op::writes("kinesis:DecreaseStreamRetentionPeriod").rated(5).members(members::RETENTION_MEMBERS);
    DELETE_STREAM = Op::writes("kinesis:DeleteStream").repeatable().rated(5);
    DESCRIBE_STREAM_SUMMARY = Op::reads("kinesis:DescribeStreamSummary").rated(20);
    DISABLE_ENHANCED_MONITORING = Op::writes("kinesis:DisableEnhancedMonitoring").repeatable().rated(5);
    ENABLE_ENHANCED_MONITORING =
        Op::writes("kinesis:EnableEnhancedMonitoring").repeatable().rated(5).members(members::ENABLE_ENHANCED_MONITORING_MEMBERS);
    INCREASE_STREAM_RETENTION_PERIOD =
        Op::writes("kinesis:IncreaseStreamRetentionPeriod").rated(5).members(members::RETENTION_MEMBERS);
    LIST_STREAMS = Op::reads("kinesis:ListStreams").anywhere().rated(5);
    LIST_TAGS_FOR_STREAM = Op::reads("kinesis:ListTagsForStream").rated(5);
    REMOVE_TAGS_FROM_STREAM = Op::writes("kinesis:RemoveTagsFromStream").repeatable().rated(5);
    START_STREAM_ENCRYPTION =
        Op::writes("kinesis:StartStreamEncryption").rated(5).members(members::START_STREAM_ENCRYPTION_MEMBERS);
    STOP_STREAM_ENCRYPTION = Op::writes("kinesis:StopStreamEncryption").rated(5);
    UPDATE_MAX_RECORD_SIZE = Op::writes("kinesis:UpdateMaxRecordSize").rated(5).members(members::UPDATE_MAX_RECORD_SIZE_MEMBERS);
    UPDATE_SHARD_COUNT = Op::writes("kinesis:UpdateShardCount").members(members::UPDATE_SHARD_COUNT_MEMBERS);
    UPDATE_STREAM_MODE = Op::writes("kinesis:UpdateStreamMode").members(members::UPDATE_STREAM_MODE_MEMBERS);
}
