//! What CloudWatch Logs refuses of a log group.

use super::spec::DELIVERY_DAYS;
use super::{LogGroup, LogGroupClass, MetricFilter, Spec, SubscriptionFilter};
use crate::contract::{Findings, Kind, Rule, View, name_of, rows};
use crate::model::reference::is_known;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E174",
        title: "log group name that AWS refuses",
        why: "A log group's name has 1 to 512 letters, digits and `._-/#`. Names that begin with `aws/` are AWS's own; those of its \
              services begin with `/aws/`, with a slash before.",
        fix: "use letters, digits and `._-/#`",
        source: "botocore service model, logs CreateLogGroup, logGroupName",
        run: name,
    },
    Rule {
        code: "E541",
        title: "a retention that CloudWatch Logs does not know",
        why: "Logs are kept for one of a fixed list of days, not for any number. PutRetentionPolicy refuses others, and the log group is left keeping everything for ever. What is of the class DELIVERY stays for two days, whatever is asked for.",
        fix: "write one of the days that CloudWatch Logs knows",
        source: "botocore service model, logs PutRetentionPolicy, retentionInDays",
        run: retention,
    },
    Rule {
        code: "E542",
        title: "a class of log group that there is not",
        why: "A log group's class is STANDARD, INFREQUENT_ACCESS or DELIVERY. It is chosen once, when the group is made.",
        fix: "write one of the three",
        source: "botocore service model, logs CreateLogGroup, logGroupClass",
        run: rows::<LogGroup>,
    },
    Rule {
        code: "E543",
        title: "a metric filter that is too long, or in a unit that there is not",
        why: "A pattern has at most 1024 characters, the name and namespace of a metric 1 to 255 and its value 1 to 100. At most three fields become dimensions, and the unit is one of CloudWatch's.",
        fix: "shorten it, or write a unit such as Count",
        source: "botocore service model, logs PutMetricFilter, metricTransformations",
        run: rows::<LogGroup>,
    },
    Rule {
        code: "E544",
        title: "a metric filter that CloudWatch Logs does not take",
        why: "A filter's name has 1 to 512 characters without `:` and `*`, those of a metric none of `:*$`. What an event counts is a number or a field that begins with `$`. A filter with dimensions has no default value. A pattern in `{` and `}` has the \
              fields of JSON (`$.size`), one in `[` and `]` the columns that it names (`$size`), and another one none.",
        fix: "mend the name, write a number or a field such as `$.size`, or take `default_value` or `dimensions` out",
        source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html",
        run: metric_filters,
    },
    Rule {
        code: "E545",
        title: "filters on a class of log group that has none",
        why: "Metric filters and subscription filters belong to the class STANDARD. CloudWatch Logs refuses them on INFREQUENT_ACCESS and DELIVERY.",
        fix: "take the filters out, or make it STANDARD",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch_Logs_Log_Classes.html",
        run: filtered_class,
    },
    Rule {
        code: "E546",
        title: "a subscription filter that is too long, or with a word that there is not",
        why: "A pattern has at most 1024 characters, a selection of fields 2000, and events are dealt out ByLogStream or at Random.",
        fix: "shorten it, or write one of the two",
        source: "botocore service model, logs PutSubscriptionFilter, filterPattern",
        run: rows::<LogGroup>,
    },
    Rule {
        code: "E547",
        title: "a subscription filter that CloudWatch Logs does not take",
        why: "A filter's name has 1 to 512 characters without `:` and `*`, and a log group has two filters at most. A stream of Kinesis or \
              Firehose is written to with a role; PutSubscriptionFilter answers that its destinationArn cannot be used without roleArn, and \
              that a function's cannot be used with one.",
        fix: "mend the name, keep two filters, or say `role` for a stream and none for a function",
        source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html",
        run: subscription_filters,
    },
];

/// Filters that a log group has at most.
const SUBSCRIPTIONS: usize = 2;

fn subscription_filters(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>() {
        let filters = group.spec.subscription_filters.iter().flatten();
        let count = filters.clone().count();
        if count > SUBSCRIPTIONS {
            let place = cx.place(LogGroup::SECTION, &group.key, &["subscription_filters"]);
            out.add(place, &group.address, format!("{count} subscription filters; a log group has at most {SUBSCRIPTIONS}"));
        }
        for (name, filter) in filters {
            if let Some(wrong) = wrong_subscription(name, filter) {
                out.add(cx.place(LogGroup::SECTION, &group.key, &["subscription_filters", name]), &group.address, wrong);
            }
        }
    }
}

fn wrong_subscription(name: &str, filter: &SubscriptionFilter) -> Option<String> {
    if !is_filter_name(name) {
        return Some(format!("`{name}` is no name of a filter"));
    }
    let SubscriptionFilter { destination, role, .. } = filter;
    let service = destination.split(':').nth(2).unwrap_or_default();
    match role {
        None if ["kinesis", "firehose"].contains(&service) => Some(format!("`{name}` sends to a stream and has no `role`")),
        Some(_) if service == "lambda" => Some(format!("`{name}` sends to a function, which takes no `role`")),
        _ => None,
    }
}

fn is_filter_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 512 && !name.contains([':', '*'])
}

fn metric_filters(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>() {
        for (name, filter) in group.spec.metric_filters.iter().flatten() {
            if let Some(wrong) = wrong_filter(name, filter) {
                out.add(cx.place(LogGroup::SECTION, &group.key, &["metric_filters", name]), &group.address, wrong);
            }
        }
    }
}

fn wrong_filter(name: &str, filter: &MetricFilter) -> Option<String> {
    let MetricFilter { metric_namespace, metric_name, metric_value, default_value, dimensions, .. } = filter;
    if !is_filter_name(name) {
        return Some(format!("`{name}` is no name of a filter"));
    }
    let of_metric = [metric_namespace, metric_name].into_iter().find(|text| is_known(text) && text.contains([':', '*', '$']));
    if let Some(text) = of_metric {
        return Some(format!("`{text}` has one of the characters `:*$`"));
    }
    if is_known(metric_value) && !metric_value.starts_with('$') && !metric_value.parse::<f64>().is_ok_and(f64::is_finite) {
        return Some(format!("`{metric_value}` is no number and no field"));
    }
    if let Some(wrong) = wrong_pattern(filter) {
        return Some(wrong);
    }
    let both = default_value.is_some() && !dimensions.is_empty();
    both.then(|| format!("the metric filter `{name}` has dimensions and a default value"))
}

/// A pattern that is not closed, or that has no such fields as are counted (CloudWatch Logs User Guide, "Filter
/// pattern syntax": `{ … }` is about JSON, whose fields begin with `$.`, `[ … ]` about columns, which begin with `$`).
fn wrong_pattern(filter: &MetricFilter) -> Option<String> {
    let pattern = Some(filter.pattern.trim()).filter(|pattern| is_known(pattern) && !pattern.is_empty())?;
    if let Some((open, close)) =
        [('{', '}'), ('[', ']')].into_iter().find(|(open, close)| pattern.starts_with(*open) && !pattern.ends_with(*close))
    {
        return Some(format!("the pattern `{pattern}` begins with `{open}` and does not end with `{close}`"));
    }
    let fields = filter.dimensions.values().chain([&filter.metric_value]).filter(|field| is_known(field));
    let (of_json, of_columns) = (pattern.starts_with('{'), pattern.starts_with('['));
    let mut without = fields
        .filter(|field| if field.starts_with("$.") || field.starts_with("$[") { !of_json } else { field.starts_with('$') && !of_columns });
    without.next().map(|field| format!("the pattern `{pattern}` has no field `{field}`"))
}

fn filtered_class(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>() {
        let Spec { metric_filters, subscription_filters, class, .. } = &group.spec;
        let counts = metric_filters.as_ref().is_some_and(|filters| !filters.is_empty());
        let sends = subscription_filters.as_ref().is_some_and(|filters| !filters.is_empty());
        let kinds = [("metric_filters", "metric filters", counts), ("subscription_filters", "subscription filters", sends)];
        let is_other = class.is(LogGroupClass::InfrequentAccess) || class.is(LogGroupClass::Delivery);
        for (field, what, _) in kinds.into_iter().filter(|(_, _, some)| *some && is_other) {
            let place = cx.place(LogGroup::SECTION, &group.key, &[field]);
            out.add(place, &group.address, format!("a log group of the class {class} has no {what}"));
        }
    }
}

/// Days that PutRetentionPolicy takes.
const DAYS: [i32; 22] = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288, 3_653];

fn retention(cx: &View<'_>, out: &mut Findings<'_>) {
    let known = || DAYS.into_iter();
    for group in cx.all::<LogGroup>() {
        let fixed = group.spec.retention_days.filter(|days| group.spec.class.is(LogGroupClass::Delivery) && *days != DELIVERY_DAYS);
        if let Some(days) = fixed {
            let place = cx.place(LogGroup::SECTION, &group.key, &["retention"]);
            let message = format!("a log group of the class DELIVERY keeps its logs for {DELIVERY_DAYS} days, not for {days}");
            out.add_with(place, &group.address, message, format!("write `{DELIVERY_DAYS}d`, or take `retention` out"));
            continue;
        }
        let Some(days) = group.spec.retention_days.filter(|days| !known().any(|known| known == *days)) else { continue };
        // A function says it itself, and others in a part of theirs that is about logs.
        let is_of_function = !cx.is_declared(LogGroup::SECTION, &group.key) && cx.home(LogGroup::SECTION, &group.key).len() == 2;
        let field = if is_of_function { "log_retention" } else { "retention" };
        let nearest = known().min_by_key(|known| (known.abs_diff(days), -known)).unwrap_or(1);
        let list: Vec<String> = known().map(|days| days.to_string()).collect();
        let fix = format!("write `{field}: {nearest}d`; CloudWatch Logs knows {} days", list.join(", "));
        let place = cx.place("log_groups", &group.key, &[field]);
        out.add_with(place, &group.address, format!("logs cannot be kept for {days} days"), fix);
    }
}

/// The group of a function is named after it: a name that is wrong is told of the function.
fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    for group in cx.all::<LogGroup>().iter().filter(|group| cx.is_declared(LogGroup::SECTION, &group.key)) {
        name_of(cx, out, group, "log group", |c| c.is_ascii_alphanumeric() || "._-/#".contains(c));
        if group.name.starts_with("aws/") {
            let fix = format!("write `/{}`, or another name", group.name);
            let place = cx.place(LogGroup::SECTION, &group.key, &["name"]);
            out.add_with(place, &group.address, format!("the log group name `{}` begins with `aws/`", group.name), fix);
        }
    }
}
