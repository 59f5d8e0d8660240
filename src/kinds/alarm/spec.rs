//! The normal form of an alarm.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::tags::Tags;
use crate::source::word::{Word, words};

words! {
    /// How an alarm's value is compared with its threshold, or with the band that CloudWatch expects.
    Comparison {
        /// Above.
        Greater = "GreaterThanThreshold",
        /// Above, or there.
        GreaterOrEqual = "GreaterThanOrEqualToThreshold",
        /// Below.
        Less = "LessThanThreshold",
        /// Below, or there.
        LessOrEqual = "LessThanOrEqualToThreshold",
        /// Outside of the band.
        OutsideBand = "LessThanLowerOrGreaterThanUpperThreshold",
        /// Below the band.
        BelowBand = "LessThanLowerThreshold",
        /// Above the band.
        AboveBand = "GreaterThanUpperThreshold",
    }
}

impl Comparison {
    /// Whether it is one with a band, and not with a number.
    pub fn is_of_band(self) -> bool {
        match self {
            Self::OutsideBand | Self::BelowBand | Self::AboveBand => true,
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => false,
        }
    }
}

words! {
    /// What a period without data counts as.
    MissingData {
        /// As nothing: without any the alarm has insufficient data.
        Missing = "missing",
        /// As good.
        NotBreaching = "notBreaching",
        /// As bad.
        Breaching = "breaching",
        /// As a reason to stay as it is.
        Ignore = "ignore",
    }
}

words! {
    /// What becomes of a percentile over few samples.
    LowSamples {
        /// It counts like any other.
        Evaluate = "evaluate",
        /// The alarm stays as it is.
        Ignore = "ignore",
    }
}

/// Normal form of an alarm. Either `metric` or `metrics` is there. Its default is AWS's; AWS has none
/// for the threshold and the comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text.
    pub description: String,
    /// Whether actions are run.
    pub actions_enabled: bool,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// `Sum`, `Average`, … or a percentile such as `p99`.
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<i32>,
    /// Unit that data must have.
    pub unit: Option<String>,
    /// Dimensions by name.
    pub dimensions: BTreeMap<String, String>,
    /// Metric math: its queries by their ids.
    pub metrics: BTreeMap<String, Query>,
    /// Number of periods that are looked at.
    pub evaluation_periods: i32,
    /// Number of those that must breach, where not all of them must.
    pub datapoints_to_alarm: Option<i32>,
    /// Value compared with; none where that is a band.
    pub threshold: Option<f64>,
    /// Id of the query that is the band.
    pub threshold_metric: Option<String>,
    /// How it is compared.
    pub comparison: Word<Comparison>,
    /// What a period without data counts as.
    pub treat_missing_data: Word<MissingData>,
    /// For percentiles: what becomes of few samples.
    pub evaluate_low_samples: Option<Word<LowSamples>>,
    /// Whether it looks at whole periods of the clock; AWS's window slides.
    pub wall_clock_window: Option<WallClockWindow>,
    /// How long it waits for data once it is made or changed.
    pub warm_up: Option<WarmUp>,
    /// ARNs told when the alarm goes off.
    pub alarm_actions: BTreeSet<String>,
    /// ARNs told when all is well.
    pub ok_actions: BTreeSet<String>,
    /// ARNs told when data lack.
    pub insufficient_data_actions: BTreeSet<String>,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            description: String::new(),
            actions_enabled: true,
            namespace: None,
            metric: None,
            statistic: None,
            period: None,
            unit: None,
            dimensions: BTreeMap::new(),
            metrics: BTreeMap::new(),
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: None,
            threshold_metric: None,
            comparison: "".into(),
            treat_missing_data: MissingData::Missing.into(),
            evaluate_low_samples: None,
            wall_clock_window: None,
            warm_up: None,
            alarm_actions: BTreeSet::new(),
            ok_actions: BTreeSet::new(),
            insufficient_data_actions: BTreeSet::new(),
            tags: Tags::new(),
        }
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    spec.description = spec.description.trim().to_owned();
    let periods = spec.evaluation_periods;
    spec.datapoints_to_alarm.take_if(|datapoints| *datapoints == periods);
    // CloudWatch fills it in.
    spec.evaluate_low_samples.take_if(|few| few.is(LowSamples::Evaluate));
    // A number means nothing beside a band.
    spec.threshold.take_if(|_| spec.threshold_metric.is_some());
}

/// See [`crate::contract::Kind::align`]. A percentile may be written with zeros at its end.
pub(super) fn align(want: &Spec, have: &mut Spec) {
    let align = |want: &Option<String>, have: &mut Option<String>| {
        if let (Some(want), Some(have)) = (want, have)
            && shortest(want) == shortest(have)
        {
            have.clone_from(want);
        }
    };
    align(&want.statistic, &mut have.statistic);
    for (id, have) in &mut have.metrics {
        if let Some(want) = want.metrics.get(id) {
            align(&want.statistic, &mut have.statistic);
        }
    }
}

/// A percentile as `p` and a number without zeros at its end, any other statistic as it is.
fn shortest(statistic: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match statistic.strip_prefix('p').and_then(|number| number.split_once('.')) {
        Some((whole, rest)) if digits(whole) && digits(rest) => statistic.trim_end_matches('0').trim_end_matches('.'),
        _ => statistic,
    }
}

/// Periods of the clock. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WallClockWindow {
    /// Name of a time zone, or an offset.
    pub timezone: String,
}

impl Default for WallClockWindow {
    fn default() -> Self {
        Self { timezone: "UTC".to_owned() }
    }
}

/// A wait for data. Its default is AWS's; AWS has none for the minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmUp {
    /// Minutes.
    pub minutes: i32,
    /// Whether it waits to the end though data are there.
    pub only_start_after_end: bool,
}

/// One query of a metric-math alarm. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Math over other ids.
    pub expression: Option<String>,
    /// Legend.
    pub label: Option<String>,
    /// Whether this is the value compared with the threshold.
    pub return_data: bool,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// Statistic of the metric.
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<i32>,
    /// Unit that data must have.
    pub unit: Option<String>,
    /// Dimensions by name.
    pub dimensions: BTreeMap<String, String>,
    /// Account that has the metric.
    pub account: Option<String>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            expression: None,
            label: None,
            return_data: true,
            namespace: None,
            metric: None,
            statistic: None,
            period: None,
            unit: None,
            dimensions: BTreeMap::new(),
            account: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_of_a_percentile_say_nothing() {
        let spec = |statistic: &str| {
            let query = Query { statistic: Some(statistic.to_owned()), ..Query::default() };
            Spec { statistic: Some(statistic.to_owned()), metrics: [("m".to_owned(), query)].into(), ..Spec::default() }
        };
        let is_same = |want: &str, have: &str| {
            let (want, mut have) = (spec(want), spec(have));
            align(&want, &mut have);
            want == have
        };
        assert!(is_same("p99", "p99.0") && is_same("p99.90", "p99.9") && is_same("p100.00", "p100"));
        assert!(
            !is_same("p99", "p9") && !is_same("p99", "p99.9") && !is_same("p10", "p1") && !is_same("tm99", "p99") && !is_same("p", "p.0")
        );
    }
}
