//! What buckets need.

use super::{Spec, api, arn};
use crate::contract::{Grants, Needs};
use crate::model::Node;

pub(super) fn needs(cx: &Needs<'_>, buckets: &[(&Node, Spec)], grants: &mut Grants) {
    if cx.lists_everything {
        grants.calls(&[&api::LIST_ALL_MY_BUCKETS], &[]);
    }
    for (node, spec) in buckets {
        let bucket = [arn(cx.scope, &node.name)];
        grants.calls(
            &[
                &api::GET_BUCKET_TAGGING,
                &api::GET_BUCKET_OBJECT_LOCK_CONFIGURATION,
                &api::GET_BUCKET_OWNERSHIP_CONTROLS,
                &api::GET_BUCKET_POLICY,
                &api::GET_BUCKET_PUBLIC_ACCESS_BLOCK,
                &api::GET_BUCKET_VERSIONING,
                &api::GET_ENCRYPTION_CONFIGURATION,
                &api::GET_LIFECYCLE_CONFIGURATION,
                &api::GET_BUCKET_NOTIFICATION,
                // A plan says what goes with what it deletes.
                &api::LIST_BUCKET_VERSIONS,
            ],
            &bucket,
        );
        if cx.purpose.creates() {
            grants.calls(
                &[
                    &api::CREATE_BUCKET,
                    &api::DELETE_BUCKET_POLICY,
                    &api::PUT_BUCKET_OWNERSHIP_CONTROLS,
                    &api::PUT_BUCKET_POLICY,
                    &api::PUT_BUCKET_PUBLIC_ACCESS_BLOCK,
                    &api::PUT_BUCKET_TAGGING,
                    &api::PUT_BUCKET_VERSIONING,
                    &api::PUT_ENCRYPTION_CONFIGURATION,
                    &api::PUT_LIFECYCLE_CONFIGURATION,
                    &api::PUT_BUCKET_NOTIFICATION,
                ],
                &bucket,
            );
            // A create call that has tags, or a lock, is checked for these too (S3 API Reference, CreateBucket).
            grants.allow(&["s3:TagResource"], &bucket);
            if spec.object_lock {
                grants.allow(&["s3:PutBucketObjectLockConfiguration"], &bucket);
            }
        }
        if cx.releases(node) {
            grants.calls(&[&api::PUT_BUCKET_TAGGING], &bucket);
        }
        if cx.purpose.deletes() {
            grants.calls(&[&api::DELETE_BUCKET], &bucket);
            if cx.empties {
                let objects = [format!("{}/*", arn(cx.scope, &node.name))];
                grants.calls(&[&api::DELETE_OBJECT_VERSION], &objects);
                grants.allow(&["s3:DeleteObject"], &objects);
            }
        }
    }
}
