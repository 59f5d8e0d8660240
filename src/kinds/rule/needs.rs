//! What rules need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, rules: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_EVENT_BUSES, &api::LIST_RULES], &[]);
    }
    for (node, spec) in rules {
        let arn = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::DESCRIBE_RULE, &api::LIST_TARGETS_BY_RULE, &api::LIST_TAGS_FOR_RESOURCE], &arn);
        if cx.purpose.creates() {
            // PutRule with tags asks for TagResource too.
            grants.calls(&[&api::PUT_RULE, &api::PUT_TARGETS, &api::REMOVE_TARGETS, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &arn);
            let roles: Vec<String> = spec.targets.values().filter_map(|target| target.role.clone()).chain(spec.role.clone()).collect();
            grants.pass_roles("events.amazonaws.com", &roles);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::REMOVE_TARGETS, &api::DELETE_RULE], &arn);
        }
    }
}
