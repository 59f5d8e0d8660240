//! Topics as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::spec::{FILTER_SCOPE, FilterScope, TracingMode, shown};
use super::{Spec, Subscription, Topic};
use crate::contract::{Expand, Kind, guard};
use crate::model::diff::entry_path;
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, OnRemove, Text, Tracing, document};
use crate::source::word::Word;

/// A topic.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicFile {
    /// Physical name.
    pub name: Option<String>,
    /// Whether order is kept; the name then ends in `.fifo`.
    #[serde(default)]
    pub fifo: Flag,
    /// Name shown in messages.
    pub display_name: Option<String>,
    /// Access policy.
    pub policy: Option<PolicyFile>,
    /// Delivery policy.
    pub delivery_policy: Option<Value>,
    /// Id, alias or ARN of a KMS key.
    pub kms_key: Option<String>,
    /// `active` or `passthrough`.
    pub tracing: Option<Tracing>,
    /// FIFO only.
    #[serde(default)]
    pub content_based_deduplication: Flag,
    /// Who is told.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// A subscription: exactly one of the first eight.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionFile {
    /// Address.
    pub email: Option<String>,
    /// Address that gets messages as JSON.
    pub email_json: Option<String>,
    /// `https://…`.
    pub https: Option<String>,
    /// `http://…`.
    pub http: Option<String>,
    /// Phone number: `+` and its digits, the country's first.
    pub sms: Option<String>,
    /// ARN of a delivery stream; `role` writes to it.
    pub firehose: Option<String>,
    /// Key of a queue of this file, or an ARN.
    pub queue: Option<String>,
    /// Key of a function of this file, or an ARN.
    pub function: Option<String>,
    /// Whether messages come without SNS's envelope.
    #[serde(default)]
    pub raw: Flag,
    /// Which messages are delivered.
    pub filter_policy: Option<Value>,
    /// `MessageAttributes` or `MessageBody`.
    pub filter_scope: Option<Word<FilterScope>>,
    /// Key of a queue of this file, or an ARN, for what could not be delivered.
    pub dead_letter_queue: Option<String>,
    /// Firehose only: key of a role of this file, or an ARN, of the role that SNS writes with.
    pub role: Option<String>,
    /// How often it is tried again; http and https only, in place of the topic's.
    pub delivery_policy: Option<Value>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &TopicFile) {
    let TopicFile {
        name,
        fifo,
        display_name,
        policy,
        delivery_policy,
        kms_key,
        tracing,
        content_based_deduplication,
        subscriptions,
        protect,
        on_remove,
        tags,
    } = file;
    let aws = Spec::default();
    let spec = Spec {
        fifo: fifo.0,
        display_name: display_name.clone().unwrap_or(aws.display_name),
        policy: policy.as_ref().map(PolicyFile::document),
        delivery_policy: delivery_policy.clone(),
        kms_key: kms_key.clone(),
        tracing: tracing.map_or(aws.tracing, |tracing| mode(tracing).into()),
        content_based_deduplication: content_based_deduplication.0,
        subscriptions: subscriptions.iter().filter_map(|file| subscription(cx, key, file)).collect(),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.fifo_name(Topic::SECTION, key, name.as_ref(), fifo.0);
    let secret = spec.subscriptions.iter().filter(|(_, subscription)| subscription.endpoint.is_some());
    let secret: Vec<String> = secret.map(|(key, _)| format!("{}.endpoint", entry_path("subscriptions", key))).collect();
    if let Some(node) = cx.add::<Topic>(key, name, &spec) {
        node.sensitive.extend(secret);
    }
}

fn mode(tracing: Tracing) -> TracingMode {
    match tracing {
        Tracing::Active => TracingMode::Active,
        Tracing::Passthrough => TracingMode::PassThrough,
    }
}

/// By `protocol:endpoint`; none where nobody is told.
fn subscription(cx: &mut Expand<'_>, key: &str, file: &SubscriptionFile) -> Option<(String, Subscription)> {
    let SubscriptionFile {
        email,
        email_json,
        https,
        http,
        sms,
        firehose,
        queue,
        function,
        raw,
        filter_policy,
        filter_scope,
        dead_letter_queue,
        role,
        delivery_policy,
    } = file;
    let place = cx.place(Topic::SECTION, key, "subscriptions");
    let mut endpoints: Vec<String> = Vec::new();
    // An address that a variable left empty subscribes nobody.
    endpoints.extend(email.iter().filter(|address| !address.is_empty()).map(|address| format!("email:{address}")));
    endpoints.extend(email_json.iter().filter(|address| !address.is_empty()).map(|address| format!("email-json:{address}")));
    endpoints.extend(https.iter().map(|address| format!("https:{}", shown(address))));
    endpoints.extend(http.iter().map(|address| format!("http:{}", shown(address))));
    endpoints.extend(sms.iter().filter(|number| !number.is_empty()).map(|number| format!("sms:{number}")));
    endpoints.extend(firehose.iter().map(|stream| format!("firehose:{stream}")));
    endpoints.extend(queue.iter().map(|queue| format!("sqs:{}", cx.arn_of("queues", queue, place))));
    endpoints.extend(function.iter().map(|function| format!("lambda:{}", cx.arn_of("functions", function, place))));
    let tells_nobody = email.is_some() || email_json.is_some() || sms.is_some();
    if endpoints.len() > 1 || (endpoints.is_empty() && !tells_nobody) {
        cx.problem(
            place,
            format!("topics.{key}: a subscription has exactly one endpoint"),
            "write one of email, email_json, http, https, sms, queue, function and firehose",
        );
    }
    let subscription = Subscription {
        raw: raw.0,
        filter_scope: filter_policy.as_ref().map(|_| filter_scope.clone().unwrap_or_else(|| FILTER_SCOPE.into())),
        filter_policy: filter_policy.as_ref().map(document),
        dead_letter: dead_letter_queue.as_ref().map(|queue| cx.arn_of("queues", queue, place)),
        role: role.as_ref().map(|role| cx.arn_of("roles", role, place)),
        delivery_policy: delivery_policy.clone(),
        endpoint: https.as_ref().or(http.as_ref()).cloned().filter(|address| shown(address) != *address),
    };
    endpoints.pop().map(|endpoint| (endpoint, subscription))
}
