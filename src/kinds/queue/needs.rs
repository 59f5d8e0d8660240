//! What queues need.

use super::{Spec, api};
use crate::contract::{Grants, Needs, notifications};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, queues: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_QUEUES], &[]);
    }
    for (node, spec) in queues {
        let arn = [cx.scope.arn("sqs", &node.name)];
        notifications::needs(cx, &spec.notifications, grants);
        grants.calls(&[&api::GET_QUEUE_URL, &api::GET_QUEUE_ATTRIBUTES, &api::LIST_QUEUE_TAGS], &arn);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_QUEUE, &api::SET_QUEUE_ATTRIBUTES, &api::TAG_QUEUE, &api::UNTAG_QUEUE], &arn);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_QUEUE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_QUEUE], &arn);
        }
    }
}
