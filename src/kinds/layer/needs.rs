//! What layers need.

use super::{Spec, api};
use crate::aws::api::GET_ACCOUNT_SETTINGS;
use crate::contract::{Grants, Needs, Purpose};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, layers: &[(&Node, Spec)], grants: &mut Grants) {
    grants.calls(&[&api::LIST_LAYERS], &[]);
    if !layers.is_empty() && cx.purpose.creates() {
        cx.staging(grants);
    }
    for (node, _) in layers {
        let name = &node.name;
        grants.calls(&[&api::LIST_LAYER_VERSIONS], &[]);
        grants.calls(&[&api::GET_LAYER_VERSION], &[cx.scope.arn("lambda", &format!("layer:{name}:*"))]);
        if cx.purpose.creates() {
            grants.calls(&[&api::PUBLISH_LAYER_VERSION], &[cx.scope.arn("lambda", &format!("layer:{name}"))]);
        }
        if cx.purpose != Purpose::Destroy {
            grants.calls(&[&GET_ACCOUNT_SETTINGS], &[]);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_LAYER_VERSION], &[cx.scope.arn("lambda", &format!("layer:{name}:*"))]);
        }
    }
}
