//! Writing queues. All attribute values are strings on the wire (SQS API Reference,
//! SetQueueAttributes; docs/aws-facts.md §5).

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde_json::{Value, json};

use super::spec::{DeduplicationScope, FifoThroughputLimit, KEY_REUSE};
use super::{Queue, Redrive, Spec, api, started};
use crate::contract::notifications::{self, Notifications};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::Attributes;
use crate::model::policy::compact;
use crate::source::word::{Word, Words};

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<Attributes, KindError> {
    // SSE-SQS is what a new queue has anyway.
    let is_default = |key: &Attribute, value: &str| value.is_empty() || (*key == Attribute::SqsManagedSseEnabled && value == "true");
    let attributes: HashMap<_, _> = attributes(want).into_iter().filter(|(key, value)| !is_default(key, value)).collect();
    let tags: HashMap<String, String> = cx.scope.marked(Queue::REACH, &want.tags).into_iter().collect();
    let create = || cx.aws.sqs.create_queue().queue_name(name).set_attributes(Some(attributes.clone())).set_tags(Some(tags.clone())).send();
    let answer = cx.call.send(&api::CREATE_QUEUE, name, create).await?;
    notifications::put(cx, &started(&cx.scope, name), &Notifications::new(), &want.notifications).await?;
    Ok(answer.queue_url.map(|url| ("url".to_owned(), url)).into_iter().collect())
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Queue>, want: &Spec) -> Result<(), KindError> {
    let old = attributes(&have.spec);
    let (target, entries) = (started(&cx.scope, &have.name), &have.spec.notifications);
    // The policy lets S3 in as long as there is an entry, and before there is one.
    notifications::take_away(cx, &target, entries, &want.notifications).await?;
    if have.spec.kms_key.is_some() && want.kms_key.is_none() {
        // The two encryptions exclude each other, so one ends before the other begins.
        set_attributes(cx, have, &[(Attribute::KmsMasterKeyId, String::new())].into()).await?;
    }
    let edit: HashMap<_, _> = attributes(want).into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect();
    // Documents that say the same may be written in another order.
    let differs = Spec { tags: want.tags.clone(), notifications: want.notifications.clone(), ..have.spec.clone() } != *want;
    if differs && !edit.is_empty() {
        set_attributes(cx, have, &edit).await?;
    }
    notifications::put(cx, &target, entries, &want.notifications).await?;
    retag(cx, have, &TagEdit::between(&cx.scope, Queue::REACH, &have.owner, &have.spec.tags, &want.tags)).await
}

pub(super) async fn retag(cx: &WriteCx, have: &Found<Queue>, edit: &TagEdit) -> Result<(), KindError> {
    let (name, url) = (&have.name, &have.live.url);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.sqs.tag_queue().queue_url(url).set_tags(Some(tags.clone().into_iter().collect())).send();
        cx.call.send(&api::TAG_QUEUE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.sqs.untag_queue().queue_url(url).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_QUEUE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

pub(super) async fn delete(cx: &WriteCx, have: &Found<Queue>) -> Result<(), KindError> {
    let target = started(&cx.scope, &have.name);
    notifications::take_away(cx, &target, &have.spec.notifications, &Notifications::new()).await?;
    done_if_missing(cx.call.send(&api::DELETE_QUEUE, &have.name, || cx.aws.sqs.delete_queue().queue_url(&have.live.url).send()).await)
}

async fn set_attributes(cx: &WriteCx, have: &Found<Queue>, edit: &HashMap<Attribute, String>) -> Result<(), KindError> {
    cx.call
        .send(&api::SET_QUEUE_ATTRIBUTES, &have.name, || {
            cx.aws.sqs.set_queue_attributes().queue_url(&have.live.url).set_attributes(Some(edit.clone())).send()
        })
        .await?;
    Ok(())
}

/// Every attribute that this spec means, an empty string where it is to be unset.
fn attributes(spec: &Spec) -> BTreeMap<Attribute, String> {
    let Spec {
        fifo,
        visibility_timeout,
        message_retention,
        delay,
        max_message_size,
        receive_wait,
        content_based_deduplication,
        deduplication_scope,
        fifo_throughput_limit,
        managed_encryption,
        kms_key,
        kms_data_key_reuse,
        redrive,
        redrive_allow,
        policy,
        notifications: _,
        tags: _,
    } = spec;
    let text = |value: Option<String>| value.unwrap_or_default();
    let mut all: BTreeMap<Attribute, String> = [
        (Attribute::VisibilityTimeout, visibility_timeout.to_string()),
        (Attribute::MessageRetentionPeriod, message_retention.to_string()),
        (Attribute::DelaySeconds, delay.to_string()),
        (Attribute::MaximumMessageSize, max_message_size.to_string()),
        (Attribute::ReceiveMessageWaitTimeSeconds, receive_wait.to_string()),
        (Attribute::RedrivePolicy, text(redrive.as_ref().map(redrive_policy))),
        (Attribute::RedriveAllowPolicy, text(redrive_allow.as_ref().map(Value::to_string))),
        (Attribute::Policy, text(policy.as_ref().map(compact))),
    ]
    .into();
    match kms_key {
        Some(key) => {
            all.insert(Attribute::KmsMasterKeyId, key.clone());
            all.insert(Attribute::KmsDataKeyReusePeriodSeconds, kms_data_key_reuse.unwrap_or(KEY_REUSE).to_string());
        }
        None => {
            all.insert(Attribute::SqsManagedSseEnabled, managed_encryption.to_string());
        }
    }
    if *fifo {
        all.insert(Attribute::FifoQueue, "true".into());
        all.insert(Attribute::ContentBasedDeduplication, content_based_deduplication.to_string());
        all.insert(Attribute::DeduplicationScope, word(deduplication_scope.as_ref(), DeduplicationScope::Queue));
        all.insert(Attribute::FifoThroughputLimit, word(fifo_throughput_limit.as_ref(), FifoThroughputLimit::PerQueue));
    }
    all
}

fn word<T: Words>(word: Option<&Word<T>>, aws: T) -> String {
    word.map_or_else(|| Word::from(aws).to_string(), Word::to_string)
}

fn redrive_policy(Redrive { dead_letter, max_receives }: &Redrive) -> String {
    json!({"deadLetterTargetArn": dead_letter, "maxReceiveCount": max_receives}).to_string()
}
