//! Points of CloudWatch's metrics: any number of queries, in calls of as many as it takes.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat};
use futures_util::future::try_join_all;

use crate::aws::{AwsError, Page, api, pages};
use crate::contract::ReadCx;
use crate::evidence::Point;

/// Queries of one call (CloudWatch API Reference, GetMetricData).
const QUERIES: usize = 500;

/// What is asked for.
pub struct Query<'a> {
    /// Namespace of the metric.
    pub namespace: &'a str,
    /// Its name.
    pub metric: &'a str,
    /// Name and value of its dimension.
    pub dimension: (&'a str, &'a str),
    /// The statistic.
    pub statistic: &'a str,
    /// Seconds of a point.
    pub period: i32,
}

/// The points of each query, in the order of the queries, from `start` to `end` in seconds since 1970.
///
/// # Errors
/// A call failed.
pub async fn read(cx: &ReadCx, about: &str, queries: &[Query<'_>], start: i64, end: i64) -> Result<Vec<Vec<Point>>, AwsError> {
    let answers = try_join_all(queries.chunks(QUERIES).map(|some| call(cx, about, some, start, end))).await?;
    let mut points: Vec<Vec<Point>> = queries.iter().map(|_| Vec::new()).collect();
    for (some, results) in points.chunks_mut(QUERIES).zip(answers) {
        // An answer in pages tells a metric in parts.
        for result in results {
            let at = result.id().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
            let Some(of) = at.and_then(|at| some.get_mut(at)) else { continue };
            of.extend(result.timestamps().iter().zip(result.values()).map(|(at, value)| Point { at: at.secs() * 1000, value: *value }));
        }
    }
    Ok(points)
}

async fn call(cx: &ReadCx, about: &str, queries: &[Query<'_>], start: i64, end: i64) -> Result<Vec<MetricDataResult>, AwsError> {
    let queries: Vec<MetricDataQuery> = queries.iter().enumerate().map(|(at, query)| written(at, query)).collect();
    pages(&api::GET_METRIC_DATA, about, |token| {
        let queries = queries.clone();
        async move {
            let asked = || {
                let call = cx.aws.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
                call.start_time(DateTime::from_secs(start)).end_time(DateTime::from_secs(end)).set_next_token(token.clone()).send()
            };
            let page = cx.call.send(&api::GET_METRIC_DATA, about, asked).await?;
            Ok(Page::new(page.metric_data_results, page.next_token))
        }
    })
    .await
}

fn written(at: usize, Query { namespace, metric, dimension: (name, value), statistic, period }: &Query<'_>) -> MetricDataQuery {
    let dimension = Dimension::builder().name(*name).value(*value).build();
    let metric = Metric::builder().namespace(*namespace).metric_name(*metric).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(*period).stat(*statistic).build();
    MetricDataQuery::builder().id(format!("m{at}")).metric_stat(stat).build()
}
