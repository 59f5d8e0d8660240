//! What carries the members of AWS's requests on buckets.

use super::{Encryption, ObjectOwnership, StorageClass};
use crate::aws::Member;
use crate::source::word::Words;

const OWNER: Member = Member::made("ExpectedBucketOwner", "the account: a bucket of that name of another one is not changed");
const MD5: Member = Member::left("ContentMD5", "the SDK sends a checksum");
const CHECKSUM: Member = Member::left("ChecksumAlgorithm", "the SDK chooses it");
const NO_ACLS: &str = "ACLs: a bucket whose owner owns all objects has none, and policies say the same";

pub(super) const CREATE_BUCKET_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    Member::left("ACL", NO_ACLS),
    Member::made("CreateBucketConfiguration.LocationConstraint", "the stack's region, but us-east-1, which S3 takes for granted"),
    Member::left("CreateBucketConfiguration.Location", "directory buckets are no general ones"),
    Member::left("CreateBucketConfiguration.Bucket", "directory buckets are no general ones"),
    Member::made("CreateBucketConfiguration.Tags", "the stack's tags and the mark"),
    Member::left("GrantFullControl", NO_ACLS),
    Member::left("GrantRead", NO_ACLS),
    Member::left("GrantReadACP", NO_ACLS),
    Member::left("GrantWrite", NO_ACLS),
    Member::left("GrantWriteACP", NO_ACLS),
    Member::field("ObjectLockEnabledForBucket", "object_lock"),
    Member::field("ObjectOwnership", "object_ownership").words(ObjectOwnership::SPELLINGS).refused("E611"),
    Member::left("BucketNamespace", "names of the account's own region have a form that no pattern of names makes"),
];

pub(super) const PUT_BUCKET_OWNERSHIP_CONTROLS_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    OWNER,
    Member::field("OwnershipControls.Rules[].ObjectOwnership", "object_ownership").words(ObjectOwnership::SPELLINGS).refused("E611"),
    CHECKSUM,
];

pub(super) const PUT_BUCKET_PUBLIC_ACCESS_BLOCK_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    CHECKSUM,
    Member::field("PublicAccessBlockConfiguration.BlockPublicAcls", "public_access_block.block_public_acls"),
    Member::field("PublicAccessBlockConfiguration.IgnorePublicAcls", "public_access_block.ignore_public_acls"),
    Member::field("PublicAccessBlockConfiguration.BlockPublicPolicy", "public_access_block.block_public_policy"),
    Member::field("PublicAccessBlockConfiguration.RestrictPublicBuckets", "public_access_block.restrict_public_buckets"),
    OWNER,
];

pub(super) const PUT_ENCRYPTION_CONFIGURATION_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    CHECKSUM,
    Member::field("ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm", "encryption")
        .words(Encryption::SPELLINGS)
        .refused("E612"),
    Member::field("ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID", "kms_key"),
    Member::field("ServerSideEncryptionConfiguration.Rules[].BucketKeyEnabled", "bucket_key"),
    Member::left(
        "ServerSideEncryptionConfiguration.Rules[].BlockedEncryptionTypes",
        "S3 refuses keys of the caller's (SSE-C) in new buckets by itself",
    ),
    OWNER,
];

pub(super) const PUT_BUCKET_VERSIONING_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    CHECKSUM,
    Member::left("MFA", "only the account's root can give it"),
    Member::left("VersioningConfiguration.MFADelete", "only the account's root can set it"),
    Member::field("VersioningConfiguration.Status", "versioning").words(&["Enabled", "Suspended"]),
    OWNER,
];

pub(super) const PUT_LIFECYCLE_CONFIGURATION_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    CHECKSUM,
    Member::field("LifecycleConfiguration.Rules[].Expiration.Date", "lifecycle.*.expiration"),
    Member::field("LifecycleConfiguration.Rules[].Expiration.Days", "lifecycle.*.expiration"),
    Member::field("LifecycleConfiguration.Rules[].Expiration.ExpiredObjectDeleteMarker", "lifecycle.*.expired_delete_markers"),
    Member::field("LifecycleConfiguration.Rules[].ID", "lifecycle"),
    Member::left("LifecycleConfiguration.Rules[].Prefix", "the filter says it since 2016; one of old is read as one"),
    Member::field("LifecycleConfiguration.Rules[].Filter.Prefix", "lifecycle.*.prefix"),
    Member::field("LifecycleConfiguration.Rules[].Filter.Tag.Key", "lifecycle.*.object_tags").length(1, 128),
    Member::field("LifecycleConfiguration.Rules[].Filter.Tag.Value", "lifecycle.*.object_tags.*"),
    Member::field("LifecycleConfiguration.Rules[].Filter.ObjectSizeGreaterThan", "lifecycle.*.larger_than"),
    Member::field("LifecycleConfiguration.Rules[].Filter.ObjectSizeLessThan", "lifecycle.*.smaller_than"),
    Member::field("LifecycleConfiguration.Rules[].Filter.And.Prefix", "lifecycle.*.prefix"),
    Member::field("LifecycleConfiguration.Rules[].Filter.And.Tags[].Key", "lifecycle.*.object_tags").length(1, 128),
    Member::field("LifecycleConfiguration.Rules[].Filter.And.Tags[].Value", "lifecycle.*.object_tags.*"),
    Member::field("LifecycleConfiguration.Rules[].Filter.And.ObjectSizeGreaterThan", "lifecycle.*.larger_than"),
    Member::field("LifecycleConfiguration.Rules[].Filter.And.ObjectSizeLessThan", "lifecycle.*.smaller_than"),
    Member::field("LifecycleConfiguration.Rules[].Status", "lifecycle.*.enabled").words(&["Disabled", "Enabled"]),
    Member::field("LifecycleConfiguration.Rules[].Transitions[].Date", "lifecycle.*.transitions.*.after"),
    Member::field("LifecycleConfiguration.Rules[].Transitions[].Days", "lifecycle.*.transitions.*.after"),
    Member::field("LifecycleConfiguration.Rules[].Transitions[].StorageClass", "lifecycle.*.transitions.*.storage_class")
        .words(StorageClass::SPELLINGS)
        .refused("E615"),
    Member::field(
        "LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].NoncurrentDays",
        "lifecycle.*.noncurrent_transitions.*.after_days",
    ),
    Member::field(
        "LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].StorageClass",
        "lifecycle.*.noncurrent_transitions.*.storage_class",
    )
    .words(StorageClass::SPELLINGS)
    .refused("E615"),
    Member::field(
        "LifecycleConfiguration.Rules[].NoncurrentVersionTransitions[].NewerNoncurrentVersions",
        "lifecycle.*.noncurrent_transitions.*.newer_versions",
    ),
    Member::field(
        "LifecycleConfiguration.Rules[].NoncurrentVersionExpiration.NoncurrentDays",
        "lifecycle.*.noncurrent_expiration.after_days",
    ),
    Member::field(
        "LifecycleConfiguration.Rules[].NoncurrentVersionExpiration.NewerNoncurrentVersions",
        "lifecycle.*.noncurrent_expiration.newer_versions",
    ),
    Member::field(
        "LifecycleConfiguration.Rules[].AbortIncompleteMultipartUpload.DaysAfterInitiation",
        "lifecycle.*.abort_incomplete_multipart_upload",
    ),
    OWNER,
    Member::made("TransitionDefaultMinimumObjectSize", "what the bucket has"),
];

const OF_OTHERS: &str = "what the document held: notifications are parts of what they start";

pub(super) const PUT_BUCKET_NOTIFICATION_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    Member::made("NotificationConfiguration.TopicConfigurations", OF_OTHERS),
    Member::made("NotificationConfiguration.QueueConfigurations", OF_OTHERS),
    Member::made("NotificationConfiguration.LambdaFunctionConfigurations", OF_OTHERS),
    Member::field("NotificationConfiguration.EventBridgeConfiguration", "eventbridge"),
    OWNER,
    Member::made("SkipDestinationValidation", "true where S3 refuses nothing but destinations of others"),
];

pub(super) const PUT_BUCKET_POLICY_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    CHECKSUM,
    Member::left("ConfirmRemoveSelfBucketAccess", "a policy that shuts its writer out is no desired state"),
    Member::field("Policy", "policy"),
    OWNER,
];

pub(super) const PUT_BUCKET_TAGGING_MEMBERS: &[Member] = &[
    Member::name("Bucket"),
    MD5,
    CHECKSUM,
    Member::field("Tagging.TagSet[].Key", "tags").length(1, 128),
    Member::field("Tagging.TagSet[].Value", "tags.*"),
    OWNER,
];
