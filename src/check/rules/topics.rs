//! Topics and their subscriptions.

use crate::contract::{Findings, Rule, View};
use crate::kinds::alarm::Alarm;
use crate::kinds::function::Function;
use crate::kinds::queue::Queue;
use crate::kinds::topic::Topic;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::{Node, Yaml};

/// Rules of this subject.
pub const RULES: &[Rule] = &[
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
        code: "E435",
        title: "a FIFO queue on a standard topic",
        why: "A standard topic cannot keep the order that a FIFO queue promises, so SNS refuses the subscription: \"FIFO SQS Queues can not be subscribed to standard SNS topics\".",
        fix: "make the topic FIFO, or subscribe a standard queue",
        source: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
        run: fifo_queue,
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
        why: "A filter policy is a mapping whose keys have lists of what matches; with MessageBody mappings may be nested. SNS refuses a bare value: \"FilterPolicy: must be an object or an array\".",
        fix: "put the values into a list: `{ kind: [order] }`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html",
        run: filter_policy,
    },
    Rule {
        code: "W440",
        title: "an alarm that tells a topic encrypted with AWS's own key",
        why: "CloudWatch can publish to an encrypted topic only if the key's policy lets it. The policy of the AWS managed key alias/aws/sns cannot be changed, so the alarm goes off and nobody hears of it.",
        fix: "use a key of your own whose policy allows kms:Decrypt and kms:GenerateDataKey* to cloudwatch.amazonaws.com, or no `kms_key`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
        run: managed_key,
    },
    Rule {
        code: "W441",
        title: "a queue that does not let the topic it is subscribed to send",
        why: "SNS delivers to a queue only if the queue's policy allows sqs:SendMessage to it. The subscription is made all the same, and every message is lost.",
        fix: "give the queue a policy: `[{ principals: { Service: [sns.amazonaws.com] }, actions: [sqs:SendMessage], resources: [\"*\"], conditions: { ArnEquals: { \"aws:SourceArn\": \"${topics.KEY.arn}\" } } }]`",
        source: "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
        run: queue_policy,
    },
    Rule {
        code: "W442",
        title: "a function that does not let the topic it is subscribed to invoke it",
        why: "SNS invokes a function only if the function's resource policy allows it. The subscription is made all the same, and nothing is invoked.",
        fix: "add `permissions: { sns: { principal: sns.amazonaws.com, source_arn: \"${topics.KEY.arn}\" } }` to the function",
        source: "https://docs.aws.amazon.com/sns/latest/dg/lambda-permissions.html",
        run: function_permission,
    },
    Rule {
        code: "E443",
        title: "a display name that is too long",
        why: "The name that SNS shows in messages has at most 100 characters.",
        fix: "shorten `display_name`",
        source: "https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html",
        run: display_name,
    },
];

fn fifo_only(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| !topic.spec.fifo && topic.spec.content_based_deduplication) {
        let field = "content_based_deduplication";
        out.add(cx.key_place("topics", &topic.key, &[], field), &topic.address, format!("`{field}` is for FIFO topics"), "");
    }
}

fn display_name(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>() {
        let length = topic.spec.display_name.chars().count();
        if length > 100 {
            let place = cx.place("topics", &topic.key, &["display_name"]);
            out.add(place, &topic.address, format!("the display name has {length} characters; SNS takes 100"), "");
        }
    }
}

/// Every subscription as it is written: its topic's key, itself, its kind of endpoint, the endpoint
/// and its place.
fn each(cx: &View<'_>, mut look: impl FnMut(&str, &Node, &str, &str, Place)) {
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

fn email(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        // An address that a variable left empty subscribes nobody.
        if kind == "email" && !text.is_empty() && !text.contains("${") && !is_email(text) {
            out.add(place, address(topic), format!("`{text}` is no e-mail address"), "");
        }
    });
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || ",;<>\"".contains(c));
    plain(user) && !user.contains('@') && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
}

fn https(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let host = text.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let fits = host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace);
        if kind == "https" && !text.starts_with("${") && !fits {
            out.add(place, address(topic), format!("`{text}` is no https address"), "");
        }
    });
}

fn is_fifo(cx: &View<'_>, key: &str) -> bool {
    cx.all::<Topic>().iter().any(|topic| topic.key == key && topic.spec.fifo)
}

fn fifo_endpoint(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        if kind != "queue" && !text.is_empty() && is_fifo(cx, topic) {
            out.add(place, address(topic), format!("a FIFO topic does not deliver to {kind}"), "");
        }
    });
}

fn fifo_queue(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let here = cx.all::<Queue>().iter().any(|queue| (queue.key == text || is_arn_of(text, &queue.key)) && queue.spec.fifo);
        if kind == "queue" && (here || (text.starts_with("arn:") && text.ends_with(".fifo"))) && !is_fifo(cx, topic) {
            out.add(place, address(topic), format!("`{text}` is a FIFO queue, the topic is a standard one"), "");
        }
    });
}

fn is_arn_of(text: &str, key: &str) -> bool {
    text.strip_prefix("${queues.").and_then(|rest| rest.strip_suffix(".arn}")) == Some(key)
}

fn raw(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, kind, _, place| {
        let set = item.get("raw").is_some_and(|node| matches!(&node.yaml, Yaml::Bool(true)) || node.text() == Some("true"));
        if set && matches!(kind, "email" | "function") {
            let place = item.get("raw").map_or(place, |node| node.place);
            out.add(place, address(topic), format!("there is no raw delivery to {kind}"), "");
        }
    });
}

fn filter_scope(cx: &View<'_>, out: &mut Findings<'_>) {
    let words = ["MessageAttributes", "MessageBody"];
    each(cx, |topic, item, _, _, _| {
        if let Some((text, place)) = item.get("filter_scope").and_then(|node| Some((node.text()?, node.place)))
            && !words.contains(&text)
            && !text.contains("${")
        {
            out.add(place, address(topic), format!("`{text}` is no scope of a filter policy"), suggest(text, words));
        }
    });
}

fn filter_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, _, _, _| {
        let Some(policy) = item.get("filter_policy") else { return };
        match &policy.yaml {
            Yaml::Map(entries) => {
                for entry in entries.iter().filter(|entry| !matches!(entry.value.yaml, Yaml::List(_) | Yaml::Map(_))) {
                    out.add(entry.value.place, address(topic), format!("`{}` has a bare value, not a list", entry.key), "");
                }
            }
            Yaml::Null | Yaml::Text(_) => {}
            _ => out.add(policy.place, address(topic), "a filter policy is a mapping", ""),
        }
    });
}

fn managed_key(cx: &View<'_>, out: &mut Findings<'_>) {
    for topic in cx.all::<Topic>().iter().filter(|topic| topic.spec.kms_key.as_deref().is_some_and(|key| key.ends_with("alias/aws/sns"))) {
        let arn = cx.loaded.scope.arn("sns", &topic.name);
        let told = |alarm: &crate::kinds::alarm::Spec| {
            [&alarm.alarm_actions, &alarm.ok_actions, &alarm.insufficient_data_actions].iter().any(|actions| actions.contains(&arn))
        };
        if let Some(alarm) = cx.all::<Alarm>().iter().find(|alarm| told(&alarm.spec)) {
            let message = format!("{} cannot reach the topic: it is encrypted with AWS's own key", alarm.address);
            out.add(cx.place("topics", &topic.key, &["kms_key"]), &topic.address, message, "");
        }
    }
}

fn queue_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let queue = cx.all::<Queue>().iter().find(|queue| queue.key == text || is_arn_of(text, &queue.key));
        let Some(queue) = queue.filter(|_| kind == "queue") else { return };
        // A policy that says anything of SNS or of everybody is taken to be right.
        let policy = queue.spec.policy.as_ref().map(ToString::to_string).unwrap_or_default();
        if !policy.contains("sns.amazonaws.com") && !policy.contains("\"AWS\":[\"*\"") {
            let message = format!("{} has no policy that lets SNS send to it", queue.address);
            let fix = format!(
                "give queues.{} a `policy` that allows sqs:SendMessage to Service sns.amazonaws.com where aws:SourceArn is ${{topics.{topic}.arn}}",
                queue.key
            );
            out.add(place, address(topic), message, fix);
        }
    });
}

fn function_permission(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, _, kind, text, place| {
        let Some(function) = cx.all::<Function>().iter().find(|function| function.key == text).filter(|_| kind == "function") else {
            return;
        };
        let lets = |principal: &str| principal == "*" || principal.starts_with("sns.");
        if !function.spec.permissions.values().any(|permission| lets(&permission.principal)) {
            let message = format!("{} has no permission that lets SNS invoke it", function.address);
            let fix = format!(
                "add `permissions: {{ sns: {{ principal: sns.amazonaws.com, source_arn: \"${{topics.{topic}.arn}}\" }} }}` to functions.{}",
                function.key
            );
            out.add(place, address(topic), message, fix);
        }
    });
}
