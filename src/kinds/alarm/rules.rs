//! What CloudWatch refuses of an alarm.

use super::math::place_of_query;
use super::{Alarm, Spec};
use crate::contract::{Findings, Resource, Rule, View, names, rows};
use crate::model::{counted, one_or_many};
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
        why: "An alarm compares with GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or LessThanOrEqualToThreshold, and with a band by LessThanLowerOrGreaterThanUpperThreshold, LessThanLowerThreshold or GreaterThanUpperThreshold.",
        fix: "write one of the seven",
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
    Rule {
        code: "E422",
        title: "a wall clock window with another period",
        why: "An alarm that looks at periods of the clock has a period of 1 minute, 5 minutes, 1 hour, 1 day or 1 week. PutMetricAlarm refuses others.",
        fix: "write 1m, 5m, 1h, 1d or 7d, or take `wall_clock_window` out",
        source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WallClockWindow.html",
        run: clock,
    },
    Rule {
        code: "E423",
        title: "a warm-up that CloudWatch does not take",
        why: "An alarm waits for data between one minute and two days. PutMetricAlarm refuses more and less.",
        fix: "write 1m to 48h, in whole minutes",
        source: "botocore service model, cloudwatch PutMetricAlarm, WarmUpConfiguration",
        run: warm_up,
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
        for (id, query) in &alarm.spec.metrics {
            if let Some(value) = of(query) {
                look(alarm, value, place_of_query(cx, alarm, id, &[field]));
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

fn clock(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>().iter().filter(|alarm| alarm.spec.wall_clock_window.is_some()) {
        let periods = alarm.spec.metrics.values().filter_map(|query| query.period).chain(alarm.spec.period);
        for period in periods.filter(|period| ![60, 300, 3_600, 86_400, 604_800].contains(period)) {
            out.add(at(cx, alarm, &["wall_clock_window"]), &alarm.address, format!("the clock has no period of {period} s"));
        }
    }
}

fn warm_up(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let minutes = alarm.spec.warm_up.as_ref().map(|wait| wait.minutes);
        if let Some(minutes) = minutes.filter(|minutes| !(1..=2_880).contains(minutes)) {
            let message = format!("the alarm waits {minutes} minutes for data; CloudWatch takes 1 to 2,880");
            out.add(at(cx, alarm, &["warm_up", "duration"]), &alarm.address, message);
        }
    }
}

fn looks_back(cx: &View<'_>, out: &mut Findings<'_>) {
    for alarm in cx.all::<Alarm>() {
        let periods = alarm.spec.metrics.values().filter_map(|query| query.period).chain(alarm.spec.period);
        let Some(period) = periods.max() else { continue };
        let (span, most) = (i64::from(period) * i64::from(alarm.spec.evaluation_periods), if period < 3_600 { 86_400 } else { 604_800 });
        if span > most {
            let periods = alarm.spec.evaluation_periods;
            let are = one_or_many(&periods, "is", "are");
            let message = format!("{} of {period} s {are} {span} s; {most} s are allowed", counted(periods, "period"));
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
            let message = format!("{datapoints} of {} cannot breach", counted(alarm.spec.evaluation_periods, "period"));
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
    ["TM", "WM", "TC", "TS", "PR"].contains(&letters) && inner.is_some_and(is_range)
}

/// `10%:90%`, `150:1000`, `:300`: two bounds of one kind, the lower first, or one of them.
fn is_range(inner: &str) -> bool {
    let Some((low, high)) = inner.split_once(':') else { return false };
    let bound = |text: &str| {
        let (number, is_percent) = text.strip_suffix('%').map_or((text, false), |number| (number, true));
        let is_plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
        let number = number.parse::<f64>().ok().filter(|number| is_plain && (!is_percent || (0.0..=100.0).contains(number)))?;
        Some((number, is_percent))
    };
    match (bound(low), bound(high)) {
        (Some((from, is_percent)), Some((to, too))) => is_percent == too && from < to,
        (Some(_), None) => high.is_empty(),
        (None, Some(_)) => low.is_empty(),
        (None, None) => false,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_that_cloudwatch_knows() {
        for word in ["p99", "p99.9", "tm90", "IQM", "TM(10%:90%)", "WM(:95%)", "TC(150:)", "TS(80%:)", "PR(:300)", "PR(100:2000)"] {
            assert!(is_extended(word), "{word}");
        }
        for word in ["p101", "TM(abc:def)", "TM(:)", "TM(90%:10%)", "TM(10%:200)", "PR(300)", "TM(10%:101%)", "XX(1:2)", "TM(1:2:3)"] {
            assert!(!is_extended(word), "{word}");
        }
    }
}
