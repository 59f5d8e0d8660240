//! What alarms need.

use super::{Spec, api};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, alarms: &[(&Node, Spec)], grants: &mut Grants) {
    // However few are asked for, this is checked against all alarms of the region.
    if cx.lists_everything || !alarms.is_empty() {
        grants.calls(&[&api::DESCRIBE_ALARMS], &[cx.scope.arn("cloudwatch", "alarm:*")]);
    }
    for (node, _) in alarms {
        let arn = [cx.scope.arn("cloudwatch", &format!("alarm:{}", node.name))];
        grants.calls(&[&api::LIST_TAGS_FOR_RESOURCE], &arn);
        if cx.purpose.creates() {
            // PutMetricAlarm with tags asks for TagResource too.
            grants.calls(&[&api::PUT_METRIC_ALARM, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &arn);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_ALARMS], &arn);
        }
    }
}
