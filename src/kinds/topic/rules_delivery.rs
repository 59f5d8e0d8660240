//! What SNS refuses of delivery policies, a topic's and a subscription's (Amazon SNS Developer Guide,
//! "Delivery policies").

use serde_json::{Map, Value};

use super::Topic;
use super::rules::{address, each};
use crate::contract::{Findings, Kind, Rule, View};
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Node;
use crate::source::scalar::document;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E522",
    title: "a delivery policy that SNS does not take",
    why: "How often SNS tries again can be said of http and https endpoints only. A subscription's policy has healthyRetryPolicy, throttlePolicy and \
          requestPolicy at its top; a topic's has `http` around them, and `default` before their names. It tries 0 to 100 times, with 1 to 3,600 seconds \
          between, the least no more than the most, in one of four ways to wait longer. SNS refuses others.",
    fix: "take `delivery_policy` out, or write `{ healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 60, numRetries: 50 } }`",
    source: "https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html",
    run: delivery_policy,
}];

/// What a subscription's policy holds at its top; a topic's has the same below `http`, by other names.
const PARTS: [(&str, &str); 4] = [
    ("healthyRetryPolicy", "defaultHealthyRetryPolicy"),
    ("sicklyRetryPolicy", "defaultSicklyRetryPolicy"),
    ("throttlePolicy", "defaultThrottlePolicy"),
    ("requestPolicy", "defaultRequestPolicy"),
];
const HTTP: &str = "http";
const NO_OVERRIDES: &str = "disableSubscriptionOverrides";
const BACKOFF: [&str; 4] = ["arithmetic", "exponential", "geometric", "linear"];
/// Numbers, with the least and the most of each.
const NUMBERS: [(&str, i64, i64); 7] = [
    ("minDelayTarget", 1, 3_600),
    ("maxDelayTarget", 1, 3_600),
    ("numRetries", 0, 100),
    ("numNoDelayRetries", 0, 100),
    ("numMinDelayRetries", 0, 100),
    ("numMaxDelayRetries", 0, 100),
    ("maxReceivesPerSecond", 1, i64::MAX),
];

fn delivery_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    let mut tell = |topic: &str, policy: &Node, wrong: Option<Wrong>| {
        if let Some(Wrong { path, what, fix }) = wrong {
            out.add_with(place_of(policy, &path), address(topic), what, fix);
        }
    };
    for topic in cx.loaded.tree.get(Topic::SECTION).map(Node::entries).unwrap_or_default() {
        if let Some(policy) = topic.value.get("delivery_policy") {
            tell(&topic.key, policy, of_topic(&document(&policy.to_json())));
        }
    }
    each(cx, |topic, item, kind, _, _| {
        let Some(policy) = item.get("delivery_policy") else { return };
        if matches!(kind, "http" | "https") {
            tell(topic, policy, of_subscription(&document(&policy.to_json())));
        } else {
            tell(topic, policy, Some(Wrong::at(&[], format!("there is no delivery policy for {kind}"))));
        }
    });
}

/// The value at a path, as far as the policy is written out.
fn place_of(policy: &Node, path: &[String]) -> Place {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    (0..=path.len()).rev().find_map(|length| policy.at(&path[..length])).map_or(policy.place, |node| node.place)
}

/// What is wrong, where, and how to mend it if not as the rule says.
struct Wrong {
    path: Vec<String>,
    what: String,
    fix: Option<String>,
}

impl Wrong {
    fn at(path: &[&str], what: String) -> Self {
        Self { path: owned(path), what, fix: None }
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|part| (*part).to_owned()).collect()
}

fn of_subscription(policy: &Value) -> Option<Wrong> {
    let Value::Object(names) = policy else { return Some(Wrong::at(&[], "the delivery policy is no mapping".to_owned())) };
    let is_part = |name: &str| PARTS.iter().any(|(part, _)| *part == name);
    if let Some(name) = names.keys().find(|name| !is_part(name)) {
        return Some(Wrong::at(&[name], format!("a subscription's delivery policy has no `{name}`")));
    }
    PARTS.iter().find_map(|(part, _)| wrong_part(names, &[], part))
}

fn of_topic(policy: &Value) -> Option<Wrong> {
    let Value::Object(names) = policy else {
        return (!policy.is_null()).then(|| Wrong::at(&[], "the delivery policy is no mapping".to_owned()));
    };
    let fix = Some("write `{ http: { defaultHealthyRetryPolicy: { numRetries: 5 } } }`".to_owned());
    let is_part = |name: &str| PARTS.iter().any(|(part, of_topic)| [*part, *of_topic].contains(&name));
    if let Some(name) = names.keys().find(|name| is_part(name)) {
        return Some(Wrong { path: owned(&[name]), what: format!("a topic's delivery policy has `{name}` below `http` alone"), fix });
    }
    let Value::Object(http) = names.get(HTTP)? else {
        return Some(Wrong { path: owned(&[HTTP]), what: "`http` is no mapping".to_owned(), fix });
    };
    let is_known = |name: &str| name == NO_OVERRIDES || PARTS.iter().any(|(_, of_topic)| *of_topic == name);
    if let Some(name) = http.keys().find(|name| !is_known(name)) {
        return Some(Wrong { path: owned(&[HTTP, name]), what: format!("a topic's delivery policy has no `{name}` below `http`"), fix });
    }
    PARTS.iter().find_map(|(_, of_topic)| wrong_part(http, &[HTTP], of_topic))
}

fn wrong_part(names: &Map<String, Value>, around: &[&str], part: &str) -> Option<Wrong> {
    let path = [around, &[part]].concat();
    let Value::Object(said) = names.get(part)? else {
        return Some(Wrong::at(&path, format!("`{part}` is no mapping")));
    };
    let number = |name: &str| said.get(name).and_then(whole);
    let below = |field: &str| owned(&[&path[..], &[field]].concat());
    for (field, min, max) in NUMBERS {
        let Some(value) = said.get(field).filter(|value| value.as_str().is_none_or(is_known)) else { continue };
        if !whole(value).is_some_and(|number| (min..=max).contains(&number)) {
            let takes = if max == i64::MAX { format!("{min} or more") } else { format!("{min} to {max}") };
            let fix = Some(format!("write a whole number, {takes}"));
            return Some(Wrong { path: below(field), what: format!("`{field}` is {value}; SNS takes {takes}"), fix });
        }
    }
    if let (Some(least), Some(most)) = (number("minDelayTarget"), number("maxDelayTarget"))
        && least > most
    {
        let what = format!("`minDelayTarget` is {least}, more than the {most} of `maxDelayTarget`");
        return Some(Wrong { path: below("minDelayTarget"), what, fix: Some("let the least be no more than the most".to_owned()) });
    }
    let phases: i64 = ["numNoDelayRetries", "numMinDelayRetries", "numMaxDelayRetries"].into_iter().filter_map(number).sum();
    if let Some(all) = number("numRetries").filter(|all| phases > *all) {
        let what = format!("the phases try {phases} times, and `numRetries` is {all}");
        return Some(Wrong { path: below("numRetries"), what, fix: Some(format!("write {phases} or more, or fewer in the phases")) });
    }
    let word = said.get("backoffFunction")?.as_str().filter(|word| is_known(word) && !BACKOFF.contains(word))?;
    let what = format!("`backoffFunction` is `{word}`, which SNS does not know");
    Some(Wrong { path: below("backoffFunction"), what, fix: suggest(word, BACKOFF).into() })
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(wrong: Option<Wrong>) -> String {
        wrong.map_or_else(String::new, |wrong| format!("{} {}", wrong.path.join("."), wrong.what))
    }

    #[test]
    fn what_a_subscription_says() {
        let right = json!({"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50, "numNoDelayRetries": 3, "backoffFunction": "linear"},
            "throttlePolicy": {"maxReceivesPerSecond": 10}, "requestPolicy": {"headerContentType": "application/json"}});
        assert_eq!(told(of_subscription(&right)), "");
        for (part, at) in [
            (json!({"minDelayTarget": 0}), "minDelayTarget"),
            (json!({"maxDelayTarget": 3601}), "maxDelayTarget"),
            (json!({"minDelayTarget": 60, "maxDelayTarget": 20}), "minDelayTarget"),
            (json!({"numRetries": 101}), "numRetries"),
            (json!({"numRetries": 1.5}), "numRetries"),
            (json!({"numRetries": 3, "numMinDelayRetries": 2, "numMaxDelayRetries": 2}), "numRetries"),
            (json!({"backoffFunction": "cubic"}), "backoffFunction"),
        ] {
            let wrong = told(of_subscription(&json!({"healthyRetryPolicy": part})));
            assert!(wrong.starts_with(&format!("healthyRetryPolicy.{at} ")), "{wrong}");
        }
        assert_ne!(told(of_subscription(&json!({"throttlePolicy": {"maxReceivesPerSecond": 0}}))), "");
        assert_ne!(told(of_subscription(&json!({"http": {}}))), "");
    }

    #[test]
    fn what_a_topic_says() {
        assert_eq!(
            told(of_topic(&json!({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}, "disableSubscriptionOverrides": false}}))),
            ""
        );
        for policy in [
            json!({"healthyRetryPolicy": {"numRetries": 5}}),
            json!({"http": {"healthyRetryPolicy": {"numRetries": 5}}}),
            json!({"http": {"defaultHealthyRetryPolicy": {"numRetries": 500}}}),
            json!({"http": 5}),
            json!("text"),
        ] {
            assert_ne!(told(of_topic(&policy)), "", "{policy}");
        }
    }
}
