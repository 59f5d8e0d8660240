//! The normal form of a function.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use super::mapping::EventSource;
use super::words::{ApplicationLevel, Architecture, LogFormat, PackageType, SystemLevel, TracingMode, UrlAuthType, UrlInvokeMode};
use crate::contract::notifications::Notifications;
use crate::contract::tags::Tags;
use crate::source::word::Word;

/// Normal form of a function. Sizes are MB, times seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// What identifies the code.
    pub code: Code,
    /// Where the code lies, if in S3; live AWS does not tell.
    pub s3: Option<S3Code>,
    /// What Lambda reads from its configuration calls.
    #[serde(flatten)]
    pub config: Config,
    /// Free text.
    pub description: String,
    /// Reserved executions; none leaves the function in the account's pool.
    pub reserved_concurrency: Option<i32>,
    /// Aliases by name.
    pub aliases: BTreeMap<String, Alias>,
    /// The newest published version, where each change publishes one without an alias.
    #[serde(default)]
    pub publish: Option<AliasVersion>,
    /// Published versions that are kept, or that are there; none where none is published.
    pub keep_versions: Option<u32>,
    /// Asynchronous invocation.
    pub event_invoke: Option<EventInvoke>,
    /// Function URL.
    pub url: Option<Url>,
    /// Statements of the resource policy by id.
    pub permissions: BTreeMap<String, Permission>,
    /// Entries among the notifications of buckets by their keys.
    #[serde(default)]
    pub notifications: Notifications,
    /// Event source mappings by what each is known by: see [`super::mapping::key`].
    pub event_sources: BTreeMap<String, EventSource>,
    /// What stands at other qualifiers than the files mean; nothing is desired there.
    #[serde(default)]
    pub elsewhere: Elsewhere,
    /// Variables of the environment whose values nobody may see; see [`super::sensitive`].
    #[serde(default)]
    pub sensitive_variables: BTreeSet<String>,
    /// What Lambda says has failed, the function or one of its versions, and why. Nothing is desired of it.
    #[serde(default)]
    pub failed: BTreeMap<String, String>,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Spec {
    /// A function of which nothing but its configuration is said.
    pub fn bare(config: Config) -> Self {
        Self {
            code: Code::Recorded(String::new()),
            s3: None,
            config,
            description: String::new(),
            reserved_concurrency: None,
            aliases: BTreeMap::new(),
            publish: None,
            keep_versions: None,
            event_invoke: None,
            url: None,
            permissions: BTreeMap::new(),
            notifications: Notifications::new(),
            event_sources: BTreeMap::new(),
            elsewhere: Elsewhere::default(),
            sensitive_variables: BTreeSet::new(),
            failed: BTreeMap::new(),
            tags: Tags::new(),
        }
    }
}

/// The part that a published version freezes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// How the code is packaged.
    pub package: Word<PackageType>,
    /// None for images.
    pub runtime: Option<String>,
    /// None for images.
    pub handler: Option<String>,
    /// Instructions of the machine.
    pub architecture: Word<Architecture>,
    /// 128 to 10240 MB.
    pub memory: i32,
    /// Up to 900 s.
    pub timeout: i32,
    /// Size of /tmp, 512 to 10240 MB.
    pub ephemeral_storage: i32,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// ARN of the key that encrypts the environment.
    pub kms_key: Option<String>,
    /// ARNs of layer versions, in order.
    pub layers: Vec<String>,
    /// Network.
    pub vpc: Option<Vpc>,
    /// ARN of the queue or topic for failed asynchronous events.
    pub dead_letter: Option<String>,
    /// Whether X-Ray follows calls.
    pub tracing: Word<TracingMode>,
    /// Where and how it logs.
    pub logging: Logging,
    /// ARN of the execution role.
    pub role: String,
    /// Whether published versions start from a snapshot.
    pub snap_start: bool,
    /// File systems by the path where they are mounted.
    #[serde(default)]
    pub file_systems: BTreeMap<String, String>,
    /// Durable execution.
    #[serde(default)]
    pub durable: Option<Durable>,
    /// Overrides of an image.
    pub image: Option<ImageConfig>,
}

impl Config {
    /// What Lambda gives a function of which nothing but its role and its log group is said.
    pub fn default_of(role: String, log_group: String) -> Self {
        Self {
            package: PackageType::Zip.into(),
            runtime: None,
            handler: None,
            architecture: Architecture::X86.into(),
            memory: 128,
            timeout: 3,
            ephemeral_storage: 512,
            environment: BTreeMap::new(),
            kms_key: None,
            layers: Vec::new(),
            vpc: None,
            dead_letter: None,
            tracing: TracingMode::PassThrough.into(),
            logging: Logging { format: LogFormat::Text.into(), application_level: None, system_level: None, log_group },
            role,
            snap_start: false,
            file_systems: BTreeMap::new(),
            durable: None,
            image: None,
        }
    }
}

/// Days that Lambda keeps the history of a durable execution where nothing is said
/// (<https://docs.aws.amazon.com/lambda/latest/dg/durable-configuration.html>).
pub const HISTORY_DAYS: i32 = 14;

/// Durable execution: Lambda keeps what a function did and goes on from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Durable {
    /// Seconds that a whole execution may take.
    pub execution_timeout: i32,
    /// Days that the history of a closed execution is kept.
    pub retention_days: i32,
    /// ARN of the key that encrypts what is kept.
    pub kms_key: Option<String>,
}

/// Code in S3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct S3Code {
    /// Bucket in the same region.
    pub bucket: String,
    /// Key of the zip.
    pub key: String,
    /// Version of the object.
    pub version: Option<String>,
}

/// Network of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// Subnet ids.
    pub subnets: BTreeSet<String>,
    /// Security group ids.
    pub security_groups: BTreeSet<String>,
    /// Whether IPv6 leaves dual-stack subnets.
    pub ipv6: bool,
}

/// Logging configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logging {
    /// Form of the lines.
    pub format: Word<LogFormat>,
    /// JSON only.
    pub application_level: Option<Word<ApplicationLevel>>,
    /// JSON only.
    pub system_level: Option<Word<SystemLevel>>,
    /// Name of the log group.
    pub log_group: String,
}

/// Overrides of an image's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// CMD.
    pub command: Vec<String>,
    /// ENTRYPOINT.
    pub entry_point: Vec<String>,
    /// WORKDIR.
    pub working_directory: Option<String>,
}

/// What identifies code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// Digest of the sources or of the S3 address; address of the image.
    Recorded(String),
    /// Live code of which nothing is on record.
    Unrecorded {
        /// Its hash, as AWS reports it.
        unrecorded_sha256: String,
    },
}

impl Code {
    /// The digest, or the address of an image.
    pub fn recorded(&self) -> Option<&str> {
        match self {
            Self::Recorded(digest) => Some(digest),
            Self::Unrecorded { .. } => None,
        }
    }
}

/// A version of a function: what an alias points to, or the newest one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum AliasVersion {
    /// A version that runs what the files ask for.
    Current,
    /// Another one, by its number.
    Other(String),
}

/// How [`AliasVersion::Current`] reads; no version of Lambda's has a name like it.
const CURRENT: &str = "current";

impl From<String> for AliasVersion {
    fn from(text: String) -> Self {
        if text == CURRENT { Self::Current } else { Self::Other(text) }
    }
}

impl From<AliasVersion> for String {
    fn from(version: AliasVersion) -> Self {
        match version {
            AliasVersion::Current => CURRENT.to_owned(),
            AliasVersion::Other(number) => number,
        }
    }
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// What it points to.
    pub version: AliasVersion,
    /// Free text.
    pub description: String,
    /// Executions that stand ready.
    #[serde(default)]
    pub provisioned_concurrency: Option<i32>,
    /// Shares of the calls that other versions get, by version. A file has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
}

impl Alias {
    /// One that leads to one version, without more.
    pub fn to(version: AliasVersion) -> Self {
        Self { version, description: String::new(), provisioned_concurrency: None, weights: BTreeMap::new() }
    }
}

/// Parts of which a function has one for itself and one for each alias, beyond the one that is meant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// URLs.
    pub urls: Vec<Url>,
    /// Configurations of asynchronous invocation.
    pub event_invokes: Vec<EventInvoke>,
}

/// Asynchronous invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventInvoke {
    /// Alias whose invocations it is about; none for the function itself.
    pub alias: Option<String>,
    /// 0 to 2.
    pub max_retries: i32,
    /// 60 to 21600 s.
    pub max_age: i32,
    /// ARN for results.
    pub on_success: Option<String>,
    /// ARN for failures.
    pub on_failure: Option<String>,
}

impl Default for EventInvoke {
    fn default() -> Self {
        Self { alias: None, max_retries: 2, max_age: 21_600, on_success: None, on_failure: None }
    }
}

/// A function URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Url {
    /// Who may call it.
    pub auth: Word<UrlAuthType>,
    /// How it answers.
    pub invoke_mode: Word<UrlInvokeMode>,
    /// Alias that answers; none for the function itself.
    pub alias: Option<String>,
    /// Cross-origin rules.
    pub cors: Option<Cors>,
}

/// Cross-origin rules of a function URL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cors {
    /// Whether cookies may come along.
    pub allow_credentials: bool,
    /// Allowed request headers.
    pub allow_headers: BTreeSet<String>,
    /// Allowed methods.
    pub allow_methods: BTreeSet<String>,
    /// Allowed origins.
    pub allow_origins: BTreeSet<String>,
    /// Headers that scripts may read.
    pub expose_headers: BTreeSet<String>,
    /// Seconds that a browser remembers the answer.
    pub max_age: i32,
}

/// A statement of the resource policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// Service, account, ARN or `*`.
    pub principal: String,
    /// `lambda:InvokeFunction` for one.
    pub action: String,
    /// ARN that may call, with wildcards.
    pub source_arn: Option<String>,
    /// Account that owns the source.
    pub source_account: Option<String>,
    /// Organisation that the principal must belong to.
    pub principal_org: Option<String>,
    /// For function URLs.
    pub url_auth: Option<Word<UrlAuthType>>,
    /// Whether only calls through the function URL are allowed.
    pub via_url: bool,
    /// Alias that the statement is about; none for the function itself.
    pub alias: Option<String>,
    /// What else the statement says, as AWS keeps it: conditions, or an effect, that no field names. A file's says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Value>,
}
