//! What carries the members of AWS's requests on tables.

use super::spec::{AttributeType, BillingMode, Projection, StreamView, TableClass};
use crate::aws::Member;
use crate::source::word::Words;

/// Why what is warm is not said.
const WARM: &str = "DynamoDB keeps as much warm as was used, and lowers none of it";
/// Why there are no copies in other regions.
const REPLICAS: &str = "a table is of one region here";
/// Why there are no vector indexes.
const VECTORS: &str = "searches by likeness are not carried";

pub(super) const CREATE_TABLE_MEMBERS: &[Member] = &[
    Member::made("AttributeDefinitions[].AttributeName", "the attributes that keys name"),
    Member::field("AttributeDefinitions[].AttributeType", "partition_key.type").words(AttributeType::SPELLINGS).refused("E722"),
    Member::name("TableName").length(3, 255).refused("E720"),
    Member::field("KeySchema[].AttributeName", "partition_key.name").length(1, 255).refused("E721"),
    Member::made("KeySchema[].KeyType", "HASH for `partition_key`, RANGE for `sort_key`"),
    Member::made("LocalSecondaryIndexes[].IndexName", "the key in `local_indexes`"),
    Member::field("LocalSecondaryIndexes[].KeySchema[].AttributeName", "local_indexes.*.sort_key.name").length(1, 255).refused("E721"),
    Member::made("LocalSecondaryIndexes[].KeySchema[].KeyType", "HASH for the table's `partition_key`, RANGE for the index's `sort_key`"),
    Member::field("LocalSecondaryIndexes[].Projection.ProjectionType", "local_indexes.*.projection")
        .words(Projection::SPELLINGS)
        .refused("E726"),
    Member::field("LocalSecondaryIndexes[].Projection.NonKeyAttributes", "local_indexes.*.include").count(1, 20).refused("E726"),
    Member::made("GlobalSecondaryIndexes[].IndexName", "the key in `indexes`"),
    Member::field("GlobalSecondaryIndexes[].KeySchema[].AttributeName", "indexes.*.partition_key.*.name").length(1, 255).refused("E721"),
    Member::made("GlobalSecondaryIndexes[].KeySchema[].KeyType", "HASH for `partition_key`, RANGE for `sort_key`"),
    Member::field("GlobalSecondaryIndexes[].Projection.ProjectionType", "indexes.*.projection")
        .words(Projection::SPELLINGS)
        .refused("E726"),
    Member::field("GlobalSecondaryIndexes[].Projection.NonKeyAttributes", "indexes.*.include").count(1, 20).refused("E726"),
    Member::field("GlobalSecondaryIndexes[].ProvisionedThroughput.ReadCapacityUnits", "indexes.*.capacity.read")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexes[].ProvisionedThroughput.WriteCapacityUnits", "indexes.*.capacity.write")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexes[].OnDemandThroughput.MaxReadRequestUnits", "indexes.*.max_throughput.read"),
    Member::field("GlobalSecondaryIndexes[].OnDemandThroughput.MaxWriteRequestUnits", "indexes.*.max_throughput.write"),
    Member::left("GlobalSecondaryIndexes[].WarmThroughput", WARM),
    Member::field("BillingMode", "billing").words(BillingMode::SPELLINGS),
    Member::field("ProvisionedThroughput.ReadCapacityUnits", "capacity.read").range(1, i64::MAX).refused("E728"),
    Member::field("ProvisionedThroughput.WriteCapacityUnits", "capacity.write").range(1, i64::MAX).refused("E728"),
    Member::made("StreamSpecification.StreamEnabled", "where there is a `stream`"),
    Member::field("StreamSpecification.StreamViewType", "stream").words(StreamView::SPELLINGS).refused("E731"),
    Member::made("SSESpecification.Enabled", "where there is a `kms_key`"),
    Member::made("SSESpecification.SSEType", "KMS where there is a `kms_key`; there is no other"),
    Member::field("SSESpecification.KMSMasterKeyId", "kms_key"),
    Member::made("Tags", "the stack's tags and the mark"),
    Member::field("TableClass", "class").words(TableClass::SPELLINGS).refused("E731"),
    Member::field("DeletionProtectionEnabled", "deletion_protection"),
    Member::left("WarmThroughput", WARM),
    Member::field("ResourcePolicy", "policy"),
    Member::field("OnDemandThroughput.MaxReadRequestUnits", "max_throughput.read"),
    Member::field("OnDemandThroughput.MaxWriteRequestUnits", "max_throughput.write"),
    Member::left("GlobalTableSourceArn", REPLICAS),
    Member::left("GlobalTableSettingsReplicationMode", REPLICAS),
    Member::left("VectorIndexes", VECTORS),
];

pub(super) const UPDATE_TABLE_MEMBERS: &[Member] = &[
    Member::made("AttributeDefinitions[].AttributeName", "the attributes that the keys of a new index name"),
    Member::field("AttributeDefinitions[].AttributeType", "indexes.*.partition_key.*.type").words(AttributeType::SPELLINGS).refused("E722"),
    Member::name("TableName").length(3, 255).refused("E720"),
    Member::field("BillingMode", "billing").words(BillingMode::SPELLINGS),
    Member::field("ProvisionedThroughput.ReadCapacityUnits", "capacity.read").range(1, i64::MAX).refused("E728"),
    Member::field("ProvisionedThroughput.WriteCapacityUnits", "capacity.write").range(1, i64::MAX).refused("E728"),
    Member::made("GlobalSecondaryIndexUpdates[].Update.IndexName", "the key in `indexes`"),
    Member::field("GlobalSecondaryIndexUpdates[].Update.ProvisionedThroughput.ReadCapacityUnits", "indexes.*.capacity.read")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexUpdates[].Update.ProvisionedThroughput.WriteCapacityUnits", "indexes.*.capacity.write")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexUpdates[].Update.OnDemandThroughput.MaxReadRequestUnits", "indexes.*.max_throughput.read"),
    Member::field("GlobalSecondaryIndexUpdates[].Update.OnDemandThroughput.MaxWriteRequestUnits", "indexes.*.max_throughput.write"),
    Member::left("GlobalSecondaryIndexUpdates[].Update.WarmThroughput", WARM),
    Member::made("GlobalSecondaryIndexUpdates[].Create.IndexName", "the key in `indexes`"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.KeySchema[].AttributeName", "indexes.*.partition_key.*.name")
        .length(1, 255)
        .refused("E721"),
    Member::made("GlobalSecondaryIndexUpdates[].Create.KeySchema[].KeyType", "HASH for `partition_key`, RANGE for `sort_key`"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.Projection.ProjectionType", "indexes.*.projection")
        .words(Projection::SPELLINGS)
        .refused("E726"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.Projection.NonKeyAttributes", "indexes.*.include").count(1, 20).refused("E726"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.ProvisionedThroughput.ReadCapacityUnits", "indexes.*.capacity.read")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.ProvisionedThroughput.WriteCapacityUnits", "indexes.*.capacity.write")
        .range(1, i64::MAX)
        .refused("E728"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.OnDemandThroughput.MaxReadRequestUnits", "indexes.*.max_throughput.read"),
    Member::field("GlobalSecondaryIndexUpdates[].Create.OnDemandThroughput.MaxWriteRequestUnits", "indexes.*.max_throughput.write"),
    Member::left("GlobalSecondaryIndexUpdates[].Create.WarmThroughput", WARM),
    Member::made("GlobalSecondaryIndexUpdates[].Delete.IndexName", "an index that is in the file no more, or has other keys"),
    Member::made("StreamSpecification.StreamEnabled", "where there is a `stream`"),
    Member::field("StreamSpecification.StreamViewType", "stream").words(StreamView::SPELLINGS).refused("E731"),
    Member::made("SSESpecification.Enabled", "where there is a `kms_key`"),
    Member::made("SSESpecification.SSEType", "KMS where there is a `kms_key`; there is no other"),
    Member::field("SSESpecification.KMSMasterKeyId", "kms_key"),
    Member::left("ReplicaUpdates", REPLICAS),
    Member::field("TableClass", "class").words(TableClass::SPELLINGS).refused("E731"),
    Member::field("DeletionProtectionEnabled", "deletion_protection"),
    Member::left("MultiRegionConsistency", REPLICAS),
    Member::left("GlobalTableWitnessUpdates", REPLICAS),
    Member::field("OnDemandThroughput.MaxReadRequestUnits", "max_throughput.read"),
    Member::field("OnDemandThroughput.MaxWriteRequestUnits", "max_throughput.write"),
    Member::left("WarmThroughput", WARM),
    Member::left("GlobalTableSettingsReplicationMode", REPLICAS),
    Member::left("VectorIndexUpdates", VECTORS),
];

pub(super) const UPDATE_TIME_TO_LIVE_MEMBERS: &[Member] = &[
    Member::name("TableName").length(3, 255).refused("E720"),
    Member::made("TimeToLiveSpecification.Enabled", "where there is a `ttl`"),
    Member::field("TimeToLiveSpecification.AttributeName", "ttl").length(1, 255).refused("E729"),
];

pub(super) const UPDATE_CONTINUOUS_BACKUPS_MEMBERS: &[Member] = &[
    Member::name("TableName").length(3, 255).refused("E720"),
    Member::field("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", "point_in_time_recovery"),
    Member::field("PointInTimeRecoverySpecification.RecoveryPeriodInDays", "recovery_days").range(1, 35).refused("E730"),
];

pub(super) const PUT_RESOURCE_POLICY_MEMBERS: &[Member] = &[
    Member::made("ResourceArn", "the table's ARN"),
    Member::field("Policy", "policy"),
    Member::left("ExpectedRevisionId", "what was read last is compared, not its number"),
    Member::left("ConfirmRemoveSelfResourceAccess", "a policy that locks out who writes it is refused by DynamoDB, and stays so"),
];
