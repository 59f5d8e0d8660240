//! Reading and writing the subscription filters of a log group. Nothing that lists groups counts them, so a
//! group that has some of ours carries a tag, and only of such a group they are read.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{Distribution as LiveDistribution, SubscriptionFilter as LiveFilter};

use super::spec::{Distribution, SubscriptionFilter};
use super::{Spec, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};
use crate::model::mark::SUBSCRIBED_TAG;

/// The tag of a group, none where nothing of it goes anywhere.
pub(super) fn tag(want: &Spec) -> Option<(String, String)> {
    let has_some = want.subscription_filters.as_ref().is_some_and(|filters| !filters.is_empty());
    has_some.then(|| (SUBSCRIBED_TAG.to_owned(), "true".to_owned()))
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

/// Brings a group from the filters that are known of it to those that are wanted, and the tag with them.
pub(super) async fn update(
    cx: &WriteCx,
    group: &str,
    old: &BTreeMap<String, SubscriptionFilter>,
    want: &BTreeMap<String, SubscriptionFilter>,
) -> Result<(), KindError> {
    if old.is_empty() && !want.is_empty() {
        // None was read: what others put there nobody has seen.
        check_no_others(cx, group, want).await?;
        set_tag(cx, group).await?;
    }
    change(cx, group, old, want).await?;
    if want.is_empty() && !old.is_empty() {
        let untag = || cx.aws.logs.untag_resource().resource_arn(arn(&cx.scope, group)).tag_keys(SUBSCRIBED_TAG).send();
        cx.call.send(&api::UNTAG_RESOURCE, group, untag).await?;
    }
    Ok(())
}

async fn set_tag(cx: &WriteCx, group: &str) -> Result<(), AwsError> {
    let tag = || cx.aws.logs.tag_resource().resource_arn(arn(&cx.scope, group)).tags(SUBSCRIBED_TAG, "true").send();
    cx.call.send(&api::TAG_RESOURCE, group, tag).await.map(drop)
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
    Err(AwsError::unexpected(&api::DESCRIBE_SUBSCRIPTION_FILTERS, group, message))
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
