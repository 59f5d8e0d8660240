//! What CloudWatch refuses of an alarm.

use std::collections::BTreeSet;

use super::{Alarm, Spec};
use crate::contract::{Findings, Resource, Rule, View, names, rows};
use crate::source::diagnostic::{Place, suggest};

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "E176",
        title: "alarm name that AWS refuses",
        why: "An alarm's name has 1 to 255 characters, and CloudWatch takes no control characters in it.",
        fix: "shorten the name, and keep it on one line",
        source: "botocore service model, cloudwatch PutMetricAlarm, AlarmName",
        run: name,
    },
    Rule {
        code: "E183",
        title: "alarm description too long",
        why: "An alarm's description has at most 1,024 characters. It is sent with every notification, so a short text with the address of \
              a runbook serves best.",
        fix: "shorten the description",
        source: "botocore service model, cloudwatch PutMetricAlarm, AlarmDescription",
        run: rows::<Alarm>,
    },
    Rule {
        code: "E501",
        title: "a period that CloudWatch does not take",
        why: "The period of an alarm is 10, 20 or 30 seconds, or a whole number of minutes. PutMetricAlarm refuses others.",
        fix: "write 10s, 20s, 30s or whole minutes",
        source: "botocore service model, cloudwatch PutMetricAlarm, Period",
        run: period,
    },
    Rule {
        code: "E502",
        title: "an alarm that looks back too far",
        why: "Period times evaluation periods is at most one day where the period is below an hour, and at most seven days otherwise. PutMetricAlarm refuses more.",
        fix: "look at fewer or shorter periods, or at periods of 1h or more",
        source: "botocore service model, cloudwatch PutMetricAlarm, EvaluationPeriods",
        run: looks_back,
    },
    Rule {
        code: "E503",
        title: "more datapoints to alarm than periods that are looked at",
        why: "`datapoints_to_alarm` says how many of the `evaluation_periods` must breach, so it lies between 1 and their number. PutMetricAlarm refuses more.",
        fix: "lower `datapoints_to_alarm`, or raise `evaluation_periods`",
        source: "botocore service model, cloudwatch PutMetricAlarm, DatapointsToAlarm",
        run: datapoints,
    },
    Rule {
        code: "E504",
        title: "no evaluation period",
        why: "An alarm looks at one period at least.",
        fix: "set `evaluation_periods` to 1 or more",
        source: "botocore service model, cloudwatch PutMetricAlarm, EvaluationPeriods",
        run: rows::<Alarm>,
    },
    Rule {
        code: "E505",
        title: "a statistic that CloudWatch does not know",
        why: "A statistic is SampleCount, Average, Sum, Minimum or Maximum, or an extended one: a percentile such as p99, or a trimmed or winsorized mean, a trimmed count or sum, an interquartile mean or a percentile rank. PutMetricAlarm refuses other words, and words in another case.",
        fix: "write Sum, Average, Minimum, Maximum, SampleCount, or a percentile such as p99",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html",
        run: statistic,
    },
    Rule {
        code: "E506",
        title: "a comparison that CloudWatch does not know",
        why: "An alarm compares with GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or LessThanOrEqualToThreshold.",
        fix: "write one of the four",
        source: "botocore service model, cloudwatch PutMetricAlarm, ComparisonOperator",
        run: rows::<Alarm>,
    },
    Rule {
        code: "E507",
        title: "a treatment of missing data that CloudWatch does not know",
        why: "Missing data are `missing`, `ignore`, `breaching` or `notBreaching`; the case of letters counts.",
        fix: "write one of the four",
        source: "botocore service model, cloudwatch PutMetricAlarm, TreatMissingData",
        run: rows::<Alarm>,
    },
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
        why: "One query of an alarm, and no more, returns its data: that is what the threshold is compared with. PutMetricAlarm refuses none or several.",
        fix: "set `return_data: true` on the query that the alarm is about, and false on the others",
        source: "botocore service model, cloudwatch PutMetricAlarm, Metrics",
        run: one_result,
    },
    Rule {
        code: "E512",
        title: "more than five actions for a state",
        why: "An alarm has at most five actions for each state. PutMetricAlarm refuses more.",
        fix: "tell one topic, and subscribe to that whoever is to know",
        source: "botocore service model, cloudwatch PutMetricAlarm, AlarmActions",
        run: rows::<Alarm>,
    },
    Rule {
        code: "E514",
        title: "a treatment of few samples that CloudWatch does not know",
        why: "`evaluate_low_samples` is `evaluate` or `ignore`, and goes with percentiles only.",
        fix: "write `evaluate` or `ignore`, or take it out",
        source: "botocore service model, cloudwatch PutMetricAlarm, EvaluateLowSampleCountPercentile",
        run: rows::<Alarm>,
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
        code: "E516",
        title: "a metric without a namespace",
        why: "A metric is found by its namespace and its name. PutMetricAlarm refuses a metric without a namespace; `function` and `queue` bring that of their service along.",
        fix: "add `namespace:`, or name a `function` or `queue`",
        source: "botocore service model, cloudwatch PutMetricAlarm, Namespace",
        run: namespace,
    },
    Rule {
        code: "E517",
        title: "a unit that CloudWatch does not know",
        why: "The unit of a metric is one of a fixed list: Count, Percent, Seconds, Milliseconds, Bytes and so on. PutMetricAlarm refuses others.",
        fix: "write a unit of CloudWatch's, or none",
        source: "botocore service model, cloudwatch PutMetricAlarm, Unit",
        run: rows::<Alarm>,
    },
];

fn name(cx: &View<'_>, out: &mut Findings<'_>) {
    names::<Alarm>(cx, out, "alarm", |c| !c.is_control());
}

const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

fn at(cx: &View<'_>, alarm: &Resource<Alarm>, path: &[&str]) -> Place {
    cx.place("alarms", &alarm.key, path)
}

/// Every period or statistic of an alarm, with its place.
fn each<T: Clone>(
    cx: &View<'_>,
    field: &str,
    own: impl Fn(&Spec) -> Option<T>,
    of: impl Fn(&crate::kinds::alarm::Query) -> Option<T>,
    mut look: impl FnMut(&Resource<Alarm>, T, Place),
) {
    for alarm in cx.all::<Alarm>() {
        if let Some(value) = own(&alarm.spec) {
            look(alarm, value, at(cx, alarm, &[field]));
        }
        for (index, query) in alarm.spec.metrics.iter().enumerate() {
            if let Some(value) = of(query) {
                look(alarm, value, at(cx, alarm, &["metrics", &index.to_string(), field]));
            }
        }
    }
}

fn period(cx: &View<'_>, out: &mut Findings<'_>) {
    each(
        cx,
        "period",
        |spec| spec.period,
        |query| query.period,
        |alarm, period, place| {
            if !matches!(period, 10 | 20 | 30) && (period < 60 || period % 60 != 0) {
                out.add(place, &alarm.address, format!("a period of {period} s cannot be"));
            }
        },
    );
}

fn looks_back(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let periods = alarm.spec.metrics.iter().filter_map(|query| query.period).chain(alarm.spec.period);
        let Some(period) = periods.max() else { continue };
        let (span, most) = (i64::from(period) * i64::from(alarm.spec.evaluation_periods), if period < 3_600 { 86_400 } else { 604_800 });
        if span > most {
            let message = format!("{} periods of {period} s are {span} s; {most} s are allowed", alarm.spec.evaluation_periods);
            let field = if alarm.spec.evaluation_periods > 1 { "evaluation_periods" } else { "period" };
            out.add(at(cx, alarm, &[field]), &alarm.address, message);
        }
    }
}

fn datapoints(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        if let Some(datapoints) = alarm.spec.datapoints_to_alarm
            && (datapoints < 1 || datapoints > alarm.spec.evaluation_periods)
        {
            let message = format!("{datapoints} of {} periods cannot breach", alarm.spec.evaluation_periods);
            out.add(at(cx, alarm, &["datapoints_to_alarm"]), &alarm.address, message);
        }
    }
}

fn statistic(cx: &View<'_>, out: &mut Findings<'_>) {
    let own = |spec: &Spec| spec.statistic.clone();
    each(
        cx,
        "statistic",
        own,
        |query| query.statistic.clone(),
        |alarm, statistic, place| {
            if !STATISTICS.contains(&statistic.as_str()) && !is_extended(&statistic) {
                let near = STATISTICS.iter().find(|known| known.eq_ignore_ascii_case(&statistic));
                let fix = near.map_or_else(|| suggest(&statistic, STATISTICS), |near| format!("did you mean `{near}`?"));
                out.add_with(place, &alarm.address, format!("`{statistic}` is no statistic"), fix);
            }
        },
    );
}

/// `p99`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`, …
fn is_extended(word: &str) -> bool {
    if word == "IQM" {
        return true;
    }
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (letters, rest) = word.split_at(word.len() - digits.len());
    if ["p", "tm", "wm", "tc", "ts"].contains(&letters) {
        return rest.parse::<f64>().is_ok_and(|percent| (0.0..=100.0).contains(&percent)) && rest.bytes().all(|b| b != b'e' && b != b'+');
    }
    let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    ["TM", "WM", "TC", "TS", "PR"].contains(&letters) && inner.is_some_and(|inner| inner.contains(':'))
}

fn query(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        for (index, query) in alarm.spec.metrics.iter().enumerate() {
            let wrong = match (&query.expression, &query.metric) {
                (Some(_), Some(_)) => "has both an expression and a metric",
                (Some(_), None) if query.statistic.is_some() => "has a statistic beside an expression",
                (Some(_), None) => continue,
                (None, None) => "has neither an expression nor a metric",
                (None, Some(_)) if query.statistic.is_none() => "has no statistic for its metric",
                (None, Some(_)) if query.period.is_none() => "has no period for its metric",
                (None, Some(_)) if query.namespace.is_none() => "has no namespace for its metric",
                (None, Some(_)) => continue,
            };
            let place = at(cx, alarm, &["metrics", &index.to_string()]);
            out.add(place, &alarm.address, format!("the query `{}` {wrong}", query.id));
        }
    }
}

fn one_result(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>().iter().filter(|alarm| !alarm.spec.metrics.is_empty()) {
        let results: Vec<&str> = alarm.spec.metrics.iter().filter(|query| query.return_data).map(|query| query.id.as_str()).collect();
        if results.len() != 1 {
            let which = if results.is_empty() { "no query returns".to_owned() } else { format!("{} return", results.join(", ")) };
            let place = cx.key_place("alarms", &alarm.key, &[], "metrics");
            out.add(place, &alarm.address, format!("{which} data for the threshold"));
        }
    }
}

fn ids(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let mut seen = BTreeSet::new();
        for (index, query) in alarm.spec.metrics.iter().enumerate() {
            let small = query.id.starts_with(|c: char| c.is_ascii_lowercase());
            let plain = query.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && query.id.len() <= 255;
            let twice = !seen.insert(&query.id);
            if !small || !plain || twice {
                let wrong = if twice { "is there twice" } else { "cannot be an id" };
                let place = at(cx, alarm, &["metrics", &index.to_string(), "id"]);
                out.add(place, &alarm.address, format!("`{}` {wrong}", query.id));
            }
        }
    }
}

fn namespace(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>().iter().filter(|alarm| alarm.spec.metrics.is_empty() && alarm.spec.metric.is_some()) {
        if alarm.spec.namespace.is_none() {
            let place = at(cx, alarm, &["metric"]);
            out.add(place, &alarm.address, "the metric has no namespace");
        }
    }
}
