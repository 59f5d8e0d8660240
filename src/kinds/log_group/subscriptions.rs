//! Reading and writing the subscription filters of a log group. Nothing that lists groups counts them, so a
//! group that has some of ours carries a tag, and only of such a group they are read. The tag says which are
//! ours: where the file names none, what others put there meanwhile stays.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatchlogs::types::{Distribution as LiveDistribution, SubscriptionFilter as LiveFilter};

use super::spec::{Distribution, SubscriptionFilter};
use serde::{Deserialize, Serialize};

use super::{LogGroup, Spec, api, arn};
use crate::aws::{AwsError, Failure, Page, pages};
use crate::contract::{Found, KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::fingerprint::short_digest;
use crate::model::mark::SUBSCRIBED_TAG;

/// Bytes of a name's digest. A tag does not take every name: they are longer than its value, and freer.
const DIGEST_BYTES: usize = 8;

/// Which filters of a group are ours, as its tag holds them: digests of their names, with blanks between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Ours(BTreeSet<String>);

impl Ours {
    /// Those of these names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a String>) -> Self {
        Self(names.into_iter().map(|name| digest(name)).collect())
    }

    /// Those that a tag holds.
    pub fn told(tag: &str) -> Self {
        Self(tag.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether a filter is one of them.
    pub fn have(&self, name: &str) -> bool {
        self.0.contains(&digest(name))
    }

    fn and(&self, more: &Self) -> Self {
        Self(self.0.union(&more.0).cloned().collect())
    }

    /// The value of the tag, none where there are none.
    pub fn tag(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
    }
}

fn digest(name: &str) -> String {
    short_digest(name, DIGEST_BYTES)
}

/// The tag of a group, none where nothing of it goes anywhere.
pub(super) fn tag(want: &Spec) -> Option<(String, String)> {
    let ours = Ours::of(want.subscription_filters.iter().flatten().map(|(name, _)| name));
    ours.tag().map(|tag| (SUBSCRIBED_TAG.to_owned(), tag))
}

/// Leaves to others what is theirs where the file names no filters, and makes a tag that says something else
/// than what is there a difference of the tags: nothing else shows it.
pub(super) fn align(want: &mut Spec, have: &mut Spec, told: Option<&Ours>) {
    want.tags.remove(SUBSCRIBED_TAG);
    have.tags.remove(SUBSCRIBED_TAG);
    let Some(wanted) = &want.subscription_filters else {
        have.subscription_filters = None;
        return;
    };
    let there = have.subscription_filters.get_or_insert_default();
    let Some(told) = told else { return };
    if wanted.is_empty() {
        there.retain(|name, _| told.have(name));
    }
    let right = Ours::of(wanted.keys());
    if wanted.keys().eq(there.keys()) && right != *told {
        have.tags.insert(SUBSCRIBED_TAG.to_owned(), told.tag().unwrap_or_default());
        want.tags.extend(right.tag().map(|tag| (SUBSCRIBED_TAG.to_owned(), tag)));
    }
}

/// All filters of a group.
pub(super) async fn read(cx: &ReadCx, group: &str) -> Result<BTreeMap<String, SubscriptionFilter>, AwsError> {
    let filters = pages(&api::DESCRIBE_SUBSCRIPTION_FILTERS, group, |token| async move {
        let asked = || cx.aws.logs.describe_subscription_filters().log_group_name(group).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::DESCRIBE_SUBSCRIPTION_FILTERS, group, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.subscription_filters, page.next_token)))
    });
    Ok(filters.await?.into_iter().filter_map(of).collect())
}

fn of(live: LiveFilter) -> Option<(String, SubscriptionFilter)> {
    let filter = SubscriptionFilter {
        pattern: live.filter_pattern.unwrap_or_default(),
        destination: live.destination_arn.unwrap_or_default(),
        role: live.role_arn.filter(|role| !role.is_empty()),
        distribution: live.distribution.map_or_else(|| Distribution::ByLogStream.into(), |way| way.as_str().into()),
        on_transformed_logs: live.apply_on_transformed_logs,
        field_selection: live.field_selection_criteria.filter(|selection| !selection.is_empty()),
        system_fields: live.emit_system_fields.unwrap_or_default().into_iter().collect(),
    };
    Some((live.filter_name?, filter))
}

/// Brings a group to the filters that are wanted. The tag names each of ours from before it is there until it
/// is gone: a run that ends in between leaves none that nobody knows.
pub(super) async fn update(cx: &WriteCx, have: &Found<LogGroup>, want: &BTreeMap<String, SubscriptionFilter>) -> Result<(), KindError> {
    let (group, none) = (&have.name, BTreeMap::new());
    let old = have.spec.subscription_filters.as_ref().unwrap_or(&none);
    if old == want {
        return Ok(());
    }
    let right = Ours::of(want.keys());
    let told = match &have.live.subscribed {
        Some(told) => told.clone(),
        None => {
            // None was read: what others put there nobody has seen.
            check_no_others(cx, group, want).await?;
            Ours::default()
        }
    };
    let both = told.and(&right);
    set_tag(cx, group, &told, &both).await?;
    change(cx, group, old, want).await?;
    set_tag(cx, group, &both, &right).await?;
    Ok(())
}

async fn set_tag(cx: &WriteCx, group: &str, told: &Ours, right: &Ours) -> Result<(), AwsError> {
    if told == right {
        return Ok(());
    }
    let arn = &arn(&cx.scope, group);
    match right.tag() {
        Some(value) => {
            let tag = || cx.aws.logs.tag_resource().resource_arn(arn).tags(SUBSCRIBED_TAG, &value).send();
            cx.call.send(&api::TAG_RESOURCE, group, tag).await.map(drop)
        }
        None => {
            let untag = || cx.aws.logs.untag_resource().resource_arn(arn).tag_keys(SUBSCRIBED_TAG).send();
            cx.call.send(&api::UNTAG_RESOURCE, group, untag).await.map(drop)
        }
    }
}

async fn check_no_others(cx: &WriteCx, group: &str, want: &BTreeMap<String, SubscriptionFilter>) -> Result<(), AwsError> {
    let ask = || cx.aws.logs.describe_subscription_filters().log_group_name(group).send();
    let there = cx.call.send(&api::DESCRIBE_SUBSCRIPTION_FILTERS, group, ask).await?;
    let names = there.subscription_filters().iter().filter_map(LiveFilter::filter_name);
    let others: Vec<&str> = names.filter(|name| !want.contains_key(*name)).collect();
    if others.is_empty() {
        return Ok(());
    }
    let message = format!("the group has subscription filters that no file names: {}; name them, or delete them", others.join(", "));
    Err(AwsError::told(Failure::Refused, &api::PUT_SUBSCRIPTION_FILTER, group, message))
}

/// Puts what differs and deletes what is wanted no more.
pub(super) async fn change<'a>(
    cx: &WriteCx,
    group: &str,
    old: &BTreeMap<String, SubscriptionFilter>,
    want: impl IntoIterator<Item = (&'a String, &'a SubscriptionFilter)>,
) -> Result<(), KindError> {
    let want: BTreeMap<&String, &SubscriptionFilter> = want.into_iter().collect();
    // A group holds two of them: what goes makes room.
    for name in old.keys().filter(|name| !want.contains_key(name)) {
        let delete = || cx.aws.logs.delete_subscription_filter().log_group_name(group).filter_name(name).send();
        done_if_missing(cx.call.send(&api::DELETE_SUBSCRIPTION_FILTER, group, delete).await)?;
    }
    for (name, filter) in want.into_iter().filter(|(name, filter)| old.get(*name) != Some(*filter)) {
        put(cx, group, name, filter).await?;
    }
    Ok(())
}

async fn put(cx: &WriteCx, group: &str, name: &str, filter: &SubscriptionFilter) -> Result<(), KindError> {
    let SubscriptionFilter { pattern, destination, role, distribution, on_transformed_logs, field_selection, system_fields } = filter;
    let put = || {
        let call = cx.aws.logs.put_subscription_filter().log_group_name(group).filter_name(name).filter_pattern(pattern);
        let call = call.destination_arn(destination).set_role_arn(role.clone());
        // It is a matter of Kinesis: of anything else AWS's own stands, and is not said.
        let is_told = !distribution.is(Distribution::ByLogStream) || role.is_some();
        let call = call.set_distribution(is_told.then(|| LiveDistribution::from(distribution.as_str())));
        // What is not said is switched off.
        let call = call.set_apply_on_transformed_logs(on_transformed_logs.then_some(true));
        let call = call.set_field_selection_criteria(field_selection.clone());
        call.set_emit_system_fields((!system_fields.is_empty()).then(|| system_fields.iter().cloned().collect())).send()
    };
    cx.call.send(&api::PUT_SUBSCRIPTION_FILTER, group, put).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(names: &[&str]) -> Spec {
        let filter = SubscriptionFilter {
            pattern: String::new(),
            destination: "arn".to_owned(),
            role: None,
            distribution: Distribution::ByLogStream.into(),
            on_transformed_logs: false,
            field_selection: None,
            system_fields: BTreeSet::new(),
        };
        let filters = names.iter().map(|name| ((*name).to_owned(), filter.clone())).collect();
        Spec { subscription_filters: Some(filters), ..Spec::default() }
    }

    fn ours(names: &[&str]) -> Ours {
        Ours::of(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    /// What a plan compares, once and once more: what was aligned is aligned again.
    fn aligned(want: &[&str], have: &[&str], told: Option<&Ours>) -> (Spec, Spec) {
        let (mut want, mut have) = (spec(want), spec(have));
        align(&mut want, &mut have, told);
        let once = (want.clone(), have.clone());
        align(&mut want, &mut have, told);
        assert_eq!((&want, &have), (&once.0, &once.1));
        once
    }

    #[test]
    fn a_file_without_filters_takes_ours_away_and_nobody_elses() {
        let (want, have) = aligned(&[], &["theirs", "gone"], Some(&ours(&["gone"])));
        assert!(have.subscription_filters.unwrap().keys().eq(["gone"]));
        assert_eq!(want.tags, have.tags, "the write of the filters takes it along");
        let (want, have) = aligned(&[], &["theirs"], Some(&ours(&["gone"])));
        assert_eq!(have.subscription_filters, want.subscription_filters);
        assert!(want.tags.is_empty() && have.tags.contains_key(SUBSCRIBED_TAG), "a tag that was left over goes");
    }

    #[test]
    fn a_tag_that_names_others_than_are_there_is_a_difference() {
        let (want, have) = aligned(&["a"], &["a"], Some(&ours(&["b"])));
        assert!(want.tags[SUBSCRIBED_TAG] != have.tags[SUBSCRIBED_TAG]);
        let (want, have) = aligned(&["a"], &["a"], Some(&ours(&["a"])));
        assert_eq!(want, have);
        let (want, have) = aligned(&["a"], &["a", "by-hand"], Some(&ours(&["a"])));
        assert_eq!(want.tags, have.tags);
        assert!(have.subscription_filters.unwrap().contains_key("by-hand"), "what the file names is all that there is");
        assert_eq!(Ours::told(&ours(&["a", "b"]).tag().unwrap()), ours(&["b", "a"]));
    }
}
