//! Roles as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Role, Spec, managed};
use crate::contract::{Expand, Kind, guard};
use crate::model::mark::Guard;
use crate::source::duration::Seconds;
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, OnRemove, Text};

/// A role.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Who may assume it; Lambda where nothing is said.
    pub trust_policy: Option<PolicyFile>,
    /// IAM path; the stack's own where nothing is said.
    pub path: Option<String>,
    /// Longest session, 1h to 12h.
    pub max_session: Option<Seconds>,
    /// ARN of the permissions boundary.
    pub permissions_boundary: Option<String>,
    /// Managed policies: ARNs, or names of AWS's own.
    #[serde(default)]
    pub managed_policies: Vec<String>,
    /// Inline policies by name.
    #[serde(default)]
    pub policies: BTreeMap<String, PolicyFile>,
    /// Customer-managed policies that are made for the role, by key: `<role>@<key>` is the name of each.
    #[serde(default)]
    pub own_policies: BTreeMap<String, PolicyFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &RoleFile) {
    let name = cx.physical(Role::SECTION, file.name.as_ref(), key);
    bring(cx, key, name, file, Guard::default(), &[Role::SECTION, key].map(str::to_owned));
}

/// Adds a role under the name that it is to have, where its key is free. `around` is what guards whoever
/// brings the role along, and `home` where that stands.
pub fn bring(cx: &mut Expand<'_>, key: &str, name: String, file: &RoleFile, around: Guard, home: &[String]) {
    let RoleFile {
        // Whoever adds it knows its name: one that is brought along is named after what brings it.
        name: _,
        description,
        trust_policy,
        path,
        max_session,
        permissions_boundary,
        managed_policies,
        policies,
        own_policies,
        protect,
        on_remove,
        tags,
    } = file;
    let aws = Spec::default();
    let spec = Spec {
        // Not AWS's: under the stack's path one ListRoles finds them all.
        path: path.clone().unwrap_or_else(|| cx.made_in(Role::SECTION, key).role_path()),
        description: description.clone().unwrap_or(aws.description),
        trust_policy: trust_policy.as_ref().map_or(aws.trust_policy, PolicyFile::document),
        max_session: max_session.map_or(aws.max_session, |Seconds(seconds)| i32::try_from(seconds).unwrap_or(i32::MAX)),
        permissions_boundary: permissions_boundary.clone(),
        managed_policies: managed_policies.iter().map(|policy| managed::arn(cx.scope, policy)).collect(),
        policies: policies.iter().map(|(name, policy)| (name.clone(), policy.document())).collect(),
        own_policies: own_policies.iter().map(|(key, policy)| (key.clone(), policy.document())).collect(),
        tags: cx.tags(tags, guard(*protect, *on_remove).or(around)),
    };
    cx.bring::<Role>(key, name, &spec, home);
}
