//! What SNS refuses of the filter policies of subscriptions (Amazon SNS Developer Guide, "Filter policy
//! constraints").

use serde_json::{Map, Value};

use super::FilterScope;
use super::rules::{address, each};
use crate::contract::{Findings, Rule, View};
use crate::kinds::rule::pattern::{self, OR};
use crate::source::node::Node;
use crate::source::scalar::document;
use crate::source::word::Word;

/// All of them.
pub(super) const RULES: &[Rule] = &[Rule {
    code: "E438",
    title: "a filter policy that SNS does not take",
    why: "A filter policy is a mapping of at most five names, whose keys have lists of what matches, none of them empty; with MessageBody mappings may be \
          nested, and the names in them do not count. The values of all lists combine to at most 150, each list multiplied with how deep it stands, and \
          numbers lie between -1,000,000,000 and 1,000,000,000. SNS refuses others: \"FilterPolicy: must be an object or an array\".",
    fix: "write at most five names, each with a list of what matches: `{ kind: [order] }`",
    source: "https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html",
    run: filter_policy,
}];

fn filter_policy(cx: &View<'_>, out: &mut Findings<'_>) {
    each(cx, |topic, item, _, _, _| {
        let Some(policy) = item.get("filter_policy") else { return };
        let nests = item.get("filter_scope").and_then(Node::text).is_some_and(|word| Word::<FilterScope>::from(word).is(FilterScope::Body));
        if let Some((name, wrong)) = wrong(&document(&policy.to_json()), nests) {
            let place = name.and_then(|name| policy.get(&name)).map_or(policy.place, |value| value.place);
            out.add(place, address(topic), format!("the filter policy {wrong}"));
        }
    });
}

/// Names at the top of a filter policy.
const NAMES: usize = 5;
/// Combinations of its values.
const COMBINATIONS: u64 = 150;
/// Numbers that it compares.
const NUMBERS: f64 = 1e9;

/// The name of a policy that is wrong, and what is.
type Wrong = (Option<String>, String);

/// What is wrong with a filter policy, and under which of its names.
fn wrong(policy: &Value, nests: bool) -> Option<Wrong> {
    let names = match policy {
        Value::Object(names) => names,
        Value::Null => return None,
        _ => return Some((None, "is no mapping".to_owned())),
    };
    // How alternatives are counted is not said: they are left out.
    let count = names.keys().filter(|name| *name != OR).count();
    if count > NAMES {
        return Some((None, format!("has {count} names; SNS takes {NAMES}")));
    }
    let within = names.iter().find_map(|(name, value)| Some((Some(name.clone()), wrong_below(name, value, nests)?)));
    within.or_else(|| {
        let combined = combinations(names, 1, nests);
        (combined > COMBINATIONS).then(|| (None, format!("combines to {combined}; SNS takes {COMBINATIONS} at most")))
    })
}

fn wrong_below(name: &str, value: &Value, nests: bool) -> Option<String> {
    match value {
        Value::Array(all) if name == OR => {
            if all.len() < 2 {
                return Some(format!("has fewer than two alternatives under `{OR}`"));
            }
            all.iter().find_map(|one| match one {
                Value::Object(names) => names.iter().find_map(|(name, value)| wrong_below(name, value, nests)),
                _ => Some(format!("has an alternative under `{OR}` that is no mapping")),
            })
        }
        _ if name == OR => Some(format!("has no list of mappings under `{OR}`")),
        Value::Array(items) if items.is_empty() => Some(format!("has an empty list under `{name}`")),
        Value::Array(items) => {
            let far = items.iter().filter_map(|item| item.get("numeric")?.as_array()).flatten().chain(items).filter_map(Value::as_f64);
            let far = far.into_iter().find(|number| number.abs() > NUMBERS);
            pattern::check_values(items)
                .or_else(|| far.map(|number| format!("has the number {number}, which is beyond 1,000,000,000,")))
                .map(|wrong| format!("{wrong} under `{name}`"))
        }
        Value::Object(names) if nests => names.iter().find_map(|(name, value)| wrong_below(name, value, nests)),
        Value::Object(_) => Some(format!("is nested under `{name}`, and MessageAttributes are not")),
        _ => Some(format!("has a bare value under `{name}`, not a list")),
    }
}

/// How many combinations of values a policy has, at least: alternatives add up, all else multiplies. In a
/// message's body each list counts as often as it stands deep.
fn combinations(names: &Map<String, Value>, depth: u64, nests: bool) -> u64 {
    let of = |(name, value): (&String, &Value)| match value {
        Value::Array(all) if name == OR => {
            all.iter().filter_map(Value::as_object).map(|one| combinations(one, depth, nests)).fold(0, u64::saturating_add)
        }
        Value::Array(items) => (items.len() as u64).saturating_mul(if nests { depth } else { 1 }),
        Value::Object(inner) => combinations(inner, depth + 1, nests),
        _ => 1,
    };
    names.iter().map(of).fold(1, u64::saturating_mul)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(policy: &Value, nests: bool) -> String {
        wrong(policy, nests).map_or_else(String::new, |(_, wrong)| wrong)
    }

    #[test]
    fn names_below_others_do_not_count() {
        let seven = json!({"a": {"b": [1], "c": [1], "d": [1], "e": [1], "f": [1], "g": [1], "h": [1]}});
        assert_eq!(told(&seven, true), "", "2 to the seventh is 128");
        let six = json!({"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]});
        assert!(told(&six, true).contains("6 names") && told(&six, false).contains("6 names"));
    }

    #[test]
    fn values_combine_to_no_more_than_sns_takes() {
        let flat = |each: usize| json!({"a": vec!["x"; each], "b": vec!["x"; 10]});
        assert_eq!(told(&flat(15), false), "");
        assert!(told(&flat(16), false).contains("160"));
        // The example of the guide: 4 values three deep, 3 two deep, 3 at the top.
        let deep = json!({"a": {"b": {"c": [1, 2, 3, 4]}}, "d": {"e": [1, 2, 3]}, "f": [1, 2, 3]});
        assert!(told(&deep, true).contains("216"));
        let either = json!({"a": vec!["x"; 10], "$or": [{"b": vec!["x"; 8]}, {"c": vec!["x"; 8]}]});
        assert!(told(&either, false).contains("160"));
    }

    #[test]
    fn alternatives_are_looked_into() {
        assert_eq!(told(&json!({"$or": [{"a": ["x"]}, {"b": [{"prefix": "y"}]}]}), false), "");
        for or in [json!([]), json!([{"a": ["x"]}]), json!({"a": ["x"]}), json!([{"a": ["x"]}, {"b": "y"}]), json!([{"a": ["x"]}, 5])] {
            assert_ne!(told(&json!({"$or": or}), false), "", "{or}");
        }
    }

    #[test]
    fn numbers_lie_within_a_milliard() {
        assert_eq!(told(&json!({"a": [{"numeric": [">", -1e9, "<", 1e9]}, 5]}), false), "");
        assert!(told(&json!({"a": [{"numeric": [">", 1.5e9]}]}), false).contains("beyond"));
        assert!(told(&json!({"a": [2_000_000_000]}), false).contains("beyond"));
    }
}
