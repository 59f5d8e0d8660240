//! Versions of a layer that were published from the same: by an earlier try whose answer was lost, or
//! by another apply of the same files at the same time.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_lambda::types::LayerVersionsListItem;

use super::api;
use crate::aws::{AwsError, Page, pages};
use crate::contract::{KindError, WriteCx, none_if_missing};
use crate::model::{Attributes, Wait};

/// What versions that were published from the same have in common: the description holds whose they
/// are, the digest of the sources and the hash of the bytes.
pub(super) struct Alike<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub runtimes: &'a BTreeSet<String>,
    pub architectures: &'a BTreeSet<String>,
    pub license: Option<&'a str>,
}

/// One of them.
pub(super) struct Twin {
    pub version: i64,
    pub arn: String,
}

impl Twin {
    /// What references can name of it.
    pub fn attributes(self) -> Attributes {
        [("arn".to_owned(), self.arn), ("version".to_owned(), self.version.to_string())].into()
    }
}

/// Those that are newer than a version that was there before.
pub(super) async fn of(cx: &WriteCx, alike: &Alike<'_>, after: Option<i64>) -> Result<Vec<Twin>, AwsError> {
    let name = alike.name;
    let all = pages(&api::LIST_LAYER_VERSIONS, name, |marker| async move {
        let asked = || cx.aws.lambda.list_layer_versions().layer_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_LAYER_VERSIONS, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.layer_versions, page.next_marker)))
    });
    let alike = all.await?.into_iter().filter(|version| after.is_none_or(|after| version.version() > after) && is_alike(version, alike));
    Ok(alike.filter_map(|version| Some(Twin { version: version.version(), arn: version.layer_version_arn?.clone() })).collect())
}

fn is_alike(version: &LayerVersionsListItem, alike: &Alike<'_>) -> bool {
    let Alike { name: _, description, runtimes, architectures, license } = alike;
    let theirs: BTreeSet<String> = version.compatible_runtimes().iter().map(|runtime| runtime.as_str().to_owned()).collect();
    let machines: BTreeSet<String> = version.compatible_architectures().iter().map(|a| a.as_str().to_owned()).collect();
    version.description() == Some(description)
        && theirs == **runtimes
        && machines == **architectures
        && version.license_info().filter(|text| !text.is_empty()) == *license
}

/// Pauses between looks for a version whose answer was lost: lists of Lambda lag a few seconds.
const LOOKS: [u64; 5] = [500, 1_000, 2_000, 4_000, 8_000];

/// The version that a call made whose answer was lost, none where it made none.
pub(super) async fn published_after_all(
    cx: &WriteCx,
    alike: &Alike<'_>,
    after: Option<i64>,
    error: &AwsError,
) -> Result<Option<Twin>, KindError> {
    let mut so_far = Duration::ZERO;
    let bound = Duration::from_millis(LOOKS.iter().sum());
    for pause in LOOKS.map(Duration::from_millis) {
        let why = format!("the answer was lost ({}); looking for the version", error.short());
        let wait = Wait { why, what: alike.name.to_owned(), so_far, bound: Some(bound), is_retry: true };
        cx.wait(pause, &wait).await?;
        so_far += pause;
        if let Some(twin) = of(cx, alike, after).await?.into_iter().min_by_key(|twin| twin.version) {
            return Ok(Some(twin));
        }
    }
    Ok(None)
}
