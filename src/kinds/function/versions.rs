//! Published versions, aliases, and what is published without one. An alias is current where its version froze what the files ask
//! for; a version is published only where none did, so that repeating an apply publishes nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::{AliasConfiguration, AliasRoutingConfiguration, FunctionConfiguration};
use futures_util::future::try_join_all;

use super::file::KEEP_VERSIONS;
use super::live::{self, Live, Record, Version};
use super::spec::{Alias, AliasVersion, Spec};
use super::write::{set_tags, untag};
use super::{Function, api, provisioned, settle};
use crate::aws::{AwsError, Failure, Page, pages};
use crate::contract::{Found, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::Artifact;
use crate::model::mark::PUBLISH_TAG;

/// Aliases of a function.
pub(super) async fn aliases(cx: &ReadCx, name: &str) -> Result<Vec<AliasConfiguration>, AwsError> {
    let aliases = pages(&api::LIST_ALIASES, name, |marker| async move {
        let asked = || cx.aws.lambda.list_aliases().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_ALIASES, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.aliases, page.next_marker)))
    });
    aliases.await
}

/// Published versions of a function.
pub(super) async fn published(cx: &ReadCx, name: &str) -> Result<Vec<FunctionConfiguration>, AwsError> {
    let versions = pages(&api::LIST_VERSIONS_BY_FUNCTION, name, |marker| async move {
        let asked = || cx.aws.lambda.list_versions_by_function().function_name(name).set_marker(marker.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_VERSIONS_BY_FUNCTION, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.versions, page.next_marker)))
    });
    let mut versions = versions.await?;
    versions.retain(|version| version.version() != Some(live::LATEST));
    Ok(versions)
}

/// The newest of these.
pub(super) fn newest<T>(versions: &BTreeMap<String, T>) -> Option<&String> {
    versions.keys().max_by_key(|number| order(number))
}

fn order(number: &str) -> u64 {
    number.parse().unwrap_or(0)
}

/// Versions to keep so that none of these goes.
pub(super) fn kept(live: &Live) -> u32 {
    u32::try_from(live.versions.len()).unwrap_or(u32::MAX).max(KEEP_VERSIONS)
}

/// Stands for the newest version where there is none.
const NONE: &str = "none";

/// The newest of these, as a spec says it.
pub(super) fn newest_of(published: &[FunctionConfiguration]) -> AliasVersion {
    let newest = published.iter().map(live::number_of).max_by_key(|number| order(number));
    AliasVersion::Other(newest.unwrap_or_else(|| NONE.to_owned()))
}

/// What references can name of a version.
pub(super) fn told(arn: &str, version: &str) -> [(String, String); 2] {
    [("version".to_owned(), version.to_owned()), ("version_arn".to_owned(), format!("{arn}:{version}"))]
}

/// Versions that have failed, and why. Lists tell no state (docs/aws-facts.md §10), so it is asked of
/// those that could be taken as good: what an alias points to, and the newest. Only the snapshot of a
/// version fails after it was published.
pub(super) async fn failures(
    cx: &ReadCx,
    name: &str,
    aliases: &[AliasConfiguration],
    published: &[FunctionConfiguration],
) -> Result<BTreeMap<String, String>, AwsError> {
    let newest = published.iter().map(live::number_of).max_by_key(|number| order(number));
    let asked: BTreeSet<String> = aliases.iter().map(live::version_of).chain(newest).collect();
    let snapshots = published.iter().filter(|version| live::config(version).snap_start && asked.contains(&live::number_of(version)));
    let failures = snapshots.map(|version| async move {
        let number = live::number_of(version);
        let get = || cx.aws.lambda.get_function().function_name(name).qualifier(&number).send();
        let answer = none_if_missing(cx.call.send(&api::GET_FUNCTION, name, get).await)?;
        let failure = answer.and_then(|answer| answer.configuration).as_ref().and_then(live::failure);
        Ok::<_, AwsError>(failure.map(|reason| (number, reason)))
    });
    Ok(try_join_all(failures).await?.into_iter().flatten().collect())
}

/// See [`crate::contract::Kind::align`].
pub(super) fn align(want: &Spec, have: &mut Spec, live: &Live, artifact: Option<&Artifact>) {
    have.s3.clone_from(&want.s3);
    let built = artifact.and_then(|artifact| artifact.code_sha256.as_deref());
    // Of what never carried a mark the record is a part of it.
    if live.record.is_none() && live.beside.is_none() && built == Some(live.code_sha256.as_str()) {
        have.code.clone_from(&want.code);
    }
    let is_current = |version: &Version| is_current(want, live.record.as_ref(), version, built);
    for (name, alias) in &mut have.aliases {
        let AliasVersion::Other(number) = &alias.version else { continue };
        let frozen = live.versions.get(number).and_then(Option::as_ref).is_some_and(is_current);
        if frozen && want.aliases.contains_key(name) {
            alias.version = AliasVersion::Current;
        }
    }
    let current = current_version(want, live, built);
    if current.is_some() && want.publish.is_some() && have.publish.is_some() {
        have.publish = Some(AliasVersion::Current);
    }
    have.keep_versions = want.keep_versions.map(|keep| {
        let mut versions: BTreeSet<u64> = live.versions.keys().map(|number| order(number)).collect();
        if current.is_none() {
            // With the one that is about to be published.
            versions.insert(u64::MAX);
        }
        let all = u32::try_from(versions.len()).unwrap_or(u32::MAX);
        if beyond(versions, keep, &led_to(want, current.as_deref())).is_empty() { keep } else { all }
    });
}

/// Versions that the wanted aliases lead to.
fn led_to(want: &Spec, current: Option<&str>) -> BTreeSet<u64> {
    let target = |alias: &Alias| match &alias.version {
        AliasVersion::Current => current.map(order),
        AliasVersion::Other(number) => Some(order(number)),
    };
    want.aliases.values().filter_map(target).collect()
}

/// What goes of these versions where so many are kept, from the newest on. What an alias leads to stays beside them:
/// a function that went back to an older state has its alias there.
fn beyond(versions: BTreeSet<u64>, keep: u32, led_to: &BTreeSet<u64>) -> Vec<u64> {
    let older = versions.into_iter().rev().skip(keep as usize);
    older.filter(|version| !led_to.contains(version)).collect()
}

/// Whether a version froze the wanted configuration and code.
fn is_current(want: &Spec, record: Option<&Record>, version: &Version, built: Option<&str>) -> bool {
    let Version { code_sha256, config, failed } = version;
    let recorded = record.filter(|record| Some(record.digest.as_str()) == want.code.recorded()).map(|record| record.sha256.as_str());
    failed.is_none() && recorded.or(built) == Some(code_sha256.as_str()) && *config == want.config
}

/// The newest published version that froze what is wanted. Where no alias leads to it, it has to be the
/// newest of all: that is what callers look for.
fn current_version(want: &Spec, live: &Live, built: Option<&str>) -> Option<String> {
    let known = live.versions.iter().filter_map(|(number, version)| Some((number, version.as_ref()?)));
    let current = known.filter(|(_, version)| is_current(want, live.record.as_ref(), version, built));
    let current = current.map(|(number, _)| number).max_by_key(|number| order(number));
    current.filter(|current| want.publish.is_none() || newest(&live.versions) == Some(*current)).cloned()
}

/// What is to become of versions and aliases.
pub(super) struct Publishing<'a> {
    /// The live side before the update, none where the function is new.
    pub have: Option<&'a Found<Function>>,
    /// What is desired.
    pub want: &'a Spec,
    /// Whether what is there now was just written, so that no version can be of it.
    pub is_new: bool,
    /// Revision of what was just written: nothing that another apply wrote after it is published.
    pub revision: Option<String>,
}

/// Points every alias to the version that froze what is wanted, publishing it where there is none.
/// Returns that version; none where none is wanted.
pub(super) async fn apply(cx: &WriteCx, name: &str, publishing: Publishing<'_>) -> Result<Option<String>, KindError> {
    let Publishing { have, want, is_new, revision } = publishing;
    if want.aliases.is_empty() && want.publish.is_none() {
        return Ok(None);
    }
    let frozen = have.filter(|_| !is_new).and_then(|have| current_version(want, &have.live, None));
    let target = match frozen {
        Some(version) => version,
        None => {
            // Lambda would give a failed one again for the same code and configuration.
            for (have, version) in have.into_iter().flat_map(|have| failed(&have.live).into_iter().map(move |version| (have, version))) {
                release(cx, name, version, have, want).await?;
                delete_version(cx, name, version).await?;
            }
            publish(cx, name, want, revision).await?
        }
    };
    if let Some(have) = have {
        provisioned::give_back(cx, name, &have.spec, want).await?;
    }
    for (alias, wanted) in &want.aliases {
        let live = have.and_then(|have| Some((have.live.aliases.get(alias)?, have.spec.aliases.get(alias)?)));
        let target = match &wanted.version {
            AliasVersion::Current => &target,
            // It is left where it is.
            AliasVersion::Other(number) => number,
        };
        point(cx, name, (alias, wanted), target, live).await?;
    }
    Ok(Some(target))
}

/// Deletes aliases that are no longer wanted, once what stood at them stands elsewhere, versions beyond
/// those kept, and those that have failed. `published` is what the aliases point to.
pub(super) async fn retire(
    cx: &WriteCx,
    name: &str,
    have: &Found<Function>,
    want: &Spec,
    published: Option<&str>,
) -> Result<(), KindError> {
    for alias in have.spec.aliases.keys().filter(|alias| !want.aliases.contains_key(*alias)) {
        delete_alias(cx, name, alias).await?;
    }
    let failed = failed(&have.live);
    // Where a version was published, they are gone already.
    let was_there = published.is_none_or(|published| have.live.versions.contains_key(published));
    for version in failed.iter().filter(|_| was_there) {
        delete_version(cx, name, *version).await?;
    }
    if let Some(keep) = want.keep_versions {
        let is_read = !have.spec.aliases.is_empty() || have.spec.publish.is_some();
        let there = if is_read { have.live.versions.keys().cloned().collect() } else { numbers(cx, name).await? };
        let versions = there.iter().map(String::as_str).chain(published).filter_map(|version| version.parse().ok());
        let versions = versions.filter(|version| !failed.contains(version)).collect();
        prune(cx, name, versions, keep).await?;
    }
    Ok(())
}

/// Numbers of the published versions of a function that published none till now, so that none was read.
async fn numbers(cx: &WriteCx, name: &str) -> Result<BTreeSet<String>, AwsError> {
    let versions = pages(&api::LIST_VERSIONS_BY_FUNCTION, name, |marker| async move {
        let asked = || cx.aws.lambda.list_versions_by_function().function_name(name).set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_VERSIONS_BY_FUNCTION, name, asked).await?;
        Ok(Page::new(page.versions, page.next_marker))
    });
    Ok(versions.await?.iter().map(live::number_of).filter(|number| number != live::LATEST).collect())
}

/// The tag of a function that publishes without an alias.
pub(super) fn tag(want: &Spec) -> Option<(String, String)> {
    want.publish.as_ref().map(|_| (PUBLISH_TAG.to_owned(), "true".to_owned()))
}

/// Brings that tag to what is wanted. What was published stays where nothing is published any more.
pub(super) async fn remember(cx: &WriteCx, name: &str, old: &Spec, want: &Spec) -> Result<(), KindError> {
    match tag(want) {
        Some(tag) if old.publish.is_none() => Ok(set_tags(cx, name, [tag].into()).await?),
        None if old.publish.is_some() => Ok(untag(cx, name, vec![PUBLISH_TAG.to_owned()]).await?),
        _ => Ok(()),
    }
}

/// Points an alias to a version, and wholly. `live` is where it points, and the rest of it.
async fn point(
    cx: &WriteCx,
    name: &str,
    (alias, wanted): (&str, &Alias),
    target: &str,
    live: Option<(&String, &Alias)>,
) -> Result<(), KindError> {
    // What stands ready for it has calls of its own.
    let Alias { version: _, description, provisioned_concurrency: _, weights } = wanted;
    let lambda = &cx.aws.lambda;
    match live {
        Some((version, live)) if version == target && live.description == *description && live.weights == *weights => {}
        Some((_, live)) => {
            // What is not said of shares stays as it is, and an empty list takes them away.
            let shares = (live.weights != *weights).then(|| {
                let weights = weights.iter().map(|(version, share)| (version.clone(), *share)).collect();
                AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
            });
            let update = || {
                let update = lambda.update_alias().function_name(name).name(alias).function_version(target);
                update.description(description).set_routing_config(shares.clone()).send()
            };
            cx.call.send(&api::UPDATE_ALIAS, name, update).await?;
        }
        None => {
            let create = || lambda.create_alias().function_name(name).name(alias).function_version(target).description(description).send();
            cx.call.send(&api::CREATE_ALIAS, name, create).await?;
        }
    }
    Ok(())
}

/// Versions that have failed.
fn failed(live: &Live) -> Vec<u64> {
    let failed = live.versions.iter().filter(|(_, version)| version.as_ref().is_some_and(|version| version.failed.is_some()));
    failed.filter_map(|(number, _)| number.parse().ok()).collect()
}

/// Takes the aliases off a version that has failed: Lambda deletes none that an alias points to. The
/// function itself, which is as wanted, serves until a version of it is there.
async fn release(cx: &WriteCx, name: &str, version: u64, have: &Found<Function>, want: &Spec) -> Result<(), KindError> {
    let leads = |alias: &String, target: &String| {
        let shares = have.spec.aliases.get(alias).map(|alias| alias.weights.contains_key(&version.to_string()));
        target.parse() == Ok(version) || shares == Some(true)
    };
    for (alias, target) in have.live.aliases.iter().filter(|(alias, target)| leads(alias, target)) {
        match (want.aliases.get(alias), have.spec.aliases.get(alias)) {
            (Some(wanted), Some(live)) => point(cx, name, (alias, wanted), live::LATEST, Some((target, live))).await?,
            _ => delete_alias(cx, name, alias).await?,
        }
    }
    Ok(())
}

async fn delete_alias(cx: &WriteCx, name: &str, alias: &str) -> Result<(), KindError> {
    let delete = || cx.aws.lambda.delete_alias().function_name(name).name(alias).send();
    done_if_missing(cx.call.send(&api::DELETE_ALIAS, name, delete).await)
}

async fn publish(cx: &WriteCx, name: &str, want: &Spec, revision: Option<String>) -> Result<String, KindError> {
    let publish = || cx.aws.lambda.publish_version().function_name(name).set_revision_id(revision.clone()).send();
    let published = cx.call.send(&api::PUBLISH_VERSION, name, publish).await?;
    let version = published.version.ok_or_else(|| AwsError::unexpected(&api::PUBLISH_VERSION, name, "the answer holds no version"))?;
    match settle::until_published(cx, name, &version, want.config.snap_start).await {
        Err(KindError::Aws(error)) if error.failure == Failure::EndedBadly => Err(discard(cx, name, &version, error).await.into()),
        Err(error) => Err(error),
        Ok(_) => Ok(version),
    }
}

/// Takes away a version that has failed, so that the next apply publishes another, and says so.
async fn discard(cx: &WriteCx, name: &str, version: &str, error: AwsError) -> AwsError {
    let Ok(number) = version.parse() else { return error };
    let what = match delete_version(cx, name, number).await {
        Ok(()) => "it was deleted".to_owned(),
        Err(why) => format!("it could not be deleted: {why}"),
    };
    AwsError { message: format!("{}; {what}, and no alias points to it", error.message), ..error }
}

/// Deletes what is beyond the versions that are kept, but for what any alias leads to now, whoever made it.
async fn prune(cx: &WriteCx, name: &str, versions: BTreeSet<u64>, keep: u32) -> Result<(), KindError> {
    if beyond(versions.clone(), keep, &BTreeSet::new()).is_empty() {
        return Ok(());
    }
    let aliases = pages(&api::LIST_ALIASES, name, |marker| async move {
        let asked = || cx.aws.lambda.list_aliases().function_name(name).set_marker(marker.clone()).send();
        let page = cx.call.send(&api::LIST_ALIASES, name, asked).await?;
        Ok(Page::new(page.aliases, page.next_marker))
    });
    let aliases = aliases.await?;
    let shares: BTreeMap<u64, &str> = aliases.iter().flat_map(shares).collect();
    let led_to: BTreeSet<u64> = aliases.iter().map(|alias| order(&live::version_of(alias))).chain(shares.keys().copied()).collect();
    for version in beyond(versions.clone(), keep, &led_to) {
        delete_version(cx, name, version).await?;
    }
    let of_aliases = aliases.iter().map(|alias| order(&live::version_of(alias))).collect();
    let held = beyond(versions, keep, &of_aliases).into_iter().find_map(|version| Some((version, shares.get(&version)?)));
    held.map_or(Ok(()), |(version, alias)| {
        let message = format!(
            "version {version} is beyond `keep_versions`, and stays: the alias {alias} sends a share of its calls there; end that rollout, or \
             keep more versions"
        );
        Err(AwsError::told(Failure::Refused, &api::DELETE_FUNCTION, name, message).into())
    })
}

/// Versions that get a share of an alias's calls beside the one that it points to.
fn shares(alias: &AliasConfiguration) -> Vec<(u64, &str)> {
    let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    weights.into_iter().flatten().map(|(version, _)| (order(version), alias.name().unwrap_or_default())).collect()
}

async fn delete_version(cx: &WriteCx, name: &str, version: u64) -> Result<(), KindError> {
    let delete = || cx.aws.lambda.delete_function().function_name(name).qualifier(version.to_string()).send();
    done_if_missing(cx.call.send(&api::DELETE_FUNCTION, name, delete).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alias_leads_to_stays_beside_the_newest() {
        let versions: BTreeSet<u64> = (1..=6).collect();
        assert_eq!(beyond(versions.clone(), 3, &BTreeSet::new()), [3, 2, 1]);
        assert_eq!(beyond(versions.clone(), 3, &[2].into()), [3, 1]);
        assert_eq!(beyond(versions.clone(), 3, &[5].into()), [3, 2, 1]);
        assert!(beyond([2, 4, 5, 6].into(), 3, &[2].into()).is_empty(), "nothing more goes");
        assert!(beyond(versions, 6, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn a_share_of_an_alias_is_no_less_than_where_it_points() {
        let routing = aws_sdk_lambda::types::AliasRoutingConfiguration::builder().additional_version_weights("2", 0.1).build();
        let alias = AliasConfiguration::builder().name("live").function_version("6").routing_config(routing).build();
        assert_eq!(shares(&alias), [(2, "live")]);
    }
}
