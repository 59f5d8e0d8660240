//! Traffic of what is live, by its metrics.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::metric_data::{self, Query};
use crate::aws::AwsError;
use crate::contract::ReadCx;
use crate::contract::cost::{Metric, TRAFFIC_DAYS, a_month};
use crate::cost::Counted;
use crate::model::ResourceId;

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
    let now = Timestamp::now().as_second();
    // Whole minutes, the one that runs included.
    let end = (now.div_euclid(MINUTE) + 1) * MINUTE;
    let start = end - i64::from(TRAFFIC_DAYS) * i64::from(DAY);
    let queries: Vec<Query<'_>> = asked.iter().map(query).collect();
    let mut counted: BTreeMap<ResourceId, Counted> = asked.iter().map(|asked| (asked.id.clone(), Counted::default())).collect();
    for (asked, points) in asked.iter().zip(metric_data::read(cx, "traffic", &queries, start, end).await?) {
        let entry = counted.entry(asked.id.clone()).or_default();
        let sum: Decimal = points.iter().filter_map(|point| Decimal::try_from(point.value).ok()).sum();
        let month = a_month(sum, Decimal::from(TRAFFIC_DAYS * 24));
        entry.traffic = std::mem::take(&mut entry.traffic).with(asked.metric.name, month);
        entry.has_points |= !points.is_empty();
    }
    Ok(counted)
}

fn query(Asked { id: _, name, metric }: &Asked) -> Query<'_> {
    let Metric { namespace, name: of, dimension } = metric;
    Query { namespace, metric: of, dimension: (dimension, name), statistic: "Sum", period: DAY }
}
