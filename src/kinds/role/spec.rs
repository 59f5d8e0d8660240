//! The normal form of a role.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;
use crate::model::plan::Impossible;
use crate::model::policy;
use crate::model::scope::ROLE_PATH;

/// Normal form of a role. Its default is AWS's, and Lambda may assume it: AWS itself lets nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// IAM path; a role keeps the one it has where the file names none.
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
    /// Customer-managed policies of its own by key.
    pub own_policies: BTreeMap<String, Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    spec.description = spec.description.trim().to_owned();
    spec.trust_policy = policy::normalize(spec.trust_policy.take());
    for document in spec.policies.values_mut().chain(spec.own_policies.values_mut()) {
        *document = policy::normalize(document.take());
    }
}

/// A path that the file names and the role does not have: IAM has no call that moves a role. Where the file names
/// none, the role keeps the one that it has.
pub(super) fn impossible(want: &Spec, have: &Spec) -> Option<Impossible> {
    let is_named = !want.path.starts_with(ROLE_PATH);
    (is_named && want.path != have.path).then(|| Impossible {
        what: format!("`path` is to be {}, and the role stands under {}: IAM moves no role", want.path, have.path),
        fix: format!("write `path: {}`, which it keeps; or take this role's place with one under another key and name", have.path),
    })
}

/// Documents that mean the same have the words of the files, and so have the keys of tags: those of
/// IAM are one whatever their case.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    policy::align(&want.trust_policy, &mut have.trust_policy);
    for (wanted, have) in [(&want.policies, &mut have.policies), (&want.own_policies, &mut have.own_policies)] {
        for (name, document) in have {
            if let Some(wanted) = wanted.get(name) {
                policy::align(wanted, document);
            }
        }
    }
    let written = |key: String| want.tags.keys().find(|wanted| wanted.eq_ignore_ascii_case(&key)).cloned().unwrap_or(key);
    have.tags = std::mem::take(&mut have.tags).into_iter().map(|(key, value)| (written(key), value)).collect();
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
            own_policies: BTreeMap::new(),
            tags: Tags::new(),
        }
    }
}
