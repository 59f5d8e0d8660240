//! Reading log groups. DescribeLogGroups by identifiers reads fifty at once (docs/aws-facts.md §7).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::{LogGroup as LiveLogGroup, LogStream, OrderBy};
use futures_util::future::try_join_all;

use super::subscriptions::Ours;
use super::{Live, LogGroup, Spec, api, arn, filters, subscriptions};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::Owner;
use crate::model::mark::{SUBSCRIBED_TAG, user_tags};
use crate::model::stake::Holding;

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<LogGroup>>, AwsError> {
    if cx.lists_everything {
        return Ok(all(cx).await?.iter().filter(|seen| names.contains(&seen.name)).cloned().collect());
    }
    let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let asked = cx.together(LogGroup::NAME, names);
    let pages = asked.chunks(50).map(|names| cx.once_for_all(names.first().map_or("", String::as_str), || describe(cx, Some(names))));
    let pages = try_join_all(pages).await?;
    let groups = pages.iter().flat_map(|page| page.iter());
    let groups = groups.filter(|group| group.log_group_name().is_some_and(|name| wanted.contains(name))).cloned();
    Ok(try_join_all(groups.map(|group| with_tags(cx, group))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("logs", "log-group:").await;
    }
    Ok(all(cx).await?.iter().map(Claim::of).collect())
}

/// How much there is the read of it told.
pub(super) async fn holds(cx: &ReadCx, found: &Found<LogGroup>) -> Result<Vec<Holding>, AwsError> {
    let last_event = last_event(cx, &found.name).await?;
    Ok(vec![Holding::Logs { bytes: found.live.stored_bytes.max(0).unsigned_abs(), last_event }])
}

/// These groups, or all. An endpoint that does not know the identifiers answers with all of them,
/// so the caller matches names exactly.
pub(super) async fn describe(cx: &ReadCx, names: Option<&[String]>) -> Result<Vec<LiveLogGroup>, AwsError> {
    let target = names.and_then(|names| names.first()).map_or("log groups", String::as_str);
    pages(&api::DESCRIBE_LOG_GROUPS, target, |token| async move {
        let asked = || {
            let some = cx.aws.logs.describe_log_groups().set_log_group_identifiers(names.map(<[String]>::to_vec));
            // With identifiers no other member may be sent.
            some.set_limit(names.is_none().then_some(50)).set_next_token(token.clone()).send()
        };
        let page = cx.call.send(&api::DESCRIBE_LOG_GROUPS, target, asked).await?;
        Ok(Page::new(page.log_groups, page.next_token))
    })
    .await
}

/// Every one that there is, with its tags: how a local AWS is read, once a run.
async fn all(cx: &ReadCx) -> Result<Arc<Vec<Found<LogGroup>>>, AwsError> {
    let list = || async {
        let all = describe(cx, None).await?;
        let seen = try_join_all(all.into_iter().map(|group| with_tags(cx, group))).await?;
        Ok(seen.into_iter().flatten().collect())
    };
    cx.once(list).await
}

async fn with_tags(cx: &ReadCx, group: LiveLogGroup) -> Result<Option<Found<LogGroup>>, AwsError> {
    let name = group.log_group_name.clone().unwrap_or_default();
    let arn = arn(&cx.scope, &name);
    let Some(tags) = cx.tags::<LogGroup, _>(&name, &arn, || tags(cx, &name, &arn)).await? else { return Ok(None) };
    // The count tells of groups without any, which are most, that nothing has to be read.
    let filtered = group.metric_filter_count.is_some_and(|count| count > 0);
    let metric_filters = if filtered { filters::read(cx, &name).await? } else { BTreeMap::new() };
    let subscribed = tags.get(SUBSCRIBED_TAG).map(|told| Ours::told(told));
    let subscription_filters = if subscribed.is_some() { subscriptions::read(cx, &name).await? } else { BTreeMap::new() };
    let aws = Spec::default();
    let spec = Spec {
        retention_days: group.retention_in_days,
        class: group.log_group_class.as_ref().map_or(aws.class, |class| class.as_str().into()),
        kms_key: group.kms_key_id,
        metric_filters: Some(metric_filters),
        subscription_filters: Some(subscription_filters),
        deletion_protection: Some(group.deletion_protection_enabled.unwrap_or_default()),
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, LogGroup::REACH, &tags);
    let live = Live { stored_bytes: group.stored_bytes.unwrap_or_default(), subscribed };
    Ok(Some(Found { name, spec, live, owner, unread: Vec::new() }))
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.logs.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

/// When the group got its last event. A stream that has events and does not say when counts as now
/// being unknown, so its beginning is taken (DescribeLogStreams; last times are eventually consistent).
async fn last_event(cx: &ReadCx, name: &str) -> Result<Option<i64>, AwsError> {
    let answer = cx
        .call
        .send(&api::DESCRIBE_LOG_STREAMS, name, || {
            cx.aws.logs.describe_log_streams().log_group_name(name).order_by(OrderBy::LastEventTime).descending(true).limit(1).send()
        })
        .await;
    let streams = none_if_missing(answer)?.and_then(|answer| answer.log_streams).unwrap_or_default();
    let times = |stream: &LogStream| {
        let LogStream { last_event_timestamp, last_ingestion_time, first_event_timestamp, .. } = stream;
        last_event_timestamp.or(*last_ingestion_time).or(*first_event_timestamp)
    };
    Ok(streams.iter().filter_map(times).max())
}
