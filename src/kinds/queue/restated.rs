//! A queue in the words of a file.

use serde_json::json;

use super::Spec;
use super::spec::{KEY_REUSE, MAX_RECEIVES};
use crate::contract::Writing;
use crate::contract::restated::word_of;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.take("managed_encryption");
    match (&spec.kms_key, spec.managed_encryption) {
        (Some(key), _) => file.put("encryption", key.as_str()),
        (None, false) => file.put("encryption", "none"),
        (None, true) => {}
    }
    file.take("kms_key");
    if spec.kms_data_key_reuse == Some(KEY_REUSE) {
        file.take("kms_data_key_reuse");
    }
    if let Some(redrive) = &spec.redrive {
        let mut words = json!({"queue": word_of("queues", &redrive.dead_letter)});
        if redrive.max_receives != MAX_RECEIVES {
            words["max_receives"] = redrive.max_receives.into();
        }
        file.put("redrive", words);
    }
    // The ids of entries of ours are their marks: those of others are not ours to write down.
    file.take("notifications");
}
