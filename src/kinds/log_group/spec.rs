//! The normal form of a log group.

use serde::{Deserialize, Serialize};

use crate::contract::tags::Tags;

/// Normal form of a log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Days; none keeps logs for ever.
    pub retention_days: Option<i32>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: String,
    /// ARN of the key.
    pub kms_key: Option<String>,
    /// Tags without the mark.
    pub tags: Tags,
}
