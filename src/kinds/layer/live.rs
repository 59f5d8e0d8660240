//! Reading layers. ListLayerVersions gives all that is compared but the hash of the bytes, which
//! GetLayerVersion has (docs/aws-facts.md §3): it is asked of the versions that claim to be ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_lambda::types::LayerVersionsListItem;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::mark::Marked;
use super::{Layer, Spec, api};
use crate::aws::{AwsError, Page, lambda_millis, pages};
use crate::contract::{Claim, Code, Found, Kind, ReadCx, none_if_missing};
use crate::model::{Artifact, Owner, Scope};

/// What AWS alone knows of a layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// ARN of the version that is meant: the one that is wanted, else the newest of ours.
    pub arn: Option<String>,
    /// Its number.
    pub version: Option<i64>,
    /// Numbers of our versions, newest first.
    pub versions: Vec<i64>,
    /// Base64 SHA-256 of the newest version's archive where its mark, one of version 0.1, names no
    /// hash: only a zip of the sources can tell whether it is made of them.
    pub unrecorded: Option<String>,
    /// Our versions behind the newest, newest first.
    #[serde(default)]
    pub older: Vec<Older>,
}

/// A version behind the newest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Older {
    version: i64,
    arn: Option<String>,
    spec: Spec,
    unrecorded: Option<String>,
}

/// A version with the hash of its bytes, which is asked for where the version claims to be ours.
struct Published {
    version: LayerVersionsListItem,
    sha256: Option<String>,
}

impl Published {
    fn marked(&self) -> Option<Marked<'_>> {
        Marked::of(self.version.description()?)
    }

    /// See [`Live::unrecorded`].
    fn unrecorded(&self) -> Option<&String> {
        self.sha256.as_ref().filter(|_| self.marked().is_some_and(|marked| marked.hash.is_none()))
    }
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Layer>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    let all = || {
        pages(&api::LIST_LAYERS, "layers", |marker| async move {
            let asked = || cx.aws.lambda.list_layers().set_marker(marker.clone()).send();
            let page = cx.call.send(&api::LIST_LAYERS, "layers", asked).await?;
            Ok(Page::new(page.layers, page.next_marker))
        })
    };
    let layers = cx.once_for_all("", all).await?;
    if cx.surveys {
        // Whoever shares a name may stand behind its newest version.
        let behind = layers.iter().filter_map(|layer| layer.layer_name()).map(|name| claims_behind(cx, name));
        return Ok(try_join_all(behind).await?.into_iter().flatten().collect());
    }
    let mut claims = Vec::new();
    for layer in layers.iter() {
        let newest = layer.latest_matching_version().and_then(|version| Marked::of(version.description()?));
        let owner = newest.map_or(Owner::Unmarked, |marked| marked.owner(&cx.scope));
        // Only the newest version is listed: where it is not ours, one of ours may be older.
        let hides = !owner.is_ours();
        claims.extend(layer.layer_name().map(|name| Claim { hides, ..Claim::new(name, owner) }));
    }
    Ok(claims)
}

/// A claim for each mark on the versions of a layer, of the newest version that carries it. Only a read
/// tells whether the bytes are those of the mark.
async fn claims_behind(cx: &ReadCx, name: &str) -> Result<Vec<Claim>, AwsError> {
    let mut marks = BTreeMap::new();
    for version in versions(cx, name).await?.iter() {
        if let Some(marked) = version.description().and_then(Marked::of) {
            let made = version.created_date().and_then(lambda_millis);
            let newest = marks.entry(marked.mark).or_insert(made);
            *newest = made.max(*newest);
        }
    }
    Ok(marks.into_iter().map(|(mark, made)| Claim::new(name, Owner::by(&cx.scope, Layer::REACH, mark)).changed(made)).collect())
}

/// The newest version that is as wanted stands for the layer, also where another apply, or an earlier
/// state of the files, has published one on top: versions are immutable, so nothing is published twice.
pub(super) fn choose(want: &Spec, found: &mut Found<Layer>) -> bool {
    let Found { spec, live, .. } = found;
    if want.is_published_as(spec) {
        return false;
    }
    let Some(at) = live.older.iter().position(|older| want.is_published_as(&older.spec)) else { return false };
    let Older { version, arn, spec: older, unrecorded } = live.older.remove(at);
    *spec = older;
    (live.version, live.arn, live.unrecorded) = (Some(version), arn, unrecorded);
    true
}

/// Code of which nothing is on record is the wanted one where its bytes are. More versions than are
/// kept, the one counted that the differences publish, are themselves a difference; fewer are none.
pub(super) fn align(want: &mut Spec, have: &mut Spec, live: &Live, artifact: Option<&Artifact>) {
    let built = artifact.and_then(|artifact| artifact.code_sha256.as_ref());
    if built.is_some() && built == live.unrecorded.as_ref() {
        have.code.clone_from(&want.code);
    }
    let published = u32::from(!want.is_published_as(have));
    have.keep_versions = count(live.versions.len()).saturating_add(published).max(want.keep_versions);
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Layer>>, AwsError> {
    let mut all = Vec::clone(&*versions(cx, name).await?);
    all.sort_by_key(|version: &LayerVersionsListItem| std::cmp::Reverse(version.version()));
    let all = try_join_all(all.into_iter().map(|version| published(cx, name, version))).await?;
    Ok(found(&cx.scope, name, &all.into_iter().flatten().collect::<Vec<_>>()))
}

/// The version of this ARN as if there were no other; none where there is none.
pub(super) async fn version(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Found<Layer>>, AwsError> {
    let all = versions(cx, name).await?;
    let Some(version) = all.iter().find(|version| version.layer_version_arn() == Some(arn)) else { return Ok(None) };
    let version = published(cx, name, version.clone()).await?;
    Ok(version.and_then(|version| found(&cx.scope, name, &[version])))
}

/// All versions of a layer, none where there is no layer.
pub(super) async fn versions(cx: &ReadCx, name: &str) -> Result<Arc<Vec<LayerVersionsListItem>>, AwsError> {
    let ask = || {
        pages(&api::LIST_LAYER_VERSIONS, name, |marker| async move {
            let asked = || cx.aws.lambda.list_layer_versions().layer_name(name).set_marker(marker.clone()).send();
            let page = none_if_missing(cx.call.send(&api::LIST_LAYER_VERSIONS, name, asked).await)?;
            Ok(page.map_or_else(Page::empty, |page| Page::new(page.layer_versions, page.next_marker)))
        })
    };
    // Each stack looks behind the newest versions of the others'.
    cx.once_for_all(name, ask).await
}

/// None where the version was deleted since it was listed.
async fn published(cx: &ReadCx, name: &str, version: LayerVersionsListItem) -> Result<Option<Published>, AwsError> {
    let claims = version.description().and_then(Marked::of).is_some_and(|marked| marked.owner(&cx.scope).is_ours());
    if !claims {
        return Ok(Some(Published { version, sha256: None }));
    }
    let number = version.version();
    let answer = cx
        .call
        .send(&api::GET_LAYER_VERSION, name, || cx.aws.lambda.get_layer_version().layer_name(name).version_number(number).send())
        .await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let sha256 = answer.content.and_then(|content| content.code_sha256);
    Ok(Some(Published { version, sha256 }))
}

/// A layer's name may be shared: by the environments and instances of a stack, each with versions of
/// its own, and then a version is ours or not there. Where others published it, the whole layer is
/// theirs.
fn found(scope: &Scope, name: &str, all: &[Published]) -> Option<Found<Layer>> {
    let is_ours = |version: &&Published| version.marked().is_some_and(|marked| marked.is_ours(scope, version.sha256.as_deref()));
    let ours: Vec<&Published> = all.iter().filter(is_ours).collect();
    let newest = ours.first().copied().or_else(|| all.first())?;
    let unrecorded = newest.unrecorded().cloned();
    let (owner, live) = if ours.is_empty() {
        let owner = match newest.marked().map(|marked| marked.owner(scope)) {
            Some(Owner::Foreign(mark)) if mark.stack == scope.stack => return None,
            Some(Owner::Foreign(mark)) => Owner::Foreign(mark),
            // A mark of ours on bytes that are not ours is a stranger's.
            Some(Owner::Ours | Owner::Incomplete | Owner::Unmarked) | None => Owner::Unmarked,
        };
        (owner, Live { unrecorded, ..Live::default() })
    } else {
        let live = Live {
            arn: newest.version.layer_version_arn().map(str::to_owned),
            version: Some(newest.version.version()),
            versions: ours.iter().map(|published| published.version.version()).collect(),
            unrecorded,
            older: ours.iter().skip(1).map(|published| older(published, count(ours.len()))).collect(),
        };
        (Owner::Ours, live)
    };
    let spec = spec(newest, count(live.versions.len()));
    Some(Found { name: name.to_owned(), spec, live, owner, unread: Vec::new() })
}

fn older(published: &Published, keep_versions: u32) -> Older {
    let Published { version, sha256: _ } = published;
    let arn = version.layer_version_arn().map(str::to_owned);
    Older { version: version.version(), arn, spec: spec(published, keep_versions), unrecorded: published.unrecorded().cloned() }
}

fn spec(published: &Published, keep_versions: u32) -> Spec {
    let version = &published.version;
    let text = version.description().unwrap_or_default();
    let marked = published.marked();
    let recorded = marked.as_ref().filter(|_| published.unrecorded().is_none());
    Spec {
        description: marked.as_ref().map_or(text, |marked| marked.description).to_owned(),
        code: recorded.map(|marked| marked.digest.to_owned()),
        compatible_runtimes: version.compatible_runtimes().iter().map(|runtime| runtime.as_str().to_owned()).collect(),
        architectures: version.compatible_architectures().iter().map(|a| a.as_str().to_owned()).collect(),
        license: version.license_info().filter(|text| !text.is_empty()).map(str::to_owned),
        keep_versions,
    }
}

/// Where what a version holds lies.
pub(super) async fn code_at(cx: &ReadCx, arn: &str) -> Result<Option<Code>, AwsError> {
    let named = arn.split_once(":layer:").and_then(|(_, rest)| rest.split_once(':'));
    let Some((name, version)) = named.and_then(|(name, version)| Some((name, version.parse().ok()?))) else { return Ok(None) };
    let get = || cx.aws.lambda.get_layer_version().layer_name(name).version_number(version).send();
    let content = none_if_missing(cx.call.send(&api::GET_LAYER_VERSION, name, get).await)?.and_then(|answer| answer.content);
    Ok(content.and_then(|content| Some(Code::Zip { location: content.location?, sha256: content.code_sha256.unwrap_or_default() })))
}

/// So many that a spec can say it: AWS keeps no four thousand million versions.
fn count(versions: usize) -> u32 {
    u32::try_from(versions).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::mark::marked_description;
    use super::*;
    use crate::model::desired::ArtifactForm;

    const BYTES: &str = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
    const HASH: &str = "q83vEjRWeJCrze8S";

    fn scope(env: &str, instance: &str) -> Scope {
        Scope {
            partition: "aws".into(),
            account: "1".into(),
            region: "r".into(),
            stack: "s".into(),
            env: env.into(),
            instance: instance.into(),
        }
    }

    fn version(number: i64, description: &str, sha256: &str) -> Published {
        let version =
            LayerVersionsListItem::builder().version(number).layer_version_arn(format!("arn:x:{number}")).description(description);
        Published { version: version.build(), sha256: Some(sha256.to_owned()) }
    }

    fn arn(found: Option<Found<Layer>>) -> Option<String> {
        found.and_then(|found| found.live.arn)
    }

    #[test]
    fn a_description_is_read_as_it_was_written() {
        let text = marked_description(&scope("dev", "pr1"), "d [x]", "aa", BYTES);
        assert_eq!(text, format!("d [x] [etlctl:s/dev/pr1:aa.{HASH}]"));
        let found = found(&scope("dev", "pr1"), "l", &[version(1, &text, BYTES)]);
        let read = found.map(|found| (found.owner, found.spec.description, found.spec.code));
        assert_eq!(read, Some((Owner::Ours, "d [x]".into(), Some("aa".into()))));
    }

    #[test]
    fn environments_and_instances_share_a_name_and_keep_apart() {
        let mark = |owner: &str| format!("d [etlctl:s/{owner}:aa.{HASH}]");
        let all = [
            version(4, &mark("prod/prod"), BYTES),
            version(3, &mark("dev/pr1"), BYTES),
            version(2, &mark("dev/dev"), BYTES),
            version(1, &mark("dev/dev"), BYTES),
        ];
        assert_eq!(arn(found(&scope("dev", "dev"), "l", &all)), Some("arn:x:2".into()));
        assert_eq!(arn(found(&scope("dev", "pr1"), "l", &all)), Some("arn:x:3".into()));
        assert!(found(&scope("dev", "pr2"), "l", &all).is_none());
        assert!(found(&scope("staging", "staging"), "l", &all).is_none());
    }

    #[test]
    fn a_layer_that_others_published_is_theirs() {
        let foreign = found(&scope("dev", "dev"), "l", &[version(1, "[etlctl:other/dev/dev:aa.bb]", BYTES)]);
        assert!(matches!(foreign.map(|s| s.owner), Some(Owner::Foreign(mark)) if mark.stack == "other"));
        let unmarked = found(&scope("dev", "dev"), "l", &[version(1, "by hand", BYTES)]);
        assert_eq!(unmarked.map(|s| s.owner), Some(Owner::Unmarked));
    }

    #[test]
    fn a_copied_mark_on_other_bytes_is_a_strangers_and_ours_stands_behind_it() {
        let mark = format!("[etlctl:s/dev/dev:aa.{HASH}]");
        let copied = version(2, &mark, "ZZZvEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=");
        assert_eq!(found(&scope("dev", "dev"), "l", std::slice::from_ref(&copied)).map(|s| s.owner), Some(Owner::Unmarked));
        assert_eq!(arn(found(&scope("dev", "dev"), "l", &[copied, version(1, &mark, BYTES)])), Some("arn:x:1".into()));
        let without_hash = version(1, "[etlctl:s/dev/dev:aa]", BYTES);
        assert_eq!(found(&scope("dev", "dev"), "l", &[without_hash]).map(|s| s.owner), Some(Owner::Unmarked));
        let unknown = Published { sha256: None, ..version(1, &mark, BYTES) };
        assert_eq!(found(&scope("dev", "dev"), "l", &[unknown]).map(|s| s.owner), Some(Owner::Unmarked));
    }

    #[test]
    fn a_version_of_0_1_is_the_default_instances_and_only_its_bytes_tell_its_sources() {
        let old = [version(1, "d [etlctl:s/dev:aa]", BYTES)];
        assert!(found(&scope("dev", "pr1"), "l", &old).is_none());
        let Found { spec: mut have, live, .. } = found(&scope("dev", "dev"), "l", &old).unwrap();
        assert_eq!((&have.code, live.unrecorded.as_deref()), (&None, Some(BYTES)));
        let mut want = Spec { code: Some("aa".into()), keep_versions: 1, ..have.clone() };
        let mut artifact = Artifact {
            source: "x".into(),
            project: "".into(),
            form: ArtifactForm::Function { build: None },
            digest: "aa".into(),
            code_sha256: Some("other".into()),
        };
        align(&mut want, &mut have, &live, Some(&artifact));
        assert_eq!(have.code, None);
        artifact.code_sha256 = Some(BYTES.into());
        align(&mut want, &mut have, &live, Some(&artifact));
        assert_eq!(have, want);
    }

    #[test]
    fn the_version_that_is_wanted_stands_for_the_layer_wherever_it_is() {
        let mark = |digest: &str| format!("d [etlctl:s/dev/dev:{digest}.{HASH}]");
        let all = [version(3, &mark("cc"), BYTES), version(2, &mark("bb"), BYTES), version(1, &mark("bb"), BYTES)];
        let chosen = |digest: &str| {
            let mut found = found(&scope("dev", "dev"), "l", &all).unwrap();
            let want = Spec { code: Some(digest.into()), keep_versions: 9, ..found.spec.clone() };
            let is_other = choose(&want, &mut found);
            (is_other, found.live.arn.unwrap(), found.spec.code.unwrap())
        };
        assert_eq!(chosen("cc"), (false, "arn:x:3".into(), "cc".into()));
        assert_eq!(chosen("bb"), (true, "arn:x:2".into(), "bb".into()));
        assert_eq!(chosen("aa"), (false, "arn:x:3".into(), "cc".into()));
    }

    #[test]
    fn more_versions_than_are_kept_are_a_difference_and_fewer_are_none() {
        let mark = format!("d [etlctl:s/dev/dev:aa.{HASH}]");
        let all = [3, 2, 1].map(|number| version(number, &mark, BYTES));
        let Found { spec, live, .. } = found(&scope("dev", "dev"), "l", &all).unwrap();
        assert_eq!((spec.keep_versions, live.version, &live.versions), (3, Some(3), &vec![3, 2, 1]));
        let kept = |code: &str, keep_versions: u32| {
            let (mut want, mut have) = (Spec { code: Some(code.into()), keep_versions, ..spec.clone() }, spec.clone());
            align(&mut want, &mut have, &live, None);
            (have.keep_versions, want.keep_versions)
        };
        assert_eq!(kept("aa", 2), (3, 2));
        assert_eq!(kept("aa", 3), (3, 3));
        assert_eq!(kept("aa", 5), (5, 5));
        // The new version is one more.
        assert_eq!(kept("bb", 3), (4, 3));
        assert_eq!(kept("bb", 4), (4, 4));
    }
}
