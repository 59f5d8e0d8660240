//! State machines as files write them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::spec::{LogLevel, MachineType};
use crate::kinds::role::RoleFile;
use crate::kinds::triggers::TriggerFile;
use crate::source::duration::{Retention, Seconds};
use crate::source::scalar::{Flag, OnRemove, Text, also};
use crate::source::word::Word;

/// A state machine. Its definition is one of `definition` and `source`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateMachineFile {
    /// Physical name.
    pub name: Option<String>,
    /// `standard` (the default) or `express`. Step Functions cannot change it.
    #[serde(rename = "type")]
    pub machine_type: Option<TypeFile>,
    /// The definition in the Amazon States Language: a mapping, or JSON text.
    pub definition: Option<Value>,
    /// JSON or YAML file that holds the definition, relative to this file. Variables and references in it
    /// are filled in.
    pub source: Option<String>,
    /// What else is filled in in the definition, as `${Name}`. A text that is the name alone becomes the value,
    /// whatever its type.
    #[serde(default)]
    pub substitutions: BTreeMap<String, Value>,
    /// Key of `roles`, an ARN, or a role of its own; one that may do what the definition calls for where
    /// nothing is said.
    pub role: Option<RoleChoice>,
    /// What it logs.
    pub logging: Option<LoggingFile>,
    /// Whether X-Ray follows executions.
    #[serde(default)]
    pub tracing: Flag,
    /// KMS key that encrypts the definition and what executions hold. A role of the machine's own may use it
    /// where it is named by its ARN or id: of an alias nobody knows the key.
    pub kms_key: Option<String>,
    /// With a KMS key: how long a data key is used again, 1m to 15m.
    pub kms_data_key_reuse: Option<Seconds>,
    /// What starts an execution.
    #[serde(default)]
    pub triggers: Vec<TriggerFile>,
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

/// How executions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "StateMachineType", transform = also(&["STANDARD", "EXPRESS"]))]
pub enum TypeFile {
    /// Up to a year, with a history.
    #[serde(alias = "STANDARD")]
    Standard,
    /// Up to five minutes, without one.
    #[serde(alias = "EXPRESS")]
    Express,
}

/// What a state machine logs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StateMachineLogging")]
pub struct LoggingFile {
    /// `off`, `fatal`, `error` or `all`.
    pub level: LevelFile,
    /// Whether inputs and outputs are in it.
    #[serde(default)]
    pub include_execution_data: Flag,
    /// Key of `log_groups`, or an ARN; the machine's own where nothing is said.
    pub log_group: Option<String>,
    /// How long its own log group keeps logs: `7d`, or `never` for ever.
    pub retention: Option<Retention>,
}

/// What of executions is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "StateMachineLogLevel", transform = also(&["OFF", "FATAL", "ERROR", "ALL"]))]
pub enum LevelFile {
    /// Nothing.
    #[serde(alias = "OFF")]
    Off,
    /// What ended an execution.
    #[serde(alias = "FATAL")]
    Fatal,
    /// What went wrong.
    #[serde(alias = "ERROR")]
    Error,
    /// All.
    #[serde(alias = "ALL")]
    All,
}

impl LevelFile {
    pub(super) fn word(self) -> Word<LogLevel> {
        match self {
            Self::Off => LogLevel::Off,
            Self::Fatal => LogLevel::Fatal,
            Self::Error => LogLevel::Error,
            Self::All => LogLevel::All,
        }
        .into()
    }
}

impl TypeFile {
    pub(super) fn word(self) -> Word<MachineType> {
        match self {
            Self::Standard => MachineType::Standard,
            Self::Express => MachineType::Express,
        }
        .into()
    }
}

/// The role of a state machine: a key of `roles`, an ARN, or a role of its own.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged, rename = "StateMachineRole")]
pub enum RoleChoice {
    /// Key of `roles`, or an ARN.
    Named(String),
    /// A role of its own. What the definition calls for is allowed beside what stands here.
    Own(Box<RoleFile>),
}

impl<'de> Deserialize<'de> for RoleChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = RoleChoice;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the key of a role, an ARN, or a mapping that describes a role")
            }

            fn visit_str<E>(self, text: &str) -> Result<RoleChoice, E> {
                Ok(RoleChoice::Named(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoleChoice, A::Error> {
                RoleFile::deserialize(MapAccessDeserializer::new(map)).map(|role| RoleChoice::Own(Box::new(role)))
            }
        }

        deserializer.deserialize_any(Choice)
    }
}
