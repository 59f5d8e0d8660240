//! The normal form of a role.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;
use crate::model::policy;

/// Normal form of a role. Its default is AWS's, and Lambda may assume it: AWS itself lets nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// IAM path; an adopted role keeps the one it has.
    pub path: String,
    /// Free text.
    pub description: String,
    /// Who may assume the role.
    pub trust_policy: Value,
    /// Seconds.
    pub max_session: i32,
    /// ARN of the boundary.
    pub permissions_boundary: Option<String>,
    /// ARNs of attached policies.
    pub managed_policies: BTreeSet<String>,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            description: String::new(),
            trust_policy: policy::trust(&["lambda.amazonaws.com"]),
            max_session: 3600,
            permissions_boundary: None,
            managed_policies: BTreeSet::new(),
            policies: BTreeMap::new(),
            tags: Tags::new(),
        }
    }
}
