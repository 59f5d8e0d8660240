//! Triggers by what happens in a bucket: an entry among its notifications each.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Started, Target, TriggerFile};
use crate::contract::Expand;

/// What happens in a bucket.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketTriggerFile {
    /// Key of a bucket of this file, or the name of any.
    pub bucket: String,
}

/// An entry among the notifications of a bucket.
#[derive(Debug, Clone)]
pub struct Notification {
    /// Name of the bucket.
    pub bucket: String,
}

pub(super) fn expand(_cx: &mut Expand<'_>, _target: &Target<'_>, _files: &[TriggerFile], _started: &mut Started) {}
