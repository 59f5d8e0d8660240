//! Operations of AWS on groups of schedules. Each has a quota of its own
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html>).

use super::members;
use crate::aws::op::{Op, operations};

operations! {
    CREATE_SCHEDULE_GROUP = Op::writes("scheduler:CreateScheduleGroup").rated(10).members(members::CREATE_SCHEDULE_GROUP_MEMBERS);
    DELETE_SCHEDULE_GROUP = Op::writes("scheduler:DeleteScheduleGroup").repeatable().rated(10);
    GET_SCHEDULE_GROUP = Op::reads("scheduler:GetScheduleGroup").rated(10);
    LIST_SCHEDULE_GROUPS = Op::reads("scheduler:ListScheduleGroups").anywhere().rated(10);
    LIST_TAGS_FOR_RESOURCE = Op::reads("scheduler:ListTagsForResource").rated(10);
    TAG_RESOURCE = Op::writes("scheduler:TagResource").repeatable().rated(10);
    UNTAG_RESOURCE = Op::writes("scheduler:UntagResource").repeatable().rated(10);
}
