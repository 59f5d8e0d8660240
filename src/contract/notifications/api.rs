//! Operations of S3 on the notifications of a bucket, which several kinds make, and what carries their
//! members.

use super::words::EventName;
use crate::aws::{Member, Op};
use crate::source::word::Words;

/// Reads them. IAM's word for the action is shorter than the operation's name.
pub const GET_BUCKET_NOTIFICATION: Op = Op::reads("s3:GetBucketNotification");
/// Replaces all of them.
pub const PUT_BUCKET_NOTIFICATION: Op = Op::writes("s3:PutBucketNotification").repeatable().members(MEMBERS);

const LEFT: &str = "what the document held: the flag of a bucket is the `buckets` section's";
const ID: &str = "stack, environment, instance, kind, name of the resource and key of the notification";
const FILTERS: &str = "prefix and suffix, where there are any";

const MEMBERS: &[Member] = &[
    Member::field("Bucket", "notifications.*.bucket"),
    Member::made("NotificationConfiguration.TopicConfigurations[].Id", ID),
    Member::made("NotificationConfiguration.TopicConfigurations[].TopicArn", "the topic"),
    Member::field("NotificationConfiguration.TopicConfigurations[].Events", "notifications.*.events")
        .words(EventName::SPELLINGS)
        .refused("E631"),
    Member::made("NotificationConfiguration.TopicConfigurations[].Filter.Key.FilterRules[].Name", FILTERS),
    Member::made("NotificationConfiguration.TopicConfigurations[].Filter.Key.FilterRules[].Value", FILTERS),
    Member::made("NotificationConfiguration.QueueConfigurations[].Id", ID),
    Member::made("NotificationConfiguration.QueueConfigurations[].QueueArn", "the queue"),
    Member::field("NotificationConfiguration.QueueConfigurations[].Events", "notifications.*.events")
        .words(EventName::SPELLINGS)
        .refused("E631"),
    Member::made("NotificationConfiguration.QueueConfigurations[].Filter.Key.FilterRules[].Name", FILTERS),
    Member::made("NotificationConfiguration.QueueConfigurations[].Filter.Key.FilterRules[].Value", FILTERS),
    Member::made("NotificationConfiguration.LambdaFunctionConfigurations[].Id", ID),
    Member::made("NotificationConfiguration.LambdaFunctionConfigurations[].LambdaFunctionArn", "the function, or its alias"),
    Member::field("NotificationConfiguration.LambdaFunctionConfigurations[].Events", "notifications.*.events")
        .words(EventName::SPELLINGS)
        .refused("E631"),
    Member::made("NotificationConfiguration.LambdaFunctionConfigurations[].Filter.Key.FilterRules[].Name", FILTERS),
    Member::made("NotificationConfiguration.LambdaFunctionConfigurations[].Filter.Key.FilterRules[].Value", FILTERS),
    Member::made("NotificationConfiguration.EventBridgeConfiguration", LEFT),
    Member::made("ExpectedBucketOwner", "the account"),
    Member::made("SkipDestinationValidation", "true where S3 refuses nothing but destinations of others"),
];
