//! A bucket in the words of a file.

use serde_json::{Map, Value, json};

use super::{Encryption, LifecycleRule, PublicAccessBlock, Spec};
use crate::contract::Writing;
use crate::contract::restated::differing;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    let word = match spec.encryption.known() {
        Some(Encryption::S3) => None,
        // With a key it is what a file means.
        Some(Encryption::Kms) => spec.kms_key.is_none().then_some("kms"),
        Some(Encryption::KmsTwice) => Some("kms-dsse"),
        None => Some(spec.encryption.as_str()),
    };
    file.take("encryption");
    file.put("encryption", word);
    file.take("bucket_key");
    if spec.bucket_key != spec.encryption.is(Encryption::Kms) {
        file.put("bucket_key", spec.bucket_key);
    }
    // Objects that can be locked have versions.
    if spec.object_lock {
        file.take("versioning");
    }
    if let Some(block) = file.take("public_access_block") {
        let is_off = spec.public_access_block == PublicAccessBlock::of(false);
        let parts = Value::Object(differing(&block, &PublicAccessBlock::ALL));
        file.put("public_access_block", if is_off { Value::Bool(false) } else { parts });
    }
    let lifecycle: Map<String, Value> = spec.lifecycle.iter().map(|(id, one)| (id.clone(), rule(one))).collect();
    if !lifecycle.is_empty() {
        file.put("lifecycle", lifecycle);
    }
}

fn rule(rule: &LifecycleRule) -> Value {
    let nothing = json!({
        "enabled": true, "prefix": "", "object_tags": {}, "transitions": [], "expired_delete_markers": false,
        "noncurrent_transitions": [],
    });
    let mut fields = differing(rule, &nothing);
    for field in ["noncurrent_transitions", "noncurrent_expiration"] {
        match fields.get_mut(field) {
            Some(Value::Array(all)) => all.iter_mut().for_each(after),
            Some(one) => after(one),
            None => {}
        }
    }
    fields.into()
}

fn after(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        let days = fields.remove("after_days");
        fields.extend(days.map(|days| ("after".to_owned(), days)));
    }
}
