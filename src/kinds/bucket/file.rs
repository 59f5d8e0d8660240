//! Buckets as files write them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::age::{Age, Days};
use super::spec::{NoncurrentExpiration, NoncurrentTransition, Transition};
use super::{Bucket, Encryption, LifecycleRule, ObjectOwnership, PublicAccessBlock, Spec, StorageClass};
use crate::contract::{Expand, Kind, guard};
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, Int, Number, OnRemove, Text, texts};
use crate::source::word::Word;

/// A bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketFile {
    /// Physical name: 3 to 63 small letters, digits, `-` and `.`, one in all accounts.
    pub name: Option<String>,
    /// `sse-s3` (the default), `kms`, or `kms-dsse`.
    pub encryption: Option<String>,
    /// ARN of a KMS key; with `kms` and without it AWS's own key is used.
    pub kms_key: Option<String>,
    /// With a KMS key: whether a key of the bucket's spares most calls of KMS. `true` where nothing is said.
    pub bucket_key: Option<Flag>,
    /// Whether S3 keeps the versions of objects.
    pub versioning: Option<Flag>,
    /// Whether objects can be locked against deletion; the bucket is made with or without, and with it keeps versions.
    #[serde(default)]
    pub object_lock: Flag,
    /// `true` (the default) refuses all that is public, `false` nothing, a mapping says which.
    #[serde(default)]
    pub public_access_block: PublicAccess,
    /// `BucketOwnerEnforced` (the default), `BucketOwnerPreferred` or `ObjectWriter`.
    pub object_ownership: Option<Word<ObjectOwnership>>,
    /// What becomes of objects as they grow old, by the rule's id.
    #[serde(default)]
    pub lifecycle: BTreeMap<String, LifecycleFile>,
    /// Access policy.
    pub policy: Option<PolicyFile>,
    /// Whether what happens in it is told EventBridge.
    #[serde(default)]
    pub eventbridge: Flag,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// What of public access is refused: all, nothing, or what a mapping says.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum PublicAccess {
    /// All of it, or nothing.
    All(bool),
    /// What is said; what is not said is refused.
    Some(PublicAccessFile),
}

/// What of public access is refused; each is where nothing is said.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicAccessFile {
    /// ACLs that make public are refused.
    pub block_public_acls: Option<Flag>,
    /// ACLs that make public count for nothing.
    pub ignore_public_acls: Option<Flag>,
    /// Policies that make public are refused.
    pub block_public_policy: Option<Flag>,
    /// With a policy that makes public, only AWS and the owner's account get in.
    pub restrict_public_buckets: Option<Flag>,
}

/// What becomes of objects as they grow old.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleFile {
    /// Whether it acts; `true` where nothing is said.
    pub enabled: Option<Flag>,
    /// What keys begin with; all where nothing is said.
    #[serde(default)]
    pub prefix: String,
    /// Tags that an object has, all of them.
    #[serde(default)]
    pub object_tags: BTreeMap<String, Text>,
    /// Objects of more bytes than these.
    pub larger_than: Option<Number>,
    /// Objects of fewer bytes than these.
    pub smaller_than: Option<Number>,
    /// Where objects move.
    #[serde(default)]
    pub transitions: Vec<TransitionFile>,
    /// When objects are deleted: `365d` after they came, or from a day on.
    pub expiration: Option<Age>,
    /// Whether delete markers go that hide nothing any more.
    #[serde(default)]
    pub expired_delete_markers: Flag,
    /// Where versions move that are not the newest.
    #[serde(default)]
    pub noncurrent_transitions: Vec<NoncurrentTransitionFile>,
    /// When versions are deleted that are not the newest.
    pub noncurrent_expiration: Option<NoncurrentExpirationFile>,
    /// When an upload is deleted that was never finished.
    pub abort_incomplete_multipart_upload: Option<Days>,
}

/// A move of objects.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionFile {
    /// `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER_IR`, `GLACIER` or `DEEP_ARCHIVE`.
    pub storage_class: Word<StorageClass>,
    /// When: `30d` after they came, or from a day on.
    pub after: Age,
}

/// A move of versions that are not the newest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoncurrentTransitionFile {
    /// As in `transitions`.
    pub storage_class: Word<StorageClass>,
    /// How long there is a newer one: `30d`.
    pub after: Days,
    /// So many of them stay where they are, 1 to 100.
    pub newer_versions: Option<Int>,
}

/// The end of versions that are not the newest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoncurrentExpirationFile {
    /// How long there is a newer one: `30d`.
    pub after: Days,
    /// So many of them are kept, 1 to 100.
    pub newer_versions: Option<Int>,
}

impl Default for PublicAccess {
    fn default() -> Self {
        Self::All(true)
    }
}

impl<'de> Deserialize<'de> for PublicAccess {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = PublicAccess;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, false, or a mapping that says what is refused")
            }

            fn visit_bool<E>(self, all: bool) -> Result<PublicAccess, E> {
                Ok(PublicAccess::All(all))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PublicAccess, E> {
                // What comes from a variable is text.
                text.parse().map(PublicAccess::All).map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PublicAccess, A::Error> {
                PublicAccessFile::deserialize(MapAccessDeserializer::new(map)).map(PublicAccess::Some)
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &BucketFile) {
    let BucketFile {
        name,
        encryption,
        kms_key,
        bucket_key,
        versioning,
        object_lock,
        public_access_block,
        object_ownership,
        lifecycle,
        policy,
        eventbridge,
        protect,
        on_remove,
        tags,
    } = file;
    let aws = Spec::default();
    if object_lock.0 && versioning.is_some_and(|versioning| !versioning.0) {
        let place = cx.place(Bucket::SECTION, key, "versioning");
        let message = format!("buckets.{key}: S3 keeps the versions of a bucket whose objects can be locked, and never suspends it");
        cx.problem(place, message, "take `versioning: false` out, or `object_lock`");
    }
    let encryption: Word<Encryption> = match encryption.as_deref() {
        None if kms_key.is_some() => Encryption::Kms.into(),
        None => aws.encryption,
        Some("sse-s3") => Encryption::S3.into(),
        Some("kms") => Encryption::Kms.into(),
        Some("kms-dsse") => Encryption::KmsTwice.into(),
        // AWS's own words are taken too; a rule tells of the others.
        Some(word) => word.into(),
    };
    let spec = Spec {
        object_lock: object_lock.0,
        object_ownership: object_ownership.clone().unwrap_or(aws.object_ownership),
        public_access_block: block(public_access_block),
        kms_key: kms_key.clone(),
        // Each object would be a call of KMS, which costs and is throttled.
        bucket_key: bucket_key.map_or(encryption.is(Encryption::Kms), |flag| flag.0),
        encryption,
        versioning: object_lock.0 || versioning.map_or(aws.versioning, |flag| flag.0),
        lifecycle: lifecycle.iter().map(|(id, file)| (id.clone(), rule(file))).collect(),
        policy: policy.as_ref().map(PolicyFile::document),
        eventbridge: eventbridge.0,
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(Bucket::SECTION, name.as_ref(), key);
    cx.add::<Bucket>(key, name, &spec);
}

fn block(file: &PublicAccess) -> PublicAccessBlock {
    match file {
        PublicAccess::All(all) => PublicAccessBlock::of(*all),
        PublicAccess::Some(PublicAccessFile { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets }) => {
            let on = |flag: &Option<Flag>| flag.is_none_or(|flag| flag.0);
            PublicAccessBlock {
                block_public_acls: on(block_public_acls),
                ignore_public_acls: on(ignore_public_acls),
                block_public_policy: on(block_public_policy),
                restrict_public_buckets: on(restrict_public_buckets),
            }
        }
    }
}

fn rule(file: &LifecycleFile) -> LifecycleRule {
    let LifecycleFile {
        enabled,
        prefix,
        object_tags,
        larger_than,
        smaller_than,
        transitions,
        expiration,
        expired_delete_markers,
        noncurrent_transitions,
        noncurrent_expiration,
        abort_incomplete_multipart_upload,
    } = file;
    let bytes = |number: &Option<Number>| number.map(|number| number.0 as i64);
    let newer = |number: &Option<Int>| number.map(|number| number.0);
    let moved = |TransitionFile { storage_class, after }: &TransitionFile| Transition {
        after: after.0.clone(),
        storage_class: storage_class.clone(),
    };
    let moved_later = |NoncurrentTransitionFile { storage_class, after, newer_versions }: &NoncurrentTransitionFile| NoncurrentTransition {
        after_days: after.0,
        storage_class: storage_class.clone(),
        newer_versions: newer(newer_versions),
    };
    LifecycleRule {
        enabled: enabled.is_none_or(|flag| flag.0),
        prefix: prefix.clone(),
        object_tags: texts(object_tags),
        larger_than: bytes(larger_than),
        smaller_than: bytes(smaller_than),
        transitions: transitions.iter().map(moved).collect(),
        expiration: expiration.as_ref().map(|age| age.0.clone()),
        expired_delete_markers: expired_delete_markers.0,
        noncurrent_transitions: noncurrent_transitions.iter().map(moved_later).collect(),
        noncurrent_expiration: noncurrent_expiration.as_ref().map(|NoncurrentExpirationFile { after, newer_versions }| {
            NoncurrentExpiration { after_days: after.0, newer_versions: newer(newer_versions) }
        }),
        abort_incomplete_multipart_upload: abort_incomplete_multipart_upload.map(|days| days.0),
    }
}
