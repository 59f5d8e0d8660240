//! What groups of schedules need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::kinds::schedule::api::LIST_SCHEDULES;
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, groups: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        let any = [arn(cx.scope, "*")];
        grants.calls(&[&api::LIST_SCHEDULE_GROUPS], &[]);
        grants.calls(&[&api::GET_SCHEDULE_GROUP, &api::LIST_TAGS_FOR_RESOURCE], &any);
    }
    for (node, _) in groups {
        let group = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::GET_SCHEDULE_GROUP, &api::LIST_TAGS_FOR_RESOURCE], &group);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_SCHEDULE_GROUP, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &group);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &group);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_SCHEDULE_GROUP], &group);
            grants.calls(&[&LIST_SCHEDULES], &[]);
        }
    }
}
