//! What an alarm costs: CloudWatch charges for each metric in it.

use super::Spec;
use super::watched::banded;
use crate::contract::cost::{Costs, key};
use crate::model::counted;

/// Periods below this are of high resolution
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html>).
const STANDARD_PERIOD: i32 = 60;
/// An alarm on a band is charged for its metric and for both bounds of the band.
const WITH_BAND: usize = 3;

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(spec: &Spec) -> Costs {
    let in_queries = spec.metrics.values().filter(|query| query.metric.is_some()).count();
    let metrics = in_queries + usize::from(spec.metric.is_some());
    let is_banded = spec.metrics.values().any(|query| query.expression.as_deref().and_then(banded).is_some());
    let charged = if is_banded { metrics * WITH_BAND } else { metrics };
    let periods = spec.metrics.values().map(|query| query.period).chain([spec.period]);
    let is_high = periods.flatten().any(|period| period < STANDARD_PERIOD);
    let key = if is_high { key::HIGH_RESOLUTION_ALARM_METRIC } else { key::ALARM_METRIC };
    let mut costs = Costs::default();
    if charged > 0 {
        costs.fixed(key, charged as u64, format!("{} in the alarm", counted(charged, "metric")));
    } else {
        costs.fixed(key::INSIGHTS_ALARM_METRIC, 1, "metrics that a query selects");
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::super::Query;
    use super::*;

    fn metric() -> Query {
        Query { metric: Some("Errors".into()), period: Some(300), ..Query::default() }
    }

    fn charged(spec: &Spec) -> (&'static str, String) {
        let costs = costs(spec);
        (costs.fixed[0].key, costs.fixed[0].quantity.to_string())
    }

    #[test]
    fn each_metric_is_charged() {
        let one = Spec { metric: Some("Errors".into()), period: Some(60), ..Spec::default() };
        assert_eq!(charged(&one), (key::ALARM_METRIC, "1".into()));
        assert_eq!(charged(&Spec { period: Some(10), ..one }), (key::HIGH_RESOLUTION_ALARM_METRIC, "1".into()));
        let rate = Query { expression: Some("IF(calls >= 20, 100 * errors / calls, 0)".into()), ..Query::default() };
        let rate = [("calls".to_owned(), metric()), ("errors".into(), metric()), ("rate".into(), rate)].into();
        assert_eq!(charged(&Spec { metrics: rate, ..Spec::default() }), (key::ALARM_METRIC, "2".into()));
        let band = Query { expression: Some("ANOMALY_DETECTION_BAND(m, 2)".into()), ..Query::default() };
        let banded = [("m".to_owned(), metric()), ("band".into(), band)].into();
        assert_eq!(charged(&Spec { metrics: banded, ..Spec::default() }), (key::ALARM_METRIC, "3".into()));
        let selects = Query { expression: Some("SELECT MAX(Errors) FROM \"AWS/Lambda\"".into()), ..Query::default() };
        let selects = [("q".to_owned(), selects)].into();
        assert_eq!(charged(&Spec { metrics: selects, ..Spec::default() }).0, key::INSIGHTS_ALARM_METRIC);
    }
}
