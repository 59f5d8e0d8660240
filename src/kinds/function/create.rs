//! Creating a function: code, configuration and marks in one call, the parts that have calls of
//! their own after it is active.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, FunctionCode, PackageType, SnapStart, SnapStartApplyOn};

use super::api;
use super::spec::Spec;
use super::update::parts;
use super::{access, all_tags, artifact_tag, event_sources, invocation, sensitive, settle, versions};
use crate::contract::{KindError, WriteCx};
use crate::model::Node;

pub async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
    let name = &node.name;
    let (code, record) = code(cx, node, want).await?;
    let mut tags = all_tags(&cx.scope, &want.tags, record.clone());
    tags.extend(sensitive::tag(&want.sensitive_variables));
    let config = &want.config;
    cx.call
        .send(&api::CREATE_FUNCTION, name, || {
            let snap_start = SnapStart::builder().apply_on(SnapStartApplyOn::PublishedVersions).build();
            cx.aws
                .lambda
                .create_function()
                .function_name(name)
                .role(&config.role)
                .code(code.clone())
                .package_type(PackageType::from(config.package.as_str()))
                .set_runtime(config.runtime.as_deref().map(versions::runtime))
                .set_handler(config.handler.clone())
                .architectures(Architecture::from(config.architecture.as_str()))
                .memory_size(config.memory)
                .timeout(config.timeout)
                .set_ephemeral_storage(parts::storage(config))
                .description(&want.description)
                .environment(parts::environment(config))
                .set_kms_key_arn(config.kms_key.clone())
                .set_layers((!config.layers.is_empty()).then(|| config.layers.clone()))
                .set_vpc_config(config.vpc.as_ref().map(|_| parts::vpc(config)))
                .set_dead_letter_config(config.dead_letter.as_ref().map(|_| parts::dead_letter(config)))
                .tracing_config(parts::tracing(config))
                .logging_config(parts::logging(config))
                .set_snap_start(config.snap_start.then_some(snap_start))
                .set_image_config(parts::image(config))
                .set_tags(Some(tags.clone().into_iter().collect()))
                .send()
        })
        .await?;
    let settled = settle::until_ready(cx, name).await?;
    if record.is_none() && want.code_recorded && config.package == "Zip" {
        // Code from S3: its hash is known only now.
        super::update::record_code(cx, node, &artifact_tag(&want.code, &settled.code_sha256)).await?;
    }
    if let Some(reserved) = want.reserved_concurrency {
        invocation::put_concurrency(cx, name, Some(reserved)).await?;
    }
    versions::apply(cx, name, None, want, true).await?;
    invocation::apply(cx, name, None, want).await?;
    access::apply_url(cx, name, None, want).await?;
    access::apply_permissions(cx, name, None, want).await?;
    event_sources::apply(cx, name, None, want).await
}

/// The code to send, and the record of it where its hash is known before AWS tells it.
async fn code(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(FunctionCode, Option<String>), KindError> {
    if want.config.package == "Image" {
        return Ok((FunctionCode::builder().image_uri(&want.code).build(), None));
    }
    if let Some(s3) = &want.s3 {
        let code = FunctionCode::builder().s3_bucket(&s3.bucket).s3_key(&s3.key).set_s3_object_version(s3.version.clone()).build();
        return Ok((code, None));
    }
    let package = cx.package(node).await?;
    let record = artifact_tag(&want.code, &package.code_sha256);
    Ok((FunctionCode::builder().zip_file(Blob::new(package.zip)).build(), Some(record)))
}
