//! What log groups need.

use super::{Spec, api};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, groups: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything || !groups.is_empty() {
        grants.calls(&[&api::DESCRIBE_LOG_GROUPS], &[cx.scope.arn("logs", "log-group:*")]);
    }
    for (node, spec) in groups {
        let arn = cx.scope.arn("logs", &format!("log-group:{}", node.name));
        // Calls that name a group are checked against the form with its streams, those about tags
        // against the one without; the tags of a group that is being created, against either.
        let group = [arn.clone(), format!("{arn}:*")];
        grants.calls(&[&api::LIST_TAGS_FOR_RESOURCE, &api::DESCRIBE_LOG_STREAMS, &api::DESCRIBE_METRIC_FILTERS], &group);
        let is_subscribed = spec.subscription_filters.as_ref().is_some_and(|filters| !filters.is_empty());
        // Of a group that is subscribed without the file they are read, too: its tag says so.
        if spec.subscription_filters.is_some() {
            grants.calls(&[&api::DESCRIBE_SUBSCRIPTION_FILTERS], &group);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &group);
        }
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_LOG_GROUP, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &group);
            if spec.metric_filters.is_some() {
                grants.calls(&[&api::PUT_METRIC_FILTER, &api::DELETE_METRIC_FILTER], &group);
            }
            if spec.subscription_filters.is_some() {
                grants.calls(&[&api::DELETE_SUBSCRIPTION_FILTER], &group);
            }
            if is_subscribed {
                subscribe(spec, &group, grants);
            }
            // One that leaves the file is switched off, and one that somebody switched on.
            if spec.deletion_protection.is_some() {
                grants.calls(&[&api::PUT_LOG_GROUP_DELETION_PROTECTION], &group);
            }
            let kept = spec.retention_days.is_some();
            grants.calls(&[if kept { &api::PUT_RETENTION_POLICY } else { &api::DELETE_RETENTION_POLICY }], &group);
            let encrypted = spec.kms_key.is_some();
            grants.calls(&[if encrypted { &api::ASSOCIATE_KMS_KEY } else { &api::DISASSOCIATE_KMS_KEY }], &group);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_LOG_GROUP], &group);
        }
    }
}

/// A destination of another account is a resource of the call, too; a stream is written to with a role.
fn subscribe(spec: &Spec, group: &[String], grants: &mut Grants) {
    let filters = || spec.subscription_filters.iter().flatten().map(|(_, filter)| filter);
    let elsewhere = filters().map(|filter| &filter.destination).filter(|arn| arn.contains(":logs:"));
    let resources: Vec<String> = group.iter().chain(elsewhere).cloned().collect();
    grants.calls(&[&api::PUT_SUBSCRIPTION_FILTER], &resources);
    let roles: Vec<String> = filters().filter_map(|filter| filter.role.clone()).collect();
    grants.pass_roles("logs.amazonaws.com", &roles);
}
