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

impl Default for Spec {
    fn default() -> Self {
        Self { retention_days: None, class: LogGroupClass::Standard.into(), kms_key: None, tags: Tags::new() }
    }
}
