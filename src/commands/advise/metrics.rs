//! What CloudWatch says of the functions of a stack.

use std::collections::BTreeMap;

use crate::aws::AwsError;
use crate::commands::metric_data::{self, Query};
use crate::contract::ReadCx;
use crate::evidence::{Metrics, Statistic};

/// Seconds of a point. Points of a minute are kept for 15 days, of five minutes for 63, of an hour for 455
/// (GetMetricData, API reference), so that an hour does for any window.
const PERIOD: i32 = 3600;

/// Figures by physical name, from `start` to `end` in seconds since 1970.
///
/// # Errors
/// A call failed.
pub async fn read<'a>(cx: &ReadCx, names: &[&'a str], start: i64, end: i64) -> Result<BTreeMap<String, Metrics>, AwsError> {
    let asked: Vec<(&str, Statistic)> = names.iter().flat_map(|name| Statistic::ALL.map(|one| (*name, one))).collect();
    let query = |(name, statistic): &(&'a str, Statistic)| {
        let (metric, statistic) = statistic.asked();
        Query { namespace: "AWS/Lambda", metric, dimension: ("FunctionName", name), statistic, period: PERIOD }
    };
    let queries: Vec<Query<'_>> = asked.iter().map(query).collect();
    let hours = Some((end - start) as f64 / 3600.0);
    let mut found: BTreeMap<String, Metrics> = BTreeMap::new();
    for ((name, statistic), points) in asked.iter().zip(metric_data::read(cx, "metrics", &queries, start, end).await?) {
        let metrics = found.entry((*name).to_owned()).or_default();
        metrics.add(*statistic, &points);
        metrics.hours = hours;
    }
    Ok(found)
}
