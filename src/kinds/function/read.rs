//! Reading functions: all parts of all names in one wave, versions of those that have aliases in a
//! second.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{AliasConfiguration, EventSourceMappingConfiguration, FunctionConfiguration};
use futures_util::future::try_join_all;

use super::api;
use super::read_parts;
use super::spec::{Alias, Config, ImageConfig, Logging, Record, Spec, Version, Vpc};
use super::{Function, access, event_sources, invocation, sensitive};
use crate::aws::AwsError;
use crate::contract::none_if_missing;
use crate::contract::tags::Tags;
use crate::contract::{Kind, ReadCx};
use crate::model::mark::{ARTIFACT_TAG, user_tags};
use crate::model::{Handle, Owner, Seen, Unread};

pub async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
    let all = try_join_all(names.iter().map(|name| read_one(cx, name)));
    let (mappings, all) = futures_util::future::try_join(event_sources::list(cx), all).await?;
    let all = all.into_iter().flatten().map(|mut seen| {
        attach_mappings(&mut seen, &mappings);
        seen
    });
    Ok(all.collect())
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Seen<Spec>>, AwsError> {
    let function = cx.call.send(&api::GET_FUNCTION, name, || cx.aws.lambda.get_function().function_name(name).send());
    let (function, aliases, policy, url, invoke) = tokio::join!(
        function,
        read_parts::aliases_and_versions(cx, name),
        access::policy(cx, name, None),
        access::urls(cx, name),
        invocation::read(cx, name),
    );
    let Some(function) = none_if_missing(function)? else { return Ok(None) };
    // Without its tags nobody knows whose it is.
    if let Some(error) = &function.tags_error {
        let denied = AwsError::unexpected(&api::LIST_TAGS, name, error.message());
        return Err(AwsError { code: error.error_code().to_owned(), ..denied });
    }
    let (aliases, versions) = aliases?;
    let mut permissions = policy?;
    for alias in &aliases {
        permissions.extend(access::policy(cx, name, alias.name()).await?);
    }
    let (url, url_address) = url?;
    let Some(configuration) = &function.configuration else {
        return Err(AwsError::unexpected(&api::GET_FUNCTION, name, "the answer holds no configuration"));
    };
    let tags: Tags = function.tags.clone().unwrap_or_default().into_iter().collect();
    let record = record(&function, configuration, &tags);
    let handle = handle(configuration, &aliases, url_address);
    let spec = Spec {
        code: code(configuration, record.as_ref()),
        code_recorded: record.is_some(),
        record,
        s3: None,
        description: configuration.description().unwrap_or_default().to_owned(),
        config: config(configuration),
        reserved_concurrency: function.concurrency().and_then(|c| c.reserved_concurrent_executions()),
        aliases: aliases.iter().map(alias).collect(),
        surplus_versions: versions.len() as u32,
        // One that cannot be read is like none: what is desired is published anew.
        versions: versions.iter().filter(|version| unread(version).is_empty()).map(version).collect(),
        keep_versions: 0,
        event_invoke: invoke?,
        url,
        permissions,
        event_sources: BTreeMap::new(),
        sensitive_variables: sensitive::of_tags(&tags),
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, Function::REACH, &tags);
    Ok(Some(Seen { name: name.to_owned(), spec, handle, owner, unread: unread(configuration) }))
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
fn code(configuration: &FunctionConfiguration, record: Option<&Record>) -> String {
    let live = configuration.code_sha256().unwrap_or_default();
    match record {
        Some(record) if record.sha256 == live => record.digest.clone(),
        _ => format!("sha256:{live}"),
    }
}

fn handle(configuration: &FunctionConfiguration, aliases: &[AliasConfiguration], url: Option<String>) -> Handle {
    let mut handle = Handle::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            handle.insert(key.to_owned(), value.to_owned());
        }
    };
    put("arn", configuration.function_arn());
    put("name", configuration.function_name());
    put("revision_id", configuration.revision_id());
    put("alias_arn", aliases.first().and_then(|alias| alias.alias_arn()));
    put("version", aliases.first().and_then(|alias| alias.function_version()));
    put("url", url.as_deref());
    handle
}

fn alias(alias: &AliasConfiguration) -> (String, Alias) {
    let version = alias.function_version().unwrap_or_default().to_owned();
    (alias.name().unwrap_or_default().to_owned(), Alias { version, description: alias.description().unwrap_or_default().to_owned() })
}

fn version(version: &FunctionConfiguration) -> (String, Version) {
    let frozen = Version { code_sha256: version.code_sha256().unwrap_or_default().to_owned(), config: config(version) };
    (version.version().unwrap_or_default().to_owned(), frozen)
}

/// AWS's defaults are always present in an answer (aws-facts §3); an emulator's empty strings are
/// read as absent.
pub fn config(live: &FunctionConfiguration) -> Config {
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let name = live.function_name().unwrap_or_default();
    Config {
        package: live.package_type().map_or_else(|| "Zip".to_owned(), |package| package.as_str().to_owned()),
        runtime: filled(live.runtime().map(|runtime| runtime.as_str())),
        handler: filled(live.handler()),
        architecture: live.architectures().first().map_or_else(|| "x86_64".to_owned(), |a| a.as_str().to_owned()),
        memory: live.memory_size().unwrap_or(128),
        timeout: live.timeout().unwrap_or(3),
        ephemeral_storage: live.ephemeral_storage().map_or(512, |storage| storage.size()),
        environment: live.environment().and_then(|e| e.variables()).map(|vars| vars.clone().into_iter().collect()).unwrap_or_default(),
        kms_key: filled(live.kms_key_arn()),
        layers: live.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect(),
        vpc: live.vpc_config().filter(|vpc| !vpc.subnet_ids().is_empty()).map(|vpc| Vpc {
            subnets: vpc.subnet_ids().iter().cloned().collect(),
            security_groups: vpc.security_group_ids().iter().cloned().collect(),
            ipv6: vpc.ipv6_allowed_for_dual_stack().unwrap_or(false),
        }),
        dead_letter: filled(live.dead_letter_config().and_then(|config| config.target_arn())),
        tracing: live.tracing_config().and_then(|t| t.mode()).map_or_else(|| "PassThrough".to_owned(), |mode| mode.as_str().to_owned()),
        logging: live.logging_config().map_or_else(
            || Logging { format: "Text".into(), application_level: None, system_level: None, log_group: format!("/aws/lambda/{name}") },
            |logging| Logging {
                format: logging.log_format().map_or_else(|| "Text".to_owned(), |format| format.as_str().to_owned()),
                application_level: logging.application_log_level().map(|level| level.as_str().to_owned()),
                system_level: logging.system_log_level().map(|level| level.as_str().to_owned()),
                log_group: filled(logging.log_group()).unwrap_or_else(|| format!("/aws/lambda/{name}")),
            },
        ),
        role: live.role().unwrap_or_default().to_owned(),
        snap_start: live.snap_start().and_then(|snap| snap.apply_on()).is_some_and(|on| on.as_str() == "PublishedVersions"),
        image: live.image_config_response().and_then(|image| image.image_config()).map(|image| ImageConfig {
            command: image.command().to_vec(),
            entry_point: image.entry_point().to_vec(),
            working_directory: filled(image.working_directory()),
        }),
    }
}

fn attach_mappings(seen: &mut Seen<Spec>, mappings: &[EventSourceMappingConfiguration]) {
    for mapping in mappings {
        if let Some((source, uuid, event_source)) = event_sources::of_function(mapping, &seen.name) {
            seen.handle.insert(format!("event_source {source}"), uuid);
            seen.spec.event_sources.insert(source, event_source);
        }
    }
}
