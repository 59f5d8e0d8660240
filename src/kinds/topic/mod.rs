//! SNS topics with their subscriptions. CreateTopic with other attributes or tags than the topic
//! has fails, so an existing topic is only ever set attribute by attribute (aws-facts §8).

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sns::types::{Subscription as LiveSubscription, Tag};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::{AwsError, Op, Page, pages};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::contract::{done_if_missing, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Change, Handle, Node, Owner, Scope, Seen, policy};

pub(crate) mod api;
mod needs;

/// A topic.
pub struct Topic;

/// Normal form of a topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Whether it is a FIFO topic; its name then ends in `.fifo`.
    pub fifo: bool,
    /// Name shown in messages.
    pub display_name: String,
    /// Access policy; none stands for the one that SNS gives a new topic.
    pub policy: Option<Value>,
    /// Delivery policy.
    pub delivery_policy: Option<Value>,
    /// Encryption key.
    pub kms_key: Option<String>,
    /// `PassThrough` or `Active`.
    pub tracing: String,
    /// FIFO only.
    pub content_based_deduplication: bool,
    /// By `protocol:endpoint`.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// A subscription of a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whether messages are delivered without SNS's envelope.
    pub raw: bool,
    /// Which messages are delivered.
    pub filter_policy: Option<Value>,
    /// `MessageAttributes` or `MessageBody`; with a filter policy only.
    pub filter_scope: Option<String>,
    /// ARN of the queue for what could not be delivered.
    pub dead_letter: Option<String>,
}

/// What SNS answers in place of an ARN until the owner of the endpoint has agreed.
const PENDING: &str = "PendingConfirmation";

impl Kind for Topic {
    const NAME: &'static str = "topic";
    const SECTION: &'static str = "topics";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const DOCUMENTS: &'static [&'static str] = &["policy", "delivery_policy", "subscriptions.*.filter_policy"];
    const IMMUTABLE: &'static [&'static str] = &["fifo"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("arn".into(), scope.arn("sns", name)), ("name".into(), name.to_owned())].into()
    }

    /// A subscription that waits for its confirmation shows no attributes: it is not drift.
    fn align(want: &mut Spec, have: &mut Spec, _artifact: Option<&crate::model::Artifact>) {
        for (key, subscription) in &mut have.subscriptions {
            if subscription.filter_scope.as_deref() == Some(PENDING)
                && let Some(wanted) = want.subscriptions.get(key)
            {
                subscription.clone_from(wanted);
            }
        }
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        if !cx.tagging_is_blind().await? {
            return cx.marked("sns", "").await;
        }
        let topics = pages(|token| async move {
            let asked = || cx.aws.sns.list_topics().set_next_token(token.clone()).send();
            let page = cx.call.send(&api::LIST_TOPICS, "topics", asked).await?;
            Ok(Page::new(page.topics, page.next_token))
        });
        let topics = topics.await?;
        let names = topics.iter().filter_map(|topic| topic.topic_arn()?.rsplit(':').next());
        let seen = try_join_all(names.map(|name| read_one(cx, name))).await?;
        Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        let name = &node.name;
        let attributes: HashMap<String, String> =
            attributes(&cx.scope, name, want).into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let attributes: HashMap<String, String> =
            attributes.into_iter().filter(|(key, value)| (key != "Policy" || want.policy.is_some()) && value != "PassThrough").collect();
        let tags = sns_tags(&cx.scope.marked(Self::REACH, &want.tags));
        cx.call
            .send(&api::CREATE_TOPIC, name, || {
                cx.aws.sns.create_topic().name(name).set_attributes(Some(attributes.clone())).set_tags(Some(tags.clone())).send()
            })
            .await?;
        for (key, subscription) in &want.subscriptions {
            subscribe(cx, name, key, subscription).await?;
        }
        Ok(())
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, _changes: &[Change]) -> Result<(), KindError> {
        let name = &node.name;
        let arn = cx.scope.arn("sns", name);
        let old = attributes(&cx.scope, name, &have.spec);
        for (key, value) in attributes(&cx.scope, name, want) {
            if old.get(&key) != Some(&value) {
                cx.call
                    .send(&api::SET_TOPIC_ATTRIBUTES, name, || {
                        cx.aws.sns.set_topic_attributes().topic_arn(&arn).attribute_name(&key).attribute_value(&value).send()
                    })
                    .await?;
            }
        }
        for (key, subscription) in &want.subscriptions {
            if have.spec.subscriptions.get(key) != Some(subscription) {
                unsubscribe(cx, have, key).await?;
                subscribe(cx, name, key, subscription).await?;
            }
        }
        for key in have.spec.subscriptions.keys().filter(|key| !want.subscriptions.contains_key(*key)) {
            unsubscribe(cx, have, key).await?;
        }
        Self::retag(cx, have, &TagEdit::between(&cx.scope, Self::REACH, &have.owner, &have.spec.tags, &want.tags)).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        let name = &have.name;
        let arn = cx.scope.arn("sns", name);
        if !edit.set.is_empty() {
            let tags = sns_tags(&edit.set);
            cx.call
                .send(&api::TAG_RESOURCE, name, || cx.aws.sns.tag_resource().resource_arn(&arn).set_tags(Some(tags.clone())).send())
                .await?;
        }
        if !edit.remove.is_empty() {
            cx.call
                .send(&api::UNTAG_RESOURCE, name, || {
                    cx.aws.sns.untag_resource().resource_arn(&arn).set_tag_keys(Some(edit.remove.clone())).send()
                })
                .await?;
        }
        Ok(())
    }

    /// Subscriptions of protocols that ask nobody are made again with the topic; SNS counts them too.
    async fn holds(cx: &ReadCx, seen: &Seen<Spec>) -> Result<Vec<Holding>, AwsError> {
        let arn = cx.scope.arn("sns", &seen.name);
        let answer =
            cx.call.send(&api::GET_TOPIC_ATTRIBUTES, &seen.name, || cx.aws.sns.get_topic_attributes().topic_arn(&arn).send()).await;
        let attributes = none_if_missing(answer)?.and_then(|answer| answer.attributes).unwrap_or_default();
        let confirmed = attributes.get("SubscriptionsConfirmed").and_then(|count| count.parse().ok());
        Ok(confirmed.map(Holding::Subscriptions).into_iter().collect())
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        for key in have.spec.subscriptions.keys() {
            unsubscribe(cx, have, key).await?;
        }
        let arn = cx.scope.arn("sns", &have.name);
        done_if_missing(cx.call.send(&api::DELETE_TOPIC, &have.name, || cx.aws.sns.delete_topic().topic_arn(&arn).send()).await)
    }
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Seen<Spec>>, AwsError> {
    let arn = cx.scope.arn("sns", name);
    let attributes = cx.call.send(&api::GET_TOPIC_ATTRIBUTES, name, || cx.aws.sns.get_topic_attributes().topic_arn(&arn).send());
    let tags = cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, || cx.aws.sns.list_tags_for_resource().resource_arn(&arn).send());
    let (attributes, tags, subscriptions) = tokio::join!(attributes, tags, subscriptions(cx, name, &arn));
    let Some(attributes) = none_if_missing(attributes)?.and_then(|answer| answer.attributes) else { return Ok(None) };
    let tags: Tags = none_if_missing(tags)?
        .map(|answer| answer.tags.unwrap_or_default())
        .unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    let text = |key: &str| attributes.get(key).filter(|value| !value.is_empty());
    let mut handle: Handle = [("arn".into(), arn.clone()), ("name".into(), name.to_owned())].into();
    let mut known = BTreeMap::new();
    for (key, arn, subscription) in subscriptions? {
        handle.insert(format!("subscription {key}"), arn);
        known.insert(key, subscription);
    }
    let policy = text("Policy").map(|text| policy::parse(text)).filter(|document| !is_default_policy(document, &cx.scope, name));
    let spec = Spec {
        fifo: text("FifoTopic").is_some_and(|value| value == "true"),
        display_name: text("DisplayName").cloned().unwrap_or_default(),
        policy,
        delivery_policy: text("DeliveryPolicy").and_then(|text| serde_json::from_str(text).ok()),
        kms_key: text("KmsMasterKeyId").cloned(),
        tracing: text("TracingConfig").cloned().unwrap_or_else(|| "PassThrough".into()),
        content_based_deduplication: text("ContentBasedDeduplication").is_some_and(|value| value == "true"),
        subscriptions: known,
        tags: user_tags(tags.clone()),
    };
    Ok(Some(Seen { name: name.to_owned(), spec, handle, owner: Owner::of(&cx.scope, Topic::REACH, &tags), unread: Vec::new() }))
}

type NamedSubscription = (String, String, Subscription);

async fn subscriptions(cx: &ReadCx, name: &str, arn: &str) -> Result<Vec<NamedSubscription>, AwsError> {
    let listed = pages(|token| async move {
        let asked = || cx.aws.sns.list_subscriptions_by_topic().topic_arn(arn).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_SUBSCRIPTIONS_BY_TOPIC, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.subscriptions, page.next_token)))
    });
    try_join_all(listed.await?.into_iter().map(|subscription| detail(cx, subscription))).await
}

async fn detail(cx: &ReadCx, listed: LiveSubscription) -> Result<NamedSubscription, AwsError> {
    let key = format!("{}:{}", listed.protocol.unwrap_or_default(), listed.endpoint.unwrap_or_default());
    let arn = listed.subscription_arn.unwrap_or_default();
    if !arn.starts_with("arn:") {
        let pending = Subscription { filter_scope: Some(PENDING.into()), ..Subscription::default() };
        return Ok((key, arn, pending));
    }
    let answer = cx
        .call
        .send(&api::GET_SUBSCRIPTION_ATTRIBUTES, &key, || cx.aws.sns.get_subscription_attributes().subscription_arn(&arn).send())
        .await;
    let attributes = none_if_missing(answer)?.and_then(|answer| answer.attributes).unwrap_or_default();
    let text = |name: &str| attributes.get(name).filter(|value| !value.is_empty());
    let filter_policy: Option<Value> = text("FilterPolicy").and_then(|text| serde_json::from_str(text).ok());
    let subscription = Subscription {
        raw: text("RawMessageDelivery").is_some_and(|value| value == "true"),
        filter_scope: filter_policy.as_ref().map(|_| text("FilterPolicyScope").cloned().unwrap_or_else(|| "MessageAttributes".into())),
        filter_policy,
        dead_letter: text("RedrivePolicy")
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .and_then(|policy| policy["deadLetterTargetArn"].as_str().map(str::to_owned)),
    };
    Ok((key, arn, subscription))
}

async fn subscribe(cx: &WriteCx, name: &str, key: &str, want: &Subscription) -> Result<(), KindError> {
    let arn = cx.scope.arn("sns", name);
    let (protocol, endpoint) = key.split_once(':').unwrap_or((key, ""));
    let mut attributes: HashMap<String, String> = HashMap::new();
    if want.raw {
        attributes.insert("RawMessageDelivery".into(), "true".into());
    }
    if let Some(policy) = &want.filter_policy {
        attributes.insert("FilterPolicy".into(), policy.to_string());
        attributes.insert("FilterPolicyScope".into(), want.filter_scope.clone().unwrap_or_else(|| "MessageAttributes".into()));
    }
    if let Some(queue) = &want.dead_letter {
        attributes.insert("RedrivePolicy".into(), json!({"deadLetterTargetArn": queue}).to_string());
    }
    cx.call
        .send(&api::SUBSCRIBE, name, || {
            cx.aws
                .sns
                .subscribe()
                .topic_arn(&arn)
                .protocol(protocol)
                .endpoint(endpoint)
                .set_attributes((!attributes.is_empty()).then(|| attributes.clone()))
                .return_subscription_arn(true)
                .send()
        })
        .await?;
    Ok(())
}

/// A subscription that nobody has confirmed has no ARN to unsubscribe; SNS drops it after two days.
async fn unsubscribe(cx: &WriteCx, have: &Seen<Spec>, key: &str) -> Result<(), KindError> {
    match have.handle.get(&format!("subscription {key}")) {
        Some(arn) if arn.starts_with("arn:") => {
            done_if_missing(cx.call.send(&api::UNSUBSCRIBE, &have.name, || cx.aws.sns.unsubscribe().subscription_arn(arn).send()).await)
        }
        _ => Ok(()),
    }
}

fn attributes(scope: &Scope, name: &str, spec: &Spec) -> BTreeMap<String, String> {
    let document = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let mut all: BTreeMap<String, String> = [
        ("DisplayName".to_owned(), spec.display_name.clone()),
        ("Policy".to_owned(), policy::compact(&spec.policy.clone().unwrap_or_else(|| default_policy(scope, name)))),
        ("DeliveryPolicy".to_owned(), document(&spec.delivery_policy)),
        ("KmsMasterKeyId".to_owned(), spec.kms_key.clone().unwrap_or_default()),
    ]
    .into();
    all.insert("TracingConfig".into(), spec.tracing.clone());
    if spec.fifo {
        all.insert("FifoTopic".into(), "true".into());
        all.insert("ContentBasedDeduplication".into(), spec.content_based_deduplication.to_string());
    }
    all
}

/// The policy that SNS gives a topic that is created without one: everybody, as long as the owner
/// is the source (aws-facts §8).
fn default_policy(scope: &Scope, name: &str) -> Value {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    policy::normalize(json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": scope.arn("sns", name),
            "Condition": {"StringEquals": {"AWS:SourceOwner": scope.account}},
        }],
    }))
}

/// The default policy's list of actions differs between AWS's ages and emulators; its one
/// statement's Sid and its condition tell it.
fn is_default_policy(document: &Value, scope: &Scope, name: &str) -> bool {
    let [statement] = document["Statement"].as_array().map_or(&[][..], Vec::as_slice) else { return false };
    let plain = default_policy(scope, name);
    let default = &plain["Statement"][0];
    ["Sid", "Effect", "Principal", "Resource", "Condition"].iter().all(|field| statement[field] == default[field])
}

fn sns_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}
