//! The normal form of a bucket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::When;
use crate::contract::tags::Tags;
use crate::model::policy;
use crate::source::word::{Word, words};

words! {
    /// How S3 encrypts what is put without saying how.
    Encryption {
        /// With keys of S3's own.
        S3 = "AES256",
        /// With a key of KMS.
        Kms = "aws:kms",
        /// Twice, with a key of KMS.
        KmsTwice = "aws:kms:dsse",
    }
}

words! {
    /// Whose an object is that another account puts.
    ObjectOwnership {
        /// The bucket owner's; there are no ACLs.
        BucketOwnerEnforced = "BucketOwnerEnforced",
        /// The bucket owner's where the put says `bucket-owner-full-control`.
        BucketOwnerPreferred = "BucketOwnerPreferred",
        /// Who put it.
        ObjectWriter = "ObjectWriter",
    }
}

words! {
    /// Where objects move.
    StorageClass {
        /// Glacier Deep Archive.
        DeepArchive = "DEEP_ARCHIVE",
        /// Glacier Flexible Retrieval.
        Glacier = "GLACIER",
        /// Glacier Instant Retrieval.
        GlacierIr = "GLACIER_IR",
        /// S3 moves them by how they are used.
        IntelligentTiering = "INTELLIGENT_TIERING",
        /// Infrequent access, in one zone.
        OnezoneIa = "ONEZONE_IA",
        /// Infrequent access.
        StandardIa = "STANDARD_IA",
    }
}

/// Normal form of a bucket. Its default is that of a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Whether objects can be locked; it is made with or without.
    pub object_lock: bool,
    /// Whose objects are.
    pub object_ownership: Word<ObjectOwnership>,
    /// What is public is refused.
    pub public_access_block: PublicAccessBlock,
    /// How objects are encrypted.
    pub encryption: Word<Encryption>,
    /// The key of KMS; none stands for AWS's own.
    pub kms_key: Option<String>,
    /// Whether a key of the bucket's spares calls of KMS.
    pub bucket_key: bool,
    /// Whether versions are kept. One that was on is suspended, and S3 tells a bucket that never had any apart.
    pub versioning: bool,
    /// What becomes of objects as they grow old, by the rule's id.
    pub lifecycle: BTreeMap<String, LifecycleRule>,
    /// Who may do what.
    pub policy: Option<Value>,
    /// Whether what happens is told EventBridge.
    pub eventbridge: bool,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            object_lock: false,
            object_ownership: ObjectOwnership::BucketOwnerEnforced.into(),
            public_access_block: PublicAccessBlock::ALL,
            encryption: Encryption::S3.into(),
            kms_key: None,
            bucket_key: false,
            versioning: false,
            lifecycle: BTreeMap::new(),
            policy: None,
            eventbridge: false,
            tags: Tags::new(),
        }
    }
}

/// What of public access is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// ACLs that make public are refused.
    pub block_public_acls: bool,
    /// ACLs that make public count for nothing.
    pub ignore_public_acls: bool,
    /// Policies that make public are refused.
    pub block_public_policy: bool,
    /// With a policy that makes public, only AWS and the owner's account get in.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four, as S3 gives them to new buckets.
    pub const ALL: Self = Self::of(true);

    /// All four, or none.
    pub const fn of(on: bool) -> Self {
        Self { block_public_acls: on, ignore_public_acls: on, block_public_policy: on, restrict_public_buckets: on }
    }
}

/// What becomes of objects as they grow old.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LifecycleRule {
    /// Whether it acts.
    pub enabled: bool,
    /// What keys begin with; empty stands for all.
    pub prefix: String,
    /// Tags that an object has, all of them.
    pub object_tags: BTreeMap<String, String>,
    /// Objects of more bytes than these.
    pub larger_than: Option<i64>,
    /// Objects of fewer bytes than these.
    pub smaller_than: Option<i64>,
    /// Where objects move, the first first.
    pub transitions: Vec<Transition>,
    /// When objects expire.
    pub expiration: Option<When>,
    /// Whether delete markers go that hide nothing any more.
    pub expired_delete_markers: bool,
    /// Where versions move that are not the newest.
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
    /// When they go.
    pub noncurrent_expiration: Option<NoncurrentExpiration>,
    /// Days after which an upload goes that was never finished.
    pub abort_incomplete_multipart_upload: Option<i32>,
}

/// A move of objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub after: When,
    /// Where to.
    pub storage_class: Word<StorageClass>,
}

/// A move of versions that are not the newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoncurrentTransition {
    /// Days since there is a newer one.
    pub after_days: i32,
    /// Where to.
    pub storage_class: Word<StorageClass>,
    /// So many of them stay where they are.
    pub newer_versions: Option<i32>,
}

/// The end of versions that are not the newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoncurrentExpiration {
    /// Days since there is a newer one.
    pub after_days: i32,
    /// So many of them are kept.
    pub newer_versions: Option<i32>,
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { object_lock, encryption, kms_key, bucket_key, versioning, lifecycle, policy: document, .. } = spec;
    // S3 gives versions to every bucket whose objects can be locked.
    *versioning |= *object_lock;
    kms_key.take_if(|key| key.is_empty());
    if encryption.is(Encryption::S3) {
        // S3 keeps the word and does nothing by it.
        *bucket_key = false;
    }
    for rule in lifecycle.values_mut() {
        rule.transitions.sort_by(|a, b| (&a.after, &a.storage_class).cmp(&(&b.after, &b.storage_class)));
        rule.noncurrent_transitions.sort_by(|a, b| (a.after_days, &a.storage_class).cmp(&(b.after_days, &b.storage_class)));
    }
    *document = document.take().map(policy::normalize);
}

/// Documents that mean the same have the words of the files.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    if let (Some(want), Some(have)) = (&want.policy, &mut have.policy) {
        policy::align(want, have);
    }
}
