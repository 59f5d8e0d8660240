//! What tables need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, tables: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_TABLES], &[]);
    }
    for (node, spec) in tables {
        let table = [arn(cx.scope, &node.name)];
        let reads = [&api::DESCRIBE_TABLE, &api::DESCRIBE_TIME_TO_LIVE, &api::DESCRIBE_CONTINUOUS_BACKUPS];
        grants.calls(&reads, &table);
        grants.calls(&[&api::LIST_TAGS_OF_RESOURCE, &api::GET_RESOURCE_POLICY], &table);
        if cx.purpose.creates() {
            grants.calls(&[&api::CREATE_TABLE, &api::UPDATE_TABLE, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE], &table);
            grants.calls(&[&api::UPDATE_TIME_TO_LIVE, &api::UPDATE_CONTINUOUS_BACKUPS], &table);
            grants.calls(&[if spec.policy.is_some() { &api::PUT_RESOURCE_POLICY } else { &api::DELETE_RESOURCE_POLICY }], &table);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &table);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_TABLE], &table);
        }
    }
}
