//! Updating a function: only the calls that the changes need, in the order configuration, code,
//! concurrency, version and alias, then the parts beside them (aws-facts §3).

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, SnapStart, SnapStartApplyOn};

use super::api;
use super::spec::Spec;
use super::{Function, access, artifact_tag, event_sources, invocation, sensitive, settle, versions};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Kind, KindError, WriteCx};
use crate::model::mark::ARTIFACT_TAG;
use crate::model::{Change, Node, Seen};

pub mod parts;

/// Fields that UpdateFunctionConfiguration sets.
const CONFIGURATION: [&str; 15] = [
    "runtime",
    "handler",
    "memory",
    "timeout",
    "ephemeral_storage",
    "environment",
    "kms_key",
    "layers",
    "vpc",
    "dead_letter",
    "tracing",
    "logging",
    "role",
    "snap_start",
    "image",
];

pub async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
    let name = &node.name;
    let touched = |field: &str| changes.iter().any(|change| change.is_in(field));
    edit_tags(cx, name, &TagEdit::between(&cx.scope, Function::REACH, &have.owner, &have.spec.tags, &want.tags)).await?;
    // Both the old and the new names stand there while the environment changes.
    let (had, wanted) = (&have.spec.sensitive_variables, &want.sensitive_variables);
    let both = sensitive::normal(had.union(wanted).cloned().collect());
    sensitive::write(cx, name, had, &both).await?;
    let mut revision = have.handle.get("revision_id").cloned();
    if touched("description") || CONFIGURATION.iter().any(|field| touched(field)) {
        configure(cx, name, want, revision.take(), &touched).await?;
        revision = settle::until_ready(cx, name).await?.revision_id;
    }
    sensitive::write(cx, name, &both, wanted).await?;
    // Architectures is a member of UpdateFunctionCode alone.
    let code_changed = touched("code") || touched("architecture");
    if code_changed {
        let sha256 = upload(cx, node, want, revision).await?;
        if want.config.package == "Zip" {
            record_code(cx, node, &artifact_tag(&want.code, &sha256)).await?;
        }
    } else if touched("code_recorded") {
        let sha256 = have.spec.code.strip_prefix("sha256:").unwrap_or_default();
        record_code(cx, node, &artifact_tag(&want.code, sha256)).await?;
    }
    if touched("reserved_concurrency") {
        invocation::put_concurrency(cx, name, want.reserved_concurrency).await?;
    }
    if touched("aliases") || touched("surplus_versions") {
        versions::apply(cx, name, Some(have), want, code_changed && !repairs(have, want)).await?;
    }
    if touched("event_invoke") {
        invocation::apply(cx, name, Some(&have.spec), want).await?;
    }
    if touched("url") {
        access::apply_url(cx, name, Some(&have.spec), want).await?;
    }
    if touched("permissions") {
        access::apply_permissions(cx, name, Some(&have.spec), want).await?;
    }
    if touched("event_sources") { event_sources::apply(cx, name, Some(have), want).await } else { Ok(()) }
}

/// Whether the update puts back code that is on record, so that a version of it may be there.
fn repairs(have: &Seen<Spec>, want: &Spec) -> bool {
    have.spec.record.as_ref().is_some_and(|record| record.digest == want.code)
}

async fn configure(
    cx: &WriteCx,
    name: &str,
    want: &Spec,
    revision: Option<String>,
    touched: &(dyn Fn(&str) -> bool + Sync),
) -> Result<(), KindError> {
    let config = &want.config;
    cx.call
        .send(&api::UPDATE_FUNCTION_CONFIGURATION, name, || {
            let mut call = cx.aws.lambda.update_function_configuration().function_name(name).set_revision_id(revision.clone());
            if touched("runtime") {
                call = call.set_runtime(config.runtime.as_deref().map(versions::runtime));
            }
            if touched("handler") {
                call = call.set_handler(config.handler.clone());
            }
            if touched("memory") {
                call = call.memory_size(config.memory);
            }
            if touched("timeout") {
                call = call.timeout(config.timeout);
            }
            if touched("ephemeral_storage") {
                call = call.set_ephemeral_storage(parts::storage(config));
            }
            if touched("description") {
                call = call.description(&want.description);
            }
            // A change of the key needs the environment sent again.
            if touched("environment") || touched("kms_key") {
                call = call.environment(parts::environment(config));
            }
            if touched("kms_key") {
                call = call.kms_key_arn(config.kms_key.clone().unwrap_or_default());
            }
            if touched("layers") {
                call = call.set_layers(Some(config.layers.clone()));
            }
            if touched("vpc") {
                call = call.vpc_config(parts::vpc(config));
            }
            if touched("dead_letter") {
                call = call.dead_letter_config(parts::dead_letter(config));
            }
            if touched("tracing") {
                call = call.tracing_config(parts::tracing(config));
            }
            if touched("logging") {
                call = call.logging_config(parts::logging(config));
            }
            if touched("role") {
                call = call.role(&config.role);
            }
            if touched("snap_start") {
                let on = if config.snap_start { SnapStartApplyOn::PublishedVersions } else { SnapStartApplyOn::None };
                call = call.snap_start(SnapStart::builder().apply_on(on).build());
            }
            if touched("image") {
                call = call.set_image_config(parts::image(config));
            }
            call.send()
        })
        .await?;
    Ok(())
}

/// Sends the code; returns the hash that AWS reports for it.
async fn upload(cx: &WriteCx, node: &Node, want: &Spec, revision: Option<String>) -> Result<String, KindError> {
    let name = &node.name;
    let zip = if want.config.package == "Zip" && want.s3.is_none() { Some(Blob::new(cx.package(node).await?.zip)) } else { None };
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
            if want.config.package == "Image" {
                call = call.image_uri(&want.code);
            }
            if let Some(s3) = &want.s3 {
                call = call.s3_bucket(&s3.bucket).s3_key(&s3.key).set_s3_object_version(s3.version.clone());
            }
            call.send()
        })
        .await?;
    Ok(settle::until_ready(cx, name).await?.code_sha256)
}

/// Writes the record of the code.
pub async fn record_code(cx: &WriteCx, node: &Node, record: &str) -> Result<(), KindError> {
    set_tags(cx, &node.name, &[(ARTIFACT_TAG.to_owned(), record.to_owned())].into()).await
}

pub async fn edit_tags(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    if !edit.set.is_empty() {
        set_tags(cx, name, &edit.set).await?;
    }
    if !edit.remove.is_empty() {
        untag(cx, name, edit.remove.clone()).await?;
    }
    Ok(())
}

pub(super) async fn untag(cx: &WriteCx, name: &str, keys: Vec<String>) -> Result<(), KindError> {
    let arn = cx.scope.arn("lambda", &format!("function:{name}"));
    cx.call
        .send(&api::UNTAG_RESOURCE, name, || cx.aws.lambda.untag_resource().resource(&arn).set_tag_keys(Some(keys.clone())).send())
        .await?;
    Ok(())
}

pub(super) async fn set_tags(cx: &WriteCx, name: &str, tags: &Tags) -> Result<(), KindError> {
    let arn = cx.scope.arn("lambda", &format!("function:{name}"));
    cx.call
        .send(&api::TAG_RESOURCE, name, || {
            cx.aws.lambda.tag_resource().resource(&arn).set_tags(Some(tags.clone().into_iter().collect())).send()
        })
        .await?;
    Ok(())
}
