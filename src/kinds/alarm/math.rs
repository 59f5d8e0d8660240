//! What CloudWatch refuses of metric math and of bands.

use std::collections::BTreeSet;

use super::spec::Comparison;
use super::watched::banded;
use super::{Alarm, Query};
use crate::contract::{Findings, Kind, Resource, Rule, View};
use crate::source::diagnostic::{Place, suggest};
use crate::source::node::Yaml;

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E508",
        title: "a query of metric math that is no whole query",
        why: "A query is either an expression over other queries, or a metric with its statistic and its period. PutMetricAlarm refuses one that is both or lacks a part.",
        fix: "give it `expression`, or `metric`, `namespace`, `statistic` and `period`",
        source: "botocore service model, cloudwatch PutMetricAlarm, Metrics",
        run: query,
    },
    Rule {
        code: "E509",
        title: "metric math without exactly one result",
        why: "One query of an alarm, and no more, returns its data: that is what the threshold is compared with. With a band there are two, the band and what is compared with it. PutMetricAlarm refuses others.",
        fix: "set `return_data: true` on the query that the alarm is about, and false on the others",
        source: "botocore service model, cloudwatch PutMetricAlarm, Metrics",
        run: one_result,
    },
    Rule {
        code: "E515",
        title: "an id of metric math that CloudWatch does not take",
        why: "The id of a query begins with a small letter, consists of letters, digits and underscores, and is there once in an alarm.",
        fix: "write ids such as m1, errors or e1, each once",
        source: "botocore service model, cloudwatch PutMetricAlarm, Metrics",
        run: ids,
    },
    Rule {
        code: "E418",
        title: "more queries than an alarm takes",
        why: "An alarm's metric math stands on at most ten metrics, and has at most ten expressions. Neither limit can be raised.",
        fix: "split the alarm, or publish a metric that sums up what it looks at",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html",
        run: number,
    },
    Rule {
        code: "E419",
        title: "a search in an alarm",
        why: "SEARCH gives as many series as it finds, and an alarm looks at one. PutMetricAlarm refuses it.",
        fix: "name the metrics one by one, or write a query of Metrics Insights: `SELECT SUM(…) FROM …`",
        source: "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch.MathExpression.html",
        run: search,
    },
    Rule {
        code: "E420",
        title: "an expression over an id that there is not",
        why: "A word in small letters within an expression is the id of another query of the alarm. PutMetricAlarm refuses one that no query has.",
        fix: "correct the id, or add the query",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html",
        run: unknown_ids,
    },
    Rule {
        code: "E421",
        title: "a band that is no whole band",
        why: "An alarm on anomalies has an expression ANOMALY_DETECTION_BAND, its id in `threshold_metric`, and one of the three comparisons with a band. PutMetricAlarm refuses it where one of them lacks.",
        fix: "write `band: 2` and `comparison: LessThanLowerOrGreaterThanUpperThreshold`, or a `threshold` and a comparison with one",
        source: "botocore service model, cloudwatch PutMetricAlarm, ThresholdMetricId",
        run: band,
    },
    Rule {
        code: "E424",
        title: "an expression without a period",
        why: "An expression takes the period of the metrics that it stands on. Where an alarm has none, as with Metrics Insights, the expression has to say it. PutMetricAlarm refuses it otherwise.",
        fix: "add `period: 5m` to the query",
        source: "https://github.com/hashicorp/terraform-provider-aws/issues/11011",
        run: no_period,
    },
    Rule {
        code: "W445",
        title: "metric math over different periods",
        why: "An expression puts values together that stand at the same time. A metric with a longer period has none most of the time, and what CloudWatch makes of it depends on the function.",
        fix: "give all metrics of the alarm one period",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html",
        run: periods,
    },
];

/// Metrics of an alarm, and expressions of an alarm (CloudWatch API Reference, MetricDataQuery).
const MOST: usize = 10;

/// Where a field of a query is written: files have a list. Where a short form made the query, the
/// alarm's place.
pub(crate) fn place_of_query(cx: &View<'_>, alarm: &Resource<Alarm>, id: &str, field: &[&str]) -> Place {
    let list = cx.loaded.tree.at(&[&cx.home(Alarm::SECTION, &alarm.key)[..], &["metrics"]].concat());
    let index = list.and_then(|list| match &list.yaml {
        Yaml::List(items) => items.iter().position(|item| item.get("id").and_then(|id| id.text()) == Some(id)),
        _ => None,
    });
    let index = index.map(|index| index.to_string());
    let path: Vec<&str> =
        index.iter().flat_map(|index| ["metrics", index]).chain(index.iter().flat_map(|_| field.iter().copied())).collect();
    cx.place(Alarm::SECTION, &alarm.key, &path)
}

/// Every query of every alarm.
fn queries<'a>(cx: &'a View<'_>) -> impl Iterator<Item = (&'a Resource<Alarm>, &'a str, &'a Query)> {
    let of = |alarm: &'a Resource<Alarm>| alarm.spec.metrics.iter().map(move |(id, query)| (alarm, id.as_str(), query));
    cx.all::<Alarm>().iter().flat_map(of)
}

fn query(cx: &View<'_>, out: &mut Findings<'_>) {
    for (alarm, id, query) in queries(cx) {
        let wrong = match (&query.expression, &query.metric) {
            (Some(_), Some(_)) => "has both an expression and a metric",
            (Some(_), None) if query.statistic.is_some() => "has a statistic beside an expression",
            (Some(_), None) if query.unit.is_some() => "has a unit beside an expression",
            // AWS has room for both in the statistic of a metric alone: what is written here is sent nowhere.
            (Some(_), None) if query.namespace.is_some() => "has a namespace beside an expression",
            (Some(_), None) if !query.dimensions.is_empty() => "has dimensions beside an expression",
            (Some(_), None) => continue,
            (None, None) => "has neither an expression nor a metric",
            (None, Some(_)) if query.statistic.is_none() => "has no statistic for its metric",
            (None, Some(_)) if query.period.is_none() => "has no period for its metric",
            (None, Some(_)) if query.namespace.is_none() => "has no namespace for its metric",
            (None, Some(_)) => continue,
        };
        out.add(place_of_query(cx, alarm, id, &[]), &alarm.address, format!("the query `{id}` {wrong}"));
    }
}

fn one_result(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>().iter().filter(|alarm| !alarm.spec.metrics.is_empty()) {
        let results: Vec<&str> = alarm.spec.metrics.iter().filter(|(_, query)| query.return_data).map(|(id, _)| id.as_str()).collect();
        let has_band = alarm.spec.threshold_metric.is_some();
        if results.len() != if has_band { 2 } else { 1 } {
            let which = match results.as_slice() {
                [] => "no query returns".to_owned(),
                [one] => format!("{one} alone returns"),
                all => format!("{} return", all.join(", ")),
            };
            let with = if has_band { "the band and what is compared with it" } else { "the threshold" };
            let place = cx.key_place("alarms", &alarm.key, &[], "metrics");
            let fix = has_band.then(|| "set `return_data: true` on the band and on the query that it is the band of".to_owned());
            out.add_with(place, &alarm.address, format!("{which} data for {with}"), fix);
        }
    }
}

fn ids(cx: &View<'_>, out: &mut Findings<'_>) {
    for (alarm, id, _) in queries(cx) {
        let small = id.starts_with(|c: char| c.is_ascii_lowercase());
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && id.len() <= 255;
        if !small || !plain {
            out.add(place_of_query(cx, alarm, id, &["id"]), &alarm.address, format!("`{id}` cannot be an id"));
        }
    }
}

fn number(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let expressions = alarm.spec.metrics.values().filter(|query| query.expression.is_some()).count();
        for (number, what) in [(alarm.spec.metrics.len() - expressions, "metrics"), (expressions, "expressions")] {
            if number > MOST {
                let place = cx.key_place("alarms", &alarm.key, &[], "metrics");
                out.add(place, &alarm.address, format!("the alarm has {number} {what}; CloudWatch takes {MOST}"));
            }
        }
    }
}

fn search(cx: &View<'_>, out: &mut Findings<'_>) {
    for (alarm, id, query) in queries(cx) {
        if query.expression.as_deref().is_some_and(|text| words(text).any(|(word, calls)| calls && word.eq_ignore_ascii_case("SEARCH"))) {
            out.add(place_of_query(cx, alarm, id, &["expression"]), &alarm.address, format!("the query `{id}` searches"));
        }
    }
}

fn unknown_ids(cx: &View<'_>, out: &mut Findings<'_>) {
    for (alarm, id, query) in queries(cx) {
        let Some(text) = query.expression.as_deref().filter(|text| !is_insights(text)) else { continue };
        let is_id = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase()) && !["and", "or", "not"].contains(&word);
        let named: BTreeSet<&str> = words(text).filter(|(word, calls)| !calls && is_id(word)).map(|(word, _)| word).collect();
        for word in named.into_iter().filter(|word| !alarm.spec.metrics.contains_key(*word)) {
            let fix = suggest(word, alarm.spec.metrics.keys().map(String::as_str));
            let place = place_of_query(cx, alarm, id, &["expression"]);
            out.add_with(place, &alarm.address, format!("no query of the alarm has the id `{word}`"), fix);
        }
    }
}

fn band(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let of_band = alarm.spec.comparison.known().is_some_and(Comparison::is_of_band);
        let comparison = alarm.spec.comparison.as_str();
        let query = alarm.spec.threshold_metric.as_ref().map(|id| (id, alarm.spec.metrics.get(id)));
        let (field, wrong) = match query {
            None if of_band => ("comparison", format!("{comparison} compares with a band, and there is none")),
            Some(_) if !of_band => ("comparison", format!("{comparison} compares with a number, and there is a band")),
            Some((id, None)) => ("threshold_metric", format!("no query of the alarm has the id `{id}`")),
            Some((id, Some(query))) if query.expression.as_deref().and_then(banded).is_none() => {
                ("threshold_metric", format!("the query `{id}` is no ANOMALY_DETECTION_BAND"))
            }
            Some((id, Some(query))) if !query.return_data => ("threshold_metric", format!("the band `{id}` returns no data")),
            None | Some(_) => continue,
        };
        out.add(cx.place("alarms", &alarm.key, &[field]), &alarm.address, wrong);
    }
}

fn no_period(cx: &View<'_>, out: &mut Findings<'_>) {
    for (alarm, id, query) in queries(cx).filter(|(_, _, query)| query.return_data && query.period.is_none()) {
        if query.expression.is_some() && alarm.spec.metrics.values().all(|query| query.metric.is_none()) {
            out.add(place_of_query(cx, alarm, id, &[]), &alarm.address, format!("the query `{id}` stands on no metric and has no period"));
        }
    }
}

fn periods(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let metrics = alarm.spec.metrics.values().filter(|query| query.metric.is_some());
        let periods: BTreeSet<i32> = metrics.filter_map(|query| query.period).collect();
        if periods.len() > 1 {
            let periods: Vec<String> = periods.iter().map(|period| format!("{period} s")).collect();
            let place = cx.key_place("alarms", &alarm.key, &[], "metrics");
            out.add(place, &alarm.address, format!("the metrics have periods of {}", periods.join(" and ")));
        }
    }
}

/// Whether an expression is a query of Metrics Insights, whose words are no ids.
fn is_insights(expression: &str) -> bool {
    words(expression).next().is_some_and(|(word, _)| word.eq_ignore_ascii_case("SELECT"))
}

/// The words of an expression outside of quotes, each with whether it is called.
fn words(expression: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = expression;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            if first == '"' || first == '\'' {
                rest = rest[1..].split_once(first).map_or("", |(_, after)| after);
            } else if first.is_ascii_alphanumeric() || first == '_' {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                rest = after;
                return Some((word, after.trim_start().starts_with('(')));
            } else {
                rest = &rest[first.len_utf8()..];
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_ids_and_functions_and_no_text() {
        let told: Vec<_> = words("IF(calls >= 20, 1e3*errors/calls, 0) + METRICS('late') - m_1").collect();
        let expected = [
            ("IF", true),
            ("calls", false),
            ("20", false),
            ("1e3", false),
            ("errors", false),
            ("calls", false),
            ("0", false),
            ("METRICS", true),
            ("m_1", false),
        ];
        assert_eq!(told, expected);
        assert!(is_insights("SELECT AVG(Duration) FROM SCHEMA(\"AWS/Lambda\", FunctionName)") && !is_insights("m1"));
    }
}
