//! The least IAM policy that the deployer of a stack needs, calculated from what the stack asks for.
//!
//! What a call needs stands in [`needs`], a function a kind; [`grants`] gathers it and writes as few
//! statements as say the same. Nothing here asks AWS: the account is part of the scope.

use clap::ValueEnum;
use serde_json::Value;

use crate::model::{Desired, Scope};

mod function;
mod grants;
mod needs;
pub mod operations;

use grants::Grants;

/// Largest managed policy in characters, white space not counted (IAM and STS quotas).
pub const LARGEST_MANAGED_POLICY: usize = 6_144;
/// The same of all inline policies of a role together.
pub const LARGEST_INLINE_POLICY: usize = 10_240;

/// What the policy is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Reading what is there
    Plan,
    /// Reading, creating, changing, and deleting what was taken out of the files
    #[default]
    Apply,
    /// Reading and deleting
    Destroy,
}

impl Purpose {
    fn creates(self) -> bool {
        self == Purpose::Apply
    }

    fn deletes(self) -> bool {
        self != Purpose::Plan
    }
}

/// One policy for all of these stacks. `lists_everything` is how a local AWS is read.
pub fn policy<'a>(stacks: impl Iterator<Item = (&'a Scope, &'a Desired)>, purpose: Purpose, lists_everything: bool) -> Value {
    let mut grants = Grants::default();
    for (scope, desired) in stacks {
        needs::of_stack(scope, desired, purpose, lists_everything, &mut grants);
    }
    grants.policy()
}

/// Characters that AWS counts of a policy.
pub fn size(policy: &Value) -> usize {
    // The shortest JSON text has no white space but what stands in strings.
    policy.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use crate::aws::api;
    use crate::kinds::{function, log_group, registry};

    /// An operation that is added to a kind and not to the tables here would be refused to everybody
    /// who deploys with the printed policy.
    #[test]
    fn every_operation_is_in_the_tables() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/permissions");
        let files = ["needs.rs", "function.rs"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
        let named: BTreeSet<String> =
            files.iter().flat_map(|text| text.match_indices("api::").map(|(at, _)| word(&text[at + 5..]))).collect();
        // `invoke` and `logs` are neither plan nor apply nor destroy.
        let others = [function::api::INVOKE_FUNCTION.iam, log_group::api::FILTER_LOG_EVENTS.iam];
        let all = registry().iter().flat_map(|driver| driver.api()).chain(api::ALL);
        let missing: Vec<&str> =
            all.map(|op| op.iam).filter(|iam| !others.contains(iam)).filter(|iam| !named.contains(&constant(iam))).collect();
        assert!(named.len() > 50 && missing.is_empty(), "in no table of src/permissions: {missing:?}");
    }

    fn word(text: &str) -> String {
        text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    }

    /// `CREATE_TOPIC` of `sns:CreateTopic`.
    fn constant(iam: &str) -> String {
        let name = iam.split(':').next_back().unwrap_or_default();
        let mut text = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.push(c.to_ascii_uppercase());
        }
        text
    }
}
