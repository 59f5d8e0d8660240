//! What Scheduler refuses of a group alone.

use super::ScheduleGroup;
use crate::contract::{Findings, Kind, Rule, View, is_plain, names};

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E670",
        title: "a name that a group of schedules cannot have",
        why: "A group has a name of 1 to 64 letters, digits, `-`, `_` and `.`; CreateScheduleGroup refuses others. The stack's own group is named by the pattern of `naming`, with `schedules` as its key.",
        fix: "use letters, digits, `-`, `_` and `.`, or declare `schedule_groups: { schedules: { name: … } }`",
        source: "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html",
        run: group_names,
    },
    Rule {
        code: "E681",
        title: "the default group as a group of the stack",
        why: "Every account has a group `default` in each region, with schedules of anybody in it. It takes no tags and cannot be deleted.",
        fix: "take it out; a group of the stack's own holds its schedules",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-group.html",
        run: default_group,
    },
];

fn default_group(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<ScheduleGroup>().iter().filter(|group| group.name == "default") {
        let place = cx.place(ScheduleGroup::SECTION, &group.key, &["name"]);
        out.add(place, &group.address, "`default` is the group that every account has");
    }
}

fn group_names(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<ScheduleGroup>(cx, out, "group", |c| is_plain(c) || c == '.');
}
