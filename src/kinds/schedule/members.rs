//! What carries the members of AWS's requests on schedules. Both requests have the same ones: an update
//! says everything anew.

use super::spec::AfterCompletion;
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const CREATE_SCHEDULE_MEMBERS: &[Member] = &[
    Member::field("ActionAfterCompletion", "after_completion").words(AfterCompletion::SPELLINGS).refused("E674"),
    Member::made("ClientToken", "a token of the SDK's, new with each call"),
    Member::field("Description", "description").length(0, 512).refused("E674"),
    Member::field("EndDate", "end"),
    Member::field("FlexibleTimeWindow.MaximumWindowInMinutes", "window").range(1, 1_440).refused("E674").unit("minutes"),
    Member::made("FlexibleTimeWindow.Mode", "`FLEXIBLE` where there is a `window`, else `OFF`"),
    Member::field("GroupName", "group").length(1, 64).form(r"^[0-9a-zA-Z-_.]+$").refused("E670"),
    Member::field("KmsKeyArn", "kms_key")
        .length(1, 2_048)
        .form(r"^arn:aws(-[a-z]+)?:kms:[a-z0-9\-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*$")
        .refused("E674"),
    Member::name("Name").length(1, 64).refused("E671"),
    Member::field("ScheduleExpression", "schedule").length(1, 256).refused("E674"),
    Member::field("ScheduleExpressionTimezone", "time_zone").length(1, 50).refused("E674"),
    Member::field("StartDate", "start"),
    Member::made("State", "`ENABLED`, or `DISABLED` where `enabled` is false"),
    Member::field("Target.Arn", "target").length(1, 1_600).refused("E674"),
    Member::field("Target.DeadLetterConfig.Arn", "dead_letter_queue")
        .length(1, 1_600)
        .form(r"^arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+$")
        .refused("E680"),
    Member::left("Target.EcsParameters", "the format has no tasks of ECS; a universal target runs them"),
    Member::field("Target.EventBridgeParameters.DetailType", "event.detail_type").length(1, 128).refused("E674"),
    Member::field("Target.EventBridgeParameters.Source", "event.source")
        .length(1, 256)
        .form(r"^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$")
        .refused("E674"),
    Member::field("Target.Input", "input").length(1, i64::MAX).refused("E674"),
    Member::field("Target.KinesisParameters.PartitionKey", "partition_key").length(1, 256).refused("E674"),
    Member::field("Target.RetryPolicy.MaximumEventAgeInSeconds", "retry.max_age").range(60, 86_400).refused("E674").unit("s"),
    Member::field("Target.RetryPolicy.MaximumRetryAttempts", "retry.attempts").range(0, 185).refused("E674"),
    Member::field("Target.RoleArn", "role").length(1, 1_600).form(r"^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+$").refused("E674"),
    Member::left("Target.SageMakerPipelineParameters", "the format has no pipelines of SageMaker; a universal target starts them"),
    Member::field("Target.SqsParameters.MessageGroupId", "message_group").length(1, 128).refused("E674"),
];
