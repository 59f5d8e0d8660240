//! What SNS refuses of the size, the signature, the archive and the logs of a topic.

use serde_json::Value;

use super::Topic;
use super::logs::DeliveryLog;
use super::rules::{address, each};
use super::spec::ARCHIVE_DAYS;
use crate::contract::{Findings, Rule, View, rows};

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E523",
        title: "a version of signatures that there is not",
        why: "SNS signs messages with SHA1, which is version 1, or with SHA256, which is version 2.",
        fix: "write 1 or 2",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-configure-message-signature.html",
        run: signature,
    },
    Rule {
        code: "E524",
        title: "a sample of deliveries that is no percentage",
        why: "Of what was delivered 0 to 100 percent are logged. SNS refuses other numbers.",
        fix: "write a number from 0 to 100",
        source: "botocore service model, sns SetTopicAttributes, AttributeName",
        run: sample,
    },
    Rule {
        code: "E525",
        title: "a size of messages that SNS does not take",
        why: "The largest message of a topic has 1024 bytes to 1 MiB.",
        fix: "write a number of bytes from 1024 to 1048576",
        source: "botocore service model, sns CreateTopic, Attributes",
        run: rows::<Topic>,
    },
    Rule {
        code: "E526",
        title: "an archive of messages that SNS does not take",
        why: "An archive policy says how many days messages are kept, 1 to 365, and nothing else.",
        fix: "write `archive_policy: { MessageRetentionPeriod: 30 }`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html",
        run: archive,
    },
    Rule {
        code: "E527",
        title: "a scope of deduplication that there is not",
        why: "A FIFO topic looks for the same message in the whole Topic or in its MessageGroup. SNS refuses any other word.",
        fix: "write Topic or MessageGroup",
        source: "botocore service model, sns CreateTopic, Attributes",
        run: rows::<Topic>,
    },
    Rule {
        code: "E528",
        title: "large messages to an endpoint that takes none",
        why: "Messages above 256 KiB go to queues, functions and delivery streams only, and to at most 100 of them. SNS refuses the size of a topic that has other subscriptions.",
        fix: "lower `max_message_size` to 262144, or take the subscription out",
        source: "botocore service model, sns SetTopicAttributes, AttributeName",
        run: large,
    },
    Rule {
        code: "W520",
        title: "a role that logs no delivery",
        why: "Of what was delivered SNS logs `success_sample_rate` percent, which is 0 where nothing is said: the role is there, and no delivery is logged.",
        fix: "write `success_sample_rate`, such as 100, or take `success_role` out",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-topic-attributes.html",
        run: no_sample,
    },
];

fn signature(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| !matches!(topic.spec.signature_version, 1 | 2)) {
        let place = cx.place("topics", &topic.key, &["signature_version"]);
        out.add(place, &topic.address, format!("there is no version {} of signatures", topic.spec.signature_version));
    }
}

fn sample(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>() {
        for (protocol, log) in topic.spec.delivery_logs.by_key().filter(|(_, log)| !(0..=100).contains(&log.success_sample_rate)) {
            let place = cx.place("topics", &topic.key, &["delivery_logs", &protocol, "success_sample_rate"]);
            out.add(place, &topic.address, format!("{} percent of the deliveries to {protocol} cannot be logged", log.success_sample_rate));
        }
    }
}

fn archive(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>() {
        let Some(policy) = &topic.spec.archive_policy else { continue };
        let days = policy.get(ARCHIVE_DAYS).and_then(|days| days.as_i64().or_else(|| days.as_str()?.parse().ok()));
        let alone = policy.as_object().is_some_and(|names| names.len() == 1);
        if !alone || !days.is_some_and(|days| (1..=365).contains(&days)) {
            let told = policy.get(ARCHIVE_DAYS).map_or_else(|| policy.to_string(), Value::to_string);
            let place = cx.place("topics", &topic.key, &["archive_policy"]);
            out.add(place, &topic.address, format!("an archive of {told} is none of 1 to 365 days"));
        }
    }
}

/// Largest message that any endpoint takes, and how many endpoints larger ones may go to.
const SMALL: i32 = 262_144;
const MOST: usize = 100;

fn large(cx: &View<'_>, out: &mut Findings<'_>) {
    let large = |key: &str| cx.all::<Topic>().iter().any(|topic| topic.key == key && topic.spec.max_message_size > SMALL);
    each(cx, |topic, _, kind, text, place| {
        if !matches!(kind, "queue" | "function" | "firehose") && !text.is_empty() && large(topic) {
            out.add(place, address(topic), format!("messages above 256 KiB do not go to {kind}"));
        }
    });
    for topic in cx.all::<Topic>().iter().filter(|topic| large(&topic.key) && topic.spec.subscriptions.len() > MOST) {
        let place = cx.place("topics", &topic.key, &["max_message_size"]);
        out.add(place, &topic.address, format!("messages above 256 KiB go to {MOST} at most, not to {}", topic.spec.subscriptions.len()));
    }
}

fn no_sample(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>() {
        let unsampled = |(_, log): &(String, &DeliveryLog)| log.success_role.is_some() && log.success_sample_rate == 0;
        for (protocol, _) in topic.spec.delivery_logs.by_key().filter(unsampled) {
            let place = cx.place("topics", &topic.key, &["delivery_logs", &protocol, "success_role"]);
            out.add(place, &topic.address, format!("no delivery to {protocol} is logged: its sample is 0 percent"));
        }
    }
}
