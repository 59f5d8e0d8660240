//! Published versions and aliases. An alias is current where its version froze what the files ask
//! for; a version is published only where none did, so that repeating an apply publishes nothing.

use aws_sdk_lambda::types::{AliasConfiguration, FunctionConfiguration};

use super::live::{Live, Record, Version};
use super::spec::{Alias, AliasVersion, Spec};
use super::{Function, api, settle};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{Found, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::Artifact;

/// Aliases of a function and, where it has any, its published versions.
pub(super) async fn aliases_and_versions(
    cx: &ReadCx,
    name: &str,
) -> Result<(Vec<AliasConfiguration>, Vec<FunctionConfiguration>), AwsError> {
    let aliases = pages(|marker| async move {
        let asked = || cx.aws.lambda.list_aliases().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_ALIASES, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.aliases, page.next_marker)))
    });
    let aliases = aliases.await?;
    if aliases.is_empty() {
        return Ok((aliases, Vec::new()));
    }
    let versions = pages(|marker| async move {
        let asked = || cx.aws.lambda.list_versions_by_function().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_VERSIONS_BY_FUNCTION, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.versions, page.next_marker)))
    });
    let mut versions = versions.await?;
    versions.retain(|version| version.version() != Some("$LATEST"));
    Ok((aliases, versions))
}

/// See [`crate::contract::Kind::align`].
pub(super) fn align(want: &Spec, have: &mut Spec, live: &Live, artifact: Option<&Artifact>) {
    have.s3.clone_from(&want.s3);
    let built = artifact.and_then(|artifact| artifact.code_sha256.as_deref());
    let is_current = |version: &Version| is_current(want, live.record.as_ref(), version, built);
    for (name, alias) in &mut have.aliases {
        let AliasVersion::Other(number) = &alias.version else { continue };
        let frozen = live.versions.get(number).and_then(Option::as_ref).is_some_and(is_current);
        if frozen && want.aliases.contains_key(name) {
            alias.version = AliasVersion::Current;
        }
    }
    have.keep_versions = want.keep_versions.map(|keep| {
        // With the one that is about to be published.
        let published = live.versions.len() + usize::from(current_version(want, live, built).is_none());
        keep.max(u32::try_from(published).unwrap_or(u32::MAX))
    });
}

/// Whether a version froze the wanted configuration and code.
fn is_current(want: &Spec, record: Option<&Record>, version: &Version, built: Option<&str>) -> bool {
    let Version { code_sha256, config } = version;
    let recorded = record.filter(|record| Some(record.digest.as_str()) == want.code.recorded()).map(|record| record.sha256.as_str());
    recorded.or(built) == Some(code_sha256.as_str()) && *config == want.config
}

/// The newest published version that froze what is wanted.
fn current_version(want: &Spec, live: &Live, built: Option<&str>) -> Option<String> {
    let known = live.versions.iter().filter_map(|(number, version)| Some((number, version.as_ref()?)));
    let current = known.filter(|(_, version)| is_current(want, live.record.as_ref(), version, built));
    current.map(|(number, _)| number).max_by_key(|number| number.parse::<u64>().unwrap_or(0)).cloned()
}

/// Points every alias to the version that froze what is wanted, publishing it where there is none,
/// and deletes versions beyond those kept. `have` is the live side before the update, none where the
/// function is new.
pub(super) async fn apply(
    cx: &WriteCx,
    name: &str,
    have: Option<&Found<Function>>,
    want: &Spec,
    code_changed: bool,
) -> Result<(), KindError> {
    let mut versions: Vec<u64> = have.map(|have| have.live.versions.keys().filter_map(|v| v.parse().ok()).collect()).unwrap_or_default();
    let mut target = String::new();
    if !want.aliases.is_empty() {
        let frozen = have.filter(|_| !code_changed).and_then(|have| current_version(want, &have.live, None));
        target = match frozen {
            Some(version) => version,
            None => publish(cx, name, want).await?,
        };
        versions.extend(target.parse::<u64>());
    }
    for (alias, wanted) in &want.aliases {
        let Alias { version: _, description } = wanted;
        let live = have.and_then(|have| Some((have.live.aliases.get(alias)?, &have.spec.aliases.get(alias)?.description)));
        match live {
            Some((version, told)) if *version == target && told == description => {}
            Some(_) => {
                cx.call
                    .send(&api::UPDATE_ALIAS, name, || {
                        cx.aws
                            .lambda
                            .update_alias()
                            .function_name(name)
                            .name(alias)
                            .function_version(&target)
                            .description(description)
                            .send()
                    })
                    .await?;
            }
            None => {
                cx.call
                    .send(&api::CREATE_ALIAS, name, || {
                        cx.aws
                            .lambda
                            .create_alias()
                            .function_name(name)
                            .name(alias)
                            .function_version(&target)
                            .description(description)
                            .send()
                    })
                    .await?;
            }
        }
    }
    let gone_aliases = have.into_iter().flat_map(|seen| seen.spec.aliases.keys()).filter(|alias| !want.aliases.contains_key(*alias));
    for alias in gone_aliases {
        done_if_missing(
            cx.call.send(&api::DELETE_ALIAS, name, || cx.aws.lambda.delete_alias().function_name(name).name(alias).send()).await,
        )?;
    }
    match want.keep_versions {
        Some(keep) => prune(cx, name, versions, keep as usize).await,
        None => Ok(()),
    }
}

async fn publish(cx: &WriteCx, name: &str, want: &Spec) -> Result<String, KindError> {
    let published = cx.call.send(&api::PUBLISH_VERSION, name, || cx.aws.lambda.publish_version().function_name(name).send()).await?;
    let version = published.version.ok_or_else(|| AwsError::unexpected(&api::PUBLISH_VERSION, name, "the answer holds no version"))?;
    settle::until_published(cx, name, &version, want.config.snap_start).await?;
    Ok(version)
}

async fn prune(cx: &WriteCx, name: &str, mut versions: Vec<u64>, keep: usize) -> Result<(), KindError> {
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    for version in versions.into_iter().skip(keep) {
        done_if_missing(
            cx.call
                .send(&api::DELETE_FUNCTION, name, || {
                    cx.aws.lambda.delete_function().function_name(name).qualifier(version.to_string()).send()
                })
                .await,
        )?;
    }
    Ok(())
}
