//! Alarms that CloudWatch takes but that say nothing: about no function, never going off, or always.

use crate::contract::Resource;
use crate::contract::{Findings, Rule, View};
use crate::kinds::alarm::{Alarm, Comparison, ERROR_RATE, Spec, place_of_query};
use crate::kinds::function::Function;
use crate::model::reference::is_known;
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Node;

/// Rules of this subject.
pub const RULES: &[Rule] = &[
    Rule {
        code: "W510",
        title: "an alarm on a function that there is not",
        why: "CloudWatch takes any dimension, also one that no metric has. An alarm whose FunctionName is no function of any stack here most likely never gets data.",
        fix: "write `function: KEY` in place of the dimension, or `${functions.KEY.name}` as its value",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: dimension,
    },
    Rule {
        code: "W511",
        title: "a threshold that is never reached",
        why: "The metric cannot have a value that breaches: counts and times are never below zero, a percentage and an `error_rate` never above a hundred, an average of errors not above one, and a function does not run longer than its timeout.",
        fix: "correct the threshold or the comparison",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: never,
    },
    Rule {
        code: "W513",
        title: "a period below a minute on a metric that has a value a minute",
        why: "The metrics that Lambda, SQS and SNS publish have one value a minute. An alarm with a period of 10, 20 or 30 seconds finds none most of the time, and costs three times as much.",
        fix: "set `period: 1m` or more",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        run: fine_period,
    },
    Rule {
        code: "W518",
        title: "a threshold that is always reached",
        why: "Counts and times are never below zero, so a comparison that takes zero itself breaches with every value. The alarm goes off at once and stays so.",
        fix: "write GreaterThanThreshold, or a threshold above 0",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: always,
    },
    Rule {
        code: "W519",
        title: "a metric of Lambda whose name looks misspelt",
        why: "CloudWatch takes any name of a metric, but Lambda publishes none of this name. The alarm never gets data.",
        fix: "correct the name",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: metric,
    },
    Rule {
        code: "W602",
        title: "an alarm on a function of another stack",
        why: "The alarm outlives the function, or is there before it: the two stacks are applied and destroyed by themselves, and a renamed function leaves the alarm without data.",
        fix: "move the alarm to the stack of the function",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        run: foreign,
    },
];

/// Metrics that Lambda publishes (Lambda Developer Guide, "Types of metrics for Lambda functions").
const METRICS: [&str; 21] = [
    "Invocations",
    "Errors",
    "DeadLetterErrors",
    "DestinationDeliveryFailures",
    "Throttles",
    "Duration",
    "PostRuntimeExtensionsDuration",
    "IteratorAge",
    "OffsetLag",
    "ConcurrentExecutions",
    "ProvisionedConcurrentExecutions",
    "ProvisionedConcurrencyInvocations",
    "ProvisionedConcurrencySpilloverInvocations",
    "ProvisionedConcurrencyUtilization",
    "UnreservedConcurrentExecutions",
    "ClaimedAccountConcurrency",
    "AsyncEventsReceived",
    "AsyncEventAge",
    "AsyncEventsDropped",
    "RecursiveInvocationsDropped",
    "OversizedRecordCount",
];

/// Every function that an alarm names by its dimension.
fn named<'a>(cx: &View<'_>, alarm: &'a Resource<Alarm>) -> Vec<(&'a str, Place)> {
    let of = |path: &[&str]| cx.place("alarms", &alarm.key, path);
    let mut found = Vec::new();
    if let (Some("AWS/Lambda"), Some(name)) = (alarm.spec.namespace.as_deref(), alarm.spec.dimensions.get("FunctionName")) {
        found.push((name.as_str(), of(&["dimensions", "FunctionName"])));
    }
    for (id, query) in &alarm.spec.metrics {
        if let (Some("AWS/Lambda"), Some(name)) = (query.namespace.as_deref(), query.dimensions.get("FunctionName")) {
            found.push((name.as_str(), place_of_query(cx, alarm, id, &["dimensions", "FunctionName"])));
        }
    }
    found.retain(|(name, _)| is_known(name));
    found
}

/// The stack that a function of this name is of, if it is one of another file.
fn stack_of<'a>(cx: &'a View<'_>, name: &str) -> Option<&'a str> {
    let others = cx.stacks.iter().filter(|stack| stack.source.path != cx.loaded.source.path);
    let has = |stack: &&crate::source::Loaded| stack.desired.nodes.values().any(|node| node.id.kind == "function" && node.name == name);
    others.into_iter().find(has).map(|stack| stack.scope.stack.as_str())
}

fn dimension(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        for (name, place) in named(cx, alarm) {
            if !cx.all::<Function>().iter().any(|function| function.name == name) && stack_of(cx, name).is_none() {
                let near = cx.all::<Function>().iter().find(|function| {
                    function.key == name || strsim::damerau_levenshtein(&function.name, name) <= 2 || function.name.starts_with(name)
                });
                let fix = near.map(|function| format!("write `function: {}` in its place", function.key));
                out.add_with(place, &alarm.address, format!("no function here has the name `{name}`"), fix);
            }
        }
    }
}

fn foreign(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        for (name, place) in named(cx, alarm) {
            if let Some(stack) = stack_of(cx, name).filter(|_| !cx.all::<Function>().iter().any(|function| function.name == name)) {
                out.add(place, &alarm.address, format!("`{name}` is a function of the stack {stack}"));
            }
        }
    }
}

/// Whether the metric is one that AWS counts or measures, and so has no value below zero.
fn is_count(spec: &Spec) -> bool {
    let of_aws = matches!(spec.namespace.as_deref(), Some("AWS/Lambda" | "AWS/SQS" | "AWS/SNS" | "AWS/Kinesis" | "AWS/Events"));
    of_aws && spec.metric.is_some() || spec.statistic.as_deref() == Some("SampleCount")
}

fn never(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        if let Some(wrong) = never_because(cx, alarm) {
            let place = cx.place("alarms", &alarm.key, &["threshold"]);
            out.add(place, &alarm.address, format!("the alarm can never go off: {wrong}"));
        }
    }
}

/// Whether it is the short form for how many percent of the calls failed, which becomes metric math.
fn is_error_rate(cx: &View<'_>, alarm: &Resource<Alarm>) -> bool {
    let said = cx.loaded.tree.at(&["alarms", &alarm.key, "metric"]).and_then(Node::text);
    said == Some(ERROR_RATE) && alarm.spec.metric.is_none()
}

fn never_because(cx: &View<'_>, alarm: &Resource<Alarm>) -> Option<String> {
    let spec = &alarm.spec;
    let threshold = spec.threshold?;
    let (above, at_least) = (spec.comparison.is(Comparison::Greater), spec.comparison.is(Comparison::GreaterOrEqual));
    let (below, at_most) = (spec.comparison.is(Comparison::Less), spec.comparison.is(Comparison::LessOrEqual));
    let beyond = |most: f64| (above && threshold >= most) || (at_least && threshold > most);
    if is_error_rate(cx, alarm) {
        let is_below = (below && threshold <= 0.0) || (at_most && threshold < 0.0);
        let why = if is_below { "an error rate is never below 0" } else { "an error rate is a percentage, never above 100" };
        return (is_below || beyond(100.0)).then(|| why.to_owned());
    }
    let metric = spec.metric.as_deref()?;
    let one_value = spec.statistic.as_deref().is_some_and(|statistic| !["Sum", "SampleCount"].contains(&statistic));
    if is_count(spec) && ((below && threshold <= 0.0) || (at_most && threshold < 0.0)) {
        return Some(format!("{metric} is never below 0"));
    }
    if spec.unit.as_deref() == Some("Percent") && one_value && beyond(100.0) {
        return Some("a percentage is never above 100".to_owned());
    }
    if spec.namespace.as_deref() != Some("AWS/Lambda") {
        return None;
    }
    if matches!(metric, "Errors" | "Throttles") && spec.statistic.as_deref() == Some("Average") && beyond(1.0) {
        return Some(format!("the average of {metric} is a share, at most 1; Sum counts them"));
    }
    if metric == "ProvisionedConcurrencyUtilization" && one_value && threshold > 1.0 && (above || at_least) {
        return Some("the utilisation is a share, written from 0 to 1".to_owned());
    }
    let function = cx.all::<Function>().iter().find(|function| Some(&function.name) == spec.dimensions.get("FunctionName"))?;
    let most = f64::from(function.spec.config.timeout) * 1_000.0;
    // What Lambda reports of a run that it stopped may be a little over the timeout.
    (metric == "Duration" && one_value && beyond(most + 1_000.0))
        .then(|| format!("{} runs for {most} ms at most, and Duration is in milliseconds", function.address))
}

fn always(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>().iter().filter(|alarm| is_count(&alarm.spec) || is_error_rate(cx, alarm)) {
        let Some(threshold) = alarm.spec.threshold else { continue };
        let reached = match alarm.spec.comparison.known() {
            Some(Comparison::GreaterOrEqual) => threshold <= 0.0,
            Some(Comparison::Greater) => threshold < 0.0,
            Some(Comparison::Less | Comparison::LessOrEqual | Comparison::OutsideBand | Comparison::BelowBand | Comparison::AboveBand)
            | None => false,
        };
        if reached {
            let place = cx.place("alarms", &alarm.key, &["threshold"]);
            out.add(place, &alarm.address, "every value breaches, 0 too");
        }
    }
}

fn fine_period(cx: &View<'_>, out: &mut Findings<'_>) {
    let fine = |period: Option<i32>| matches!(period, Some(10 | 20 | 30));
    let of_aws = |namespace: Option<&str>| matches!(namespace, Some("AWS/Lambda" | "AWS/SQS" | "AWS/SNS" | "AWS/Events"));
    for alarm in cx.all::<Alarm>() {
        if fine(alarm.spec.period) && of_aws(alarm.spec.namespace.as_deref()) {
            out.add(cx.place("alarms", &alarm.key, &["period"]), &alarm.address, "the metric has one value a minute");
        }
        for (id, query) in &alarm.spec.metrics {
            if fine(query.period) && of_aws(query.namespace.as_deref()) {
                let place = place_of_query(cx, alarm, id, &["period"]);
                out.add(place, &alarm.address, format!("the metric of `{id}` has one value a minute"));
            }
        }
    }
}

fn metric(cx: &View<'_>, out: &mut Findings<'_>) {
    let mut look = |alarm: &Resource<Alarm>, namespace: Option<&str>, metric: Option<&String>, place: Place| {
        let Some(metric) = metric.filter(|metric| namespace == Some("AWS/Lambda") && !METRICS.contains(&metric.as_str())) else { return };
        let near = |known: &str| known.eq_ignore_ascii_case(metric) || strsim::damerau_levenshtein(known, metric) <= 2;
        if METRICS.iter().any(|known| near(known)) {
            out.add_with(place, &alarm.address, format!("Lambda has no metric `{metric}`"), suggest(metric, METRICS));
        }
    };
    for alarm in cx.all::<Alarm>() {
        let place = cx.place("alarms", &alarm.key, &["metric"]);
        look(alarm, alarm.spec.namespace.as_deref(), alarm.spec.metric.as_ref(), place);
        for (id, query) in &alarm.spec.metrics {
            let place = place_of_query(cx, alarm, id, &["metric"]);
            look(alarm, query.namespace.as_deref(), query.metric.as_ref(), place);
        }
    }
}
