//! What makes failures go unnoticed: no alarm, no dead-letter queue; and logs that are kept for ever.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deliveries::called;
use crate::contract::{Findings, Kind, Rule, View};
use crate::kinds::alarm::Alarm;
use crate::kinds::function::Function;
use crate::kinds::log_group::{LogGroup, LogGroupClass};
use crate::kinds::schedule::Schedule;
use crate::kinds::topic::Topic;
use crate::model::reference::{Reference, references_in};

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "W706",
        title: "logs that are kept for ever",
        why: "CloudWatch Logs keeps what has no retention, and each gigabyte costs every month. Logs of functions are seldom read after some weeks.",
        fix: "set `log_retention: 30d` on the function, `retention: 30d` on the log group or under `logging` of the state machine",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        run: kept_for_ever,
    },
    Rule {
        code: "W707",
        title: "a function without an alarm",
        why: "No alarm of any stack here looks at the function: when it fails, nobody is told.",
        fix: "add under `alarms:` one on its Errors: `{ function: KEY, metric: Errors, statistic: Sum, period: 5m, comparison: GreaterThanThreshold, threshold: 0, treat_missing_data: notBreaching }`",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: no_alarm,
    },
    Rule {
        code: "W710",
        title: "an output that leads past the alias",
        why: "A function behind an alias has two ARNs. The one without the alias is of $LATEST: who invokes it runs what was uploaded last, and gets no SnapStart. No output names the alias's.",
        fix: "write `${functions.KEY.alias_arn}`, or add an output with it",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html",
        run: past_the_alias,
    },
    Rule {
        code: "W708",
        title: "a function that is invoked asynchronously and keeps no failed events",
        why: "Lambda tries an asynchronous event three times and then drops it. Without a dead-letter queue or a destination for failures the event is gone.",
        fix: "add `dead_letter_queue: KEY`, or `event_invoke: { on_failure: ARN }`",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
        run: no_dead_letter_queue,
    },
];

fn kept_for_ever(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in
        cx.all::<LogGroup>().iter().filter(|group| group.spec.retention_days.is_none() && !group.spec.class.is(LogGroupClass::Delivery))
    {
        // A function says it itself, others in a part of theirs that is about logs.
        let home = cx.home(LogGroup::SECTION, &group.key);
        let (field, fix) = match home[..] {
            [LogGroup::SECTION, _] => ("retention", "set `retention: 30d` on the log group"),
            [_, _] => ("log_retention", "set `log_retention: 30d` on the function"),
            _ => ("retention", "set `retention: 30d` under `logging` of the state machine"),
        };
        let place = cx.place(LogGroup::SECTION, &group.key, &[field]);
        out.add_with(place, &group.address, format!("`{}` keeps its logs for ever", group.name), fix);
    }
}

/// Names of the functions that alarms look at, of every stack of the run.
fn watched<'a>(cx: &'a View<'_>) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let of = |dimensions: &'a Value| dimensions["FunctionName"].as_str();
    for node in cx.stacks.iter().flat_map(|stack| stack.desired.nodes.values()).filter(|node| node.id.kind == "alarm") {
        names.extend(of(&node.spec["dimensions"]));
        names.extend(
            node.spec["metrics"].as_object().into_iter().flat_map(|queries| queries.values()).filter_map(|query| of(&query["dimensions"])),
        );
    }
    for alarm in cx.all::<Alarm>() {
        names.extend(alarm.spec.dimensions.get("FunctionName").map(String::as_str));
        names.extend(alarm.spec.metrics.values().filter_map(|query| query.dimensions.get("FunctionName").map(String::as_str)));
    }
    names
}

fn no_alarm(cx: &View<'_>, out: &mut Findings<'_>) {
    let watched = watched(cx);
    for function in cx.all::<Function>().iter().filter(|function| !watched.contains(function.name.as_str())) {
        out.add(cx.place("functions", &function.key, &[]), &function.address, "no alarm looks at the function");
    }
}

/// Services that invoke functions asynchronously, by their principal.
const ASYNCHRONOUS: [&str; 9] = ["s3", "sns", "events", "scheduler", "ses", "iot", "config", "codecommit", "logs"];

fn past_the_alias(cx: &View<'_>, out: &mut Findings<'_>) {
    let outputs = &cx.loaded.desired.outputs;
    for function in cx.all::<Function>().iter().filter(|function| !function.spec.aliases.is_empty()) {
        let names = |text: &str, attribute: &str| {
            let is_its = |named: &Reference| (named.section.as_str(), &named.key) == (Function::SECTION, &function.key);
            references_in(text).any(|named| is_its(&named) && named.attribute == attribute)
        };
        if outputs.iter().any(|(_, text)| names(text, "alias_arn")) {
            continue;
        }
        for (output, _) in outputs.iter().filter(|(_, text)| names(text, "arn") || names(text, "invoke_arn")) {
            let place = cx.loaded.tree.place_along(&["outputs", output]).unwrap_or_else(|| cx.top_place("outputs"));
            let fix = format!("write `${{functions.{}.alias_arn}}`, or add an output with it", function.key);
            out.add_with(place, &function.address, format!("the output `{output}` names {} itself, not its alias", function.address), fix);
        }
    }
}

fn no_dead_letter_queue(cx: &View<'_>, out: &mut Findings<'_>) {
    let subscribed: BTreeSet<&str> = cx
        .all::<Topic>()
        .iter()
        .flat_map(|topic| topic.spec.subscriptions.keys())
        .filter_map(|endpoint| endpoint.strip_prefix("lambda:"))
        .collect();
    // Scheduler invokes with a role, and asks for no permission.
    let scheduled: BTreeSet<&str> =
        cx.all::<Schedule>().iter().filter_map(|schedule| Some(called(cx, &schedule.spec.target)?.0.key.as_str())).collect();
    for function in cx.all::<Function>() {
        let spec = &function.spec;
        let kept = spec.config.dead_letter.is_some() || spec.event_invoke.as_ref().is_some_and(|invoke| invoke.on_failure.is_some());
        let invoked = spec.permissions.values().find_map(|permission| {
            let service = permission.principal.split('.').next().unwrap_or_default();
            (ASYNCHRONOUS.contains(&service) && permission.principal.contains("amazonaws.com")).then_some(permission.principal.as_str())
        });
        let arn = cx.loaded.scope.arn("lambda", &format!("function:{}", function.name));
        let of_topic = subscribed.iter().any(|endpoint| *endpoint == arn || *endpoint == format!("${{functions.{}.arn}}", function.key));
        let by = match (invoked, of_topic, &spec.event_invoke) {
            (Some(principal), _, _) => principal,
            (None, true, _) => "a topic",
            (None, false, _) if scheduled.contains(function.key.as_str()) => "a schedule",
            (None, false, Some(_)) => "asynchronous events, which `event_invoke` is about",
            (None, false, None) => continue,
        };
        if !kept {
            let message = format!("invoked by {by}, and nothing keeps the events that fail");
            out.add(cx.place("functions", &function.key, &[]), &function.address, message);
        }
    }
}
