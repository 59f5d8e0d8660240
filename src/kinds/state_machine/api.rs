//! Operations of AWS on state machines.

use std::time::Duration;

use super::members;
use crate::aws::op::{Op, operations};

/// An Express execution runs for five minutes at most; what is above is its answer's.
const EXPRESS_RUN: Duration = Duration::from_secs(330);

operations! {
    CREATE_STATE_MACHINE = Op::writes("states:CreateStateMachine").rated(1).members(members::CREATE_STATE_MACHINE_MEMBERS);
    DELETE_STATE_MACHINE = Op::writes("states:DeleteStateMachine").repeatable().rated(1);
    DESCRIBE_EXECUTION = Op::reads("states:DescribeExecution");
    DESCRIBE_STATE_MACHINE = Op::reads("states:DescribeStateMachine").rated(20);
    GET_EXECUTION_HISTORY = Op::reads("states:GetExecutionHistory");
    LIST_EXECUTIONS = Op::reads("states:ListExecutions");
    LIST_STATE_MACHINES = Op::reads("states:ListStateMachines").anywhere().rated(5);
    LIST_TAGS_FOR_RESOURCE = Op::reads("states:ListTagsForResource");
    START_EXECUTION = Op::writes("states:StartExecution");
    START_SYNC_EXECUTION = Op::writes("states:StartSyncExecution").answers_within(EXPRESS_RUN);
    TAG_RESOURCE = Op::writes("states:TagResource").repeatable().rated(1);
    UNTAG_RESOURCE = Op::writes("states:UntagResource").repeatable().rated(1);
    UPDATE_STATE_MACHINE = Op::writes("states:UpdateStateMachine").repeatable().rated(1).members(members::UPDATE_STATE_MACHINE_MEMBERS);
}
