//! Lambda layers. Versions are immutable and take no tags: the mark and the digest of the sources
//! stand at the end of a version's description. ListLayerVersions gives all that is compared in
//! one call (aws-facts §3).

use std::collections::BTreeSet;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, LayerVersionContentInput, LayerVersionsListItem, Runtime};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::missing::gone;
use super::{Kind, KindError, ReadCx, WriteCx};
use crate::aws::AwsError;
use crate::model::{Artifact, Change, Handle, Node, Owner, Scope, Seen};

/// A layer.
pub struct Layer;

/// Digits of the sources' digest that a description carries: 128 bits.
pub const DIGEST_DIGITS: usize = 32;

/// Normal form of a layer: its newest version of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text, without the mark.
    pub description: String,
    /// First digits of the digest of the sources.
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
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "version"];
    const INTERNAL: &'static [&'static str] = &["keep_versions", "surplus_versions"];

    type Spec = Spec;

    fn computed(_scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("name".into(), name.to_owned())].into()
    }

    fn align(want: &mut Spec, have: &mut Spec, _artifact: Option<&Artifact>) {
        let versions = std::mem::take(&mut have.surplus_versions);
        have.keep_versions = want.keep_versions;
        want.surplus_versions = 0;
        let published = u32::from(have != want);
        have.surplus_versions = (versions + published).saturating_sub(want.keep_versions);
    }

    fn unsettled(changes: &[Change]) -> &'static [&'static str] {
        if publishes(changes) { &["arn", "version"] } else { &[] }
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<String>, AwsError> {
        let mut names = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let page =
                cx.call.send("lambda:ListLayers", "layers", || cx.aws.lambda.list_layers().set_marker(marker.clone()).send()).await?;
            for layer in page.layers() {
                let newest = layer.latest_matching_version().and_then(|version| Marked::of(version.description()?));
                // The newest version may be another environment's; ours may stand behind it.
                if newest.is_some_and(|mark| mark.stack == cx.scope.stack) {
                    names.extend(layer.layer_name().map(str::to_owned));
                }
            }
            marker = page.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        publish(cx, node, want).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let published = have.owner != Owner::Ours || publishes(changes);
        if published {
            publish(cx, node, want).await?;
        }
        let kept = (want.keep_versions as usize).saturating_sub(usize::from(published));
        for version in versions(have).skip(kept) {
            delete_version(cx, &node.name, version).await?;
        }
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

/// The mark at the end of a description: ` [etlctl:<stack>/<env>:<digest>]`.
struct Marked<'a> {
    description: &'a str,
    stack: &'a str,
    env: &'a str,
    digest: &'a str,
}

impl<'a> Marked<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (description, mark) = text.strip_suffix(']')?.rsplit_once("[etlctl:")?;
        let (owner, digest) = mark.rsplit_once(':')?;
        let (stack, env) = owner.split_once('/')?;
        Some(Self { description: description.trim_end(), stack, env, digest })
    }
}

fn marked_description(scope: &Scope, want: &Spec) -> String {
    format!("{} [etlctl:{}/{}:{}]", want.description, scope.stack, scope.env, want.code).trim_start().to_owned()
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Seen<Spec>>, AwsError> {
    let mut all: Vec<LayerVersionsListItem> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let answer = cx
            .call
            .send("lambda:ListLayerVersions", name, || {
                cx.aws.lambda.list_layer_versions().layer_name(name).set_marker(marker.clone()).send()
            })
            .await;
        let Some(page) = super::missing::found(answer)? else { return Ok(None) };
        marker = page.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        all.extend(page.layer_versions.unwrap_or_default());
        if marker.is_none() {
            break;
        }
    }
    all.sort_by_key(|version| std::cmp::Reverse(version.version()));
    Ok(seen(&cx.scope, name, &all))
}

/// A layer's name may be shared: by the environments of a stack, each with versions of its own, and
/// then a version is ours or not there. Where others published it, the whole layer is theirs.
fn seen(scope: &Scope, name: &str, all: &[LayerVersionsListItem]) -> Option<Seen<Spec>> {
    let mark =
        |version: &'_ LayerVersionsListItem| version.description().and_then(Marked::of).map(|m| (m.stack.to_owned(), m.env.to_owned()));
    let is_ours = |version: &&LayerVersionsListItem| mark(version).is_some_and(|(stack, env)| stack == scope.stack && env == scope.env);
    let ours: Vec<&LayerVersionsListItem> = all.iter().filter(is_ours).collect();
    let Some(newest) = ours.first() else {
        let newest = all.first()?;
        let owner = match mark(newest) {
            Some((stack, _)) if stack == scope.stack => return None,
            Some((stack, env)) => Owner::Foreign(format!("{stack}/{env}")),
            None => Owner::Unmarked,
        };
        return Some(Seen { name: name.to_owned(), spec: spec(newest, 0), handle: Handle::new(), owner });
    };
    let handle = [
        ("name".to_owned(), name.to_owned()),
        ("arn".to_owned(), newest.layer_version_arn().unwrap_or_default().to_owned()),
        ("version".to_owned(), newest.version().to_string()),
        ("versions".to_owned(), ours.iter().map(|v| v.version().to_string()).collect::<Vec<_>>().join(",")),
    ];
    Some(Seen { name: name.to_owned(), spec: spec(newest, ours.len() as u32), handle: handle.into(), owner: Owner::Ours })
}

fn spec(version: &LayerVersionsListItem, versions: u32) -> Spec {
    let text = version.description().unwrap_or_default();
    let mark = Marked::of(text);
    Spec {
        description: mark.as_ref().map_or(text, |mark| mark.description).to_owned(),
        code: mark.map_or_else(String::new, |mark| mark.digest.to_owned()),
        compatible_runtimes: version.compatible_runtimes().iter().map(|runtime| runtime.as_str().to_owned()).collect(),
        architectures: version.compatible_architectures().iter().map(|a| a.as_str().to_owned()).collect(),
        license: version.license_info().filter(|text| !text.is_empty()).map(str::to_owned),
        keep_versions: 0,
        surplus_versions: versions,
    }
}

async fn publish(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
    let package = cx.package(node).await?;
    let content = LayerVersionContentInput::builder().zip_file(Blob::new(package.zip)).build();
    let description = marked_description(&cx.scope, want);
    cx.call
        .send("lambda:PublishLayerVersion", &node.name, || {
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
    gone(
        cx.call
            .send("lambda:DeleteLayerVersion", name, || {
                cx.aws.lambda.delete_layer_version().layer_name(name).version_number(version).send()
            })
            .await,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(env: &str) -> Scope {
        Scope { partition: "aws".into(), account: "1".into(), region: "r".into(), stack: "s".into(), env: env.into() }
    }

    fn version(number: i64, description: &str) -> LayerVersionsListItem {
        LayerVersionsListItem::builder().version(number).layer_version_arn(format!("arn:x:{number}")).description(description).build()
    }

    #[test]
    fn environments_share_a_name_and_keep_apart() {
        let all = [version(3, "d [etlctl:s/prod:bb]"), version(2, "d [etlctl:s/dev:aa]"), version(1, "d [etlctl:s/dev:99]")];
        let dev = seen(&scope("dev"), "l", &all);
        assert_eq!(dev.as_ref().map(|s| s.handle["arn"].as_str()), Some("arn:x:2"));
        assert_eq!(dev.map(|s| s.spec.code), Some("aa".into()));
        assert!(seen(&scope("staging"), "l", &all).is_none());
    }

    #[test]
    fn a_layer_that_others_published_is_theirs() {
        let foreign = seen(&scope("dev"), "l", &[version(1, "[etlctl:other/dev:aa]")]);
        assert_eq!(foreign.map(|s| s.owner), Some(Owner::Foreign("other/dev".into())));
        let unmarked = seen(&scope("dev"), "l", &[version(1, "by hand")]);
        assert_eq!(unmarked.map(|s| s.owner), Some(Owner::Unmarked));
    }
}
