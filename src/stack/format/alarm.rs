//! Alarms as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Flag, Int, Number, OnRemove, Text};
use crate::source::duration::Seconds;

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
    pub comparison: Option<String>,
    /// `missing` (the default), `notBreaching`, `breaching` or `ignore`.
    pub treat_missing_data: Option<String>,
    /// `evaluate` or `ignore`, for percentiles.
    pub evaluate_low_samples: Option<String>,
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
