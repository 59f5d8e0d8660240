//! Where a stack lives, and the ARNs that follow from it before anything exists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Account;
use super::mark::{ENV_TAG, INSTANCE_TAG, REGION_TAG, Reach, STACK_TAG};

/// The path above those of all stacks' roles.
pub const ROLE_PATH: &str = "/etlctl/";

/// Partition, account, region, stack, environment and instance of one run: whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Whose it is.
    pub account: Account,
    /// Region of every resource of the stack.
    pub region: String,
    /// Name of the stack.
    pub stack: String,
    /// Name of the environment.
    pub env: String,
    /// Name of the instance: what lets pull requests and people deploy one environment side by side.
    pub instance: String,
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

    /// ARN of a managed policy of the account's own.
    pub fn policy_arn(&self, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:policy{path}{name}", self.partition, self.account)
    }

    /// ARN of a managed policy: what is no ARN yet is one of AWS's own.
    pub fn managed_policy_arn(&self, policy: &str) -> String {
        if policy.starts_with("arn:") { policy.to_owned() } else { format!("arn:{}:iam::aws:policy/{policy}", self.partition) }
    }

    /// The IAM path that this stack's roles carry, so that one ListRoles finds them.
    pub fn role_path(&self) -> String {
        format!("{ROLE_PATH}{}/{}/", self.stack, self.env)
    }

    /// The tags that mark a resource as this instance's.
    pub fn mark(&self, reach: Reach) -> BTreeMap<String, String> {
        let mut mark: BTreeMap<String, String> =
            [(STACK_TAG, &self.stack), (ENV_TAG, &self.env), (INSTANCE_TAG, &self.instance)].map(|(k, v)| (k.to_owned(), v.clone())).into();
        if reach == Reach::Account {
            mark.insert(REGION_TAG.to_owned(), self.region.clone());
        }
        mark
    }

    /// User tags with the mark added: what a create call sends.
    pub fn marked(&self, reach: Reach, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = tags.clone();
        all.extend(self.mark(reach));
        all
    }
}
