//! Creating a function: code, configuration and marks in one call, the parts that have calls of
//! their own after it is active.

use aws_sdk_lambda::types::{Architecture, FunctionCode, PackageType as SdkPackageType, Runtime, SnapStart, SnapStartApplyOn};

use super::{artifact_tag, members, record_code, told, write_beside};
use crate::contract::{Kind, KindError, Staged, WriteCx};
use crate::kinds::function::spec::{Config, S3Code, Spec};
use crate::kinds::function::words::PackageType;
use crate::kinds::function::{Function, access, api, beside, event_sources, invocation, provisioned, sensitive, settle, versions};
use crate::model::mark::ARTIFACT_TAG;
use crate::model::{Attributes, Node};

pub(in crate::kinds::function) async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
    let name = &node.name;
    let Spec {
        code: _,
        s3: _,
        config,
        description,
        reserved_concurrency,
        aliases: _,
        publish: _,
        keep_versions: _,
        event_invoke: _,
        url: _,
        permissions: _,
        notifications: _,
        event_sources: _,
        sensitive_variables,
        failed: _,
        elsewhere: _,
        tags,
    } = want;
    let Config {
        package,
        runtime,
        handler,
        architecture,
        memory,
        timeout,
        ephemeral_storage: _,
        environment: _,
        kms_key,
        layers,
        vpc,
        dead_letter,
        tracing: _,
        logging: _,
        role,
        snap_start,
        file_systems,
        durable: _,
        image: _,
    } = config;
    let (code, record, staged) = code(cx, node, want).await?;
    let size = staged.as_ref().map_or(0, Staged::size);
    let mut tags = cx.scope.marked(Function::REACH, tags);
    tags.extend(record.clone().map(|record| (ARTIFACT_TAG.to_owned(), record)));
    tags.extend(sensitive::tag(sensitive_variables));
    tags.extend(versions::tag(want));
    tags.extend([beside::tag(&beside::of(want))]);
    let created = cx
        .call
        .upload(&api::CREATE_FUNCTION, name, size, || {
            let frozen = SnapStart::builder().apply_on(SnapStartApplyOn::PublishedVersions).build();
            cx.aws
                .lambda
                .create_function()
                .function_name(name)
                .role(role)
                .code(code.clone())
                .package_type(SdkPackageType::from(package.as_str()))
                .set_runtime(runtime.as_deref().map(Runtime::from))
                .set_handler(handler.clone())
                .architectures(Architecture::from(architecture.as_str()))
                .memory_size(*memory)
                .timeout(*timeout)
                .set_ephemeral_storage(members::storage(config))
                .description(description)
                .environment(members::environment(config))
                .set_kms_key_arn(kms_key.clone())
                .set_layers((!layers.is_empty()).then(|| layers.clone()))
                .set_vpc_config(vpc.as_ref().map(|_| members::vpc(config)))
                .set_dead_letter_config(dead_letter.as_ref().map(|_| members::dead_letter(config)))
                .tracing_config(members::tracing(config))
                .logging_config(members::logging(config))
                .set_snap_start(snap_start.then_some(frozen))
                .set_file_system_configs((!file_systems.is_empty()).then(|| members::file_systems(config)))
                .set_durable_config(members::durable(config))
                .set_image_config(members::image(config))
                .set_tags(Some(tags.clone().into_iter().collect()))
                .send()
        })
        .await;
    let unstaged = cx.unstage(node, staged.as_ref()).await;
    let created = created?;
    unstaged?;
    let settled = settle::until_ready(cx, name, created.last_modified()).await?;
    let publishing = versions::Publishing { have: None, want, is_new: true, revision: settled.revision_id };
    let version = versions::apply(cx, name, publishing).await?;
    let own = async {
        if record.is_none() && package.is(PackageType::Zip) {
            // Code from S3: its hash is known only now.
            record_code(cx, name, &want.code, &settled.code_sha256).await?;
        }
        if let Some(reserved) = *reserved_concurrency {
            invocation::put_concurrency(cx, name, Some(reserved)).await?;
        }
        let url = access::apply_url(cx, name, None, want).await?;
        access::apply_permissions(cx, name, None, want).await.map(|()| url)
    };
    let url = write_beside(own, invocation::apply(cx, name, None, want), event_sources::apply(cx, name, None, want)).await?;
    provisioned::apply(cx, name, None, want).await?;
    Ok(told(cx, name, version, url))
}

/// The code to send, the record of it where its hash is known before AWS tells it, and the zip on its
/// way.
async fn code(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(FunctionCode, Option<String>, Option<Staged>), KindError> {
    let code = FunctionCode::builder();
    if want.config.package.is(PackageType::Image) {
        return Ok((code.set_image_uri(want.code.recorded().map(str::to_owned)).build(), None, None));
    }
    if let Some(S3Code { bucket, key, version }) = &want.s3 {
        return Ok((code.s3_bucket(bucket).s3_key(key).set_s3_object_version(version.clone()).build(), None, None));
    }
    let package = cx.package(node).await?;
    let record = artifact_tag(&want.code, &package.code_sha256);
    let staged = cx.stage(node, package).await?;
    let code = match staged.object() {
        Some((bucket, key)) => code.s3_bucket(bucket).s3_key(key),
        None => code.set_zip_file(staged.zip()),
    };
    Ok((code.build(), record, Some(staged)))
}
