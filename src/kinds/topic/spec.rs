//! The normal form of a topic.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::logs::DeliveryLogs;
use crate::contract::notifications::Notifications;
use crate::contract::tags::Tags;
use crate::model::form::is_same_pattern;
use crate::model::{Scope, policy};
use crate::source::word::{Word, words};

words! {
    /// Whether X-Ray follows messages.
    TracingMode {
        /// Messages are sampled and traced.
        Active = "Active",
        /// Only what the publisher traces.
        PassThrough = "PassThrough",
    }
}

words! {
    /// What a filter policy looks at.
    FilterScope {
        /// A message's attributes.
        Attributes = "MessageAttributes",
        /// The message itself.
        Body = "MessageBody",
    }
}

words! {
    /// Among which messages a FIFO topic looks for the same one.
    ThroughputScope {
        /// Among all.
        Topic = "Topic",
        /// Among those of a group.
        MessageGroup = "MessageGroup",
    }
}

/// What a filter policy looks at where nothing is said.
pub(super) const FILTER_SCOPE: FilterScope = FilterScope::Attributes;

/// Normal form of a topic. Its default is AWS's.
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
    /// Whether X-Ray follows messages.
    pub tracing: Word<TracingMode>,
    /// FIFO only.
    pub content_based_deduplication: bool,
    /// Among which messages the same one is looked for; FIFO only.
    pub fifo_throughput_scope: Word<ThroughputScope>,
    /// How long messages can be replayed; FIFO only.
    pub archive_policy: Option<Value>,
    /// Bytes.
    pub max_message_size: i32,
    /// How messages are signed.
    pub signature_version: i32,
    /// Which deliveries are logged.
    pub delivery_logs: DeliveryLogs,
    /// By `protocol:endpoint`.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Entries among the notifications of buckets by their keys.
    #[serde(default)]
    pub notifications: Notifications,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            fifo: false,
            display_name: String::new(),
            policy: None,
            delivery_policy: None,
            kms_key: None,
            tracing: TracingMode::PassThrough.into(),
            content_based_deduplication: false,
            fifo_throughput_scope: ThroughputScope::Topic.into(),
            archive_policy: None,
            max_message_size: 262_144,
            signature_version: 1,
            delivery_logs: DeliveryLogs::default(),
            subscriptions: BTreeMap::new(),
            notifications: Notifications::new(),
            tags: Tags::new(),
        }
    }
}

/// A subscription of a topic. Its default is AWS's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whether messages are delivered without SNS's envelope.
    pub raw: bool,
    /// Which messages are delivered.
    pub filter_policy: Option<Value>,
    /// What the filter policy looks at; with a filter policy only.
    pub filter_scope: Option<Word<FilterScope>>,
    /// ARN of the queue for what could not be delivered.
    pub dead_letter: Option<String>,
    /// ARN of the role that SNS writes to a delivery stream with.
    pub role: Option<String>,
    /// How often an http or https endpoint is tried again; none leaves it to the topic's.
    pub delivery_policy: Option<Value>,
    /// The endpoint with its password, where it has one: SNS shows it as [`shown`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

/// An endpoint as SNS shows it: `****` in place of its password (docs/aws-facts.md §8).
pub(super) fn shown(endpoint: &str) -> String {
    let masked = || {
        let (scheme, rest) = endpoint.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (user, password) = authority.rsplit_once('@')?.0.split_once(':')?;
        let after = &rest[user.len() + 1 + password.len()..];
        (!password.is_empty()).then(|| format!("{scheme}://{user}:****{after}"))
    };
    masked().unwrap_or_else(|| endpoint.to_owned())
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { policy: document, delivery_policy, archive_policy, kms_key, subscriptions, .. } = spec;
    *document = document.take().map(policy::normalize);
    *delivery_policy = delivery_policy.take().and_then(without_zeros);
    archive_policy.take_if(|archive| *archive == json!({}));
    // SNS keeps the days as text.
    if let Some(days) = archive_policy.as_mut().and_then(|archive| archive.get_mut(ARCHIVE_DAYS)).filter(|days| days.is_number()) {
        *days = Value::String(days.to_string());
    }
    kms_key.take_if(|key| key.is_empty());
    for subscription in subscriptions.values_mut() {
        subscription.delivery_policy = subscription.delivery_policy.take().and_then(without_zeros);
        // `{}` lets everything through.
        subscription.filter_policy.take_if(|filter| *filter == json!({}));
        if subscription.filter_policy.is_none() {
            subscription.filter_scope = None;
        }
    }
}

/// Filter policies that let the same through have the words of the files.
pub(super) fn align_filters(want: &Spec, have: &mut Spec) {
    for (key, have) in &mut have.subscriptions {
        let wanted = want.subscriptions.get(key).and_then(|want| want.filter_policy.as_ref());
        if let (Some(want), Some(have)) = (wanted, &mut have.filter_policy)
            && is_same_pattern(want, have)
        {
            have.clone_from(want);
        }
    }
}

/// How many days an archive keeps messages.
pub(super) const ARCHIVE_DAYS: &str = "MessageRetentionPeriod";

/// SNS fills in what a delivery policy leaves out with zeros and nulls (docs/aws-facts.md §8).
fn without_zeros(document: Value) -> Option<Value> {
    match document {
        Value::Null => None,
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::Object(map) => {
            let rest: serde_json::Map<_, _> = map.into_iter().filter_map(|(key, value)| Some((key, without_zeros(value)?))).collect();
            (!rest.is_empty()).then_some(Value::Object(rest))
        }
        other => Some(other),
    }
}

/// The policy that SNS gives a topic that is created without one: everybody, as long as the owner
/// is the source (docs/aws-facts.md §8).
pub(super) fn default_policy(scope: &Scope, name: &str) -> Value {
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
            "Condition": {"StringEquals": {"AWS:SourceOwner": scope.account.to_string()}},
        }],
    }))
}

/// Whether SNS gave a topic this policy. Its list of actions differs between AWS's ages and emulators: each
/// of them is known, since any other one was put there by somebody.
pub(super) fn is_default_policy(document: &Value, scope: &Scope, name: &str) -> bool {
    let [statement] = document["Statement"].as_array().map_or(&[][..], Vec::as_slice) else { return false };
    let plain = default_policy(scope, name);
    let default = &plain["Statement"][0];
    let actions = |value: &Value| -> BTreeSet<String> {
        let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        all.iter().filter_map(Value::as_str).map(str::to_lowercase).collect()
    };
    let (now, told) = (actions(&default["Action"]), actions(&statement["Action"]));
    let before = || now.iter().cloned().chain(["sns:receive".to_owned()]).collect::<BTreeSet<_>>();
    let local = || ["sns:publish", "sns:subscribe", "sns:receive"].map(str::to_owned).into();
    let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    statement.as_object().is_some_and(|fields| fields.keys().all(|field| known.contains(&field.as_str())))
        && known.iter().all(|field| *field == "Action" || statement[field] == default[field])
        && (told == now || told == before() || told == local())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Account;

    #[test]
    fn a_default_policy_that_somebody_changed_is_none() {
        let [partition, account, region, stack, env] = ["aws", "1", "us-east-1", "jobs", "dev"].map(str::to_owned);
        let scope = Scope { partition, account: Account::from(account.as_str()), region, stack, instance: env.clone(), env };
        let default = default_policy(&scope, "t");
        let is_default = |change: &dyn Fn(&mut Value)| {
            let mut document = default.clone();
            change(&mut document["Statement"][0]);
            is_default_policy(&document, &scope, "t")
        };
        assert!(is_default(&|_| {}) && !is_default_policy(&default, &scope, "other"));
        assert!(is_default(&|statement| statement["Action"].as_array_mut().unwrap().push(json!("SNS:Receive"))));
        assert!(!is_default(&|statement| statement["Action"] = json!("SNS:Publish")), "somebody narrowed it");
        assert!(!is_default(&|statement| statement["Action"] = json!(["SNS:*"])), "somebody widened it");
        assert!(!is_default(&|statement| statement["NotResource"] = json!("x")));
    }
}
