//! Writing event buses.

use aws_sdk_eventbridge::types::{DeadLetterConfig, IncludeDetail, Level, LogConfig, Tag};
use serde_json::Value;

use super::{Bus, Live, Spec, api, arn};
use crate::aws::AwsError;
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::policy;

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let Spec { description, kms_key, dead_letter, policy, tags } = want;
    let tags = event_tags(&cx.scope.marked(Bus::REACH, tags));
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    cx.call
        .send(&api::CREATE_EVENT_BUS, name, || {
            cx.aws
                .events
                .create_event_bus()
                .name(name)
                .set_description(text(description))
                .set_kms_key_identifier(kms_key.clone())
                .set_dead_letter_config(dead_letter.as_ref().map(|queue| DeadLetterConfig::builder().arn(queue).build()))
                .set_tags(Some(tags.clone()))
                .send()
        })
        .await?;
    match policy {
        Some(policy) => put_policy(cx, name, policy).await,
        None => Ok(()),
    }
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Bus>, want: &Spec) -> Result<(), KindError> {
    let Found { name, spec: old, live, owner, .. } = have;
    let Spec { description, kms_key, dead_letter, policy, tags } = want;
    if old.description != *description || old.kms_key != *kms_key || old.dead_letter != *dead_letter {
        let Live { logs } = live;
        let logs = logs.as_ref().map(|(level, detail)| {
            let config = LogConfig::builder().set_level(level.as_deref().map(Level::from));
            config.set_include_detail(detail.as_deref().map(IncludeDetail::from)).build()
        });
        let queue = DeadLetterConfig::builder().set_arn(dead_letter.clone()).build();
        cx.call
            .send(&api::UPDATE_EVENT_BUS, name, || {
                // An empty text stands for none.
                let call = cx.aws.events.update_event_bus().name(name).description(description);
                let call = call.kms_key_identifier(kms_key.clone().unwrap_or_default()).dead_letter_config(queue.clone());
                call.set_log_config(logs.clone()).send()
            })
            .await?;
    }
    match policy {
        Some(policy) if old.policy.as_ref() != Some(policy) => put_policy(cx, name, policy).await?,
        None if old.policy.is_some() => {
            let remove = || cx.aws.events.remove_permission().event_bus_name(name).remove_all_permissions(true).send();
            cx.call.send(&api::REMOVE_PERMISSION, name, remove).await?;
        }
        Some(_) | None => {}
    }
    retag(cx, name, &TagEdit::between(&cx.scope, Bus::REACH, owner, &old.tags, tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.events.tag_resource().resource_arn(arn).set_tags(Some(event_tags(&tags))).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.events.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    done_if_missing(cx.call.send(&api::DELETE_EVENT_BUS, name, || cx.aws.events.delete_event_bus().name(name).send()).await)
}

/// With a whole policy the call replaces what was there.
async fn put_policy(cx: &WriteCx, name: &str, document: &Value) -> Result<(), KindError> {
    let text = policy::compact(document);
    let put = || cx.aws.events.put_permission().event_bus_name(name).policy(&text).send();
    let answer: Result<_, AwsError> = cx.call.send(&api::PUT_PERMISSION, name, put).await;
    answer.map(drop).map_err(KindError::from)
}

fn event_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}
