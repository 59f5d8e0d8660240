//! What event buses need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, buses: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_EVENT_BUSES], &[]);
    }
    for (node, _) in buses {
        let arn = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::DESCRIBE_EVENT_BUS, &api::LIST_TAGS_FOR_RESOURCE], &arn);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_EVENT_BUS, &api::UPDATE_EVENT_BUS, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &arn);
            // A policy that somebody adds by hand is taken off again.
            grants.calls(&[&api::PUT_PERMISSION, &api::REMOVE_PERMISSION], &[]);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_EVENT_BUS], &arn);
        }
    }
}
