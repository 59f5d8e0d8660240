//! Operations of AWS on schedules. Their rates are those of the regions with the lower ones
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html>).

use super::members;
use crate::aws::op::{Op, operations};

operations! {
    CREATE_SCHEDULE = Op::writes("scheduler:CreateSchedule").rated(250).members(members::CREATE_SCHEDULE_MEMBERS);
    DELETE_SCHEDULE = Op::writes("scheduler:DeleteSchedule").repeatable().rated(250);
    GET_SCHEDULE = Op::reads("scheduler:GetSchedule").rated(250);
    LIST_SCHEDULES = Op::reads("scheduler:ListSchedules").anywhere().rated(10);
    UPDATE_SCHEDULE = Op::writes("scheduler:UpdateSchedule").repeatable().rated(250).members(members::CREATE_SCHEDULE_MEMBERS);
}
