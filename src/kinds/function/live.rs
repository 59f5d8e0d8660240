//! Reading functions: all parts of all names in one wave, versions of those that publish some in a
//! second.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    AliasConfiguration, EventSourceMappingConfiguration, FunctionConfiguration, LastUpdateStatus, LastUpdateStatusReasonCode, State,
    StateReasonCode,
};
use futures_util::future::{try_join, try_join_all, try_join3};
use serde::{Deserialize, Serialize};

use super::beside::{self, Looked, Part, Parts};
use super::provisioned::{self, Provisioned};
use super::spec::{Alias, AliasVersion, Code, Config, Durable, Elsewhere, HISTORY_DAYS, ImageConfig, Logging, Spec, Vpc};
use super::{Function, access, api, event_sources, invocation, normal, sensitive, versions};
use crate::aws::{AwsError, lambda_millis};
use crate::contract::tags::Tags;
use crate::contract::{Code as Where, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::{ARTIFACT_TAG, BESIDE_TAG, PUBLISH_TAG, user_tags};
use crate::model::{Owner, Unread};

/// What Lambda calls the version that is not published.
pub(super) const LATEST: &str = "$LATEST";

/// What AWS alone knows of a function.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Its ARN.
    pub arn: Option<String>,
    /// When it was changed last, in milliseconds since 1970.
    #[serde(default)]
    pub changed: Option<i64>,
    /// Precondition of the next update.
    pub revision_id: Option<String>,
    /// Hash of its code.
    pub code_sha256: String,
    /// Which sources gave which hash, as the function itself says.
    pub record: Option<Record>,
    /// Versions that its aliases point to, by the alias.
    pub aliases: BTreeMap<String, String>,
    /// Published versions by number. Of one whose configuration cannot be read, only the number is known.
    pub versions: BTreeMap<String, Option<Version>>,
    /// Addresses of its URLs by the alias, of its own by `$LATEST`.
    pub urls: BTreeMap<String, String>,
    /// UUIDs of its event source mappings, by what each is known by.
    pub mappings: BTreeMap<String, String>,
    /// Words of its mark for what has reads of its own; none where it carries no such mark.
    #[serde(default)]
    pub beside: Option<String>,
}

impl Live {
    /// What its mark says was set of what has reads of its own.
    pub(super) fn marked(&self) -> Option<Parts> {
        self.beside.as_deref().map(beside::told)
    }
}

/// Which sources gave which hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The digest in [`Spec::code`].
    pub digest: String,
    /// CodeSha256 that AWS reported for it.
    pub sha256: String,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Hash of its code.
    pub code_sha256: String,
    /// Its frozen configuration.
    pub config: Config,
    /// Why it has failed, where it has.
    #[serde(default)]
    pub failed: Option<String>,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Function>>, AwsError> {
    let all = try_join_all(names.iter().map(|name| read_one(cx, name)));
    let (mappings, all) = try_join(event_sources::list(cx), all).await?;
    let all = all.into_iter().flatten().map(|mut found| {
        attach_mappings(&mut found, &mappings);
        found
    });
    Ok(all.collect())
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Function>>, AwsError> {
    let Some((function, tags)) = read_core(cx, name).await? else { return Ok(None) };
    let Looked { parts, aliases: known } = beside::looked_at(cx, name, &tags);
    let looks = |part| parts.contains(&part);
    let is_listed = tags.contains_key(PUBLISH_TAG) || !known.is_empty();
    let of_itself = try_join3(
        when(looks(Part::Permissions), access::policy(cx, name, None)),
        when(looks(Part::Url), access::urls(cx, name)),
        when(looks(Part::EventInvoke), invocation::read(cx, name)),
    );
    let of_versions = try_join(when(looks(Part::Aliases), versions::aliases(cx, name)), when(is_listed, versions::published(cx, name)));
    let at_aliases = |aliases: Vec<String>| async move {
        try_join(
            when(looks(Part::Permissions), access::policies(cx, name, aliases.clone())),
            when(looks(Part::Provisioned), provisioned::read(cx, name, aliases)),
        )
        .await
    };
    let ((policy, url, invoke), (aliases, published), (mut policies, mut provisioned)) =
        try_join3(of_itself, of_versions, at_aliases(known.clone())).await?;
    let others = aliases.iter().map(name_of).filter(|alias| !known.contains(alias)).collect::<Vec<_>>();
    let listed = when(!is_listed && !aliases.is_empty(), versions::published(cx, name));
    let (late, (more_policies, more_provisioned)) = try_join(listed, at_aliases(others)).await?;
    policies.retain(|alias, _| aliases.iter().any(|there| there.name() == Some(alias)));
    policies.extend(more_policies);
    provisioned.extend(more_provisioned);
    let published = if is_published(&aliases, &tags) { [published, late].concat() } else { Vec::new() };
    let failures = versions::failures(cx, name, &aliases, &published).await?;
    let permissions = access::by_id(policy, policies.into_values().collect());
    let (notifications, untold) = access::notifications(cx, name, &permissions).await?;
    let ((url, urls), addresses) = url;
    let (event_invoke, event_invokes) = invoke;
    let Some(configuration) = &function.configuration else {
        return Err(AwsError::unexpected(&api::GET_FUNCTION, name, "the answer holds no configuration"));
    };
    let record = record(&function, configuration, &tags);
    let code_sha256 = configuration.code_sha256().unwrap_or_default().to_owned();
    let spec = Spec {
        code: code(&code_sha256, record.as_ref()),
        s3: None,
        description: configuration.description().unwrap_or_default().to_owned(),
        config: config(configuration),
        reserved_concurrency: function.concurrency().and_then(|c| c.reserved_concurrent_executions()),
        aliases: aliases.iter().map(|one| alias(one, &provisioned)).collect(),
        publish: tags.contains_key(PUBLISH_TAG).then(|| versions::newest_of(&published)),
        keep_versions: is_published(&aliases, &tags).then_some(published.len() as u32),
        event_invoke,
        url,
        permissions,
        notifications,
        event_sources: BTreeMap::new(),
        elsewhere: Elsewhere { urls, event_invokes },
        sensitive_variables: sensitive::of_tags(&tags),
        failed: failed(configuration, &failures, &provisioned),
        tags: user_tags(tags.clone()),
    };
    let live = Live {
        arn: configuration.function_arn().map(str::to_owned),
        changed: configuration.last_modified().and_then(lambda_millis),
        revision_id: configuration.revision_id().map(str::to_owned),
        code_sha256,
        record,
        aliases: aliases.iter().map(|alias| (name_of(alias), version_of(alias))).collect(),
        // One that cannot be read is like none: what is desired is published anew.
        versions: published
            .iter()
            .map(|version| (number_of(version), unread(version).is_empty().then(|| frozen(version, &failures))))
            .collect(),
        urls: addresses,
        mappings: BTreeMap::new(),
        beside: tags.get(BESIDE_TAG).cloned(),
    };
    let owner = Owner::of(&cx.scope, Function::REACH, &tags);
    Ok(Some(Found { name: name.to_owned(), spec, live, owner, unread: unread(configuration).into_iter().chain(untold).collect() }))
}

/// A part, or what stands for one that is not looked at.
async fn when<T: Default>(is_looked_at: bool, part: impl Future<Output = Result<T, AwsError>>) -> Result<T, AwsError> {
    if is_looked_at { part.await } else { Ok(T::default()) }
}

async fn get(cx: &ReadCx, name: &str) -> Result<Option<GetFunctionOutput>, AwsError> {
    none_if_missing(cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send()).await)
}

/// The function itself, and its tags.
async fn read_core(cx: &ReadCx, name: &str) -> Result<Option<(GetFunctionOutput, Tags)>, AwsError> {
    let Some(function) = get(cx, name).await? else { return Ok(None) };
    // Without its tags nobody knows whose it is.
    if let Some(error) = &function.tags_error {
        let denied = AwsError::unexpected(&api::LIST_TAGS, name, error.message());
        return Err(denied.coded(error.error_code()));
    }
    let tags: Tags = function.tags.clone().unwrap_or_default().into_iter().collect();
    Ok(Some((function, tags)))
}

/// Whose the function of this name is, none where there is none.
///
/// # Errors
/// A call failed, or its tags are not told.
pub async fn owner(cx: &ReadCx, name: &str) -> Result<Option<Owner>, AwsError> {
    Ok(read_core(cx, name).await?.map(|(_, tags)| Owner::of(&cx.scope, Function::REACH, &tags)))
}

/// Whether versions of it are published.
fn is_published(aliases: &[AliasConfiguration], tags: &Tags) -> bool {
    !aliases.is_empty() || tags.contains_key(PUBLISH_TAG)
}

/// AWS answers 200 where the caller may not use the key of the environment, or it is gone
/// (botocore service model: lambda, EnvironmentError and ImageConfigError).
fn unread(live: &FunctionConfiguration) -> Vec<Unread> {
    let why =
        |code: Option<&str>, message: Option<&str>| format!("{}: {}", code.unwrap_or("no code"), message.unwrap_or("no reason is given"));
    let environment = live.environment().and_then(|environment| environment.error());
    let image = live.image_config_response().and_then(|image| image.error());
    let environment = environment.map(|error| Unread { field: "environment", why: why(error.error_code(), error.message()) });
    let image = image.map(|error| Unread { field: "image", why: why(error.error_code(), error.message()) });
    environment.into_iter().chain(image).collect()
}

/// The record that the function carries; an image's address is its own record.
fn record(function: &GetFunctionOutput, configuration: &FunctionConfiguration, tags: &Tags) -> Option<Record> {
    if let Some(image) = function.code().and_then(|code| code.image_uri()) {
        return Some(Record { digest: image.to_owned(), sha256: configuration.code_sha256().unwrap_or_default().to_owned() });
    }
    let (digest, sha256) = tags.get(ARTIFACT_TAG)?.split_once('.')?;
    Some(Record { digest: digest.to_owned(), sha256: sha256.to_owned() })
}

/// What is known of live code: the recorded digest while the live hash is the recorded one.
fn code(live: &str, record: Option<&Record>) -> Code {
    match record {
        Some(record) if record.sha256 == live => Code::Recorded(record.digest.clone()),
        _ => Code::Unrecorded { unrecorded_sha256: live.to_owned() },
    }
}

fn name_of(alias: &AliasConfiguration) -> String {
    alias.name().unwrap_or_default().to_owned()
}

pub(super) fn version_of(alias: &AliasConfiguration) -> String {
    alias.function_version().unwrap_or_default().to_owned()
}

fn alias(alias: &AliasConfiguration, provisioned: &BTreeMap<String, Provisioned>) -> (String, Alias) {
    let name = name_of(alias);
    let provisioned_concurrency = provisioned.get(&name).map(|provisioned| provisioned.requested);
    let version = AliasVersion::Other(version_of(alias));
    let shares = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    let weights = shares.into_iter().flatten().map(|(version, share)| (version.clone(), *share)).collect();
    (name, Alias { version, description: alias.description().unwrap_or_default().to_owned(), provisioned_concurrency, weights })
}

pub(super) fn number_of(version: &FunctionConfiguration) -> String {
    version.version().unwrap_or_default().to_owned()
}

fn frozen(version: &FunctionConfiguration, failures: &BTreeMap<String, String>) -> Version {
    Version {
        code_sha256: version.code_sha256().unwrap_or_default().to_owned(),
        config: config(version),
        failed: failures.get(&number_of(version)).cloned(),
    }
}

/// Under which name a failure of the function itself, or of its last update, is told.
pub(super) const ITSELF: &str = "function";

fn failed(
    live: &FunctionConfiguration,
    versions: &BTreeMap<String, String>,
    provisioned: &BTreeMap<String, Provisioned>,
) -> BTreeMap<String, String> {
    let itself = failure(live).map(|reason| (ITSELF.to_owned(), reason));
    let versions = versions.iter().map(|(number, reason)| (format!("version {number}"), reason.clone()));
    let provisioned = provisioned.iter().filter_map(|(alias, live)| Some((provisioned::failure_of(alias), live.failed.clone()?)));
    itself.into_iter().chain(versions).chain(provisioned).collect()
}

/// Why Lambda says that the function, the version or its last update has failed (docs/aws-facts.md §3).
pub(super) fn failure(live: &FunctionConfiguration) -> Option<String> {
    let told = |code: Option<&str>, reason: Option<&str>| match (code, reason) {
        (Some(code), Some(reason)) => format!("{code}: {reason}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Lambda gives no reason".to_owned(),
    };
    if live.state() == Some(&State::Failed) {
        return Some(told(live.state_reason_code().map(StateReasonCode::as_str), live.state_reason()));
    }
    // Of a version it is the function's, as it was when the version was published.
    let is_version = live.version().is_some_and(|version| version != LATEST);
    let is_failed = live.last_update_status() == Some(&LastUpdateStatus::Failed) && !is_version;
    let code = live.last_update_status_reason_code().map(LastUpdateStatusReasonCode::as_str);
    is_failed.then(|| told(code, live.last_update_status_reason()))
}

/// AWS's defaults are always present in an answer (docs/aws-facts.md §3); an emulator's empty strings are
/// read as absent.
pub fn config(live: &FunctionConfiguration) -> Config {
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let name = live.function_name().unwrap_or_default();
    let aws = Config::default_of(live.role().unwrap_or_default().to_owned(), format!("/aws/lambda/{name}"));
    let mut config = Config {
        package: live.package_type().map_or(aws.package, |package| package.as_str().into()),
        runtime: filled(live.runtime().map(|runtime| runtime.as_str())),
        handler: filled(live.handler()),
        architecture: live.architectures().first().map_or(aws.architecture, |a| a.as_str().into()),
        memory: live.memory_size().unwrap_or(aws.memory),
        timeout: live.timeout().unwrap_or(aws.timeout),
        ephemeral_storage: live.ephemeral_storage().map_or(aws.ephemeral_storage, |storage| storage.size()),
        environment: live.environment().and_then(|e| e.variables()).map(|vars| vars.clone().into_iter().collect()).unwrap_or_default(),
        kms_key: filled(live.kms_key_arn()),
        layers: live.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect(),
        vpc: live.vpc_config().map(|vpc| Vpc {
            subnets: vpc.subnet_ids().iter().cloned().collect(),
            security_groups: vpc.security_group_ids().iter().cloned().collect(),
            ipv6: vpc.ipv6_allowed_for_dual_stack().unwrap_or(false),
        }),
        dead_letter: filled(live.dead_letter_config().and_then(|config| config.target_arn())),
        tracing: live.tracing_config().and_then(|t| t.mode()).map_or(aws.tracing, |mode| mode.as_str().into()),
        logging: match live.logging_config() {
            None => aws.logging,
            Some(logging) => Logging {
                format: logging.log_format().map_or(aws.logging.format, |format| format.as_str().into()),
                application_level: logging.application_log_level().map(|level| level.as_str().into()),
                system_level: logging.system_log_level().map(|level| level.as_str().into()),
                log_group: filled(logging.log_group()).unwrap_or(aws.logging.log_group),
            },
        },
        role: aws.role,
        snap_start: live.snap_start().and_then(|snap| snap.apply_on()).is_some_and(|on| on.as_str() == "PublishedVersions"),
        file_systems: live
            .file_system_configs()
            .iter()
            .map(|system| (system.local_mount_path().to_owned(), system.arn().to_owned()))
            .collect(),
        durable: live.durable_config().and_then(|durable| {
            // Without a time there is no durable execution.
            Some(Durable {
                execution_timeout: durable.execution_timeout()?,
                retention_days: durable.retention_period_in_days().unwrap_or(HISTORY_DAYS),
                kms_key: filled(durable.kms_key_arn()),
            })
        }),
        image: live.image_config_response().and_then(|image| image.image_config()).map(|image| ImageConfig {
            command: image.command().to_vec(),
            entry_point: image.entry_point().to_vec(),
            working_directory: filled(image.working_directory()),
        }),
    };
    normal::config(&mut config);
    config
}

fn attach_mappings(found: &mut Found<Function>, mappings: &[EventSourceMappingConfiguration]) {
    for mapping in mappings {
        if let Some((source, uuid, event_source)) = event_sources::of_function(mapping, &found.name) {
            let is_taken = found.spec.event_sources.contains_key(&source);
            let key = if is_taken { normal::twin(&source, event_source.alias.as_deref()) } else { source };
            found.live.mappings.insert(key.clone(), uuid);
            found.spec.event_sources.insert(key, event_source);
        }
    }
}

/// Where the code of a function lies.
pub(super) async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Where>, AwsError> {
    let Some(function) = get(cx, arn).await? else { return Ok(None) };
    let sha256 = function.configuration().and_then(|live| live.code_sha256()).unwrap_or_default().to_owned();
    let Some(code) = function.code else { return Ok(None) };
    if code.image_uri.is_some() {
        return Ok(Some(Where::Image));
    }
    Ok(code.location.map(|location| Where::Zip { location, sha256 }))
}
