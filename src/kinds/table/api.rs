//! Operations of AWS on tables.

use super::members;
use crate::aws::op::{Op, Quota, operations};

/// What changes tags (DynamoDB API Reference, TagResource: five a second in an account).
const TAGS: Quota = Quota::new("dynamodb: tags together", 5);

operations! {
    CREATE_TABLE = Op::writes("dynamodb:CreateTable").members(members::CREATE_TABLE_MEMBERS);
    DELETE_RESOURCE_POLICY = Op::writes("dynamodb:DeleteResourcePolicy").repeatable();
    DELETE_TABLE = Op::writes("dynamodb:DeleteTable").repeatable();
    DESCRIBE_CONTINUOUS_BACKUPS = Op::reads("dynamodb:DescribeContinuousBackups");
    DESCRIBE_TABLE = Op::reads("dynamodb:DescribeTable");
    DESCRIBE_TIME_TO_LIVE = Op::reads("dynamodb:DescribeTimeToLive");
    GET_RESOURCE_POLICY = Op::reads("dynamodb:GetResourcePolicy");
    LIST_TABLES = Op::reads("dynamodb:ListTables").anywhere();
    LIST_TAGS_OF_RESOURCE = Op::reads("dynamodb:ListTagsOfResource");
    PUT_RESOURCE_POLICY = Op::writes("dynamodb:PutResourcePolicy").repeatable().members(members::PUT_RESOURCE_POLICY_MEMBERS);
    TAG_RESOURCE = Op::writes("dynamodb:TagResource").repeatable().paced(TAGS);
    UNTAG_RESOURCE = Op::writes("dynamodb:UntagResource").repeatable().paced(TAGS);
    UPDATE_CONTINUOUS_BACKUPS =
        Op::writes("dynamodb:UpdateContinuousBackups").repeatable().members(members::UPDATE_CONTINUOUS_BACKUPS_MEMBERS);
    UPDATE_TABLE = Op::writes("dynamodb:UpdateTable").members(members::UPDATE_TABLE_MEMBERS);
    UPDATE_TIME_TO_LIVE = Op::writes("dynamodb:UpdateTimeToLive").members(members::UPDATE_TIME_TO_LIVE_MEMBERS);
}
