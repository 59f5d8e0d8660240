//! The normal form of a group of schedules.

use serde::{Deserialize, Serialize};

use crate::contract::tags::Tags;

/// Normal form of a group of schedules: a name and its tags. Its default is AWS's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Tags without the mark.
    pub tags: Tags,
}
