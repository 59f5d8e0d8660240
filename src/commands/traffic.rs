//! Traffic of what is live, by its metrics.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric as LiveMetric, MetricDataQuery, MetricDataResult, MetricStat};
use futures_util::future::try_join_all;
use rust_decimal::Decimal;

use crate::aws::{AwsError, Page, api, pages};
use crate::contract::ReadCx;
use crate::contract::cost::{Metric, TRAFFIC_DAYS, a_month};
use crate::cost::Counted;
use crate::model::ResourceId;

/// Queries of one call (CloudWatch API Reference, GetMetricData).
const QUERIES: usize = 500;
/// A point a day of so many queries is far below what one answer holds.
const DAY: i32 = 86_400;
const MINUTE: i64 = 60;

/// A metric of a resource.
pub struct Asked {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// The metric.
    pub metric: &'static Metric,
}

/// What was counted in the last days, as a month of it, for each resource that is asked for.
///
/// # Errors
/// A call failed.
pub async fn counted(cx: &ReadCx, asked: &[Asked]) -> Result<BTreeMap<ResourceId, Counted>, AwsError> {
    let results = try_join_all(asked.chunks(QUERIES).map(|asked| read(cx, asked))).await?;
    let mut counted: BTreeMap<ResourceId, Counted> = asked.iter().map(|asked| (asked.id.clone(), Counted::default())).collect();
    for (asked, results) in asked.chunks(QUERIES).zip(results) {
        for result in results {
            let asked = result.id().and_then(|id| asked.get(id.strip_prefix('m')?.parse::<usize>().ok()?));
            let Some((asked, values)) = asked.zip(result.values) else { continue };
            let entry = counted.entry(asked.id.clone()).or_default();
            let sum: Decimal = values.iter().filter_map(|value| Decimal::try_from(*value).ok()).sum();
            let month = a_month(sum, Decimal::from(TRAFFIC_DAYS * 24));
            // An answer in pages tells a metric in parts.
            let so_far = entry.traffic.of(asked.metric.name);
            entry.traffic = std::mem::take(&mut entry.traffic).with(asked.metric.name, so_far + month);
            entry.has_points |= !values.is_empty();
        }
    }
    Ok(counted)
}

async fn read(cx: &ReadCx, asked: &[Asked]) -> Result<Vec<MetricDataResult>, AwsError> {
    let now = DateTime::from(std::time::SystemTime::now()).secs();
    // Whole minutes, the one that runs included.
    let end = (now / MINUTE + 1) * MINUTE;
    let (from, to) = (DateTime::from_secs(end - i64::from(TRAFFIC_DAYS) * i64::from(DAY)), DateTime::from_secs(end));
    let queries: Vec<MetricDataQuery> = asked.iter().enumerate().map(|(index, asked)| query(index, asked)).collect();
    pages(|token| {
        let queries = queries.clone();
        async move {
            let send = || {
                let asked = cx.aws.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
                asked.start_time(from).end_time(to).set_next_token(token.clone()).send()
            };
            let page = cx.call.send(&api::GET_METRIC_DATA, "traffic", send).await?;
            Ok(Page::new(page.metric_data_results, page.next_token))
        }
    })
    .await
}

fn query(index: usize, Asked { id: _, name, metric }: &Asked) -> MetricDataQuery {
    let dimension = Dimension::builder().name(metric.dimension).value(name).build();
    let of = LiveMetric::builder().namespace(metric.namespace).metric_name(metric.name).dimensions(dimension).build();
    let stat = MetricStat::builder().metric(of).period(DAY).stat("Sum").build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(stat).build()
}
