//! Operations of AWS on buckets, by the names of the actions that IAM checks: S3's operations have
//! others (Service Authorization Reference, Amazon S3). Taking a part away is checked as setting it.
//! S3 publishes no rates for them.

use super::members;
use crate::aws::op::{Op, operations};
use crate::contract::notifications;

operations! {
    CREATE_BUCKET = Op::writes("s3:CreateBucket").members(members::CREATE_BUCKET_MEMBERS);
    DELETE_BUCKET = Op::writes("s3:DeleteBucket").repeatable();
    DELETE_BUCKET_POLICY = Op::writes("s3:DeleteBucketPolicy").repeatable();
    DELETE_OBJECT_VERSION = Op::writes("s3:DeleteObjectVersion").repeatable();
    GET_BUCKET_NOTIFICATION = notifications::api::GET_BUCKET_NOTIFICATION;
    GET_BUCKET_OBJECT_LOCK_CONFIGURATION = Op::reads("s3:GetBucketObjectLockConfiguration");
    GET_BUCKET_OWNERSHIP_CONTROLS = Op::reads("s3:GetBucketOwnershipControls");
    GET_BUCKET_POLICY = Op::reads("s3:GetBucketPolicy");
    GET_BUCKET_PUBLIC_ACCESS_BLOCK = Op::reads("s3:GetBucketPublicAccessBlock");
    GET_BUCKET_TAGGING = Op::reads("s3:GetBucketTagging");
    GET_BUCKET_VERSIONING = Op::reads("s3:GetBucketVersioning");
    GET_ENCRYPTION_CONFIGURATION = Op::reads("s3:GetEncryptionConfiguration");
    GET_LIFECYCLE_CONFIGURATION = Op::reads("s3:GetLifecycleConfiguration");
    LIST_ALL_MY_BUCKETS = Op::reads("s3:ListAllMyBuckets").anywhere();
    LIST_BUCKET_VERSIONS = Op::reads("s3:ListBucketVersions");
    PUT_BUCKET_NOTIFICATION = notifications::api::PUT_BUCKET_NOTIFICATION.members(members::PUT_BUCKET_NOTIFICATION_MEMBERS);
    PUT_BUCKET_OWNERSHIP_CONTROLS = Op::writes("s3:PutBucketOwnershipControls").repeatable().members(members::PUT_BUCKET_OWNERSHIP_CONTROLS_MEMBERS);
    PUT_BUCKET_POLICY = Op::writes("s3:PutBucketPolicy").repeatable().members(members::PUT_BUCKET_POLICY_MEMBERS);
    PUT_BUCKET_PUBLIC_ACCESS_BLOCK = Op::writes("s3:PutBucketPublicAccessBlock").repeatable().members(members::PUT_BUCKET_PUBLIC_ACCESS_BLOCK_MEMBERS);
    PUT_BUCKET_TAGGING = Op::writes("s3:PutBucketTagging").repeatable().members(members::PUT_BUCKET_TAGGING_MEMBERS);
    PUT_BUCKET_VERSIONING = Op::writes("s3:PutBucketVersioning").repeatable().members(members::PUT_BUCKET_VERSIONING_MEMBERS);
    PUT_ENCRYPTION_CONFIGURATION = Op::writes("s3:PutEncryptionConfiguration").repeatable().members(members::PUT_ENCRYPTION_CONFIGURATION_MEMBERS);
    PUT_LIFECYCLE_CONFIGURATION = Op::writes("s3:PutLifecycleConfiguration").repeatable().members(members::PUT_LIFECYCLE_CONFIGURATION_MEMBERS);
}
