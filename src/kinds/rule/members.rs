//! What carries the members of AWS's requests on rules.

use super::spec::RuleState;
use crate::aws::Member;
use crate::source::word::Words;

const ELSEWHERE: &str = "the format has no targets of this service";
const BUS: &str = "the bus, which is a part of the physical name";

pub(super) const PUT_RULE_MEMBERS: &[Member] = &[
    Member::name("Name").length(1, 64).refused("E650").form(r"[\.\-_A-Za-z0-9]+").refused("E650"),
    Member::field("ScheduleExpression", "schedule").length(0, 256),
    // Its length is counted without white space, by a rule of its own.
    Member::field("EventPattern", "pattern").length(0, 2_048).refused("E657"),
    Member::field("State", "state").words(RuleState::SPELLINGS),
    Member::field("Description", "description").length(0, 512),
    Member::field("RoleArn", "role").length(1, 1_600),
    Member::made("Tags", "the stack's tags and the mark, where it creates"),
    Member::made("EventBusName", BUS),
];

pub(super) const PUT_TARGETS_MEMBERS: &[Member] = &[
    Member::name("Rule").length(1, 64).refused("E650").form(r"[\.\-_A-Za-z0-9]+").refused("E650"),
    Member::made("EventBusName", BUS),
    Member::field("Targets[].Id", "targets").length(1, 64).form(r"[\.\-_A-Za-z0-9]+"),
    Member::field("Targets[].Arn", "targets.*.arn").length(1, 1_600),
    Member::field("Targets[].RoleArn", "targets.*.role").length(1, 1_600),
    Member::field("Targets[].Input", "targets.*.input").length(0, 8_192).refused("E668"),
    Member::field("Targets[].InputPath", "targets.*.input_path").length(0, 256),
    Member::field("Targets[].InputTransformer.InputPathsMap", "targets.*.transform.paths").count(0, 100),
    Member::field("Targets[].InputTransformer.InputTemplate", "targets.*.transform.template").length(1, 8_192),
    Member::field("Targets[].KinesisParameters.PartitionKeyPath", "targets.*.partition_key_path").length(0, 256),
    Member::left("Targets[].RunCommandParameters", ELSEWHERE),
    Member::left("Targets[].EcsParameters", ELSEWHERE),
    Member::left("Targets[].BatchParameters", ELSEWHERE),
    Member::field("Targets[].SqsParameters.MessageGroupId", "targets.*.message_group").length(0, 100),
    Member::left("Targets[].HttpParameters", ELSEWHERE),
    Member::left("Targets[].RedshiftDataParameters", ELSEWHERE),
    Member::left("Targets[].SageMakerPipelineParameters", ELSEWHERE),
    Member::field("Targets[].DeadLetterConfig.Arn", "targets.*.dead_letter").length(1, 1_600),
    Member::field("Targets[].RetryPolicy.MaximumRetryAttempts", "targets.*.retry_attempts").range(0, 185),
    Member::field("Targets[].RetryPolicy.MaximumEventAgeInSeconds", "targets.*.retry_age").range(60, 86_400).unit("s"),
    Member::left("Targets[].AppSyncParameters", ELSEWHERE),
];
