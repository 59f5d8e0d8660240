//! SQS queues. All attribute values are strings on the wire, unset ones are absent
//! (SQS API Reference, SetQueueAttributes; aws-facts §5).

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::missing::{found, gone};
use super::tags::{TagEdit, Tags};
use super::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::aws::{AwsError, Op, Page, pages};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Change, Handle, Node, Owner, Scope, Seen, policy};

pub(crate) mod api;
mod needs;

/// A queue.
pub struct Queue;

/// Normal form of a queue. Times are seconds, sizes bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Whether it is a FIFO queue; its name then ends in `.fifo`.
    pub fifo: bool,
    /// 0 to 43200.
    pub visibility_timeout: u32,
    /// 60 to 1209600.
    pub message_retention: u32,
    /// 0 to 900.
    pub delay: u32,
    /// 1024 to 1048576.
    pub max_message_size: u32,
    /// 0 to 20.
    pub receive_wait: u32,
    /// FIFO only.
    pub content_based_deduplication: bool,
    /// FIFO only: `queue` or `messageGroup`.
    pub deduplication_scope: Option<String>,
    /// FIFO only: `perQueue` or `perMessageGroupId`.
    pub fifo_throughput_limit: Option<String>,
    /// Encryption with a key of SQS's own.
    pub managed_encryption: bool,
    /// Encryption with this KMS key instead.
    pub kms_key: Option<String>,
    /// How long a data key is used again; with `kms_key` only.
    pub kms_data_key_reuse: Option<u32>,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
    /// Which queues may use this one as their dead-letter queue.
    pub redrive_allow: Option<Value>,
    /// Access policy.
    pub policy: Option<Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// Redrive policy of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub dead_letter: String,
    /// Receives after which a message moves there.
    pub max_receives: u32,
}

impl Kind for Queue {
    const NAME: &'static str = "queue";
    const SECTION: &'static str = "queues";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name", "url"];
    const DOCUMENTS: &'static [&'static str] = &["policy", "redrive_allow"];
    const IMMUTABLE: &'static [&'static str] = &["fifo"];
    const REFERS_TO: &'static [&'static str] = &["queue"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("arn".into(), scope.arn("sqs", name)), ("name".into(), name.to_owned())].into()
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        if !cx.tagging_is_blind().await? {
            return cx.marked("sqs", "").await;
        }
        let urls = pages(|token| async move {
            let asked = || cx.aws.sqs.list_queues().max_results(1000).set_next_token(token.clone()).send();
            let page = cx.call.send(&api::LIST_QUEUES, "queues", asked).await?;
            Ok(Page::new(page.queue_urls, page.next_token))
        });
        let urls = urls.await?;
        let names = urls.iter().filter_map(|url| url.rsplit('/').next());
        let seen = try_join_all(names.map(|name| read_one(cx, name))).await?;
        Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        let name = &node.name;
        // SSE-SQS is what a new queue has anyway.
        let is_default = |key: &Attribute, value: &str| value.is_empty() || (*key == Attribute::SqsManagedSseEnabled && value == "true");
        let attributes: HashMap<_, _> = attributes(want).into_iter().filter(|(key, value)| !is_default(key, value)).collect();
        let tags: HashMap<String, String> = cx.scope.marked(Self::REACH, &want.tags).into_iter().collect();
        cx.call
            .send(&api::CREATE_QUEUE, name, || {
                cx.aws.sqs.create_queue().queue_name(name).set_attributes(Some(attributes.clone())).set_tags(Some(tags.clone())).send()
            })
            .await?;
        Ok(())
    }

    async fn update(cx: &WriteCx, _node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let old = attributes(&have.spec);
        if have.spec.kms_key.is_some() && want.kms_key.is_none() {
            // The two encryptions exclude each other, so one ends before the other begins.
            set_attributes(cx, have, &[(Attribute::KmsMasterKeyId, String::new())].into()).await?;
        }
        let edit: HashMap<_, _> = attributes(want).into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect();
        if !edit.is_empty() && changes.iter().any(|change| !change.is_in("tags")) {
            set_attributes(cx, have, &edit).await?;
        }
        Self::retag(cx, have, &TagEdit::between(&cx.scope, Self::REACH, &have.owner, &have.spec.tags, &want.tags)).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        let url = url_of(have);
        if !edit.set.is_empty() {
            let tags: HashMap<String, String> = edit.set.clone().into_iter().collect();
            cx.call.send(&api::TAG_QUEUE, &have.name, || cx.aws.sqs.tag_queue().queue_url(url).set_tags(Some(tags.clone())).send()).await?;
        }
        if !edit.remove.is_empty() {
            cx.call
                .send(&api::UNTAG_QUEUE, &have.name, || {
                    cx.aws.sqs.untag_queue().queue_url(url).set_tag_keys(Some(edit.remove.clone())).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn holds(cx: &ReadCx, seen: &Seen<Spec>) -> Result<Vec<Holding>, AwsError> {
        let own = messages(cx, &seen.name, url_of(seen)).await?.map(Holding::Messages);
        let dead_letters = match &seen.spec.redrive {
            Some(redrive) => dead_letters(cx, &redrive.dead_letter).await,
            None => None,
        };
        Ok(own.into_iter().chain(dead_letters).collect())
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        gone(cx.call.send(&api::DELETE_QUEUE, &have.name, || cx.aws.sqs.delete_queue().queue_url(url_of(have)).send()).await)
    }
}

/// About how many messages are in a queue, none where there is no queue.
async fn messages(cx: &ReadCx, name: &str, url: &str) -> Result<Option<u64>, AwsError> {
    let counts = [
        Attribute::ApproximateNumberOfMessages,
        Attribute::ApproximateNumberOfMessagesNotVisible,
        Attribute::ApproximateNumberOfMessagesDelayed,
    ];
    let answer = cx
        .call
        .send(&api::GET_QUEUE_ATTRIBUTES, name, || {
            cx.aws.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(counts.to_vec())).send()
        })
        .await;
    let Some(attributes) = found(answer)?.map(|answer| answer.attributes.unwrap_or_default()) else { return Ok(None) };
    Ok(Some(attributes.values().filter_map(|count| count.parse::<u64>().ok()).sum()))
}

/// The dead-letter queue does not go with this one, and may be another account's: what cannot be read
/// of it is left out.
async fn dead_letters(cx: &ReadCx, arn: &str) -> Option<Holding> {
    let queue = arn.strip_prefix(&cx.scope.arn("sqs", ""))?;
    let answer = cx.call.send(&api::GET_QUEUE_URL, queue, || cx.aws.sqs.get_queue_url().queue_name(queue).send()).await;
    let url = found(answer).ok()??.queue_url?;
    let messages = messages(cx, queue, &url).await.ok()??;
    (messages > 0).then(|| Holding::DeadLetters { queue: queue.to_owned(), messages })
}

async fn set_attributes(cx: &WriteCx, have: &Seen<Spec>, edit: &HashMap<Attribute, String>) -> Result<(), KindError> {
    cx.call
        .send(&api::SET_QUEUE_ATTRIBUTES, &have.name, || {
            cx.aws.sqs.set_queue_attributes().queue_url(url_of(have)).set_attributes(Some(edit.clone())).send()
        })
        .await?;
    Ok(())
}

fn url_of(seen: &Seen<Spec>) -> &str {
    seen.handle.get("url").map_or("", String::as_str)
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Seen<Spec>>, AwsError> {
    let answer = cx.call.send(&api::GET_QUEUE_URL, name, || cx.aws.sqs.get_queue_url().queue_name(name).send()).await;
    let Some(url) = found(answer)?.and_then(|answer| answer.queue_url) else { return Ok(None) };
    let attributes = cx.call.send(&api::GET_QUEUE_ATTRIBUTES, name, || {
        cx.aws.sqs.get_queue_attributes().queue_url(&url).attribute_names(Attribute::All).send()
    });
    let tags = cx.call.send(&api::LIST_QUEUE_TAGS, name, || cx.aws.sqs.list_queue_tags().queue_url(&url).send());
    let (attributes, tags) = tokio::join!(attributes, tags);
    // A deletion takes up to 60 s, in which the URL is still found.
    let (Some(attributes), Some(tags)) = (found(attributes)?, found(tags)?) else { return Ok(None) };
    let tags: Tags = tags.tags.unwrap_or_default().into_iter().collect();
    let spec = spec(&attributes.attributes.unwrap_or_default(), user_tags(tags.clone()));
    let handle = [("arn".into(), cx.scope.arn("sqs", name)), ("name".into(), name.to_owned()), ("url".into(), url)].into();
    Ok(Some(Seen { name: name.to_owned(), spec, handle, owner: Owner::of(&cx.scope, Queue::REACH, &tags), unread: Vec::new() }))
}

fn spec(attributes: &HashMap<Attribute, String>, tags: Tags) -> Spec {
    let text = |key: Attribute| attributes.get(&key).filter(|value| !value.is_empty());
    let number = |key: Attribute, default: u32| text(key).and_then(|value| value.parse().ok()).unwrap_or(default);
    let flag = |key: Attribute, default: bool| text(key).map_or(default, |value| value == "true");
    let document = |key: Attribute| text(key).and_then(|value| serde_json::from_str::<Value>(value).ok());
    let kms_key = text(Attribute::KmsMasterKeyId).cloned();
    Spec {
        fifo: flag(Attribute::FifoQueue, false),
        visibility_timeout: number(Attribute::VisibilityTimeout, 30),
        message_retention: number(Attribute::MessageRetentionPeriod, 345_600),
        delay: number(Attribute::DelaySeconds, 0),
        max_message_size: number(Attribute::MaximumMessageSize, 1_048_576),
        receive_wait: number(Attribute::ReceiveMessageWaitTimeSeconds, 0),
        content_based_deduplication: flag(Attribute::ContentBasedDeduplication, false),
        deduplication_scope: text(Attribute::DeduplicationScope).cloned().filter(|scope| scope != "queue"),
        fifo_throughput_limit: text(Attribute::FifoThroughputLimit).cloned().filter(|limit| limit != "perQueue"),
        managed_encryption: kms_key.is_none() && flag(Attribute::SqsManagedSseEnabled, true),
        kms_data_key_reuse: kms_key.as_ref().map(|_| number(Attribute::KmsDataKeyReusePeriodSeconds, 300)),
        kms_key,
        redrive: document(Attribute::RedrivePolicy).map(|policy| Redrive {
            dead_letter: policy["deadLetterTargetArn"].as_str().unwrap_or_default().to_owned(),
            // AWS takes the count as a number and as a string.
            max_receives: policy["maxReceiveCount"].as_u64().or_else(|| policy["maxReceiveCount"].as_str()?.parse().ok()).unwrap_or(10)
                as u32,
        }),
        redrive_allow: document(Attribute::RedriveAllowPolicy).map(sorted_sources),
        policy: text(Attribute::Policy).map(|text| policy::parse(text)),
        tags,
    }
}

/// The redrive-allow policy with its source queues in order.
pub fn sorted_sources(mut policy: Value) -> Value {
    if let Some(sources) = policy.get_mut("sourceQueueArns").and_then(Value::as_array_mut) {
        sources.sort_by_cached_key(Value::to_string);
    }
    policy
}

/// Every attribute that this spec means, an empty string where it is to be unset.
fn attributes(spec: &Spec) -> BTreeMap<Attribute, String> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let mut all: BTreeMap<Attribute, String> = [
        (Attribute::VisibilityTimeout, spec.visibility_timeout.to_string()),
        (Attribute::MessageRetentionPeriod, spec.message_retention.to_string()),
        (Attribute::DelaySeconds, spec.delay.to_string()),
        (Attribute::MaximumMessageSize, spec.max_message_size.to_string()),
        (Attribute::ReceiveMessageWaitTimeSeconds, spec.receive_wait.to_string()),
        (
            Attribute::RedrivePolicy,
            text(
                spec.redrive.as_ref().map(|r| json!({"deadLetterTargetArn": r.dead_letter, "maxReceiveCount": r.max_receives}).to_string()),
            ),
        ),
        (Attribute::RedriveAllowPolicy, text(spec.redrive_allow.as_ref().map(Value::to_string))),
        (Attribute::Policy, text(spec.policy.as_ref().map(policy::compact))),
    ]
    .into();
    match &spec.kms_key {
        Some(key) => {
            all.insert(Attribute::KmsMasterKeyId, key.clone());
            all.insert(Attribute::KmsDataKeyReusePeriodSeconds, spec.kms_data_key_reuse.unwrap_or(300).to_string());
        }
        None => {
            all.insert(Attribute::SqsManagedSseEnabled, spec.managed_encryption.to_string());
        }
    }
    if spec.fifo {
        all.insert(Attribute::FifoQueue, "true".into());
        all.insert(Attribute::ContentBasedDeduplication, spec.content_based_deduplication.to_string());
        all.insert(Attribute::DeduplicationScope, spec.deduplication_scope.clone().unwrap_or_else(|| "queue".into()));
        all.insert(Attribute::FifoThroughputLimit, spec.fifo_throughput_limit.clone().unwrap_or_else(|| "perQueue".into()));
    }
    all
}
