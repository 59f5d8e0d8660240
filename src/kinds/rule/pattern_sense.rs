//! Patterns that EventBridge takes and that no event, or none of this account, matches.

use serde_json::{Map, Value};

use super::EventRule;
use super::name::DEFAULT_BUS;
use super::pattern::OR;
use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::model::Account;
use crate::model::reference::is_known;
use crate::source::diagnostic::suggest;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "W650",
        title: "a pattern that no event matches",
        why: "Every event has the same fields at its top: version, id, detail-type, source, account, time, region, resources and detail. All but the last two are texts, `resources` is a list of texts, and what else an event says is below `detail`. A pattern that asks for another field, or for a number where a text is, matches nothing, and EventBridge does not say so.",
        fix: "ask for a field that events have",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html",
        run: matches_nothing,
    },
    Rule {
        code: "W651",
        title: "a pattern for another account or region than the rule's",
        why: "A bus gets the events of its own account and region. Those of others come only where somebody there sends them on.",
        fix: "name the account and region of the stack, or leave both out",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html",
        run: of_elsewhere,
    },
    Rule {
        code: "W652",
        title: "a rule for AWS's own events on another bus than the default one",
        why: "Services of AWS send their events, whose source begins with `aws.`, to the default bus. Another bus gets them only where a rule on the default bus sends them on.",
        fix: "take `bus` out",
        source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html",
        run: on_own_bus,
    },
];

/// Fields of an event that are texts.
const TEXTS: [&str; 7] = ["account", "detail-type", "id", "region", "source", "time", "version"];
/// All of them. A replayed event has the last one.
const FIELDS: [&str; 10] = ["account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version", "replay-name"];

/// Looks at the fields at the top of each pattern, those in alternatives included.
fn each_top(cx: &View<'_>, mut look: impl FnMut(&Resource<EventRule>, &[&str], &str, &Value)) {
    for rule in cx.all::<EventRule>() {
        if let Some(Value::Object(pattern)) = &rule.spec.pattern {
            tops(pattern, &mut Vec::new(), &mut |at, name, value| look(rule, at, name, value));
        }
    }
}

fn tops<'a>(fields: &'a Map<String, Value>, at: &mut Vec<String>, look: &mut dyn FnMut(&[&str], &'a str, &'a Value)) {
    for (name, value) in fields {
        if name == OR {
            for (index, one) in value.as_array().into_iter().flatten().enumerate() {
                at.extend([name.clone(), index.to_string()]);
                one.as_object().into_iter().for_each(|fields| tops(fields, at, look));
                at.truncate(at.len() - 2);
            }
        } else {
            at.push(name.clone());
            look(&at.iter().map(String::as_str).collect::<Vec<_>>(), name, value);
            at.pop();
        }
    }
}

fn place(cx: &View<'_>, rule: &Resource<EventRule>, at: &[&str]) -> crate::source::diagnostic::Place {
    cx.place(EventRule::SECTION, &rule.key, &[&["event"], at].concat())
}

fn matches_nothing(cx: &View<'_>, out: &mut Findings<'_>) {
    each_top(cx, |rule, at, name, value| {
        let is_bare =
            |values: &Vec<Value>| values.iter().find(|value| matches!(value, Value::Number(_) | Value::Bool(_) | Value::Null)).cloned();
        let (what, fix) = match value {
            _ if !FIELDS.contains(&name) => {
                let near = FIELDS.iter().find(|field| **field == name.replace('_', "-"));
                let fix = near.map_or_else(|| suggest(name, FIELDS), |near| format!("did you mean `{near}`?"));
                (format!("no event has a field `{name}` at its top"), Some(fix))
            }
            Value::Object(_) if name != "detail" => (format!("`{name}` of an event is no mapping"), None),
            Value::Array(_) if name == "detail" => ("`detail` of an event is a mapping, and no list of values matches it".to_owned(), None),
            Value::Array(values) if TEXTS.contains(&name) || name == "resources" => match is_bare(values) {
                Some(value) => {
                    (format!("`{name}` of an event holds texts, and {value} is none"), Some(format!("put it in quotes: \"{value}\"")))
                }
                None => return,
            },
            _ => return,
        };
        out.add_with(place(cx, rule, at), &rule.address, what, fix);
    });
}

fn of_elsewhere(cx: &View<'_>, out: &mut Findings<'_>) {
    let scope = &cx.loaded.scope;
    each_top(cx, |rule, at, name, value| {
        let own = match name {
            "account" => scope.account.to_string(),
            "region" => scope.region.clone(),
            _ => return,
        };
        let texts: Option<Vec<&str>> = value.as_array().and_then(|values| values.iter().map(Value::as_str).collect());
        // What is not all texts may match: that is for AWS to say.
        let Some(texts) = texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| is_known(text))) else { return };
        let is_told = name != "account" || scope.account != Account::Late;
        if is_told && !texts.contains(&own.as_str()) {
            let message = format!("asks for {name} {}, and the rule stands in {own}", texts.join(", "));
            out.add(place(cx, rule, at), &rule.address, message);
        }
    });
}

fn on_own_bus(cx: &View<'_>, out: &mut Findings<'_>) {
    each_top(cx, |rule, at, name, value| {
        let is_aws = |value: &Value| value.as_str().is_some_and(|source| source.starts_with("aws."));
        let all = value.as_array().is_some_and(|values| !values.is_empty() && values.iter().all(is_aws));
        if name == "source" && all && rule.spec.bus != DEFAULT_BUS && !rule.spec.bus.starts_with("aws.partner/") {
            let message = format!("asks for events of AWS's services on the bus {}, which does not get them", rule.spec.bus);
            out.add(place(cx, rule, at), &rule.address, message);
        }
    });
}
