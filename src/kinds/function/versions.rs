//! Published versions and aliases. An alias is current where its version froze what the files ask
//! for; a version is published only where none did, so that repeating an apply publishes nothing.

use aws_sdk_lambda::types::Runtime;

use super::api;
use super::settle;
use super::spec::{CURRENT, Spec};
use crate::aws::AwsError;
use crate::contract::done_if_missing;
use crate::contract::{KindError, WriteCx};
use crate::model::{Artifact, Seen};

/// See [`crate::contract::Kind::align`].
pub fn align(want: &mut Spec, have: &mut Spec, artifact: Option<&Artifact>) {
    have.s3.clone_from(&want.s3);
    have.keep_versions = want.keep_versions;
    let built = artifact.and_then(|artifact| artifact.code_sha256.as_deref());
    if built.is_some_and(|sha256| have.code == format!("sha256:{sha256}")) {
        have.code.clone_from(&want.code);
        have.code_recorded = false;
    }
    if have.code != want.code {
        // New code brings its record along.
        have.code_recorded = want.code_recorded;
    }
    let current = current_version(want, have, built);
    for (name, alias) in &mut have.aliases {
        let frozen = have
            .versions
            .get(&alias.version)
            .is_some_and(|_| is_current(want, have.record.as_ref(), have.versions.get(&alias.version), built));
        if frozen && want.aliases.contains_key(name) {
            alias.version = CURRENT.to_owned();
        }
    }
    let versions = have.surplus_versions;
    (want.surplus_versions, have.surplus_versions) = (0, 0);
    if !want.aliases.is_empty() {
        have.surplus_versions = (versions + u32::from(current.is_none())).saturating_sub(want.keep_versions);
    }
    have.versions.clear();
    have.record = None;
}

fn is_current(want: &Spec, record: Option<&super::spec::Record>, version: Option<&super::spec::Version>, built: Option<&str>) -> bool {
    let recorded = record.filter(|record| record.digest == want.code).map(|record| record.sha256.as_str());
    version.is_some_and(|version| recorded.or(built) == Some(version.code_sha256.as_str()) && version.config == want.config)
}

/// The newest published version that froze what is wanted.
fn current_version(want: &Spec, have: &Spec, built: Option<&str>) -> Option<String> {
    let current = have.versions.iter().filter(|(_, version)| is_current(want, have.record.as_ref(), Some(version), built));
    current.map(|(number, _)| number).max_by_key(|number| number.parse::<u64>().unwrap_or(0)).cloned()
}

/// Points every alias to the version that froze what is wanted, publishing it where there is none,
/// and deletes versions beyond those kept. `have` is the live side before the update, none where the
/// function is new.
pub async fn apply(cx: &WriteCx, name: &str, have: Option<&Seen<Spec>>, want: &Spec, code_changed: bool) -> Result<(), KindError> {
    let mut versions: Vec<u64> = have.map(|seen| seen.spec.versions.keys().filter_map(|v| v.parse().ok()).collect()).unwrap_or_default();
    let mut target = String::new();
    if !want.aliases.is_empty() {
        let frozen = have.filter(|_| !code_changed).and_then(|seen| current_version(want, &seen.spec, None));
        target = match frozen {
            Some(version) => version,
            None => publish(cx, name, want).await?,
        };
        versions.extend(target.parse::<u64>());
    }
    for (alias, wanted) in &want.aliases {
        let live = have.and_then(|seen| seen.spec.aliases.get(alias));
        match live {
            Some(live) if live.version == target && live.description == wanted.description => {}
            Some(_) => {
                cx.call
                    .send(&api::UPDATE_ALIAS, name, || {
                        cx.aws
                            .lambda
                            .update_alias()
                            .function_name(name)
                            .name(alias)
                            .function_version(&target)
                            .description(&wanted.description)
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
                            .description(&wanted.description)
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
    if want.aliases.is_empty() { Ok(()) } else { prune(cx, name, versions, want.keep_versions as usize).await }
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

/// The SDK's runtime of a name; names that this SDK does not know pass through.
pub fn runtime(name: &str) -> Runtime {
    Runtime::from(name)
}
