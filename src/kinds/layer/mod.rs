//! Lambda layers. Versions are immutable and take no tags: the mark and the digest of the sources
//! stand at the end of a version's description. ListLayerVersions gives all that is compared but
//! the hash of the bytes, which GetLayerVersion has (aws-facts §3).

use std::collections::BTreeSet;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, LayerVersionContentInput, Runtime};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::aws::{AwsError, Op, Page, pages};
use crate::contract::done_if_missing;
use crate::contract::tags::TagEdit;
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::model::{Artifact, Change, Handle, Node, Owner, Scope, Seen};

pub(crate) mod api;
mod mark;
mod needs;
mod read;

pub use mark::mark_length;

/// A layer.
pub struct Layer;

/// Digits of the sources' digest that a description carries: 128 bits.
pub const DIGEST_DIGITS: usize = 32;

/// Normal form of a layer: its newest version of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text, without the mark.
    pub description: String,
    /// First digits of the digest of the sources; `sha256:` and the live hash where a version of 0.1
    /// does not tell whether its bytes are theirs.
    pub code: String,
    /// Runtimes that may use it.
    pub compatible_runtimes: BTreeSet<String>,
    /// Architectures that may use it; none stands for any.
    pub architectures: BTreeSet<String>,
    /// SPDX identifier, address or text.
    pub license: Option<String>,
    /// Versions of ours that are kept.
    pub keep_versions: u32,
    /// Versions of ours beyond those; in a live layer, before it is aligned, all of them.
    pub surplus_versions: u32,
}

impl Kind for Layer {
    const NAME: &'static str = "layer";
    const SECTION: &'static str = "layers";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "version"];
    const INTERNAL: &'static [&'static str] = &["keep_versions", "surplus_versions"];

    type Spec = Spec;

    fn computed(_scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("name".into(), name.to_owned())].into()
    }

    fn align(want: &mut Spec, have: &mut Spec, artifact: Option<&Artifact>) {
        let built = artifact.and_then(|artifact| artifact.code_sha256.as_deref());
        if built.is_some_and(|sha256| have.code.strip_prefix("sha256:") == Some(sha256)) {
            have.code.clone_from(&want.code);
        }
        let versions = std::mem::take(&mut have.surplus_versions);
        have.keep_versions = want.keep_versions;
        want.surplus_versions = 0;
        let published = u32::from(have != want);
        have.surplus_versions = (versions + published).saturating_sub(want.keep_versions);
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        if publishes(changes) { &["arn", "version"] } else { &[] }
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        Ok(try_join_all(names.iter().map(|name| read::read_one(cx, name))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        let layers = pages(|marker| async move {
            let asked = || cx.aws.lambda.list_layers().set_marker(marker.clone()).send();
            let page = cx.call.send(&api::LIST_LAYERS, "layers", asked).await?;
            Ok(Page::new(page.layers, page.next_marker))
        });
        let mut claims = Vec::new();
        for layer in layers.await? {
            let newest = layer.latest_matching_version().and_then(|version| mark::Marked::of(version.description()?));
            let owner = newest.map_or(Owner::Unmarked, |marked| marked.owner(&cx.scope));
            // Only the newest version is listed: where it is not ours, one of ours may be older.
            let hides = !owner.is_ours();
            claims.extend(layer.layer_name().map(|name| Claim { name: name.to_owned(), owner, hides }));
        }
        Ok(claims)
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        publish(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let published = !have.owner.is_ours() || publishes(changes);
        if published {
            publish(cx, node, want).await?;
        }
        let kept = (want.keep_versions as usize).saturating_sub(usize::from(published));
        for version in versions(have).skip(kept) {
            delete_version(cx, &node.name, version).await?;
        }
        Ok(())
    }

    /// Versions take no tags.
    async fn retag(_cx: &WriteCx, _have: &Seen<Spec>, _edit: &TagEdit) -> Result<(), KindError> {
        Ok(())
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        for version in versions(have) {
            delete_version(cx, &have.name, version).await?;
        }
        Ok(())
    }
}

fn publishes(changes: &[Change]) -> bool {
    changes.iter().any(|change| !change.is_in("surplus_versions"))
}

/// Our versions, newest first.
fn versions(seen: &Seen<Spec>) -> impl Iterator<Item = i64> + '_ {
    seen.handle.get("versions").into_iter().flat_map(|list| list.split(',')).filter_map(|version| version.parse().ok())
}

async fn publish(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
    let package = cx.package(node).await?;
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(package.zip)).build();
    let description = mark::marked_description(&cx.scope, want, &package.code_sha256);
    cx.call
        .send(&api::PUBLISH_LAYER_VERSION, &node.name, || {
            let mut call = cx
                .aws
                .lambda
                .publish_layer_version()
                .layer_name(&node.name)
                .description(&description)
                .content(content.clone())
                .set_license_info(want.license.clone());
            if !want.compatible_runtimes.is_empty() {
                call = call.set_compatible_runtimes(Some(want.compatible_runtimes.iter().map(|r| Runtime::from(r.as_str())).collect()));
            }
            if !want.architectures.is_empty() {
                call = call.set_compatible_architectures(Some(want.architectures.iter().map(|a| Architecture::from(a.as_str())).collect()));
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
