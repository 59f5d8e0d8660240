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
    use std::path::{Path, PathBuf};

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { found.extend(sources(&path)) } else { found.push(path) }
        }
        found
    }

    /// `service:Action` words that stand in quotes in a text, behind `before`.
    fn actions(text: &str, before: &str) -> BTreeSet<String> {
        let quoted = text.match_indices(before).filter_map(|(at, _)| text[at + before.len()..].split('"').next());
        let is_action = |word: &&str| word.split_once(':').is_some_and(|(a, b)| !a.is_empty() && b.starts_with(|c: char| c.is_uppercase()));
        quoted.filter(is_action).map(str::to_owned).collect()
    }

    /// A call that is added to a kind and not to the tables here would be refused to everybody who
    /// deploys with the printed policy.
    #[test]
    fn every_call_of_the_source_is_in_the_tables() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut sent, mut known) = (BTreeSet::new(), BTreeSet::new());
        for path in sources(&src) {
            let text = std::fs::read_to_string(&path).unwrap();
            if path.starts_with(src.join("permissions")) {
                known.extend(actions(&text, "\""));
            } else if !["invoke.rs", "logs.rs"].iter().any(|name| path == src.join("commands").join(name)) {
                // `invoke` and `logs` are neither plan nor apply nor destroy.
                sent.extend(actions(&text, ".send(\""));
            }
        }
        assert!(sent.len() > 50, "the calls were not found: {sent:?}");
        let missing: Vec<_> = sent.difference(&known).collect();
        assert!(missing.is_empty(), "sent and in no table of src/permissions: {missing:?}");
    }
}
