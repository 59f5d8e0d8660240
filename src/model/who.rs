//! Who changed something, as AWS's own record has it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ResourceId;

/// A change in AWS's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Who {
    /// Identity, `user/ci` for one.
    pub who: String,
    /// The operation.
    pub event: String,
    /// When AWS took it, in UTC.
    pub at: String,
    /// From where: an address, or a service of AWS.
    pub from: Option<String>,
}

/// Who changed what a plan changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// What the record says.
    Known {
        /// By resource.
        found: BTreeMap<ResourceId, Who>,
        /// Resources that it does not tell of.
        unknown: Vec<ResourceId>,
    },
    /// It may not be read.
    MayNotBeRead(String),
}
