//! Alarms as files write them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{Comparison, LowSamples, MissingData, WallClockWindow, WarmUp};
use super::watched::{Asked, Watched, tell_missing};
use super::{Alarm, Spec};
use crate::contract::{Expand, Kind, guard};
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
    /// Metric's name. `error_rate` stands for metric math: how many percent of the calls of a function
    /// failed.
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
    /// Of an error rate: with fewer calls in a period than this it is 0; 1 where nothing is said.
    pub min_calls: Option<Int>,
    /// In place of a threshold: the band that CloudWatch expects, so many standard deviations wide.
    pub band: Option<Number>,
    /// In place of a threshold: the id of the query of `metrics` that is a band.
    pub threshold_metric: Option<String>,
    /// `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`, `LessThanThreshold` or
    /// `LessThanOrEqualToThreshold`; with a band `LessThanLowerOrGreaterThanUpperThreshold`,
    /// `LessThanLowerThreshold` or `GreaterThanUpperThreshold`.
    pub comparison: Option<Word<Comparison>>,
    /// `missing` (the default), `notBreaching`, `breaching` or `ignore`.
    pub treat_missing_data: Option<Word<MissingData>>,
    /// `evaluate` or `ignore`, for percentiles.
    pub evaluate_low_samples: Option<Word<LowSamples>>,
    /// Looks at whole minutes, hours, days or weeks of the clock, in place of a window that slides.
    pub wall_clock_window: Option<WallClockWindowFile>,
    /// How long it waits for data, once it is made or changed.
    pub warm_up: Option<WarmUpFile>,
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

/// Periods of the clock.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WallClockWindowFile {
    /// Name of a time zone such as `Europe/Berlin`, or an offset such as `+05:30`; UTC where nothing is said.
    pub timezone: Option<String>,
}

/// A wait for data.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmUpFile {
    /// Whole minutes, 2 days at most.
    pub duration: Seconds,
    /// Whether it waits to the end though data are there.
    pub only_start_after_end: Option<Flag>,
}

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
    /// Whether this is compared with the threshold, or is its band; true for an expression, and for the
    /// metric of a band, where nothing is said.
    pub return_data: Option<Flag>,
    /// Key of a function of this file.
    pub function: Option<String>,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// Statistic.
    pub statistic: Option<Statistic>,
    /// Period; of an expression that stands on no metric too.
    pub period: Option<Seconds>,
    /// Unit that data must have.
    pub unit: Option<String>,
    /// Dimensions by name.
    #[serde(default)]
    pub dimensions: BTreeMap<String, Text>,
    /// Id of the account that has the metric; this one where nothing is said.
    pub account: Option<Text>,
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
        min_calls,
        band,
        threshold_metric,
        comparison,
        treat_missing_data,
        evaluate_low_samples,
        wall_clock_window,
        warm_up,
        actions_enabled,
        alarm_actions,
        ok_actions,
        insufficient_data_actions,
        protect,
        on_remove,
        tags,
    } = file;
    let watched = Watched {
        function: function.as_ref(),
        queue: queue.as_ref(),
        namespace: namespace.as_ref(),
        metric: metric.as_ref(),
        statistic: statistic.as_ref(),
        period: period.map(|seconds| seconds.0 as i32),
        unit: unit.as_ref(),
        dimensions: texts(dimensions),
        metrics,
        min_calls: min_calls.map(|n| n.0),
        band: band.map(|n| n.0),
        threshold: threshold.map(|n| n.0),
        threshold_metric: threshold_metric.as_ref(),
    };
    watched.check(cx, key);
    if comparison.is_none() {
        tell_missing(cx, key, "comparison");
    }
    let Asked { namespace, metric, statistic, period, unit, dimensions, metrics, threshold_metric } = watched.asked(cx, key);
    let aws = Spec::default();
    let evaluation_periods = evaluation_periods.map_or(aws.evaluation_periods, |n| n.0);
    Some(Spec {
        description: description.clone().unwrap_or(aws.description),
        actions_enabled: actions_enabled.map_or(aws.actions_enabled, |flag| flag.0),
        namespace,
        metric,
        statistic,
        period,
        unit,
        dimensions,
        metrics,
        evaluation_periods,
        // All of them is what AWS takes where nothing is said.
        datapoints_to_alarm: datapoints_to_alarm.map(|n| n.0).filter(|n| *n != evaluation_periods),
        threshold: threshold.map(|n| n.0),
        threshold_metric,
        comparison: comparison.clone()?,
        treat_missing_data: treat_missing_data.clone().unwrap_or(aws.treat_missing_data),
        evaluate_low_samples: evaluate_low_samples.clone(),
        wall_clock_window: wall_clock_window.as_ref().map(clock),
        warm_up: warm_up.as_ref().map(|file| wait(cx, key, file)),
        alarm_actions: actions(cx, key, "alarm_actions", alarm_actions),
        ok_actions: actions(cx, key, "ok_actions", ok_actions),
        insufficient_data_actions: actions(cx, key, "insufficient_data_actions", insufficient_data_actions),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    })
}

fn clock(file: &WallClockWindowFile) -> WallClockWindow {
    let WallClockWindowFile { timezone } = file;
    let aws = WallClockWindow::default();
    WallClockWindow { timezone: timezone.clone().unwrap_or(aws.timezone) }
}

fn wait(cx: &mut Expand<'_>, key: &str, file: &WarmUpFile) -> WarmUp {
    let WarmUpFile { duration, only_start_after_end } = file;
    if duration.0 % 60 != 0 {
        let place = cx.place(Alarm::SECTION, key, "warm_up");
        cx.problem(place, format!("alarms.{key}: CloudWatch counts a warm-up in whole minutes"), "write whole minutes, such as 30m");
    }
    WarmUp {
        minutes: (duration.0 / 60) as i32,
        only_start_after_end: only_start_after_end.map_or(WarmUp::default().only_start_after_end, |flag| flag.0),
    }
}

fn actions(cx: &mut Expand<'_>, key: &str, field: &str, words: &[String]) -> BTreeSet<String> {
    let place = cx.place(Alarm::SECTION, key, field);
    words.iter().map(|word| cx.arn_of("topics", word, place)).collect()
}
