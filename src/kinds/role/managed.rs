//! AWS's own managed policies that functions use, as of a day: `managed_policies.json`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::Scope;

/// AWS's managed policies that are known.
#[derive(Debug, Default, Deserialize)]
pub struct Managed {
    /// Statements by path and name.
    pub policies: BTreeMap<String, Vec<ManagedStatement>>,
    /// Names of other policies of AWS's that are one or two letters from one of these.
    pub also_named: Vec<String>,
}

/// A statement of a managed policy; all of them allow.
#[derive(Debug, Deserialize)]
pub struct ManagedStatement {
    /// What it allows.
    #[serde(default)]
    pub actions: Vec<String>,
    /// It allows all but these.
    #[serde(default)]
    pub not_actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
}

static MANAGED: LazyLock<Result<Managed, serde_json::Error>> =
    LazyLock::new(|| serde_json::from_str(include_str!("managed_policies.json")));
static NONE: LazyLock<Managed> = LazyLock::new(Managed::default);

/// The managed policies that are known; none where the data cannot be read, which [`unreadable`] tells.
pub fn managed() -> &'static Managed {
    MANAGED.as_ref().unwrap_or(&NONE)
}

/// Why the managed policies in this binary cannot be read.
pub fn unreadable() -> Option<String> {
    MANAGED.as_ref().err().map(|error| format!("managed_policies.json: {error}"))
}

/// The ARN of what a file names: an ARN, or one of AWS's own by path and name, or by its name alone as SAM
/// takes it.
pub(super) fn arn(scope: &Scope, word: &str) -> String {
    scope.managed_policy_arn(with_path(word))
}

fn with_path(word: &str) -> &str {
    let known = managed().policies.keys().find(|known| known.rsplit_once('/').is_some_and(|(_, name)| name == word));
    known.map_or(word, String::as_str)
}

/// What a file calls a policy of AWS's own; none of another one, and of one whose name alone means another.
pub(super) fn word(arn: &str) -> Option<&str> {
    let (partition, word) = arn.strip_prefix("arn:")?.split_once(":iam::aws:policy/")?;
    (!partition.contains(':') && with_path(word) == word).then_some(word)
}
