//! Operations of AWS on log groups.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// Both ways of setting how long logs stay.
const RETENTION: Quota = Quota::new("logs: retention together", 5);
/// All that is about tags.
const TAGS: Quota = Quota::new("logs: tags together", 5);

operations! {
    ASSOCIATE_KMS_KEY = Op::writes("logs:AssociateKmsKey").repeatable().members(members::ASSOCIATE_KMS_KEY_MEMBERS);
    CREATE_LOG_GROUP = Op::writes("logs:CreateLogGroup").rated(10).members(members::CREATE_LOG_GROUP_MEMBERS);
    DELETE_LOG_GROUP = Op::writes("logs:DeleteLogGroup").repeatable().rated(10);
    DELETE_METRIC_FILTER = Op::writes("logs:DeleteMetricFilter").repeatable().rated(5);
    DELETE_SUBSCRIPTION_FILTER = Op::writes("logs:DeleteSubscriptionFilter").repeatable().rated(5);
    DELETE_RETENTION_POLICY = Op::writes("logs:DeleteRetentionPolicy").repeatable().paced(RETENTION);
    DESCRIBE_LOG_GROUPS = Op::reads("logs:DescribeLogGroups").rated(10);
    DESCRIBE_LOG_STREAMS = Op::reads("logs:DescribeLogStreams");
    DESCRIBE_METRIC_FILTERS = Op::reads("logs:DescribeMetricFilters").rated(5);
    DESCRIBE_SUBSCRIPTION_FILTERS = Op::reads("logs:DescribeSubscriptionFilters").rated(5);
    DISASSOCIATE_KMS_KEY = Op::writes("logs:DisassociateKmsKey").repeatable();
    FILTER_LOG_EVENTS = Op::reads("logs:FilterLogEvents");
    GET_QUERY_RESULTS = Op::reads("logs:GetQueryResults").anywhere().rated(10);
    LIST_TAGS_FOR_RESOURCE = Op::reads("logs:ListTagsForResource").paced(TAGS);
    PUT_LOG_GROUP_DELETION_PROTECTION =
        Op::writes("logs:PutLogGroupDeletionProtection").repeatable().members(members::PUT_LOG_GROUP_DELETION_PROTECTION_MEMBERS);
    PUT_METRIC_FILTER = Op::writes("logs:PutMetricFilter").repeatable().rated(5).members(members::PUT_METRIC_FILTER_MEMBERS);
    PUT_RETENTION_POLICY = Op::writes("logs:PutRetentionPolicy").repeatable().paced(RETENTION).members(members::PUT_RETENTION_POLICY_MEMBERS);
    PUT_SUBSCRIPTION_FILTER =
        Op::writes("logs:PutSubscriptionFilter").repeatable().rated(5).members(members::PUT_SUBSCRIPTION_FILTER_MEMBERS);
    // A second query scans, and costs, once more.
    START_QUERY = Op { repeatable: false, ..Op::reads("logs:StartQuery") }.rated(10);
    STOP_QUERY = Op::reads("logs:StopQuery").anywhere().rated(10);
    TAG_RESOURCE = Op::writes("logs:TagResource").repeatable().paced(TAGS);
    UNTAG_RESOURCE = Op::writes("logs:UntagResource").repeatable().paced(TAGS);
}
