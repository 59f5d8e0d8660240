//! What a queue costs: requests, of which metrics count the messages.

use super::Spec;
use crate::contract::cost::{Costs, Metric, Traffic, key};

/// What is sent, received and deleted. Receives that came back empty are not in it: what an event
/// source polls is counted with its function.
pub(super) const METRICS: &[Metric] =
    &[metric("NumberOfMessagesSent"), metric("NumberOfMessagesReceived"), metric("NumberOfMessagesDeleted")];

const fn metric(name: &'static str) -> Metric {
    Metric { namespace: "AWS/SQS", name, dimension: "QueueName" }
}

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(spec: &Spec, traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    if let Some(traffic) = traffic {
        let requests = METRICS.iter().map(|metric| traffic.of(metric.name)).sum();
        let key = if spec.fifo { key::FIFO_REQUEST } else { key::QUEUE_REQUEST };
        costs.traffic(key, requests, "requests, at most: a batch is one");
    }
    costs
}
