//! What SNS refuses of a topic.

use super::{FilterScope, Topic};
use serde_json::Value;

use crate::contract::{Findings, Rule, View, is_plain, names, rows};
use crate::model::reference::is_known;
use crate::source::diagnostic::Place;
use crate::source::node::{Node, Yaml};
use crate::source::scalar::document;
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
        why: "Content-based deduplication belongs to FIFO topics. SNS refuses it on a standard topic with InvalidParameter.",
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
        title: "an endpoint that is no https address",
        why: "The endpoint of an https subscription begins with https:// and names a host. SNS refuses others: \"Endpoint must match the specified protocol\".",
        fix: "write an address that begins with https://",
        source: "botocore service model, sns Subscribe, Endpoint",
        run: https,
    },
    Rule {
        code: "E434",
        title: "a FIFO topic that is to deliver to something else than a queue",
        why: "FIFO topics deliver to SQS queues alone. SNS refuses e-mail, https and functions as their subscribers; a function can be fed by a queue that is subscribed.",
        fix: "subscribe a queue, or make it a standard topic",
        source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
        run: fifo_endpoint,
    },
    Rule {
        code: "E436",
        title: "raw delivery where SNS has none",
        why: "Messages come without SNS's envelope to queues and https endpoints only. With e-mail or a function SNS refuses the attribute.",
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
        code: "E438",
        title: "a filter policy that SNS does not take",
        why: "A filter policy is a mapping of at most five names, whose keys have lists of what matches, none of them empty; with MessageBody mappings may be nested. SNS refuses a bare value: \"FilterPolicy: must be an object or an array\".",
        fix: "write at most five names, each with a list of what matches: `{ kind: [order] }`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html",
        run: filter_policy,
    },
    Rule {
        code: "E443",
        title: "a display name that is too long",
        why: "The name that SNS shows in messages has at most 100 characters.",
        fix: "shorten `display_name`",
        source: "https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html",
        run: rows::<Topic>,
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
            for kind in ["email", "https", "queue", "function"] {
                if let Some((text, place)) = item.get(kind).and_then(|node| Some((node.text()?, node.place))) {
                    look(&topic.key, item, kind, text, place);
                }
            }
        }
    }
}

fn address(key: &str) -> String {
    format!("topic/{key}")
}

fn fifo_only(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| !topic.spec.fifo && topic.spec.content_based_deduplication) {
        let field = "content_based_deduplication";
        out.add(cx.key_place("topics", &topic.key, &[], field), &topic.address, format!("`{field}` is for FIFO topics"));
    }
}

fn email(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        // An address that a variable left empty subscribes nobody.
        if kind == "email" && !text.is_empty() && is_known(text) && !is_email(text) {
            out.add(place, address(topic), format!("`{text}` is no e-mail address"));
        }
    });
}

/// As far as SNS looks: something before and behind one `@`.
fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    text.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

fn https(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let host = text.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let fits = host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace);
        if kind == "https" && !text.starts_with("${") && !fits {
            out.add(place, address(topic), format!("`{text}` is no https address"));
        }
    });
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
        if set && matches!(kind, "email" | "function") {
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

fn filter_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, _, _, _| {
        let Some(policy) = item.get("filter_policy") else { return };
        let nests = item.get("filter_scope").and_then(Node::text).is_some_and(|word| Word::<FilterScope>::from(word).is(FilterScope::Body));
        if let Some((name, wrong)) = wrong_filter(&document(&policy.to_json()), nests) {
            let place = name.and_then(|name| policy.get(&name)).map_or(policy.place, |value| value.place);
            out.add(place, address(topic), format!("the filter policy {wrong}"));
        }
    });
}

/// Names that a filter policy may hold (Amazon SNS Developer Guide, "Filter policy constraints").
const FILTER_NAMES: usize = 5;

/// What is wrong with a filter policy, and under which of its names.
fn wrong_filter(policy: &Value, nests: bool) -> Option<(Option<String>, String)> {
    let names = match policy {
        Value::Object(names) => names,
        Value::Null => return None,
        _ => return Some((None, "is no mapping".to_owned())),
    };
    // Names under a parent count with it, and alternatives once.
    if names.len() > FILTER_NAMES {
        return Some((None, format!("has {} names; SNS takes {FILTER_NAMES}", names.len())));
    }
    names.iter().filter(|(name, _)| *name != "$or").find_map(|(name, value)| {
        let wrong = match value {
            Value::Array(items) if items.is_empty() => format!("has an empty list under `{name}`"),
            Value::Array(_) => return None,
            Value::Object(_) if nests => return Some((Some(name.clone()), wrong_filter(value, true)?.1)),
            Value::Object(_) => format!("is nested under `{name}`, and MessageAttributes are not"),
            _ => format!("has a bare value under `{name}`, not a list"),
        };
        Some((Some(name.clone()), wrong))
    })
}
