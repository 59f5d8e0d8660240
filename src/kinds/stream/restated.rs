//! A stream in the words of a file.

use super::Spec;
use super::spec::StreamMode;
use crate::contract::Writing;

const HOUR: i32 = 3_600;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.take("mode");
    // With shards it is what a file means.
    if spec.mode.is(StreamMode::Provisioned) && spec.shards.is_none() {
        file.put("mode", "provisioned");
    }
    if file.take("retention").is_some() {
        file.put("retention", spec.retention.saturating_mul(HOUR));
    }
}
