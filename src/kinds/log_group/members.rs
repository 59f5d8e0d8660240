//! What carries the members of AWS's requests on log groups.

use super::spec::{Distribution, LogGroupClass};
use aws_sdk_cloudwatchlogs::types::StandardUnit;

use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_LOG_GROUP_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    Member::field("kmsKeyId", "kms_key").length(0, 256),
    Member::made("tags", "the stack's tags and the mark"),
    Member::field("logGroupClass", "class").words(LogGroupClass::SPELLINGS).refused("E542"),
    Member::field("deletionProtectionEnabled", "deletion_protection"),
];

pub(super) const PUT_LOG_GROUP_DELETION_PROTECTION_MEMBERS: &[Member] =
    &[Member::made("logGroupIdentifier", "the group's ARN"), Member::field("deletionProtectionEnabled", "deletion_protection")];

pub(super) const PUT_SUBSCRIPTION_FILTER_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    Member::made("filterName", "the key in `subscription_filters`"),
    Member::field("filterPattern", "subscription_filters.*.pattern").length(0, 1_024).refused("E546"),
    Member::field("destinationArn", "subscription_filters.*.destination").length(1, 2_048),
    Member::field("roleArn", "subscription_filters.*.role").length(1, 2_048),
    Member::field("distribution", "subscription_filters.*.distribution").words(Distribution::SPELLINGS).refused("E546"),
    Member::field("applyOnTransformedLogs", "subscription_filters.*.on_transformed_logs"),
    Member::field("fieldSelectionCriteria", "subscription_filters.*.field_selection").length(0, 2_000).refused("E546"),
    Member::field("emitSystemFields", "subscription_filters.*.system_fields.*"),
];

pub(super) const PUT_RETENTION_POLICY_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    // Not every number of days: the rule has the list.
    Member::field("retentionInDays", "retention_days").range(1, 3_653).refused("E541"),
];

pub(super) const ASSOCIATE_KMS_KEY_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    Member::field("kmsKeyId", "kms_key").length(0, 256),
    Member::left("resourceIdentifier", "stands in place of logGroupName, never beside it"),
];

pub(super) const PUT_METRIC_FILTER_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    Member::made("filterName", "the key in `metric_filters`"),
    Member::field("filterPattern", "metric_filters.*.pattern").length(0, 1_024).refused("E543"),
    Member::field("metricTransformations[].metricName", "metric_filters.*.metric_name").length(1, 255).refused("E543"),
    Member::field("metricTransformations[].metricNamespace", "metric_filters.*.metric_namespace").length(1, 255).refused("E543"),
    Member::field("metricTransformations[].metricValue", "metric_filters.*.metric_value").length(1, 100).refused("E543"),
    Member::field("metricTransformations[].defaultValue", "metric_filters.*.default_value"),
    Member::field("metricTransformations[].dimensions", "metric_filters.*.dimensions").length(0, 255).count(0, 3).refused("E543"),
    Member::field("metricTransformations[].unit", "metric_filters.*.unit").words(StandardUnit::values()).refused("E543"),
    Member::field("applyOnTransformedLogs", "metric_filters.*.on_transformed_logs"),
    Member::field("fieldSelectionCriteria", "metric_filters.*.field_selection").length(0, 2_000).refused("E543"),
    Member::field("emitSystemFieldDimensions", "metric_filters.*.system_dimensions.*"),
];
