//! Alarms as files write them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{Comparison, LowSamples, MissingData};
use super::{Alarm, Query, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::model::reference::is_known;
use crate::source::duration::Seconds;
use crate::source::scalar::{Flag, Int, Number, OnRemove, Text, texts};
use crate::source::word::Word;

/// An alarm on one metric, or on metric math (`metrics`).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmFile {
    /// Physical name.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// Key of a function of this file: sets its dimension, and the namespace AWS/Lambda.
    pub function: Option<String>,
    /// Key of a queue of this file: sets its dimension, and the namespace AWS/SQS.
    pub queue: Option<String>,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99`.
    pub statistic: Option<Statistic>,
    /// `10s`, `20s`, `30s`, or whole minutes.
    pub period: Option<Seconds>,
    /// Unit that data must have.
    pub unit: Option<String>,
    /// Dimensions by name.
    #[serde(default)]
    pub dimensions: BTreeMap<String, Text>,
    /// Metric math.
    #[serde(default)]
    pub metrics: Vec<QueryFile>,
    /// Periods that are looked at; 1 where nothing is said.
    pub evaluation_periods: Option<Int>,
    /// How many of those must breach; all where nothing is said.
    pub datapoints_to_alarm: Option<Int>,
    /// Value compared with.
    pub threshold: Option<Number>,
    /// `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, `LessThanThreshold` or
    /// `LessThanOrEqualToThreshold`.
    pub comparison: Option<Word<Comparison>>,
    /// `missing` (the default), `notBreaching`, `breaching` or `ignore`.
    pub treat_missing_data: Option<Word<MissingData>>,
    /// `evaluate` or `ignore`, for percentiles.
    pub evaluate_low_samples: Option<Word<LowSamples>>,
    /// Whether actions are run; true where nothing is said.
    pub actions_enabled: Option<Flag>,
    /// Keys of `topics`, or ARNs, told when the alarm goes off.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// The same for when all is well.
    #[serde(default)]
    pub ok_actions: Vec<String>,
    /// The same for when data lack.
    #[serde(default)]
    pub insufficient_data_actions: Vec<String>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// `Sum`, …, `p99`.
pub type Statistic = String;

/// A query of metric math: an `expression`, or a metric.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryFile {
    /// Name within expressions.
    pub id: String,
    /// Math over other ids.
    pub expression: Option<String>,
    /// Legend.
    pub label: Option<String>,
    /// Whether this is compared with the threshold; true for an expression where nothing is said.
    pub return_data: Option<Flag>,
    /// Key of a function of this file.
    pub function: Option<String>,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// Statistic.
    pub statistic: Option<Statistic>,
    /// Period.
    pub period: Option<Seconds>,
    /// Dimensions by name.
    #[serde(default)]
    pub dimensions: BTreeMap<String, Text>,
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &AlarmFile) {
    let name = cx.physical(Alarm::SECTION, file.name.as_ref(), key);
    if let Some(spec) = spec(cx, key, file) {
        cx.add::<Alarm>(key, name, &spec);
    }
}

/// None where what every alarm has is missing, which is told.
fn spec(cx: &mut Expand<'_>, key: &str, file: &AlarmFile) -> Option<Spec> {
    let AlarmFile {
        name: _,
        description,
        function,
        queue,
        namespace,
        metric,
        statistic,
        period,
        unit,
        dimensions,
        metrics,
        evaluation_periods,
        datapoints_to_alarm,
        threshold,
        comparison,
        treat_missing_data,
        evaluate_low_samples,
        actions_enabled,
        alarm_actions,
        ok_actions,
        insufficient_data_actions,
        protect,
        on_remove,
        tags,
    } = file;
    let place = cx.place(Alarm::SECTION, key, "");
    let math = !metrics.is_empty();
    for (field, missing) in [
        ("threshold", threshold.is_none()),
        ("comparison", comparison.is_none()),
        ("metric", !math && metric.is_none()),
        ("statistic", !math && statistic.is_none()),
        ("period", !math && period.is_none()),
    ] {
        if missing {
            cx.problem(place, format!("alarms.{key}: `{field}` is missing"), format!("add `{field}:` here or under defaults.alarm"));
        }
    }
    if math && (metric.is_some() || statistic.is_some() || period.is_some()) {
        let fix = "put metric, statistic and period into the queries of `metrics`";
        cx.problem(place, format!("alarms.{key}: metric math stands in place of metric, statistic and period"), fix);
    }
    let (namespace, dimensions) = metric_of(cx, key, function.as_ref(), queue.as_ref(), namespace.as_ref(), texts(dimensions));
    let metrics = metrics.iter().map(|file| query(cx, key, file)).collect();
    let aws = Spec::default();
    let evaluation_periods = evaluation_periods.map_or(aws.evaluation_periods, |n| n.0);
    Some(Spec {
        description: description.clone().unwrap_or(aws.description),
        actions_enabled: actions_enabled.map_or(aws.actions_enabled, |flag| flag.0),
        namespace: namespace.filter(|_| !math),
        metric: metric.clone(),
        statistic: statistic.clone(),
        period: period.map(|seconds| seconds.0 as i32),
        unit: unit.clone(),
        dimensions: if math { BTreeMap::new() } else { dimensions },
        metrics,
        evaluation_periods,
        // All of them is what AWS takes where nothing is said.
        datapoints_to_alarm: datapoints_to_alarm.map(|n| n.0).filter(|n| *n != evaluation_periods),
        threshold: threshold.as_ref()?.0,
        comparison: comparison.clone()?,
        treat_missing_data: treat_missing_data.clone().unwrap_or(aws.treat_missing_data),
        evaluate_low_samples: evaluate_low_samples.clone(),
        alarm_actions: actions(cx, key, "alarm_actions", alarm_actions),
        ok_actions: actions(cx, key, "ok_actions", ok_actions),
        insufficient_data_actions: actions(cx, key, "insufficient_data_actions", insufficient_data_actions),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    })
}

fn actions(cx: &mut Expand<'_>, key: &str, field: &str, words: &[String]) -> BTreeSet<String> {
    let place = cx.place(Alarm::SECTION, key, field);
    words.iter().map(|word| cx.arn_of("topics", word, place)).collect()
}

/// Namespace and dimensions; `function` and `queue` fill in those of their resource.
fn metric_of(
    cx: &mut Expand<'_>,
    key: &str,
    function: Option<&String>,
    queue: Option<&String>,
    namespace: Option<&String>,
    mut dimensions: BTreeMap<String, String>,
) -> (Option<String>, BTreeMap<String, String>) {
    let mut implied = None;
    for (section, dimension, of, word) in [("functions", "FunctionName", "AWS/Lambda", function), ("queues", "QueueName", "AWS/SQS", queue)]
    {
        if let Some(word) = word {
            let place = cx.place(Alarm::SECTION, key, section.trim_end_matches('s'));
            // An ARN that is known already names no resource of this file.
            if !is_known(&cx.arn_of(section, word, place)) {
                dimensions.insert(dimension.into(), format!("${{{section}.{word}.name}}"));
            }
            implied = Some(of.to_owned());
        }
    }
    (namespace.cloned().or(implied), dimensions)
}

fn query(cx: &mut Expand<'_>, key: &str, file: &QueryFile) -> Query {
    let QueryFile { id, expression, label, return_data, function, namespace, metric, statistic, period, dimensions } = file;
    let (namespace, dimensions) = metric_of(cx, key, function.as_ref(), None, namespace.as_ref(), texts(dimensions));
    Query {
        id: id.clone(),
        expression: expression.clone(),
        label: label.clone(),
        // Where nothing is said AWS takes true, and of more than one it refuses the alarm: metrics are
        // there for the expression.
        return_data: return_data.map_or(expression.is_some(), |flag| flag.0),
        namespace,
        metric: metric.clone(),
        statistic: statistic.clone(),
        period: period.map(|seconds| seconds.0 as i32),
        dimensions,
    }
}
