//! The file format as serde types: one file a section, each type the words a user writes.
//! `docs/file-format.md` is the reference; the JSON Schema is generated from here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::source::loaded::CheckFile;

mod alarm;
mod function;
mod resources;

pub use crate::source::policy::{PolicyFile, StatementFile};
pub use crate::source::scalar::{Flag, Int, InvokeMode, Number, OnRemove, Text, Tracing, UrlAuth, texts};
pub use alarm::{AlarmFile, QueryFile, Statistic};
pub use function::{
    AliasFile, CodeS3, CorsFile, EventInvokeFile, EventSourceFile, FunctionFile, ImageFile, LoggingFile, PermissionFile, UrlFile, VpcFile,
};
pub use resources::{Encryption, LayerFile, LogGroupFile, QueueFile, RedriveFile, RoleChoice, RoleFile, SubscriptionFile, TopicFile};

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
    pub stack: String,
    /// AWS region, unless --region or an environment says another.
    pub region: Option<String>,
    /// Environments by name; the first is the default.
    pub environments: BTreeMap<String, EnvironmentFile>,
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
    /// Tags of every resource.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
    /// Defaults, filled in before the file is typed.
    #[serde(default)]
    #[expect(dead_code, reason = "merged on the tree before the file is typed; here for the schema")]
    defaults: DefaultsFile,
    /// IAM roles that several functions share.
    #[serde(default)]
    pub roles: BTreeMap<String, RoleFile>,
    /// SQS queues.
    #[serde(default)]
    pub queues: BTreeMap<String, QueueFile>,
    /// SNS topics.
    #[serde(default)]
    pub topics: BTreeMap<String, TopicFile>,
    /// Lambda layers.
    #[serde(default)]
    pub layers: BTreeMap<String, LayerFile>,
    /// Log groups beside those of the functions.
    #[serde(default)]
    pub log_groups: BTreeMap<String, LogGroupFile>,
    /// Lambda functions.
    #[serde(default)]
    pub functions: BTreeMap<String, FunctionFile>,
    /// CloudWatch alarms.
    #[serde(default)]
    pub alarms: BTreeMap<String, AlarmFile>,
    /// Warnings that are turned off.
    #[serde(default)]
    pub checks: Vec<CheckFile>,
    /// Outputs by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
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
    /// Values of variables in this environment.
    #[serde(default)]
    #[expect(dead_code, reason = "resolved on the tree before the file is typed; here for the schema")]
    variables: BTreeMap<String, Value>,
}

/// Defaults of resources.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultsFile {
    /// Defaults of every function.
    #[expect(dead_code, reason = "merged on the tree before the file is typed; here for the schema")]
    function: Option<FunctionFile>,
    /// Defaults of every alarm.
    #[expect(dead_code, reason = "merged on the tree before the file is typed; here for the schema")]
    alarm: Option<AlarmFile>,
}
