//! What CloudWatch says of the functions of a stack.

use std::collections::BTreeMap;

use crate::aws::AwsError;
use crate::commands::metric_data::{self, Query};
use crate::contract::ReadCx;
use crate::evidence::{Metrics, Point, Statistic};

/// Seconds of a point. Points of a minute are kept for 15 days, of five minutes for 63, of an hour for 455
/// (GetMetricData, API reference), so that an hour does for any window.
const PERIOD: i32 = 3600;

/// Figures by physical name, from `start` to `end` in seconds since 1970.
///
/// # Errors
/// A call failed.
pub async fn read(cx: &ReadCx, names: &[&str], start: i64, end: i64) -> Result<BTreeMap<String, Metrics>, AwsError> {
    let points = metric_data::read(cx, "metrics", &queries(names), start, end).await?;
    Ok(of(names, &points, (end - start) as f64 / 3600.0))
}

/// The queries for these functions.
pub fn queries<'a>(names: &[&'a str]) -> Vec<Query<'a>> {
    let query = |(name, one): (&'a str, Statistic)| {
        let ((metric, statistic), (namespace, dimension)) = (one.asked(), one.place());
        Query { namespace, metric, dimension: (dimension, name), statistic, period: PERIOD }
    };
    names.iter().flat_map(|name| Statistic::ALL.map(|one| (*name, one))).map(query).collect()
}

/// Figures out of the answers to these queries, which reach over so many hours.
pub fn of(names: &[&str], points: &[Vec<Point>], hours: f64) -> BTreeMap<String, Metrics> {
    let mut found: BTreeMap<String, Metrics> = BTreeMap::new();
    let asked = names.iter().flat_map(|name| Statistic::ALL.map(|one| (*name, one)));
    for ((name, statistic), points) in asked.zip(points) {
        let metrics = found.entry(name.to_owned()).or_default();
        metrics.add(statistic, points);
        metrics.hours = Some(hours);
    }
    found
}
