//! How a topic is written in its file.

use serde_json::json;

use super::spec::{FILTER_SCOPE, Spec, Subscription};
use crate::contract::written::{Form, Head, Names, Row};
use crate::kinds::triggers::{without_admissions, written as notified};

const ROLE: Form = Form::Key("roles");

pub(super) const WRITTEN: &[Row] = &[
    Row::new("policy", "policy", Form::With(without_admissions)),
    Row::new("tracing", "tracing", Form::Words(&[("Active", "active"), ("PassThrough", "passthrough")])),
    Row::new("delivery_logs.*.success_role", "success_role", ROLE),
    Row::new("delivery_logs.*.failure_role", "failure_role", ROLE),
    Row::new("subscriptions.*", "", Form::Item(subscription)),
    Row::new("subscriptions.*.dead_letter", "dead_letter_queue", Form::Key("queues")),
    Row::new("subscriptions.*.role", "role", ROLE),
    Row::new("subscriptions.*.endpoint", "", Form::Left("its address holds it")),
    notified::NOTIFICATIONS,
    notified::NOTIFICATION,
    notified::BUCKET,
    notified::EVENTS,
    notified::TO,
];

/// The words of a file for SNS's protocols.
pub(super) const PROTOCOLS: &[(&str, &str)] = &[
    ("email", "email"),
    ("email-json", "email_json"),
    ("https", "https"),
    ("http", "http"),
    ("sms", "sms"),
    ("firehose", "firehose"),
    ("sqs", "queue"),
    ("lambda", "function"),
];

/// Who is told, by `protocol:endpoint`.
fn subscription(names: &Names, key: &str) -> Head {
    let (protocol, endpoint) = key.split_once(':').unwrap_or(("", key));
    // A file has no other; a topic that is live may.
    let word = PROTOCOLS.iter().find(|(of, _)| *of == protocol).map_or("endpoint", |(_, word)| *word);
    let section = match word {
        "queue" => "queues",
        "function" => "functions",
        _ => "",
    };
    vec![(word, json!(names.key(section, endpoint).unwrap_or_else(|| names.mention(endpoint))))]
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    let subscription = |wanted: &Subscription| Subscription {
        filter_scope: wanted.filter_policy.as_ref().map(|_| FILTER_SCOPE.into()),
        ..Subscription::default()
    };
    Spec {
        subscriptions: want.subscriptions.iter().map(|(key, wanted)| (key.clone(), subscription(wanted))).collect(),
        notifications: notified::plain(&want.notifications),
        ..Spec::default()
    }
}
