//! Reading topics with their subscriptions.

use std::collections::BTreeMap;

use aws_sdk_sns::types::Subscription as LiveSubscription;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::logs::DeliveryLogs;
use super::spec::{FILTER_SCOPE, is_default_policy, shown};
use super::write::NO_ARCHIVE;
use super::{Spec, Subscription, Topic, api, arn, started};
use crate::aws::{AwsError, Page, pages};
use crate::contract::notifications::{self, let_in_by};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::{PASSWORDS_TAG, user_tags};
use crate::model::stake::Holding;
use crate::model::{Owner, policy};

/// What AWS alone knows of a topic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// How far each subscription is, by its key in the spec.
    pub subscriptions: BTreeMap<String, Confirmation>,
    /// The policy that SNS gave it, where it has no other.
    #[serde(default)]
    pub default_policy: Option<Value>,
    /// What its tag holds of passwords.
    #[serde(default)]
    pub passwords: Remembered,
}

/// What is remembered of the passwords in a topic's addresses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Remembered {
    /// Nobody looked.
    #[default]
    Unread,
    /// What the tag holds, none where there is no such tag.
    Told(Option<String>),
}

impl Live {
    /// Whether nobody has confirmed the subscription yet.
    pub(super) fn is_pending(&self, key: &str) -> bool {
        self.subscriptions.get(key) == Some(&Confirmation::Pending)
    }
}

/// Whether the owner of a subscription's endpoint has agreed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Confirmation {
    /// Not yet: SNS answers `PendingConfirmation` in place of an ARN and shows no attributes.
    Pending,
    /// Yes, or nobody is asked.
    Confirmed {
        /// The subscription's ARN.
        arn: String,
    },
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Topic>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.tagging_is_blind().await? {
        return cx.marked("sns", "").await;
    }
    let topics = pages(&api::LIST_TOPICS, "topics", |token| async move {
        let asked = || cx.aws.sns.list_topics().set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_TOPICS, "topics", asked).await?;
        Ok(Page::new(page.topics, page.next_token))
    });
    let topics = topics.await?;
    let names = topics.iter().filter_map(|topic| topic.topic_arn()?.rsplit(':').next());
    let seen = try_join_all(names.map(|name| read_one(cx, name))).await?;
    Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
}

/// Subscriptions of protocols that ask nobody are made again with the topic; SNS counts them too.
pub(super) async fn holds(cx: &ReadCx, name: &str) -> Result<Vec<Holding>, AwsError> {
    let arn = arn(&cx.scope, name);
    let answer = cx.call.send(&api::GET_TOPIC_ATTRIBUTES, name, || cx.aws.sns.get_topic_attributes().topic_arn(&arn).send()).await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(Vec::new()) };
    let attributes = answer.attributes.unwrap_or_default();
    let untold = || AwsError::unexpected(&api::GET_TOPIC_ATTRIBUTES, name, "the answer does not tell how many subscriptions there are");
    let confirmed = attributes.get("SubscriptionsConfirmed").and_then(|count| count.parse().ok()).ok_or_else(untold)?;
    let archives = attributes.get("ArchivePolicy").is_some_and(|policy| !policy.is_empty() && policy != NO_ARCHIVE);
    Ok([Holding::Subscriptions(confirmed)].into_iter().chain(archives.then_some(Holding::Archive)).collect())
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.sns.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Topic>>, AwsError> {
    let arn = arn(&cx.scope, name);
    let attributes = cx.call.send(&api::GET_TOPIC_ATTRIBUTES, name, || cx.aws.sns.get_topic_attributes().topic_arn(&arn).send());
    let tags = cx.tags::<Topic, _>(name, &arn, || tags(cx, name, &arn));
    let wanted = cx.wanted(Topic::NAME, name).is_some_and(|wanted| wanted["subscriptions"] != json!({}));
    let asked = async { if wanted { subscriptions(cx, name, &arn).await.map(Some) } else { Ok(None) } };
    let (attributes, tags, asked) = tokio::join!(attributes, tags, asked);
    let Some(attributes) = none_if_missing(attributes)?.and_then(|answer| answer.attributes) else { return Ok(None) };
    let tags = tags?.unwrap_or_default();
    // Its counts tell of a topic that nobody subscribed to, which is most, that nothing has to be listed.
    let has_none = COUNTS.iter().all(|count| attributes.get(*count).is_some_and(|count| count == "0"));
    let subscriptions = match asked? {
        Some(subscriptions) => subscriptions,
        None if has_none => Vec::new(),
        None => subscriptions(cx, name, &arn).await?,
    };
    let text = |key: &str| attributes.get(key).filter(|value| !value.is_empty());
    let mut live = Live { passwords: Remembered::Told(tags.get(PASSWORDS_TAG).cloned()), ..Live::default() };
    let mut known = BTreeMap::new();
    for (key, confirmation, subscription) in subscriptions {
        // Where an address stands there twice, one that waits hides none that gets messages.
        if confirmation == Confirmation::Pending && live.subscriptions.contains_key(&key) {
            continue;
        }
        live.subscriptions.insert(key.clone(), confirmation);
        known.insert(key, subscription);
    }
    let aws = Spec::default();
    let mut policy = text("Policy").map(|text| policy::parse(text));
    live.default_policy = policy.take_if(|document| is_default_policy(document, &cx.scope, name));
    let (notifications, unread) = notifications::of(cx, &started(&cx.scope, name), &let_in_by(policy.as_ref())).await?;
    let spec = Spec {
        fifo: text("FifoTopic").map_or(aws.fifo, |value| value == "true"),
        display_name: text("DisplayName").cloned().unwrap_or(aws.display_name),
        policy,
        notifications,
        delivery_policy: text("DeliveryPolicy").and_then(|text| serde_json::from_str(text).ok()),
        kms_key: text("KmsMasterKeyId").cloned(),
        tracing: text("TracingConfig").map_or(aws.tracing, |word| word.as_str().into()),
        content_based_deduplication: text("ContentBasedDeduplication").map_or(aws.content_based_deduplication, |value| value == "true"),
        fifo_throughput_scope: text("FifoThroughputScope").map_or(aws.fifo_throughput_scope, |word| word.as_str().into()),
        archive_policy: text("ArchivePolicy").filter(|text| *text != NO_ARCHIVE).and_then(|text| serde_json::from_str(text).ok()),
        max_message_size: text("MaximumMessageSize").and_then(|bytes| bytes.parse().ok()).unwrap_or(aws.max_message_size),
        signature_version: text("SignatureVersion").and_then(|version| version.parse().ok()).unwrap_or(aws.signature_version),
        delivery_logs: DeliveryLogs::read(text),
        subscriptions: known,
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, Topic::REACH, &tags);
    Ok(Some(Found { name: name.to_owned(), spec, live, owner, unread }))
}

/// What GetTopicAttributes tells of subscriptions that are or may become some.
const COUNTS: [&str; 2] = ["SubscriptionsConfirmed", "SubscriptionsPending"];

type NamedSubscription = (String, Confirmation, Subscription);

async fn subscriptions(cx: &ReadCx, name: &str, arn: &str) -> Result<Vec<NamedSubscription>, AwsError> {
    let listed = pages(&api::LIST_SUBSCRIPTIONS_BY_TOPIC, name, |token| async move {
        let asked = || cx.aws.sns.list_subscriptions_by_topic().topic_arn(arn).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_SUBSCRIPTIONS_BY_TOPIC, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.subscriptions, page.next_token)))
    });
    Ok(try_join_all(listed.await?.into_iter().map(|subscription| detail(cx, subscription))).await?.into_iter().flatten().collect())
}

/// None of one that is gone: SNS lists it for a while (docs/aws-facts.md §8).
async fn detail(cx: &ReadCx, listed: LiveSubscription) -> Result<Option<NamedSubscription>, AwsError> {
    let key = format!("{}:{}", listed.protocol.unwrap_or_default(), shown(&listed.endpoint.unwrap_or_default()));
    let arn = listed.subscription_arn.unwrap_or_default();
    match arn.as_str() {
        "PendingConfirmation" => return Ok(Some((key, Confirmation::Pending, Subscription::default()))),
        "Deleted" => return Ok(None),
        arn if arn.starts_with("arn:") => {}
        other => {
            let told = format!("the list has `{other}` in place of an ARN, which says neither that it is there nor that it is not");
            return Err(AwsError::unexpected(&api::LIST_SUBSCRIPTIONS_BY_TOPIC, &key, told));
        }
    }
    let answer = cx
        .call
        .send(&api::GET_SUBSCRIPTION_ATTRIBUTES, &key, || cx.aws.sns.get_subscription_attributes().subscription_arn(&arn).send())
        .await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let untold = || AwsError::unexpected(&api::GET_SUBSCRIPTION_ATTRIBUTES, &key, "the answer has no attributes");
    let attributes = answer.attributes.ok_or_else(untold)?;
    let text = |name: &str| attributes.get(name).filter(|value| !value.is_empty());
    let filter_policy: Option<Value> = text("FilterPolicy").and_then(|text| serde_json::from_str(text).ok());
    let scope = || text("FilterPolicyScope").map_or_else(|| FILTER_SCOPE.into(), |word| word.as_str().into());
    let subscription = Subscription {
        raw: text("RawMessageDelivery").is_some_and(|value| value == "true"),
        filter_scope: filter_policy.as_ref().map(|_| scope()),
        filter_policy,
        dead_letter: text("RedrivePolicy")
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .and_then(|policy| policy["deadLetterTargetArn"].as_str().map(str::to_owned)),
        role: text("SubscriptionRoleArn").cloned(),
        delivery_policy: text("DeliveryPolicy").and_then(|text| serde_json::from_str(text).ok()),
        endpoint: None,
    };
    Ok(Some((key, Confirmation::Confirmed { arn }, subscription)))
}
