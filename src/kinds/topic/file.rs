//! Topics as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::logs::{DeliveryLog, DeliveryLogs};
use super::spec::{FILTER_SCOPE, FilterScope, ThroughputScope, TracingMode, default_policy, shown};
use super::{Spec, Subscription, Topic};
use crate::contract::{Expand, Kind, guard};
use crate::kinds::triggers::{self, Started, Target, TriggerFile};
use crate::model::diff::entry_path;
use crate::model::policy::has_statement;
use crate::source::diagnostic::Place;
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, Int, OnRemove, Text, Tracing, document};
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
    /// Where FIFO looks for what was sent before: `Topic` or `MessageGroup`; FIFO only.
    pub fifo_throughput_scope: Option<Word<ThroughputScope>>,
    /// How long messages can be replayed; FIFO only.
    pub archive_policy: Option<Value>,
    /// Bytes.
    pub max_message_size: Option<Int>,
    /// 1 signs with SHA1, 2 with SHA256.
    pub signature_version: Option<Int>,
    /// Which deliveries are logged, by kind of endpoint.
    #[serde(default)]
    pub delivery_logs: DeliveryLogsFile,
    /// Who is told.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionFile>,
    /// What publishes to it: schedules, buckets, events.
    #[serde(default)]
    pub triggers: Vec<TriggerFile>,
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

/// Which deliveries of a topic are logged in CloudWatch Logs, by kind of endpoint.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryLogsFile {
    /// http and https.
    pub http: Option<DeliveryLogFile>,
    /// Delivery streams.
    pub firehose: Option<DeliveryLogFile>,
    /// Functions.
    pub lambda: Option<DeliveryLogFile>,
    /// Applications on phones.
    pub application: Option<DeliveryLogFile>,
    /// Queues.
    pub sqs: Option<DeliveryLogFile>,
}

/// Which deliveries to one kind of endpoint are logged.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryLogFile {
    /// Key of a role of this file, or an ARN: logs what was delivered.
    pub success_role: Option<String>,
    /// Percent of what was delivered that is logged.
    pub success_sample_rate: Option<Int>,
    /// Key of a role of this file, or an ARN: logs what could not be delivered.
    pub failure_role: Option<String>,
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
        fifo_throughput_scope,
        archive_policy,
        max_message_size,
        signature_version,
        delivery_logs,
        subscriptions,
        triggers,
        protect,
        on_remove,
        tags,
    } = file;
    let aws = Spec::default();
    let target = Target { section: Topic::SECTION, key, arn: format!("${{topics.{key}.arn}}"), by_role: false };
    triggers::refuse_sources(cx, &target, triggers);
    let Started { statements, notifications } = triggers::expand(cx, &target, triggers);
    let name = cx.fifo_name(Topic::SECTION, key, name.as_ref(), fifo.0);
    // One's own policy takes the place of SNS's own, which lets the account's services in.
    let own = policy.as_ref().map(PolicyFile::document).or_else(|| (!statements.is_empty()).then(|| default_policy(cx.scope, &name)));
    triggers::refuse_taken(cx, &target, &statements, "policy", |sid| own.as_ref().is_some_and(|own| has_statement(own, sid)));
    let spec = Spec {
        fifo: fifo.0,
        display_name: display_name.clone().unwrap_or(aws.display_name),
        policy: triggers::policy_with(own, &statements, "sns:Publish", &target.arn),
        notifications,
        delivery_policy: delivery_policy.clone(),
        kms_key: kms_key.clone(),
        tracing: tracing.map_or(aws.tracing, |tracing| mode(tracing).into()),
        content_based_deduplication: content_based_deduplication.0,
        fifo_throughput_scope: fifo_throughput_scope.clone().unwrap_or(aws.fifo_throughput_scope),
        archive_policy: archive_policy.clone(),
        max_message_size: max_message_size.map_or(aws.max_message_size, |bytes| bytes.0),
        signature_version: signature_version.map_or(aws.signature_version, |version| version.0),
        delivery_logs: logs(cx, key, delivery_logs),
        subscriptions: each_subscription(cx, key, subscriptions),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
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

fn logs(cx: &mut Expand<'_>, key: &str, file: &DeliveryLogsFile) -> DeliveryLogs {
    let DeliveryLogsFile { http, firehose, lambda, application, sqs } = file;
    let place = cx.place(Topic::SECTION, key, "delivery_logs");
    let mut log = |file: &Option<DeliveryLogFile>| {
        let Some(DeliveryLogFile { success_role, success_sample_rate, failure_role }) = file else { return DeliveryLog::default() };
        let mut role = |role: &Option<String>| role.as_ref().map(|role| cx.arn_of("roles", role, place));
        DeliveryLog {
            success_role: role(success_role),
            success_sample_rate: success_sample_rate.map_or(DeliveryLog::default().success_sample_rate, |rate| rate.0),
            failure_role: role(failure_role),
        }
    };
    DeliveryLogs { http: log(http), firehose: log(firehose), lambda: log(lambda), application: log(application), sqs: log(sqs) }
}

fn each_subscription(cx: &mut Expand<'_>, key: &str, files: &[SubscriptionFile]) -> BTreeMap<String, Subscription> {
    let mut all = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let place = cx.place_within(Topic::SECTION, key, &["subscriptions", &index.to_string()]);
        let Some((endpoint, wanted)) = subscription(cx, (key, place), file) else { continue };
        if all.insert(endpoint.clone(), wanted).is_some() {
            cx.problem(place, format!("topics.{key}: the subscription of {endpoint} is there twice"), "an endpoint has one: take one out");
        }
    }
    all
}

/// By `protocol:endpoint`; none where nobody is told.
fn subscription(cx: &mut Expand<'_>, (key, place): (&str, Place), file: &SubscriptionFile) -> Option<(String, Subscription)> {
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
    let mut endpoints: Vec<String> = Vec::new();
    // An address that a variable left empty subscribes nobody.
    endpoints.extend(email.iter().filter(|address| !address.is_empty()).map(|address| format!("email:{address}")));
    endpoints.extend(email_json.iter().filter(|address| !address.is_empty()).map(|address| format!("email-json:{address}")));
    endpoints.extend(https.iter().map(|address| format!("https:{}", shown(address))));
    endpoints.extend(http.iter().map(|address| format!("http:{}", shown(address))));
    endpoints.extend(sms.iter().filter(|number| !number.is_empty()).map(|number| format!("sms:{number}")));
    endpoints.extend(firehose.iter().map(|stream| format!("firehose:{stream}")));
    endpoints.extend(queue.iter().map(|queue| format!("sqs:{}", cx.arn_of("queues", queue, place))));
    endpoints.extend(function.iter().map(|function| format!("lambda:{}", cx.callee_of("functions", function, place))));
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
