//! What CloudWatch says of the functions of a stack: one call for all of them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_smithy_types::DateTime;

use crate::aws::{AwsError, Page, api, pages};
use crate::contract::ReadCx;
use crate::evidence::{Metrics, Point, Statistic};

/// Seconds of a point. Points of a minute are kept for 15 days, of five minutes for 63, of an hour for 455
/// (GetMetricData, API reference), so that an hour does for any window.
const PERIOD: i32 = 3600;
/// Queries that a call takes.
const QUERIES: usize = 500;

/// Figures by physical name, from `start` to `end` in seconds since 1970.
///
/// # Errors
/// The call failed.
pub async fn read(cx: &ReadCx, names: &[&str], start: i64, end: i64) -> Result<BTreeMap<String, Metrics>, AwsError> {
    let asked: Vec<(usize, Statistic)> = (0..names.len()).flat_map(|at| Statistic::ALL.map(|one| (at, one))).collect();
    let mut found: BTreeMap<String, Metrics> = BTreeMap::new();
    for (nth, some) in asked.chunks(QUERIES).enumerate() {
        let first = nth * QUERIES;
        let queries: Vec<MetricDataQuery> =
            some.iter().enumerate().map(|(at, (name, one))| query(first + at, names[*name], *one)).collect();
        let results = pages(|token| {
            let queries = queries.clone();
            async move {
                let asked = || {
                    let call = cx.aws.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
                    call.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end)).set_next_token(token.clone()).send()
                };
                let page = cx.call.send(&api::GET_METRIC_DATA, "metrics", asked).await?;
                Ok(Page::new(page.metric_data_results, page.next_token))
            }
        });
        for result in results.await? {
            let at = result.id().and_then(|id| id.strip_prefix('m')).and_then(|at| at.parse::<usize>().ok());
            let Some((name, statistic)) = at.and_then(|at| asked.get(at)) else { continue };
            let pairs = result.timestamps().iter().zip(result.values());
            let points: Vec<Point> = pairs.map(|(at, value)| Point { at: at.secs() * 1000, value: *value }).collect();
            found.entry(names[*name].to_owned()).or_default().add(*statistic, &points);
        }
    }
    let hours = Some((end - start) as f64 / 3600.0);
    found.values_mut().for_each(|metrics| metrics.hours = hours);
    Ok(found)
}

fn query(at: usize, name: &str, statistic: Statistic) -> MetricDataQuery {
    let (metric, stat) = statistic.asked();
    let dimension = Dimension::builder().name("FunctionName").value(name).build();
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name(metric).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat(stat).build();
    MetricDataQuery::builder().id(format!("m{at}")).metric_stat(stat).build()
}
