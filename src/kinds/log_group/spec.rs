//! The normal form of a log group.

use serde::{Deserialize, Serialize};

use crate::contract::tags::Tags;
use crate::source::word::{Word, words};

words! {
    /// Class of a log group.
    LogGroupClass {
        /// All that CloudWatch Logs can do.
        Standard = "STANDARD",
        /// Cheaper, with less to look at.
        InfrequentAccess = "INFREQUENT_ACCESS",
        /// On its way to S3 or Firehose.
        Delivery = "DELIVERY",
    }
}

/// Normal form of a log group. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Days; none keeps logs for ever.
    pub retention_days: Option<i32>,
    /// What can be done with it.
    pub class: Word<LogGroupClass>,
    /// ARN of the key.
    pub kms_key: Option<String>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// Days that a group of the class DELIVERY keeps its logs, which nobody can change
/// (docs/aws-facts.md §7).
const DELIVERY_DAYS: i32 = 2;

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    if spec.class.is(LogGroupClass::Delivery) {
        spec.retention_days = Some(DELIVERY_DAYS);
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self { retention_days: None, class: LogGroupClass::Standard.into(), kms_key: None, tags: Tags::new() }
    }
}
