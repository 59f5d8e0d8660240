//! Reading event buses.

use aws_sdk_eventbridge::types::LogConfig;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{Bus, Spec, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::{Owner, policy};

/// What AWS alone knows of an event bus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Level and detail of its logs, which the format does not have: an update sends them back.
    pub logs: Option<(Option<String>, Option<String>)>,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Bus>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.tagging_is_blind().await? {
        return cx.marked("events", "event-bus/").await;
    }
    let buses = pages(&api::LIST_EVENT_BUSES, "buses", |token| async move {
        let asked = || cx.aws.events.list_event_buses().set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_EVENT_BUSES, "buses", asked).await?;
        Ok(Page::new(page.event_buses, page.next_token))
    });
    let buses = buses.await?;
    let seen = try_join_all(buses.iter().filter_map(|bus| bus.name()).map(|name| read_one(cx, name))).await?;
    Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.events.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Bus>>, AwsError> {
    let arn = arn(&cx.scope, name);
    let bus = cx.call.send(&api::DESCRIBE_EVENT_BUS, name, || cx.aws.events.describe_event_bus().name(name).send());
    let tags = cx.tags::<Bus, _>(name, &arn, || tags(cx, name, &arn));
    let (bus, tags) = tokio::join!(bus, tags);
    let Some(bus) = none_if_missing(bus)? else { return Ok(None) };
    let Some(tags) = tags? else { return Ok(None) };
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let spec = Spec {
        description: bus.description.unwrap_or_default(),
        kms_key: text(bus.kms_key_identifier),
        dead_letter: bus.dead_letter_config.and_then(|config| text(config.arn)),
        policy: text(bus.policy).map(|text| policy::parse(&text)),
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, Bus::REACH, &tags);
    let live = Live { logs: bus.log_config.as_ref().map(logs) };
    Ok(Some(Found { name: name.to_owned(), spec, live, owner, unread: Vec::new() }))
}

fn logs(config: &LogConfig) -> (Option<String>, Option<String>) {
    (config.level().map(|level| level.as_str().to_owned()), config.include_detail().map(|detail| detail.as_str().to_owned()))
}
