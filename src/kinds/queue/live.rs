//! Reading queues. All attribute values are strings on the wire, unset ones are absent
//! (SQS API Reference, GetQueueAttributes; docs/aws-facts.md §5).

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::{DeduplicationScope, FifoThroughputLimit, KEY_REUSE, MAX_RECEIVES};
use super::{Queue, Redrive, Spec, api, sorted_sources, started};
use crate::aws::{AwsError, Page, pages};
use crate::contract::notifications::{self, let_in_by};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Owner, policy};
use crate::source::word::Word;

/// What AWS alone knows of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// Where it answers.
    pub url: String,
    /// About how many messages are in it, where the read told.
    #[serde(default)]
    pub messages: Option<u64>,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Queue>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.tagging_is_blind().await? {
        return cx.marked("sqs", "").await;
    }
    let urls = pages(&api::LIST_QUEUES, "queues", |token| async move {
        let asked = || cx.aws.sqs.list_queues().max_results(1000).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_QUEUES, "queues", asked).await?;
        Ok(Page::new(page.queue_urls, page.next_token))
    });
    let urls = urls.await?;
    let names = urls.iter().filter_map(|url| url.rsplit('/').next());
    let seen = try_join_all(names.map(|name| read_one(cx, name))).await?;
    Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
}

pub(super) async fn holds(cx: &ReadCx, found: &Found<Queue>) -> Result<Vec<Holding>, AwsError> {
    let own = match found.live.messages {
        Some(messages) => Some(messages),
        None => messages(cx, &found.name, &found.live.url).await?,
    };
    let dead_letters = match &found.spec.redrive {
        Some(redrive) => dead_letters(cx, &redrive.dead_letter).await,
        None => None,
    };
    Ok(own.map(Holding::Messages).into_iter().chain(dead_letters).collect())
}

/// What together is in a queue.
const COUNTS: [Attribute; 3] = [
    Attribute::ApproximateNumberOfMessages,
    Attribute::ApproximateNumberOfMessagesNotVisible,
    Attribute::ApproximateNumberOfMessagesDelayed,
];

/// None where a count is not told: that is not zero.
fn counted(attributes: &HashMap<Attribute, String>) -> Option<u64> {
    told(attributes).map(|counts| counts.iter().sum())
}

fn told(attributes: &HashMap<Attribute, String>) -> Option<[u64; 3]> {
    let count = |name: &Attribute| attributes.get(name)?.parse::<u64>().ok();
    let [visible, in_flight, delayed] = &COUNTS;
    Some([count(visible)?, count(in_flight)?, count(delayed)?])
}

/// Where a queue of this account and region answers, none where there is no queue.
///
/// # Errors
/// The call failed, or its answer does not tell.
pub async fn url(cx: &ReadCx, name: &str) -> Result<Option<String>, AwsError> {
    let answer = cx.call.send(&api::GET_QUEUE_URL, name, || cx.aws.sqs.get_queue_url().queue_name(name).send()).await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let untold = || AwsError::unexpected(&api::GET_QUEUE_URL, name, "the answer holds no URL");
    answer.queue_url.filter(|url| !url.is_empty()).map(Some).ok_or_else(untold)
}

/// Whose the queue of this name is, none where there is none.
///
/// # Errors
/// A call failed.
pub async fn owner(cx: &ReadCx, name: &str) -> Result<Option<Owner>, AwsError> {
    let Some(url) = url(cx, name).await? else { return Ok(None) };
    Ok(tags(cx, name, &url).await?.map(|tags| Owner::of(&cx.scope, Queue::REACH, &tags)))
}

/// About how many messages are in a queue, none where there is no queue.
async fn messages(cx: &ReadCx, name: &str, url: &str) -> Result<Option<u64>, AwsError> {
    Ok(counts(cx, name, url).await?.map(|counts| counts.iter().sum()))
}

/// The same one by one: those that wait, those that were received and not deleted, and the delayed ones.
pub async fn counts(cx: &ReadCx, name: &str, url: &str) -> Result<Option<[u64; 3]>, AwsError> {
    let answer = cx
        .call
        .send(&api::GET_QUEUE_ATTRIBUTES, name, || {
            cx.aws.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(COUNTS.to_vec())).send()
        })
        .await;
    let Some(attributes) = none_if_missing(answer)?.map(|answer| answer.attributes.unwrap_or_default()) else { return Ok(None) };
    let untold = || AwsError::unexpected(&api::GET_QUEUE_ATTRIBUTES, name, "the answer does not tell how many messages there are");
    told(&attributes).map(Some).ok_or_else(untold)
}

/// The dead-letter queue does not go with this one, and may be another account's: what cannot be read
/// of it is left out.
async fn dead_letters(cx: &ReadCx, arn: &str) -> Option<Holding> {
    let queue = arn.strip_prefix(&cx.scope.arn("sqs", ""))?;
    let url = url(cx, queue).await.ok()??;
    let messages = messages(cx, queue, &url).await.ok()??;
    (messages > 0).then(|| Holding::DeadLetters { queue: queue.to_owned(), messages })
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Queue>>, AwsError> {
    let Some(url) = url(cx, name).await? else { return Ok(None) };
    let attributes = cx.call.send(&api::GET_QUEUE_ATTRIBUTES, name, || {
        cx.aws.sqs.get_queue_attributes().queue_url(&url).attribute_names(Attribute::All).send()
    });
    let arn = cx.scope.arn("sqs", name);
    let tags = cx.tags::<Queue, _>(name, &arn, || tags(cx, name, &url));
    let (attributes, tags) = tokio::join!(attributes, tags);
    // A deletion takes up to 60 s, in which the URL is still found.
    let (Some(attributes), Some(tags)) = (none_if_missing(attributes)?, tags?) else { return Ok(None) };
    let attributes = attributes.attributes.unwrap_or_default();
    let mut spec = spec(&attributes, user_tags(tags.clone()));
    let (notifications, unread) = notifications::of(cx, &started(&cx.scope, name), &let_in_by(spec.policy.as_ref())).await?;
    spec.notifications = notifications;
    let owner = Owner::of(&cx.scope, Queue::REACH, &tags);
    Ok(Some(Found { name: name.to_owned(), spec, live: Live { url, messages: counted(&attributes) }, owner, unread }))
}

async fn tags(cx: &ReadCx, name: &str, url: &str) -> Result<Option<Tags>, AwsError> {
    let answer = cx.call.send(&api::LIST_QUEUE_TAGS, name, || cx.aws.sqs.list_queue_tags().queue_url(url).send()).await;
    Ok(none_if_missing(answer)?.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
}

fn spec(attributes: &HashMap<Attribute, String>, tags: Tags) -> Spec {
    let text = |key: Attribute| attributes.get(&key).filter(|value| !value.is_empty());
    let number = |key: Attribute, default: u32| text(key).and_then(|value| value.parse().ok()).unwrap_or(default);
    let flag = |key: Attribute, default: bool| text(key).map_or(default, |value| value == "true");
    let document = |key: Attribute| text(key).and_then(|value| serde_json::from_str::<Value>(value).ok());
    let kms_key = text(Attribute::KmsMasterKeyId).cloned();
    let aws = Spec::default();
    Spec {
        fifo: flag(Attribute::FifoQueue, aws.fifo),
        visibility_timeout: number(Attribute::VisibilityTimeout, aws.visibility_timeout),
        message_retention: number(Attribute::MessageRetentionPeriod, aws.message_retention),
        delay: number(Attribute::DelaySeconds, aws.delay),
        max_message_size: text(Attribute::MaximumMessageSize).and_then(|n| n.parse().ok()).unwrap_or(aws.max_message_size),
        receive_wait: number(Attribute::ReceiveMessageWaitTimeSeconds, aws.receive_wait),
        content_based_deduplication: flag(Attribute::ContentBasedDeduplication, aws.content_based_deduplication),
        deduplication_scope: text(Attribute::DeduplicationScope)
            .map(|word| Word::from(word.as_str()))
            .filter(|scope| !scope.is(DeduplicationScope::Queue)),
        fifo_throughput_limit: text(Attribute::FifoThroughputLimit)
            .map(|word| Word::from(word.as_str()))
            .filter(|limit| !limit.is(FifoThroughputLimit::PerQueue)),
        managed_encryption: kms_key.is_none() && flag(Attribute::SqsManagedSseEnabled, aws.managed_encryption),
        kms_data_key_reuse: kms_key.as_ref().map(|_| number(Attribute::KmsDataKeyReusePeriodSeconds, KEY_REUSE)),
        kms_key,
        redrive: document(Attribute::RedrivePolicy).map(|policy| Redrive {
            dead_letter: policy["deadLetterTargetArn"].as_str().unwrap_or_default().to_owned(),
            // AWS takes the count as a number and as a string.
            max_receives: policy["maxReceiveCount"]
                .as_i64()
                .or_else(|| policy["maxReceiveCount"].as_str()?.parse().ok())
                .map_or(MAX_RECEIVES, |n| i32::try_from(n).unwrap_or(i32::MAX)),
        }),
        redrive_allow: document(Attribute::RedriveAllowPolicy).map(sorted_sources),
        policy: text(Attribute::Policy).map(|text| policy::parse(text)),
        notifications: aws.notifications,
        tags,
    }
}
