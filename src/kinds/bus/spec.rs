//! The normal form of an event bus.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;
use crate::model::policy;

/// Normal form of an event bus. Its default is AWS's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text.
    pub description: String,
    /// Encryption key; none stands for AWS's own.
    pub kms_key: Option<String>,
    /// ARN of the queue for events that could not be decrypted.
    pub dead_letter: Option<String>,
    /// Access policy; a new bus has none.
    pub policy: Option<Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { description: _, kms_key, dead_letter, policy: document, tags: _ } = spec;
    kms_key.take_if(|key| key.is_empty());
    dead_letter.take_if(|queue| queue.is_empty());
    *document = document.take().map(policy::normalize);
}
