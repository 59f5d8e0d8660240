//! The top of a stack file as serde types. What its sections hold, the kinds say; the JSON Schema is
//! put together from both. `docs/file-format.md` is the reference.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::source::duration::Lifetime;
use crate::source::loaded::{CheckFile, HealFile, Moved};
use crate::source::scalar::Text;

/// One pattern for all names, or one a section with `default` for the others.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "for the schema")]
enum NamingFile {
    /// For all.
    All(String),
    /// By section.
    BySection(BTreeMap<String, String>),
}

impl<'de> Deserialize<'de> for NamingFile {
    /// Whatever stands there was read on the tree before.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self::All(String::new()))
    }
}

/// A stack file. `variables` and `environments` are resolved before the rest is read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StackFile {
    /// Name of the stack: letters, digits and `-`.
    #[expect(dead_code, reason = "read off the tree before the file is typed; here for the schema")]
    stack: String,
    /// AWS region, unless --region or an environment says another.
    #[expect(dead_code, reason = "read off the tree before the file is typed; here for the schema")]
    region: Option<String>,
    /// Environments by name; the first is the default.
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    environments: BTreeMap<String, EnvironmentFile>,
    /// Variables by name: a value, or `{ from_env, default, sensitive }`.
    #[serde(default)]
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    variables: BTreeMap<String, Value>,
    /// Which instance of the environment this is, such as `${suffix}`; the environment's name where
    /// nothing is said. Instances stand side by side, and none touches another.
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    instance: Option<Value>,
    /// Physical name of what declares none; holds `${name}`. One text, or one a section and `default`.
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    naming: Option<NamingFile>,
    /// Whether every apply and destroy holds a lease, so that one waits for the other.
    #[serde(default)]
    pub lock: bool,
    /// How long an instance stands, unless an environment says another: then `destroy --expired` takes it.
    pub expires: Option<Lifetime>,
    /// Where zips lie on their way to Lambda that are larger than a call carries.
    pub artifacts: Option<ArtifactsFile>,
    /// Tags of every resource.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
    /// Resources whose key has changed, or that come from another stack: they keep their names and are not
    /// made anew.
    #[serde(default)]
    pub moved: Vec<Moved>,
    /// Warnings that are turned off.
    #[serde(default)]
    pub checks: Vec<CheckFile>,
    /// What `watch --heal` may mend by itself; everything where nothing is said.
    #[serde(default)]
    pub heal: HealFile,
    /// Outputs by name.
    #[serde(default)]
    #[expect(dead_code, reason = "read off the tree, in the order of the file; here for the schema")]
    outputs: BTreeMap<String, String>,
}

/// A bucket for zips above 50 MiB. They lie there while they are sent, and are deleted then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactsFile {
    /// Bucket in the stack's region, which is there already.
    pub bucket: String,
    /// What keys begin with; `etlctl/` where nothing is said.
    pub prefix: Option<String>,
}

/// One environment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentFile {
    /// Whether destroy needs `--confirm <env>`.
    #[serde(default)]
    pub protected: bool,
    /// The account it lives in; any other is refused.
    pub account: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// How long an instance of it stands.
    pub expires: Option<Lifetime>,
    /// Values of variables in this environment.
    #[serde(default)]
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    variables: BTreeMap<String, Value>,
}
