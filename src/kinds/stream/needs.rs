//! What streams need.

use super::spec::StreamMode;
use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, streams: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_STREAMS], &[]);
    }
    for (node, spec) in streams {
        let stream = [arn(cx.scope, &node.name)];
        grants.calls(&[&api::DESCRIBE_STREAM_SUMMARY, &api::LIST_TAGS_FOR_STREAM], &stream);
        if cx.purpose.creates() {
            // CreateStream with tags asks for AddTagsToStream, whatever TagResource allows.
            grants.calls(&[&api::CREATE_STREAM, &api::ADD_TAGS_TO_STREAM, &api::REMOVE_TAGS_FROM_STREAM], &stream);
            grants.calls(&[&api::INCREASE_STREAM_RETENTION_PERIOD, &api::DECREASE_STREAM_RETENTION_PERIOD], &stream);
            grants.calls(&[&api::UPDATE_STREAM_MODE, &api::UPDATE_MAX_RECORD_SIZE], &stream);
            grants.calls(&[&api::ENABLE_ENHANCED_MONITORING, &api::DISABLE_ENHANCED_MONITORING], &stream);
            let is_encrypted = spec.kms_key.is_some();
            grants.calls(&[if is_encrypted { &api::START_STREAM_ENCRYPTION } else { &api::STOP_STREAM_ENCRYPTION }], &stream);
            if spec.mode.is(StreamMode::Provisioned) {
                grants.calls(&[&api::UPDATE_SHARD_COUNT], &stream);
            }
        }
        if cx.releases(node) {
            grants.calls(&[&api::REMOVE_TAGS_FROM_STREAM], &stream);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_STREAM], &stream);
        }
    }
}
