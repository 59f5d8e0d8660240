//! Updating a function: only the calls that its differences need, in the order configuration, code,
//! concurrency, version and alias, then the parts beside them (docs/aws-facts.md §3).

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Runtime, SnapStart, SnapStartApplyOn};

use super::{edit_tags, members, record_code};
use crate::contract::tags::TagEdit;
use crate::contract::{Found, Kind, KindError, WriteCx};
use crate::kinds::function::spec::{Code, Config, S3Code, Spec};
use crate::kinds::function::words::PackageType;
use crate::kinds::function::{Function, access, api, event_sources, invocation, sensitive, settle, versions};
use crate::model::Node;

pub(in crate::kinds::function) async fn update(cx: &WriteCx, node: &Node, have: &Found<Function>, want: &Spec) -> Result<(), KindError> {
    let name = &node.name;
    let Spec {
        code,
        // Live AWS does not tell it; what it leads to is in `code`.
        s3: _,
        config,
        description,
        reserved_concurrency,
        aliases,
        keep_versions,
        event_invoke,
        url,
        permissions,
        event_sources,
        sensitive_variables,
        tags,
    } = want;
    let old = &have.spec;
    edit_tags(cx, name, &TagEdit::between(&cx.scope, Function::REACH, &have.owner, &old.tags, tags)).await?;
    // Both the old and the new names stand there while the environment changes.
    let both = sensitive::normal(old.sensitive_variables.union(sensitive_variables).cloned().collect());
    sensitive::write(cx, name, &old.sensitive_variables, &both).await?;
    let mut revision = have.live.revision_id.clone();
    if old.description != *description || is_configured_anew(&old.config, config) {
        configure(cx, name, old, want, revision.take()).await?;
        revision = settle::until_ready(cx, name).await?.revision_id;
    }
    sensitive::write(cx, name, &both, sensitive_variables).await?;
    let code_changed = is_other_code(node, old, want);
    if code_changed {
        let sha256 = upload(cx, node, want, revision).await?;
        if config.package.is(PackageType::Zip) {
            record_code(cx, name, code, &sha256).await?;
        }
    } else if old.code != *code {
        // The bytes are the wanted ones; only the record of them is missing.
        record_code(cx, name, code, &have.live.code_sha256).await?;
    }
    if old.reserved_concurrency != *reserved_concurrency {
        invocation::put_concurrency(cx, name, *reserved_concurrency).await?;
    }
    if old.aliases != *aliases || old.keep_versions != *keep_versions {
        versions::apply(cx, name, Some(have), want, code_changed && !repairs(have, want)).await?;
    }
    if old.event_invoke != *event_invoke {
        invocation::apply(cx, name, Some(old), want).await?;
    }
    if old.url != *url {
        access::apply_url(cx, name, Some(old), want).await?;
    }
    if old.permissions != *permissions {
        access::apply_permissions(cx, name, Some(old), want).await?;
    }
    if old.event_sources != *event_sources { event_sources::apply(cx, name, Some(have), want).await } else { Ok(()) }
}

/// Whether the update puts back code that is on record, so that a version of it may be there.
fn repairs(have: &Found<Function>, want: &Spec) -> bool {
    have.live.record.as_ref().is_some_and(|record| Some(record.digest.as_str()) == want.code.recorded())
}

/// Whether other bytes have to go up. Architectures is a member of UpdateFunctionCode alone.
fn is_other_code(node: &Node, have: &Spec, want: &Spec) -> bool {
    let built = node.artifact.as_ref().and_then(|artifact| artifact.code_sha256.as_ref());
    let other = match &have.code {
        Code::Unrecorded { unrecorded_sha256 } if built == Some(unrecorded_sha256) => false,
        code => *code != want.code,
    };
    other || have.config.architecture != want.config.architecture
}

/// Whether UpdateFunctionConfiguration has something to do.
fn is_configured_anew(old: &Config, new: &Config) -> bool {
    // These two are no members of it.
    let same = Config { package: old.package.clone(), architecture: old.architecture.clone(), ..new.clone() };
    same != *old
}

async fn configure(cx: &WriteCx, name: &str, old: &Spec, want: &Spec, revision: Option<String>) -> Result<(), KindError> {
    let new = &want.config;
    let Config {
        package: _,
        runtime,
        handler,
        architecture: _,
        memory,
        timeout,
        ephemeral_storage,
        environment,
        kms_key,
        layers,
        vpc,
        dead_letter,
        tracing,
        logging,
        role,
        snap_start,
        image,
    } = &old.config;
    cx.call
        .send(&api::UPDATE_FUNCTION_CONFIGURATION, name, || {
            let mut call = cx.aws.lambda.update_function_configuration().function_name(name).set_revision_id(revision.clone());
            if new.runtime != *runtime {
                call = call.set_runtime(new.runtime.as_deref().map(Runtime::from));
            }
            if new.handler != *handler {
                call = call.set_handler(new.handler.clone());
            }
            if new.memory != *memory {
                call = call.memory_size(new.memory);
            }
            if new.timeout != *timeout {
                call = call.timeout(new.timeout);
            }
            if new.ephemeral_storage != *ephemeral_storage {
                call = call.set_ephemeral_storage(members::storage(new));
            }
            if want.description != old.description {
                call = call.description(&want.description);
            }
            // A change of the key needs the environment sent again.
            if new.environment != *environment || new.kms_key != *kms_key {
                call = call.environment(members::environment(new));
            }
            if new.kms_key != *kms_key {
                call = call.kms_key_arn(new.kms_key.clone().unwrap_or_default());
            }
            if new.layers != *layers {
                call = call.set_layers(Some(new.layers.clone()));
            }
            if new.vpc != *vpc {
                call = call.vpc_config(members::vpc(new));
            }
            if new.dead_letter != *dead_letter {
                call = call.dead_letter_config(members::dead_letter(new));
            }
            if new.tracing != *tracing {
                call = call.tracing_config(members::tracing(new));
            }
            if new.logging != *logging {
                call = call.logging_config(members::logging(new));
            }
            if new.role != *role {
                call = call.role(&new.role);
            }
            if new.snap_start != *snap_start {
                let on = if new.snap_start { SnapStartApplyOn::PublishedVersions } else { SnapStartApplyOn::None };
                call = call.snap_start(SnapStart::builder().apply_on(on).build());
            }
            if new.image != *image {
                call = call.set_image_config(members::image(new));
            }
            call.send()
        })
        .await?;
    Ok(())
}

/// Sends the code; returns the hash that AWS reports for it.
async fn upload(cx: &WriteCx, node: &Node, want: &Spec, revision: Option<String>) -> Result<String, KindError> {
    let name = &node.name;
    let is_image = want.config.package.is(PackageType::Image);
    let zip = if !is_image && want.s3.is_none() { Some(Blob::new(cx.package(node).await?.zip)) } else { None };
    cx.call
        .send(&api::UPDATE_FUNCTION_CODE, name, || {
            let mut call = cx
                .aws
                .lambda
                .update_function_code()
                .function_name(name)
                .architectures(Architecture::from(want.config.architecture.as_str()))
                .set_revision_id(revision.clone())
                .set_zip_file(zip.clone());
            if is_image {
                call = call.set_image_uri(want.code.recorded().map(str::to_owned));
            }
            if let Some(S3Code { bucket, key, version }) = &want.s3 {
                call = call.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.clone());
            }
            call.send()
        })
        .await?;
    Ok(settle::until_ready(cx, name).await?.code_sha256)
}
