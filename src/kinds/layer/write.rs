//! Writing layers: what differs is published as another version, and versions beyond those that are
//! kept are deleted.

use aws_sdk_lambda::types::{Architecture, LayerVersionContentInput, Runtime};

use super::mark::marked_description;
use super::twins::{self, Twin};
use super::{Layer, Spec, api};
use crate::aws::AwsError;
use crate::contract::{Found, Kind, KindError, Staged, WriteCx, done_if_missing};
use crate::model::plan::NotNormal;
use crate::model::{Attributes, Node};

/// How often a version is published once more because no answer came and no version either.
const TRIES: usize = 3;

pub(super) async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<Attributes, KindError> {
    publish(cx, node, want, None).await
}

pub(super) async fn update(cx: &WriteCx, node: &Node, have: &Found<Layer>, want: &Spec) -> Result<Attributes, KindError> {
    let is_published = !have.owner.is_ours() || !want.is_published_as(&have.spec);
    let told = if is_published { publish(cx, node, want, have.live.versions.first().copied()).await? } else { Attributes::new() };
    // The one that is in use counts, wherever it stands among them.
    let kept = usize::try_from(want.keep_versions).unwrap_or(usize::MAX).saturating_sub(1);
    let others = have.live.versions.iter().filter(|version| is_published || have.live.version != Some(**version));
    for version in others.skip(kept) {
        delete_version(cx, &node.name, *version).await?;
    }
    Ok(told)
}

pub(super) async fn delete(cx: &WriteCx, have: &Found<Layer>) -> Result<(), KindError> {
    for version in &have.live.versions {
        delete_version(cx, &have.name, *version).await?;
    }
    Ok(())
}

/// Publishes a version, unless an answer that was lost had done so. `after` is the newest version that
/// was there before.
async fn publish(cx: &WriteCx, node: &Node, want: &Spec, after: Option<i64>) -> Result<Attributes, KindError> {
    // How many versions are kept is no part of one.
    let Spec { description, code, compatible_runtimes: _, architectures: _, license: _, keep_versions: _ } = want;
    let package = cx.package(node).await?;
    let unread = || NotNormal { kind: Layer::NAME, reason: format!("{} has no digest of its sources", node.id) };
    let digest = code.as_deref().ok_or_else(unread)?;
    let description = marked_description(&cx.scope, description, digest, &package.code_sha256);
    let staged = cx.stage(node, package).await?;
    let published = publish_staged(cx, node, want, after, (&description, &staged)).await;
    let unstaged = cx.unstage(node, Some(&staged)).await;
    let published = published?;
    unstaged.map(|()| published)
}

async fn publish_staged(
    cx: &WriteCx,
    node: &Node,
    want: &Spec,
    after: Option<i64>,
    (description, staged): (&str, &Staged),
) -> Result<Attributes, KindError> {
    let Spec { description: _, code: _, compatible_runtimes, architectures, license, keep_versions: _ } = want;
    let (name, size) = (&node.name, staged.size());
    let content = LayerVersionContentInput::builder();
    let content = match staged.object() {
        Some((bucket, key)) => content.s3_bucket(bucket).s3_key(key).build(),
        None => content.set_zip_file(staged.zip()).build(),
    };
    let alike = twins::Alike { name, description, runtimes: compatible_runtimes, architectures, license: license.as_deref() };
    let mut tries = 0..TRIES;
    loop {
        let answer = cx
            .call
            .upload(&api::PUBLISH_LAYER_VERSION, name, size, || {
                let mut call = cx
                    .aws
                    .lambda
                    .publish_layer_version()
                    .layer_name(name)
                    .description(description)
                    .content(content.clone())
                    .set_license_info(license.clone());
                if !compatible_runtimes.is_empty() {
                    call = call.set_compatible_runtimes(Some(compatible_runtimes.iter().map(|r| Runtime::from(r.as_str())).collect()));
                }
                if !architectures.is_empty() {
                    call = call.set_compatible_architectures(Some(architectures.iter().map(|a| Architecture::from(a.as_str())).collect()));
                }
                call.send()
            })
            .await;
        let published = match answer {
            Ok(answer) => match answer.layer_version_arn {
                Some(arn) => Twin { version: answer.version, arn },
                None => return Err(AwsError::unexpected(&api::PUBLISH_LAYER_VERSION, name, "the answer holds no ARN").into()),
            },
            // Every publish makes a version, even of the same content.
            Err(error) if error.is_in_doubt() => match twins::published_after_all(cx, &alike, after, &error).await? {
                Some(twin) => return Ok(twin.attributes()),
                None if tries.next().is_some() => continue,
                None => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        if is_next(after, published.version) {
            return Ok(published.attributes());
        }
        return settle_race(cx, &alike, after, published).await;
    }
}

/// Whether nobody published anything between what was there before and this version: Lambda counts them
/// up by one, and gives no number twice (docs/aws-facts.md §3).
fn is_next(after: Option<i64>, version: i64) -> bool {
    version == after.unwrap_or(0) + 1
}

/// Two who publish the same at the same time agree on the older one; each deletes its own surplus.
async fn settle_race(cx: &WriteCx, alike: &twins::Alike<'_>, after: Option<i64>, mine: Twin) -> Result<Attributes, KindError> {
    let twins = twins::of(cx, alike, after).await?;
    match twins.into_iter().filter(|twin| twin.version < mine.version).min_by_key(|twin| twin.version) {
        Some(older) => {
            delete_version(cx, alike.name, mine.version).await?;
            Ok(older.attributes())
        }
        None => Ok(mine.attributes()),
    }
}

async fn delete_version(cx: &WriteCx, name: &str, version: i64) -> Result<(), KindError> {
    done_if_missing(
        cx.call
            .send(&api::DELETE_LAYER_VERSION, name, || cx.aws.lambda.delete_layer_version().layer_name(name).version_number(version).send())
            .await,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_that_comes_next_tells_that_nobody_was_faster() {
        assert!(is_next(None, 1) && is_next(Some(4), 5));
        // Another one published between; or versions of before were deleted, whose numbers say nothing.
        assert!(!is_next(Some(4), 6) && !is_next(None, 2));
    }
}
