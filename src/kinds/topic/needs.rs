//! What topics need.

use super::{Spec, api};
use crate::contract::{Grants, Needs, notifications};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, topics: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_TOPICS], &[]);
    }
    for (node, spec) in topics {
        let arn = [cx.scope.arn("sns", &node.name)];
        notifications::needs(cx, &spec.notifications, grants);
        grants.calls(&[&api::GET_TOPIC_ATTRIBUTES, &api::LIST_TAGS_FOR_RESOURCE, &api::LIST_SUBSCRIPTIONS_BY_TOPIC], &arn);
        grants.calls(&[&api::GET_SUBSCRIPTION_ATTRIBUTES], &[]);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_TOPIC, &api::SET_TOPIC_ATTRIBUTES, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &arn);
            if !spec.subscriptions.is_empty() {
                grants.calls(&[&api::SUBSCRIBE], &arn);
                grants.calls(&[&api::SET_SUBSCRIPTION_ATTRIBUTES], &[]);
            }
            let streams = spec.subscriptions.values().filter_map(|subscription| subscription.role.as_ref());
            // SNS writes with these.
            let roles: Vec<String> = streams.chain(spec.delivery_logs.roles()).cloned().collect();
            grants.pass_roles("sns.amazonaws.com", &roles);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::UNSUBSCRIBE], &[]);
            grants.calls(&[&api::DELETE_TOPIC], &arn);
            if spec.archive_policy.is_some() {
                grants.calls(&[&api::SET_TOPIC_ATTRIBUTES], &arn);
            }
        }
    }
}
