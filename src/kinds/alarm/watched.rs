//! What an alarm looks at: one metric, metric math, or a short form of it that is written out here.

use std::collections::BTreeMap;

use super::file::QueryFile;
use super::{Alarm, Query};
use crate::contract::{Expand, Kind};
use crate::model::reference::is_known;
use crate::source::scalar::texts;

/// Stands for metric math over two metrics of Lambda, which has none of this name.
/// The metric that stands for metric math.
pub const ERROR_RATE: &str = "error_rate";
pub(super) const LAMBDA: &str = "AWS/Lambda";
pub(super) const SQS: &str = "AWS/SQS";
/// Id that CloudWatch's console gives the metric of a band.
const METRIC: &str = "m1";
/// Id that CloudWatch's console gives the band.
const BAND: &str = "ad1";

/// The words of a file on what its alarm looks at.
pub(super) struct Watched<'a> {
    pub(super) function: Option<&'a String>,
    pub(super) queue: Option<&'a String>,
    pub(super) namespace: Option<&'a String>,
    pub(super) metric: Option<&'a String>,
    pub(super) statistic: Option<&'a String>,
    pub(super) period: Option<i32>,
    pub(super) unit: Option<&'a String>,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) metrics: &'a [QueryFile],
    pub(super) min_calls: Option<i32>,
    pub(super) band: Option<f64>,
    pub(super) threshold: Option<f64>,
    pub(super) threshold_metric: Option<&'a String>,
}

/// The same as AWS is told it.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) namespace: Option<String>,
    pub(super) metric: Option<String>,
    pub(super) statistic: Option<String>,
    pub(super) period: Option<i32>,
    pub(super) unit: Option<String>,
    pub(super) dimensions: BTreeMap<String, String>,
    pub(super) metrics: BTreeMap<String, Query>,
    pub(super) threshold_metric: Option<String>,
}

impl Watched<'_> {
    fn is_math(&self) -> bool {
        !self.metrics.is_empty()
    }

    /// A metric of this name in a namespace of one's own is that metric.
    fn is_error_rate(&self) -> bool {
        self.metric.is_some_and(|metric| metric == ERROR_RATE) && self.namespace.is_none_or(|namespace| namespace == LAMBDA)
    }

    /// Tells what is missing, and what cannot stand together.
    pub(super) fn check(&self, cx: &mut Expand<'_>, key: &str) {
        let is_one = !self.is_math();
        let missing = [
            ("threshold", self.threshold.is_none() && self.band.is_none() && self.threshold_metric.is_none()),
            ("metric", is_one && self.metric.is_none()),
            ("statistic", is_one && !self.is_error_rate() && self.statistic.is_none()),
            ("period", is_one && self.period.is_none()),
        ];
        for (field, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
            tell_missing(cx, key, field);
        }
        let rate = self.is_error_rate();
        let sums = self.statistic.is_none_or(|statistic| statistic == "Sum");
        let wrong = [
            (self.is_math(), "metric math stands in place of", self.of_one_metric(), "put them into the queries of `metrics`"),
            (
                !is_one || rate,
                "one metric has a band, and neither metric math nor an error rate",
                given("band", self.band.is_some()),
                "write the query of the band into `metrics`, and its id into `threshold_metric`",
            ),
            (
                is_one,
                "the query of a band stands in `metrics`, and there is none for",
                given("threshold_metric", self.threshold_metric.is_some()),
                "write `band: 2` in its place, or `metrics`",
            ),
            (
                self.band.is_some() || self.threshold_metric.is_some(),
                "a band stands in place of",
                given("threshold", self.threshold.is_some()),
                "take one of them out",
            ),
            (!rate, "only `metric: error_rate` has", given("min_calls", self.min_calls.is_some()), "take it out"),
            (
                rate,
                "an error rate counts calls of Lambda, which have no",
                [given("queue", self.queue.is_some()), given("unit", self.unit.is_some()), given("statistic", !sums)].concat(),
                "take it out",
            ),
        ];
        for (_, why, fields, fix) in wrong.into_iter().filter(|(applies, _, fields, _)| *applies && !fields.is_empty()) {
            let place = cx.place(Alarm::SECTION, key, if self.is_math() { "" } else { fields[0] });
            cx.problem(place, format!("alarms.{key}: {why} `{}`", fields.join("`, `")), fix);
        }
    }

    /// What is said of one metric.
    fn of_one_metric(&self) -> Vec<&'static str> {
        [
            given("metric", self.metric.is_some()),
            given("statistic", self.statistic.is_some()),
            given("period", self.period.is_some()),
            given("unit", self.unit.is_some()),
        ]
        .concat()
    }

    /// Writes the short forms out.
    pub(super) fn asked(&self, cx: &mut Expand<'_>, key: &str) -> Asked {
        if self.is_math() {
            return self.math(cx, key);
        }
        let (namespace, dimensions) = metric_of(cx, key, (self.function, self.queue), self.namespace, self.dimensions.clone());
        if self.is_error_rate() {
            return self.error_rate(&dimensions);
        }
        let Some(band) = self.band else {
            return Asked {
                namespace,
                metric: self.metric.cloned(),
                statistic: self.statistic.cloned(),
                period: self.period,
                unit: self.unit.cloned(),
                dimensions,
                ..Asked::default()
            };
        };
        let metric = Query {
            namespace,
            metric: self.metric.cloned(),
            statistic: self.statistic.cloned(),
            period: self.period,
            unit: self.unit.cloned(),
            dimensions,
            ..Query::default()
        };
        let band = expression(format!("ANOMALY_DETECTION_BAND({METRIC}, {band})"));
        Asked {
            metrics: [(METRIC.to_owned(), metric), (BAND.to_owned(), band)].into(),
            threshold_metric: Some(BAND.to_owned()),
            ..Asked::default()
        }
    }

    /// Percent of the calls that failed. Few calls count as none that failed, since one of one is all.
    fn error_rate(&self, dimensions: &BTreeMap<String, String>) -> Asked {
        let sum = |metric: &str| Query {
            return_data: false,
            namespace: Some(LAMBDA.to_owned()),
            metric: Some(metric.to_owned()),
            statistic: Some("Sum".to_owned()),
            period: self.period,
            dimensions: dimensions.clone(),
            ..Query::default()
        };
        let rate = expression(format!("IF(calls >= {}, 100 * errors / calls, 0)", self.min_calls.unwrap_or(1)));
        let metrics = [("errors", sum("Errors")), ("calls", sum("Invocations")), ("rate", rate)];
        Asked { metrics: metrics.map(|(id, query)| (id.to_owned(), query)).into(), ..Asked::default() }
    }

    fn math(&self, cx: &mut Expand<'_>, key: &str) -> Asked {
        let band = self.metrics.iter().find(|query| Some(&query.id) == self.threshold_metric);
        let of_band = band.and_then(|band| band.expression.as_deref()).and_then(banded);
        let mut metrics = BTreeMap::new();
        for file in self.metrics {
            // Where nothing is said AWS takes true, and of more than it wants it refuses the alarm: most
            // metrics are there for the expression.
            let is_result = file.expression.is_some() || of_band == Some(file.id.as_str());
            let query = query(cx, key, file, is_result);
            if metrics.insert(file.id.clone(), query).is_some() {
                let place = cx.place(Alarm::SECTION, key, "metrics");
                cx.problem(place, format!("alarms.{key}: two queries have the id `{}`", file.id), "give each query an id of its own");
            }
        }
        Asked { metrics, threshold_metric: self.threshold_metric.cloned(), ..Asked::default() }
    }
}

/// Tells that a field is missing.
pub(super) fn tell_missing(cx: &mut Expand<'_>, key: &str, field: &str) {
    let place = cx.place(Alarm::SECTION, key, "");
    cx.problem(place, format!("alarms.{key}: `{field}` is missing"), format!("add `{field}:` here or under defaults.alarm"));
}

fn given(field: &'static str, is_given: bool) -> Vec<&'static str> {
    if is_given { vec![field] } else { Vec::new() }
}

fn expression(expression: String) -> Query {
    Query { expression: Some(expression), ..Query::default() }
}

/// Id of the query that an expression is the band of.
pub(super) fn banded(expression: &str) -> Option<&str> {
    let inner = expression.trim().strip_prefix("ANOMALY_DETECTION_BAND(")?.strip_suffix(')')?;
    inner.split(',').next().map(str::trim)
}

fn query(cx: &mut Expand<'_>, key: &str, file: &QueryFile, is_result: bool) -> Query {
    let QueryFile { id: _, expression, label, return_data, function, namespace, metric, statistic, period, unit, dimensions, account } =
        file;
    let (namespace, dimensions) = metric_of(cx, key, (function.as_ref(), None), namespace.as_ref(), texts(dimensions));
    Query {
        expression: expression.clone(),
        label: label.clone(),
        return_data: return_data.map_or(is_result, |flag| flag.0),
        namespace,
        metric: metric.clone(),
        statistic: statistic.clone(),
        period: period.map(|seconds| seconds.0 as i32),
        unit: unit.clone(),
        dimensions,
        account: account.as_ref().map(|account| account.0.clone()),
    }
}

/// Namespace and dimensions; a function or a queue fills in those of its service.
fn metric_of(
    cx: &mut Expand<'_>,
    key: &str,
    (function, queue): (Option<&String>, Option<&String>),
    namespace: Option<&String>,
    mut dimensions: BTreeMap<String, String>,
) -> (Option<String>, BTreeMap<String, String>) {
    let mut implied = None;
    for (section, dimension, of, word) in [("functions", "FunctionName", LAMBDA, function), ("queues", "QueueName", SQS, queue)] {
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
