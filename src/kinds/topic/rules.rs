//! What SNS refuses of a topic.

use super::written::PROTOCOLS;
use super::{FilterScope, ThroughputScope, Topic};
use crate::contract::{Findings, Rule, View, is_plain, names, rows};
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};
use crate::source::word::Word;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E173",
        title: "topic name that AWS refuses",
        why: "A topic's name has 1 to 256 letters, digits, `-` and `_`. The `.fifo` at the end of a FIFO topic's name counts too.",
        fix: "use letters, digits, `-` and `_`",
        source: "botocore service model, sns CreateTopic, Name",
        run: name,
    },
    Rule {
        code: "E431",
        title: "a FIFO attribute on a standard topic",
        why: "Content-based deduplication, its scope and the archive of messages belong to FIFO topics. SNS refuses them on a standard topic with InvalidParameter.",
        fix: "take it out, or set `fifo: true`",
        source: "botocore service model, sns CreateTopic, Attributes",
        run: fifo_only,
    },
    Rule {
        code: "E432",
        title: "an address that is no e-mail address",
        why: "SNS checks the form of an e-mail address when it is subscribed and refuses what is none with \"Invalid parameter: Email address\".",
        fix: "write one address, such as team@example.com",
        source: "botocore service model, sns Subscribe, Endpoint",
        run: email,
    },
    Rule {
        code: "E433",
        title: "an endpoint that is no address of its protocol",
        why: "The endpoint of an https subscription begins with https://, that of an http subscription with http://, and it names a host. SNS refuses others: \"Endpoint must match the specified protocol\".",
        fix: "write an address that begins with https:// under `https`, one that begins with http:// under `http`",
        source: "botocore service model, sns Subscribe, Endpoint",
        run: web,
    },
    Rule {
        code: "E434",
        title: "a FIFO topic that is to deliver to something else than a queue",
        why: "FIFO topics deliver to SQS queues alone. SNS refuses e-mail, phone numbers, http, https, delivery streams and functions as their subscribers; a function can be fed by a queue that is subscribed.",
        fix: "subscribe a queue, or make it a standard topic",
        source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
        run: fifo_endpoint,
    },
    Rule {
        code: "E436",
        title: "raw delivery where SNS has none",
        why: "Messages come without SNS's envelope to queues, delivery streams and http and https endpoints only. With e-mail, a phone number or a function SNS refuses the attribute.",
        fix: "take `raw` out",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html",
        run: raw,
    },
    Rule {
        code: "E437",
        title: "a scope of a filter policy that SNS does not know",
        why: "A filter policy looks at MessageAttributes or at MessageBody. SNS refuses any other word.",
        fix: "write MessageAttributes or MessageBody",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html",
        run: filter_scope,
    },
    Rule {
        code: "E443",
        title: "a display name that is too long",
        why: "The name that SNS shows in messages has at most 100 characters.",
        fix: "shorten `display_name`",
        source: "https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html",
        run: rows::<Topic>,
    },
    Rule {
        code: "E520",
        title: "a phone number that is not in the form E.164",
        why: "A phone number is `+`, the country's code and the number, at most 15 digits together and nothing between them. SNS refuses others: \"Invalid SMS endpoint\".",
        fix: "write it like +12065550100",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-phone-number-as-subscriber.html",
        run: phone,
    },
    Rule {
        code: "E521",
        title: "a subscribed delivery stream that SNS cannot write to",
        why: "A firehose subscription names a delivery stream by its ARN, and the role that SNS writes to it with. Without the role SNS refuses it, and so it does a role for anything else.",
        fix: "write `firehose: arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME` with a `role`, and `role` there only",
        source: "https://docs.aws.amazon.com/sns/latest/dg/firehose-endpoints-create-topic-subscription.html",
        run: stream,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Topic>(cx, out, "topic", is_plain);
}

/// Every subscription as it is written: its topic's key, itself, its kind of endpoint, the endpoint
/// and its place.
pub(crate) fn each(cx: &View<'_>, mut look: impl FnMut(&str, &Node, &str, &str, Place)) {
    for topic in cx.loaded.tree.get("topics").map(Node::entries).unwrap_or_default() {
        let Some(Yaml::List(items)) = topic.value.get("subscriptions").map(|node| &node.yaml) else { continue };
        for item in items {
            for (_, kind) in PROTOCOLS {
                if let Some((text, place)) = item.get(kind).and_then(|node| Some((node.text()?, node.place))) {
                    look(&topic.key, item, kind, text, place);
                }
            }
        }
    }
}

pub(super) fn address(key: &str) -> String {
    format!("topic/{key}")
}

fn fifo_only(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| !topic.spec.fifo) {
        let spec = &topic.spec;
        let set = [
            ("content_based_deduplication", spec.content_based_deduplication),
            ("fifo_throughput_scope", !spec.fifo_throughput_scope.is(ThroughputScope::Topic)),
            ("archive_policy", spec.archive_policy.is_some()),
        ];
        for (field, _) in set.into_iter().filter(|(_, set)| *set) {
            out.add(cx.key_place("topics", &topic.key, &[], field), &topic.address, format!("`{field}` is for FIFO topics"));
        }
    }
}

fn email(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        // An address that a variable left empty subscribes nobody.
        if matches!(kind, "email" | "email_json") && !text.is_empty() && is_known(text) && !is_email(text) {
            out.add(place, address(topic), format!("`{text}` is no e-mail address"));
        }
    });
}

/// As far as SNS looks: something before and behind one `@`.
fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    text.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

fn web(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        if !matches!(kind, "http" | "https") || text.starts_with("${") {
            return;
        }
        let rest = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix("://"));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        if host.is_none_or(str::is_empty) || text.contains(char::is_whitespace) {
            let word = if kind == "http" { "an http" } else { "an https" };
            out.add(place, address(topic), format!("`{text}` is not {word} address"));
        }
    });
}

fn phone(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let digits = text.strip_prefix('+').filter(|digits| !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()));
        // An empty number that a variable left subscribes nobody.
        if kind == "sms" && !text.is_empty() && is_known(text) && !digits.is_some_and(|digits| (2..=15).contains(&digits.len())) {
            out.add(place, address(topic), format!("`{text}` is no phone number in the form E.164"));
        }
    });
}

fn stream(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, kind, text, place| {
        let role = item.get("role");
        if kind != "firehose" {
            if let Some(role) = role {
                out.add(role.place, address(topic), format!("`role` is for firehose, not for {kind}"));
            }
            return;
        }
        if is_known(text) && !is_stream(text) {
            out.add(place, address(topic), format!("`{text}` is no ARN of a delivery stream"));
        }
        if role.is_none() {
            out.add_with(
                place,
                address(topic),
                "a delivery stream is subscribed without a role",
                "add `role`: a key of `roles`, or an ARN".to_owned(),
            );
        }
    });
}

fn is_stream(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, _, service, region, account, resource] = parts[..] else { return false };
    let named = resource.strip_prefix("deliverystream/").is_some_and(|name| !name.is_empty());
    scheme == "arn" && service == "firehose" && !region.is_empty() && !account.is_empty() && named
}

fn is_fifo(cx: &View<'_>, key: &str) -> bool {
    cx.all::<Topic>().iter().any(|topic| topic.key == key && topic.spec.fifo)
}

fn fifo_endpoint(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        if kind != "queue" && !text.is_empty() && is_fifo(cx, topic) {
            out.add(place, address(topic), format!("a FIFO topic does not deliver to {kind}"));
        }
    });
}

fn raw(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, kind, _, place| {
        let set = item.get("raw").is_some_and(|node| matches!(&node.yaml, Yaml::Bool(true)) || node.text() == Some("true"));
        if set && matches!(kind, "email" | "email_json" | "sms" | "function") {
            let place = item.get("raw").map_or(place, |node| node.place);
            out.add(place, address(topic), format!("there is no raw delivery to {kind}"));
        }
    });
}

fn filter_scope(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, _, _, _| {
        if let Some((text, place)) = item.get("filter_scope").and_then(|node| Some((node.text()?, node.place))) {
            out.word(place, &address(topic), "scope of a filter policy", &Word::<FilterScope>::from(text));
        }
    });
}
