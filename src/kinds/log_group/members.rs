//! What carries the members of AWS's requests on log groups.

use super::spec::LogGroupClass;
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_LOG_GROUP_MEMBERS: &[Member] = &[
    Member::name("logGroupName").length(1, 512).refused("E174"),
    Member::field("kmsKeyId", "kms_key").length(0, 256),
    Member::made("tags", "the stack's tags and the mark"),
    Member::field("logGroupClass", "class").words(LogGroupClass::SPELLINGS).refused("E542"),
    Member::left("deletionProtectionEnabled", "the format has no protection that AWS keeps; `protect` is a tag that etlctl heeds"),
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
