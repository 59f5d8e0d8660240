//! What state machines need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, machines: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_STATE_MACHINES], &[]);
        grants.calls(&[&api::LIST_TAGS_FOR_RESOURCE], &[arn(cx.scope, "*")]);
    }
    for (node, spec) in machines {
        let arn = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::DESCRIBE_STATE_MACHINE, &api::LIST_TAGS_FOR_RESOURCE], &arn);
        // What runs is counted before a machine goes, and a plan shows it.
        grants.calls(&[&api::LIST_EXECUTIONS], &arn);
        // The definition comes with the deployer's rights on its key.
        let key: Vec<String> = spec.key_arn(cx.scope).into_iter().filter(|key| key.starts_with("arn:")).collect();
        grants.allow(&["kms:Decrypt"], &key);
        if cx.purpose.creates() {
            let calls = [&api::CREATE_STATE_MACHINE, &api::UPDATE_STATE_MACHINE, &api::TAG_RESOURCE, &api::UNTAG_RESOURCE];
            grants.calls(&calls, &arn);
            grants.pass_roles("states.amazonaws.com", std::slice::from_ref(&spec.role));
            grants.allow(&["kms:DescribeKey", "kms:GenerateDataKey"], &key);
        }
        if cx.releases(node) {
            grants.calls(&[&api::UNTAG_RESOURCE], &arn);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_STATE_MACHINE], &arn);
        }
    }
}
