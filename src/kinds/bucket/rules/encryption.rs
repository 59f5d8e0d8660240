//! Encryption of buckets.

use super::super::{Bucket, Encryption};
use crate::contract::{Findings, Kind, View};
use crate::model::reference::is_known;

pub(super) fn other_key(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        let spec = &bucket.spec;
        let with_s3 = spec.encryption.is(Encryption::S3);
        if with_s3 && spec.kms_key.is_some() {
            let place = cx.key_place(Bucket::SECTION, &bucket.key, &[], "kms_key");
            out.add(place, &bucket.address, "`kms_key` goes with `encryption: kms`, and this bucket has keys of S3's own");
        }
        if spec.bucket_key && !spec.encryption.is(Encryption::Kms) && spec.encryption.known().is_some() {
            let place = cx.key_place(Bucket::SECTION, &bucket.key, &[], "bucket_key");
            let fix = if with_s3 { None } else { Some("take `bucket_key` out, or write `encryption: kms`".to_owned()) };
            out.add_with(place, &bucket.address, "`bucket_key` goes with `encryption: kms` alone", fix);
        }
    }
}

pub(super) fn no_arn(cx: &View<'_>, out: &mut Findings<'_>) {
    for bucket in cx.all::<Bucket>() {
        if let Some(key) = bucket.spec.kms_key.as_deref().filter(|key| is_known(key) && !key.starts_with("arn:")) {
            let place = cx.place(Bucket::SECTION, &bucket.key, &["kms_key"]);
            out.add(place, &bucket.address, format!("`{key}` is looked up in the account of whoever puts an object"));
        }
    }
}
