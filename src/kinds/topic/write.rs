//! Writing topics with their subscriptions. CreateTopic with other attributes or tags than the topic
//! has fails, so an existing topic is only ever set attribute by attribute (docs/aws-facts.md §8).

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sns::types::Tag;
use serde_json::{Value, json};

use super::logs::DeliveryLogs;
use super::passwords::{self, Passwords};
use super::spec::{FILTER_SCOPE, ThroughputScope, TracingMode, default_policy};
use super::{Confirmation, Spec, Subscription, Topic, api, arn, started};
use crate::aws::AwsError;
use crate::contract::notifications::{self, Notifications};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};
use crate::model::mark::PASSWORDS_TAG;
use crate::model::policy;

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let Spec {
        fifo,
        display_name,
        policy,
        delivery_policy,
        kms_key,
        tracing,
        content_based_deduplication,
        fifo_throughput_scope,
        archive_policy,
        max_message_size,
        signature_version,
        delivery_logs,
        subscriptions,
        notifications: entries,
        tags,
    } = want;
    let mut attributes: HashMap<String, String> = HashMap::new();
    let mut set = |key: &str, value: String| {
        // An empty text stands for none.
        if !value.is_empty() {
            attributes.insert(key.to_owned(), value);
        }
    };
    set("DisplayName", display_name.clone());
    set("Policy", policy.as_ref().map(policy::compact).unwrap_or_default());
    set("DeliveryPolicy", text(delivery_policy.as_ref()));
    set("KmsMasterKeyId", kms_key.clone().unwrap_or_default());
    if !tracing.is(TracingMode::PassThrough) {
        set("TracingConfig", tracing.to_string());
    }
    if *fifo {
        set("FifoTopic", "true".into());
        set("ContentBasedDeduplication", content_based_deduplication.to_string());
        set("ArchivePolicy", text(archive_policy.as_ref()));
    }
    if *fifo && !fifo_throughput_scope.is(ThroughputScope::Topic) {
        set("FifoThroughputScope", fifo_throughput_scope.to_string());
    }
    let aws = Spec::default();
    if *max_message_size != aws.max_message_size {
        set("MaximumMessageSize", max_message_size.to_string());
    }
    for (key, value) in changed(&aws.delivery_logs, delivery_logs) {
        set(&key, value);
    }
    let mut tags = cx.scope.marked(Topic::REACH, tags);
    tags.extend(Passwords::of(want).tag().map(|tag| (PASSWORDS_TAG.to_owned(), tag)));
    let tags = sns_tags(&tags);
    cx.call
        .send(&api::CREATE_TOPIC, name, || {
            cx.aws.sns.create_topic().name(name).set_attributes(Some(attributes.clone())).set_tags(Some(tags.clone())).send()
        })
        .await?;
    // CreateTopic does not list it.
    if *signature_version != aws.signature_version {
        set_attribute(cx, name, "SignatureVersion", &signature_version.to_string()).await?;
    }
    for (key, subscription) in subscriptions {
        subscribe(cx, name, key, subscription).await?;
    }
    notifications::put(cx, &started(&cx.scope, name), &Notifications::new(), entries).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Topic>, want: &Spec) -> Result<(), KindError> {
    let Found { name, spec: old, owner, .. } = have;
    // FIFO is immutable: another one is another topic.
    let Spec {
        fifo,
        display_name,
        policy,
        delivery_policy,
        kms_key,
        tracing,
        content_based_deduplication,
        fifo_throughput_scope,
        archive_policy,
        max_message_size,
        signature_version,
        delivery_logs,
        subscriptions,
        notifications: entries,
        tags,
    } = want;
    if *fifo && old.content_based_deduplication != *content_based_deduplication {
        set_attribute(cx, name, "ContentBasedDeduplication", &content_based_deduplication.to_string()).await?;
    }
    if old.delivery_policy != *delivery_policy {
        set_attribute(cx, name, "DeliveryPolicy", &text(delivery_policy.as_ref())).await?;
    }
    if *fifo && old.fifo_throughput_scope != *fifo_throughput_scope {
        set_attribute(cx, name, "FifoThroughputScope", fifo_throughput_scope.as_str()).await?;
    }
    if *fifo && old.archive_policy != *archive_policy {
        set_attribute(cx, name, "ArchivePolicy", &archive_policy.as_ref().map_or_else(|| NO_ARCHIVE.to_owned(), Value::to_string)).await?;
    }
    if old.signature_version != *signature_version {
        set_attribute(cx, name, "SignatureVersion", &signature_version.to_string()).await?;
    }
    for (key, value) in changed(&old.delivery_logs, delivery_logs) {
        set_attribute(cx, name, &key, &value).await?;
    }
    if old.display_name != *display_name {
        set_attribute(cx, name, "DisplayName", display_name).await?;
    }
    // An empty text stands for none.
    let (old_key, key) = (old.kms_key.as_deref().unwrap_or_default(), kms_key.as_deref().unwrap_or_default());
    if old_key != key {
        set_attribute(cx, name, "KmsMasterKeyId", key).await?;
    }
    // A topic is never without a policy: taking one away gives it SNS's own.
    let policy_of = |policy: &Option<Value>| policy.clone().unwrap_or_else(|| default_policy(&cx.scope, name));
    let policy = policy_of(policy);
    let target = started(&cx.scope, name);
    // The policy lets S3 in as long as there is an entry, and before there is one.
    notifications::take_away(cx, &target, &old.notifications, entries).await?;
    if policy_of(&old.policy) != policy {
        set_attribute(cx, name, "Policy", &policy::compact(&policy)).await?;
    }
    notifications::put(cx, &target, &old.notifications, entries).await?;
    if old.tracing != *tracing {
        set_attribute(cx, name, "TracingConfig", tracing.as_str()).await?;
    }
    for (key, subscription) in subscriptions {
        let is_replaced = passwords::is_replaced(old, want, key);
        if is_replaced && !have.live.is_pending(key) {
            unsubscribe(cx, have, key).await?;
        }
        match old.subscriptions.get(key).zip(have.live.subscriptions.get(key)).filter(|_| !is_replaced) {
            None => subscribe(cx, name, key, subscription).await?,
            Some((old, Confirmation::Confirmed { arn })) => set_subscription(cx, name, arn, old, subscription).await?,
            // What is asked of it was said when it was made, and cannot be changed before it is confirmed.
            Some((_, Confirmation::Pending)) => {}
        }
    }
    for key in old.subscriptions.keys().filter(|key| !subscriptions.contains_key(*key)) {
        unsubscribe(cx, have, key).await?;
    }
    // Only some endpoints take large messages: what else was subscribed is gone by now.
    if old.max_message_size != *max_message_size {
        set_attribute(cx, name, "MaximumMessageSize", &max_message_size.to_string()).await?;
    }
    retag(cx, name, &TagEdit::between(&cx.scope, Topic::REACH, owner, &old.tags, tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.sns.tag_resource().resource_arn(arn).set_tags(Some(sns_tags(&tags))).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.sns.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

pub(super) async fn delete(cx: &WriteCx, have: &Found<Topic>) -> Result<(), KindError> {
    let target = started(&cx.scope, &have.name);
    notifications::take_away(cx, &target, &have.spec.notifications, &Notifications::new()).await?;
    for key in have.live.subscriptions.keys() {
        unsubscribe(cx, have, key).await?;
    }
    // SNS deletes no topic that archives.
    if have.spec.archive_policy.is_some() {
        done_if_missing(set_attribute(cx, &have.name, "ArchivePolicy", NO_ARCHIVE).await)?;
    }
    let arn = arn(&cx.scope, &have.name);
    done_if_missing(cx.call.send(&api::DELETE_TOPIC, &have.name, || cx.aws.sns.delete_topic().topic_arn(&arn).send()).await)
}

async fn set_attribute(cx: &WriteCx, name: &str, key: &str, value: &str) -> Result<(), AwsError> {
    let arn = arn(&cx.scope, name);
    cx.call
        .send(&api::SET_TOPIC_ATTRIBUTES, name, || {
            cx.aws.sns.set_topic_attributes().topic_arn(&arn).attribute_name(key).attribute_value(value).send()
        })
        .await?;
    Ok(())
}

async fn subscribe(cx: &WriteCx, name: &str, key: &str, want: &Subscription) -> Result<(), KindError> {
    let Subscription { raw, filter_policy, filter_scope, dead_letter, role, delivery_policy, endpoint } = want;
    let arn = arn(&cx.scope, name);
    let (protocol, shown) = key.split_once(':').unwrap_or((key, ""));
    let endpoint = endpoint.as_deref().unwrap_or(shown);
    let mut attributes: HashMap<String, String> = HashMap::new();
    if *raw {
        attributes.insert("RawMessageDelivery".into(), "true".into());
    }
    if let Some(policy) = filter_policy {
        let scope = filter_scope.clone().unwrap_or_else(|| FILTER_SCOPE.into());
        attributes.insert("FilterPolicy".into(), policy.to_string());
        attributes.insert("FilterPolicyScope".into(), scope.to_string());
    }
    if let Some(queue) = dead_letter {
        attributes.insert("RedrivePolicy".into(), redrive_policy(queue));
    }
    if let Some(role) = role {
        attributes.insert("SubscriptionRoleArn".into(), role.clone());
    }
    if let Some(policy) = delivery_policy {
        attributes.insert("DeliveryPolicy".into(), policy.to_string());
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

/// Changes a subscription where it stands: what is unsubscribed misses messages.
async fn set_subscription(cx: &WriteCx, name: &str, arn: &str, old: &Subscription, want: &Subscription) -> Result<(), KindError> {
    // The endpoint is the subscription: another one is another subscription.
    let Subscription { raw, filter_policy, filter_scope, dead_letter, role, delivery_policy, endpoint: _ } = want;
    let set = |key: &'static str, value: Option<String>| async move {
        let set = || {
            let call = cx.aws.sns.set_subscription_attributes().subscription_arn(arn);
            call.attribute_name(key).set_attribute_value(value.clone()).send()
        };
        cx.call.send(&api::SET_SUBSCRIPTION_ATTRIBUTES, name, set).await.map(drop)
    };
    if old.raw != *raw {
        set("RawMessageDelivery", Some(raw.to_string())).await?;
    }
    let policy = || filter_policy.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
    let scope = filter_scope.clone().unwrap_or_else(|| FILTER_SCOPE.into());
    let old_scope = old.filter_scope.clone().unwrap_or_else(|| FILTER_SCOPE.into());
    // A policy may be one for the wider scope only: that scope comes first and goes last.
    if old_scope != scope && !scope.is(FILTER_SCOPE) {
        set("FilterPolicyScope", Some(scope.to_string())).await?;
    }
    if old.filter_policy != *filter_policy {
        set("FilterPolicy", Some(policy())).await?;
    }
    if old_scope != scope && scope.is(FILTER_SCOPE) {
        set("FilterPolicyScope", Some(scope.to_string())).await?;
    }
    if old.dead_letter != *dead_letter {
        set("RedrivePolicy", dead_letter.as_deref().map(redrive_policy)).await?;
    }
    // Firehose is never without a role.
    if let Some(role) = role.as_ref().filter(|role| old.role.as_ref() != Some(*role)) {
        set("SubscriptionRoleArn", Some(role.clone())).await?;
    }
    if old.delivery_policy != *delivery_policy {
        set("DeliveryPolicy", Some(text(delivery_policy.as_ref()))).await?;
    }
    Ok(())
}

fn redrive_policy(queue: &str) -> String {
    json!({"deadLetterTargetArn": queue}).to_string()
}

/// A subscription that nobody has confirmed has no ARN to unsubscribe; SNS drops it after 48 hours.
async fn unsubscribe(cx: &WriteCx, have: &Found<Topic>, key: &str) -> Result<(), KindError> {
    let Some(Confirmation::Confirmed { arn }) = have.live.subscriptions.get(key) else { return Ok(()) };
    done_if_missing(cx.call.send(&api::UNSUBSCRIBE, &have.name, || cx.aws.sns.unsubscribe().subscription_arn(arn).send()).await)
}

/// What ends an archive.
pub(super) const NO_ARCHIVE: &str = "{}";

/// SNS's attributes of the logs that differ.
fn changed(old: &DeliveryLogs, want: &DeliveryLogs) -> BTreeMap<String, String> {
    let old = old.attributes();
    want.attributes().into_iter().filter(|(key, value)| old.get(key) != Some(value)).collect()
}

/// A document as SNS takes it; an empty text takes it away.
fn text(document: Option<&Value>) -> String {
    document.map(Value::to_string).unwrap_or_default()
}

fn sns_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}
