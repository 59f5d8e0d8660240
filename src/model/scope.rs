//! Where a stack lives, and the ARNs that follow from it before anything exists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tag that names the stack a resource belongs to.
pub const STACK_TAG: &str = "etlctl:stack";
/// Tag that names the environment a resource belongs to.
pub const ENV_TAG: &str = "etlctl:env";
/// Prefix of the tags that etlctl keeps for itself; users cannot set them.
pub const OWN_TAG_PREFIX: &str = "etlctl:";

/// Partition, account, region, stack and environment of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Twelve digits.
    pub account: String,
    /// Region of every resource of the stack.
    pub region: String,
    /// Name of the stack.
    pub stack: String,
    /// Name of the environment.
    pub env: String,
}

/// The partition a region belongs to, by the region's prefix
/// (AWS General Reference, "Amazon Resource Names").
pub fn partition_of(region: &str) -> &'static str {
    match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        r if r.starts_with("us-iso-") => "aws-iso",
        r if r.starts_with("us-isob-") => "aws-iso-b",
        _ => "aws",
    }
}

impl Scope {
    /// `arn:<partition>:<service>:<region>:<account>:<rest>`.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }

    /// ARN of a role under `path`, which begins and ends with `/`.
    pub fn role_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.account)
    }

    /// ARN of a managed policy: what is no ARN yet is one of AWS's own.
    pub fn managed_policy_arn(&self, policy: &str) -> String {
        if policy.starts_with("arn:") { policy.to_owned() } else { format!("arn:{}:iam::aws:policy/{policy}", self.partition) }
    }

    /// The IAM path that this stack's roles carry, so that one ListRoles finds them.
    pub fn role_path(&self) -> String {
        format!("/etlctl/{}/{}/", self.stack, self.env)
    }

    /// The tags that mark a resource as this stack's.
    pub fn mark(&self) -> [(String, String); 2] {
        [(STACK_TAG.to_owned(), self.stack.clone()), (ENV_TAG.to_owned(), self.env.clone())]
    }

    /// User tags with the mark added: what a create call sends.
    pub fn marked(&self, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = tags.clone();
        all.extend(self.mark());
        all
    }
}
