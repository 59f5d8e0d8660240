//! The normal form of a function.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;

/// Version of an alias that runs what the files ask for.
pub const CURRENT: &str = "current";

/// Normal form of a function. Sizes are MB, times seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// What identifies the code: digest of the sources or of the S3 address; address of the image;
    /// `sha256:` and the live hash where nothing else is known of live code.
    pub code: String,
    /// Whether the function carries the record of its code.
    pub code_recorded: bool,
    /// The record itself, live only; emptied when the two sides are aligned.
    pub record: Option<Record>,
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
    /// Published versions, live only; emptied when the two sides are aligned.
    pub versions: BTreeMap<String, Version>,
    /// Published versions that are kept.
    pub keep_versions: u32,
    /// Published versions beyond those.
    pub surplus_versions: u32,
    /// Asynchronous invocation.
    pub event_invoke: Option<EventInvoke>,
    /// Function URL.
    pub url: Option<Url>,
    /// Statements of the resource policy by id.
    pub permissions: BTreeMap<String, Permission>,
    /// Event source mappings by the ARN of their source.
    pub event_sources: BTreeMap<String, EventSource>,
    /// Variables of the environment whose values nobody may see; see [`super::sensitive`].
    #[serde(default)]
    pub sensitive_variables: BTreeSet<String>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// The part that a published version freezes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// `Zip` or `Image`.
    pub package: String,
    /// None for images.
    pub runtime: Option<String>,
    /// None for images.
    pub handler: Option<String>,
    /// `x86_64` or `arm64`.
    pub architecture: String,
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
    /// `Active` or `PassThrough`.
    pub tracing: String,
    /// Where and how it logs.
    pub logging: Logging,
    /// ARN of the execution role.
    pub role: String,
    /// Whether published versions start from a snapshot.
    pub snap_start: bool,
    /// Overrides of an image.
    pub image: Option<ImageConfig>,
}

/// Which sources gave which hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What [`Spec::code`] was.
    pub digest: String,
    /// CodeSha256 that AWS reported for it.
    pub sha256: String,
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
    /// `Text` or `JSON`.
    pub format: String,
    /// JSON only.
    pub application_level: Option<String>,
    /// JSON only.
    pub system_level: Option<String>,
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

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// [`CURRENT`], or the number of the version it points to.
    pub version: String,
    /// Free text.
    pub description: String,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Hash of its code.
    pub code_sha256: String,
    /// Its frozen configuration.
    pub config: Config,
}

/// Asynchronous invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventInvoke {
    /// 0 to 2.
    pub max_retries: i32,
    /// 60 to 21600 s.
    pub max_age: i32,
    /// ARN for results.
    pub on_success: Option<String>,
    /// ARN for failures.
    pub on_failure: Option<String>,
}

/// A function URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Url {
    /// `AWS_IAM` or `NONE`.
    pub auth: String,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
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
    /// `NONE` or `AWS_IAM`, for function URLs.
    pub url_auth: Option<String>,
    /// Whether only calls through the function URL are allowed.
    pub via_url: bool,
    /// Alias that the statement is about; none for the function itself.
    pub alias: Option<String>,
}

/// An event source mapping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventSource {
    /// Records an invocation gets at most.
    pub batch_size: i32,
    /// Seconds that records are gathered.
    pub batch_window: i32,
    /// Whether it polls.
    pub enabled: bool,
    /// Alias that is invoked; none for the function itself.
    pub alias: Option<String>,
    /// Filter patterns.
    pub filters: Vec<Value>,
    /// Whether the function may report single records as failed.
    pub report_batch_item_failures: bool,
    /// SQS: invocations at a time.
    pub max_concurrency: Option<i32>,
    /// Streams: where reading begins.
    pub starting_position: Option<String>,
    /// Streams: retries; none is without end.
    pub max_retries: Option<i32>,
    /// Streams: age in seconds after which records are dropped; none is never.
    pub max_age: Option<i32>,
    /// Streams: whether a failed batch is split.
    pub bisect: bool,
    /// Streams: batches of a shard at a time.
    pub parallelization: i32,
    /// Streams: length of a window in seconds, 0 for none.
    pub tumbling_window: i32,
    /// Streams: ARN for what was given up.
    pub on_failure: Option<String>,
}
