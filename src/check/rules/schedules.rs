//! The roles that Scheduler starts things with. Only roles of the stack are judged.

use super::iam_grants::RolePermissions;
use super::iam_limits::trusts;
use super::lookup::role_at;
use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::schedule::Schedule;
use crate::kinds::service::Service;
use crate::model::reference::is_known;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "E677",
        title: "a role of a schedule that Scheduler may not assume",
        why: "Scheduler starts the target as the schedule's role, so the role's trust policy lets scheduler.amazonaws.com assume it. CreateSchedule answers \"The execution role you provide must allow AWS EventBridge Scheduler to assume the role.\" otherwise.",
        fix: "let `Service: [scheduler.amazonaws.com]` sts:AssumeRole in `trust_policy`, or name no role: one is made",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role",
        run: trust,
    },
    Rule {
        code: "E678",
        title: "a role of a schedule that may not start its target",
        why: "Scheduler does not look at what the role may do until the schedule runs: what is not allowed then is tried again, and lost without a dead-letter queue. The dead-letter queue is written to with the same role.",
        fix: "allow the action on the target in the role, or name no role: one is made",
        source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role",
        run: rights,
    },
];

fn trust(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let Some(role) = role_at(cx, &schedule.spec.role).filter(|role| !trusts(&role.spec.trust_policy, &["scheduler.amazonaws.com"]))
        else {
            continue;
        };
        let place = cx.place(Schedule::SECTION, &schedule.key, &["role"]);
        out.add(place, &schedule.address, format!("{} does not trust scheduler.amazonaws.com", role.address));
    }
}

fn rights(cx: &View<'_>, out: &mut Findings<'_>) {
    for schedule in cx.all::<Schedule>() {
        let Some(role) = role_at(cx, &schedule.spec.role) else { continue };
        let grants = RolePermissions::of(cx, role);
        let target = Some(&schedule.spec.target).and_then(|target| Some((Service::of(target)?.action(), target, "target")));
        let letters = schedule.spec.dead_letter_queue.as_ref().map(|queue| (Service::Sqs.action(), queue, "dead_letter_queue"));
        for (action, arn, field) in target.into_iter().chain(letters).filter(|(_, arn, _)| is_known(arn)) {
            if grants.lacks(action, Some(arn)) {
                let place = cx.place(Schedule::SECTION, &schedule.key, &[field]);
                out.add(place, &schedule.address, format!("{} does not allow {action} on {arn}", role.address));
            }
        }
    }
}
