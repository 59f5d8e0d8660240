//! How a bucket is written in its file.

use super::spec::NoncurrentExpiration;
use super::{Encryption, LifecycleRule, Spec};
use crate::contract::written::{DAYS, Form, Row};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("encryption", "encryption", Form::Words(&[("AES256", "sse-s3"), ("aws:kms", "kms"), ("aws:kms:dsse", "kms-dsse")])),
    Row::new("lifecycle.*.expiration", "expiration", DAYS),
    Row::new("lifecycle.*.transitions.[].after", "after", DAYS),
    Row::new("lifecycle.*.noncurrent_transitions.[].after_days", "after", DAYS),
    Row::new("lifecycle.*.noncurrent_expiration.after_days", "after", DAYS),
    Row::new("lifecycle.*.abort_incomplete_multipart_upload", "abort_incomplete_multipart_upload", DAYS),
];

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    let aws = Spec::default();
    Spec {
        // With a key it is what a file means.
        encryption: if want.kms_key.is_some() { Encryption::Kms.into() } else { aws.encryption },
        // The file's own, since each object would else be a call of KMS.
        bucket_key: want.encryption.is(Encryption::Kms),
        versioning: want.object_lock,
        lifecycle: want.lifecycle.iter().map(|(id, rule)| (id.clone(), plain_rule(rule))).collect(),
        ..aws
    }
}

fn plain_rule(want: &LifecycleRule) -> LifecycleRule {
    LifecycleRule {
        enabled: true,
        prefix: String::new(),
        object_tags: Default::default(),
        larger_than: None,
        smaller_than: None,
        transitions: Vec::new(),
        expiration: None,
        expired_delete_markers: false,
        noncurrent_transitions: Vec::new(),
        // AWS takes no days for none.
        noncurrent_expiration: want.noncurrent_expiration.as_ref().map(|_| NoncurrentExpiration { after_days: -1, newer_versions: None }),
        abort_incomplete_multipart_upload: None,
    }
}
