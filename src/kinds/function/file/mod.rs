//! Functions as files write them.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::words::{ApplicationLevel, Architecture, LogFormat, SystemLevel, UrlAuthType};
use crate::kinds::role::RoleFile;
use crate::kinds::triggers::TriggerFile;
use crate::source::duration::{Retention, Seconds};
use crate::source::scalar::{Flag, Int, InvokeMode, OnRemove, Text, Tracing, UrlAuth};
use crate::source::word::Word;
use crate::source::workload::{Millis, Rate};

mod expand;
mod parts;
mod restated;
mod rights;
mod sources;

pub(super) use expand::{KEEP_VERSIONS, expand};
pub(super) use parts::INVOKE;
pub(super) use restated::{nest, restated, uses};
pub use sources::EventSourceFile;

/// A function. Code is one of `source`, `s3` and `image`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FunctionFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Folder of the code, one file, or a zip or jar that is built already; relative to this file.
    pub source: Option<String>,
    /// Who installs dependencies beside the sources: `pip` from `requirements.txt`, `npm` from
    /// `package-lock.json`, both in the source folder.
    pub build: Option<BuildFile>,
    /// Whether installing them may run code and take more than packages of a registry, as for a layer.
    #[serde(default)]
    pub allow_build: Flag,
    /// Code in S3.
    pub s3: Option<CodeS3>,
    /// Code in a container image.
    pub image: Option<ImageFile>,
    /// `nodejs22.x`, `python3.13`, …
    pub runtime: Option<String>,
    /// `index.handler` for one.
    pub handler: Option<String>,
    /// `x86_64` (the default) or `arm64`.
    pub architecture: Option<Word<Architecture>>,
    /// MB, 128 to 10240; 128 where nothing is said.
    pub memory: Option<Int>,
    /// Up to 15m; 3s where nothing is said.
    pub timeout: Option<Seconds>,
    /// MB of /tmp, 512 to 10240.
    pub ephemeral_storage: Option<Int>,
    /// Environment variables. Their values may hold `${ssm:…}` and `${secret:…}`.
    #[serde(default)]
    pub environment: BTreeMap<String, Text>,
    /// ARN of the KMS key that encrypts the environment.
    pub kms_key: Option<String>,
    /// Keys of `layers`, or ARNs of versions, in order.
    #[serde(default)]
    pub layers: Vec<String>,
    /// Network.
    pub vpc: Option<VpcFile>,
    /// Key of a queue of this file, or an ARN of a queue or topic.
    pub dead_letter_queue: Option<String>,
    /// `active` or `passthrough`.
    pub tracing: Option<Tracing>,
    /// How it logs.
    pub logging: Option<LoggingFile>,
    /// How long its log group keeps logs: `7d`, or `never` for ever.
    pub log_retention: Option<Retention>,
    /// Executions set aside for it; 0 stops it.
    pub reserved_concurrency: Option<Int>,
    /// Whether published versions start from a snapshot; needs `alias` or `publish`.
    #[serde(default)]
    pub snap_start: Flag,
    /// File systems, one at most.
    #[serde(default)]
    pub file_systems: Vec<FileSystemFile>,
    /// Durable execution. Lambda makes a function durable only when it makes it.
    pub durable: Option<DurableFile>,
    /// An alias that always points to the newest published version.
    pub alias: Option<AliasFile>,
    /// Executions that stand ready for the alias; each is billed while it stands.
    pub provisioned_concurrency: Option<Int>,
    /// Whether each change of code or configuration publishes a version; with an alias it does anyway.
    #[serde(default)]
    pub publish: Flag,
    /// Published versions that are kept, 3 where nothing is said.
    pub keep_versions: Option<Int>,
    /// Asynchronous invocation.
    pub event_invoke: Option<EventInvokeFile>,
    /// Function URL.
    pub url: Option<UrlFile>,
    /// Statements of the resource policy by id.
    #[serde(default)]
    pub permissions: BTreeMap<String, PermissionFile>,
    /// Queues and streams that feed it.
    #[serde(default)]
    pub event_sources: Vec<EventSourceFile>,
    /// What starts it. It starts the alias, where there is one.
    #[serde(default)]
    pub triggers: Vec<TriggerFile>,
    /// Key of `roles`, an ARN, or a role of its own.
    pub role: Option<RoleChoice>,
    /// Traffic for what a month costs, where live AWS tells none. It changes nothing on AWS.
    pub assume: Option<AssumeFile>,
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

/// Traffic that is assumed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumeFile {
    /// `1M/month`, `50k/day`, `1200/hour`.
    pub calls: Rate,
    /// How long a call takes: `800ms`.
    pub duration: Millis,
}

/// Who installs the dependencies of a function.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuildFile {
    /// From `requirements.txt`.
    Pip,
    /// From `package-lock.json`.
    Npm,
}

/// Name of an alias.
pub type AliasFile = String;

/// Code in S3.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeS3 {
    /// Bucket in the same region.
    pub bucket: String,
    /// Key of the zip.
    pub key: String,
    /// Version of the object; without one a new object under the same key goes unseen.
    pub version: Option<Text>,
}

/// Code in a container image.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageFile {
    /// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…`.
    pub uri: String,
    /// CMD.
    #[serde(default)]
    pub command: Vec<String>,
    /// ENTRYPOINT.
    #[serde(default)]
    pub entry_point: Vec<String>,
    /// WORKDIR.
    pub working_directory: Option<String>,
}

/// Network of a function.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VpcFile {
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Security group ids.
    pub security_groups: Vec<String>,
    /// Whether IPv6 leaves dual-stack subnets.
    #[serde(default)]
    pub ipv6: Flag,
}

/// A file system that a function sees.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileSystemFile {
    /// ARN of an access point of EFS or S3 Files.
    pub arn: String,
    /// Where it is mounted: `/mnt/` and a name.
    pub mount: String,
}

/// Durable execution.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DurableFile {
    /// How long a whole execution may take, up to 366d.
    pub execution_timeout: Seconds,
    /// How long the history of a closed execution is kept, 1d to 90d; 14d where nothing is said.
    pub retention: Option<Seconds>,
    /// ARN of the KMS key that encrypts what is kept.
    pub kms_key: Option<String>,
}

/// How a function logs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggingFile {
    /// `Text` or `JSON`.
    pub format: Option<Word<LogFormat>>,
    /// JSON only: TRACE, DEBUG, INFO, WARN, ERROR or FATAL.
    pub application_level: Option<Word<ApplicationLevel>>,
    /// JSON only: DEBUG, INFO or WARN.
    pub system_level: Option<Word<SystemLevel>>,
    /// Key of `log_groups`, or a name; the function's own where nothing is said.
    pub log_group: Option<String>,
}

/// Asynchronous invocation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventInvokeFile {
    /// 0 to 2.
    pub max_retries: Option<Int>,
    /// 1m to 6h.
    pub max_age: Option<Seconds>,
    /// ARN for results.
    pub on_success: Option<String>,
    /// ARN for failures.
    pub on_failure: Option<String>,
}

/// A function URL. It is the alias's, where there is one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UrlFile {
    /// `iam` or `none`.
    pub auth: UrlAuth,
    /// `buffered` or `stream`.
    pub invoke_mode: Option<InvokeMode>,
    /// Cross-origin rules.
    pub cors: Option<CorsFile>,
}

/// Cross-origin rules.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsFile {
    /// Whether cookies may come along.
    #[serde(default)]
    pub allow_credentials: Flag,
    /// Allowed request headers.
    #[serde(default)]
    pub allow_headers: Vec<String>,
    /// Allowed methods.
    #[serde(default)]
    pub allow_methods: Vec<String>,
    /// Allowed origins.
    #[serde(default)]
    pub allow_origins: Vec<String>,
    /// Headers that scripts may read.
    #[serde(default)]
    pub expose_headers: Vec<String>,
    /// How long a browser remembers the answer, up to 24h.
    pub max_age: Option<Seconds>,
}

/// A statement of the resource policy. It is the alias's, where there is one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermissionFile {
    /// Service, account, ARN or `*`.
    pub principal: String,
    /// `lambda:InvokeFunction` where nothing is said.
    pub action: Option<String>,
    /// ARN that may call.
    pub source_arn: Option<String>,
    /// Account that owns the source.
    pub source_account: Option<Text>,
    /// Organisation that the principal must belong to.
    pub principal_org: Option<String>,
    /// `NONE` or `AWS_IAM`, for function URLs.
    pub url_auth: Option<Word<UrlAuthType>>,
}

/// The role of a function: a key of `roles`, an ARN, or a role of its own.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum RoleChoice {
    /// Key of `roles`, or an ARN.
    Named(String),
    /// A role of its own.
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
