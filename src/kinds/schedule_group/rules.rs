//! What Scheduler refuses of a group alone.

use super::ScheduleGroup;
use crate::contract::{Findings, Rule, View, is_plain, names};

pub(super) const RULES: &[Rule] = &[Rule {
    code: "E670",
    title: "a name that a group of schedules cannot have",
    why: "A group has a name of 1 to 64 letters, digits, `-`, `_` and `.`; CreateScheduleGroup refuses others. The stack's own group is named by the pattern of `naming`, with `schedules` as its key.",
    fix: "use letters, digits, `-`, `_` and `.`, or declare `schedule_groups: { schedules: { name: … } }`",
    source: "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html",
    run: group_names,
}];

fn group_names(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<ScheduleGroup>(cx, out, "group", |c| is_plain(c) || c == '.');
}
