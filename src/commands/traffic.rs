//! Traffic of what is live, by its metrics.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::metric_data::Query;
use crate::contract::cost::{Metric, TRAFFIC_DAYS, a_month};
use crate::cost::Counted;
use crate::evidence::Point;
use crate::model::ResourceId;

/// A point a day of so many queries is far below what one answer holds.
const DAY: i32 = 86_400;

/// A metric of a resource.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Address.
    pub id: ResourceId,
    /// Physical name.
    pub name: String,
    /// The metric.
    pub metric: &'static Metric,
}

/// The query of it.
pub fn query(Asked { id: _, name, metric }: &Asked) -> Query<'_> {
    let Metric { namespace, name: of, dimension } = metric;
    Query { namespace, metric: of, dimension: (dimension, name), statistic: "Sum", period: DAY }
}

/// What was counted in the last days, as a month of it, for each resource that was asked for.
pub fn of(asked: &[Asked], points: &[Vec<Point>]) -> BTreeMap<ResourceId, Counted> {
    let mut counted: BTreeMap<ResourceId, Counted> = asked.iter().map(|asked| (asked.id.clone(), Counted::default())).collect();
    for (asked, points) in asked.iter().zip(points) {
        let entry = counted.entry(asked.id.clone()).or_default();
        let sum: Decimal = points.iter().filter_map(|point| Decimal::try_from(point.value).ok()).sum();
        let month = a_month(sum, Decimal::from(TRAFFIC_DAYS * 24));
        entry.traffic = std::mem::take(&mut entry.traffic).with(asked.metric.name, month);
        entry.has_points |= !points.is_empty();
    }
    counted
}
