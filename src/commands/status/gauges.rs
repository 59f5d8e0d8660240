//! Metrics of all resources of a stack, in one request; a second one for those that nothing happened to in
//! the last hour.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::look::by_kind;
use crate::aws::AwsError;
use crate::commands::metric_data::{self, Query};
use crate::commands::session::Connected;
use crate::contract::{Gauge, Over};
use crate::evidence::Point;
use crate::model::ResourceId;
use crate::model::health::Figure;

/// Nobody waits longer than this for figures.
const PATIENCE: Duration = Duration::from_secs(10);
const MINUTE: i32 = 60;
const HOUR: i32 = 3_600;
/// How far back the last time is looked for: points of an hour are kept longer, and would be more of them.
const DAYS: i64 = 14;

/// Figures by address and gauge, or why there are none.
pub type Metered = Result<BTreeMap<(ResourceId, &'static str), Figure>, String>;

/// A gauge of a resource.
struct Asked {
    id: ResourceId,
    gauge: &'static Gauge,
    of: String,
}

/// What the metrics of a stack tell.
pub async fn read(stack: &Connected) -> Metered {
    let scope = &stack.loaded.scope;
    let asked: Vec<Asked> = by_kind(&stack.loaded.desired)
        .into_iter()
        .flat_map(|(driver, nodes)| nodes.into_iter().flat_map(move |node| driver.gauges().iter().map(move |gauge| (driver, node, gauge))))
        .map(|(driver, node, gauge)| Asked { id: node.id.clone(), gauge, of: driver.gauged(scope, &node.name) })
        .collect();
    match tokio::time::timeout(PATIENCE, figures(stack, &asked)).await {
        Ok(figures) => figures.map_err(|error| format!("metrics: {error}")),
        Err(_) => Err(format!("metrics: no answer in {} s", PATIENCE.as_secs())),
    }
}

async fn figures(stack: &Connected, asked: &[Asked]) -> Result<BTreeMap<(ResourceId, &'static str), Figure>, AwsError> {
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Whole minutes, the one that runs included.
    let end = (Timestamp::now().as_second().div_euclid(MINUTE.into()) + 1) * i64::from(MINUTE);
    let all: Vec<&Asked> = asked.iter().collect();
    let hour = points(stack, &all, MINUTE, end - i64::from(HOUR), end).await?;
    let mut figures: BTreeMap<_, _> = asked.iter().zip(&hour).map(|(asked, points)| (key(asked), figure(asked.gauge, points))).collect();
    let open: Vec<&Asked> =
        asked.iter().filter(|asked| asked.gauge.over == Over::Last && figures.get(&key(asked)) == Some(&Figure::Nothing)).collect();
    if open.is_empty() {
        return Ok(figures);
    }
    let end = (end.div_euclid(HOUR.into()) + 1) * i64::from(HOUR);
    let days = points(stack, &open, HOUR, end - DAYS * 86_400, end).await?;
    figures.extend(open.iter().zip(&days).map(|(asked, points)| (key(asked), figure(asked.gauge, points))));
    Ok(figures)
}

fn key(asked: &Asked) -> (ResourceId, &'static str) {
    (asked.id.clone(), asked.gauge.what)
}

async fn points(stack: &Connected, asked: &[&Asked], period: i32, start: i64, end: i64) -> Result<Vec<Vec<Point>>, AwsError> {
    let queries: Vec<Query<'_>> = asked
        .iter()
        .map(|Asked { gauge, of, .. }| {
            let statistic = if gauge.over == Over::Newest { "Maximum" } else { "Sum" };
            Query { namespace: gauge.namespace, metric: gauge.metric, dimension: (gauge.dimension, of), statistic, period }
        })
        .collect();
    metric_data::read(&stack.read, "metrics", &queries, start, end).await
}

fn figure(gauge: &Gauge, points: &[Point]) -> Figure {
    match gauge.over {
        // A metric that nothing was counted in has no points.
        Over::Hour => Figure::Count(points.iter().map(|point| point.value).sum::<f64>().max(0.0).round() as u64),
        Over::Newest => {
            let newest = points.iter().max_by_key(|point| point.at);
            newest.map_or(Figure::Nothing, |point| Figure::Seconds(point.value.max(0.0).round() as u64))
        }
        Over::Last => points.iter().filter(|point| point.value > 0.0).map(|point| point.at).max().map_or(Figure::Nothing, Figure::At),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_become_the_figure_that_is_asked_for() {
        let gauge = |over| Gauge { what: "x", namespace: "n", metric: "m", dimension: "d", over, is_wrong: false };
        let points = [Point { at: 2_000, value: 3.0 }, Point { at: 1_000, value: 2.0 }, Point { at: 3_000, value: 0.0 }];
        assert_eq!(figure(&gauge(Over::Hour), &points), Figure::Count(5));
        assert_eq!(figure(&gauge(Over::Newest), &points[..2]), Figure::Seconds(3));
        assert_eq!(figure(&gauge(Over::Last), &points), Figure::At(2_000), "a point of nothing is no call");
        assert_eq!(figure(&gauge(Over::Last), &[]), Figure::Nothing);
        assert_eq!(figure(&gauge(Over::Newest), &[]), Figure::Nothing, "no age is told of what is empty");
        assert_eq!(figure(&gauge(Over::Hour), &[]), Figure::Count(0));
    }
}
