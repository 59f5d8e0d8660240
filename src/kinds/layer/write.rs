//! Writing layers: what differs is published as another version, and versions beyond those that are
//! kept are deleted.

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, LayerVersionContentInput, Runtime};

use super::mark::marked_description;
use super::{Layer, Spec, api};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::Node;
use crate::model::plan::NotNormal;

pub(super) async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
    publish(cx, node, want).await
}

pub(super) async fn update(cx: &WriteCx, node: &Node, have: &Found<Layer>, want: &Spec) -> Result<(), KindError> {
    let is_published = !have.owner.is_ours() || !want.is_published_as(&have.spec);
    if is_published {
        publish(cx, node, want).await?;
    }
    let kept = usize::try_from(want.keep_versions).unwrap_or(usize::MAX).saturating_sub(usize::from(is_published));
    for version in have.live.versions.iter().skip(kept) {
        delete_version(cx, &node.name, *version).await?;
    }
    Ok(())
}

pub(super) async fn delete(cx: &WriteCx, have: &Found<Layer>) -> Result<(), KindError> {
    for version in &have.live.versions {
        delete_version(cx, &have.name, *version).await?;
    }
    Ok(())
}

async fn publish(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
    // How many versions are kept is no part of one.
    let Spec { description, code, compatible_runtimes, architectures, license, keep_versions: _ } = want;
    let package = cx.package(node).await?;
    let unread = || NotNormal { kind: Layer::NAME, reason: format!("{} has no digest of its sources", node.id) };
    let digest = code.as_deref().ok_or_else(unread)?;
    let description = marked_description(&cx.scope, description, digest, &package.code_sha256);
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(package.zip)).build();
    cx.call
        .send(&api::PUBLISH_LAYER_VERSION, &node.name, || {
            let mut call = cx
                .aws
                .lambda
                .publish_layer_version()
                .layer_name(&node.name)
                .description(&description)
                .content(content.clone())
                .set_license_info(license.clone());
            if !compatible_runtimes.is_empty() {
                call = call.set_compatible_runtimes(Some(compatible_runtimes.iter().map(|r| Runtime::from(r.as_str())).collect()));
            }
            if !architectures.is_empty() {
                call = call.set_compatible_architectures(Some(architectures.iter().map(|a| Architecture::from(a.as_str())).collect()));
            }
            // Every publish makes a version, even of the same content: a lost answer is looked after
            // by reading, not by sending again.
            let once = aws_sdk_lambda::config::Builder::new().retry_config(RetryConfig::disabled());
            call.customize().config_override(once).send()
        })
        .await?;
    Ok(())
}

async fn delete_version(cx: &WriteCx, name: &str, version: i64) -> Result<(), KindError> {
    done_if_missing(
        cx.call
            .send(&api::DELETE_LAYER_VERSION, name, || cx.aws.lambda.delete_layer_version().layer_name(name).version_number(version).send())
            .await,
    )
}
