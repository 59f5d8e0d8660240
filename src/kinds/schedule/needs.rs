//! What schedules need.

use super::callee::SCHEDULER;
use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, schedules: &[(&Node, Spec)], grants: &mut Grants) {
    // One that the files have no more is still in the stack's group, and goes.
    if cx.lists_everything || !schedules.is_empty() {
        grants.calls(&[&api::LIST_SCHEDULES], &[]);
    }
    for (node, spec) in schedules {
        let schedule = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::GET_SCHEDULE], &schedule);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_SCHEDULE, &api::UPDATE_SCHEDULE], &schedule);
            grants.pass_roles(SCHEDULER, std::slice::from_ref(&spec.role));
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_SCHEDULE], &schedule);
        }
    }
}
