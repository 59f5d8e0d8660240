//! What a topic costs: messages that are published to it. What deliveries cost beyond is not counted by
//! its metrics.

use crate::contract::cost::{Costs, Metric, Traffic, key};

const PUBLISHED: &str = "NumberOfMessagesPublished";

/// What is published.
pub(super) const METRICS: &[Metric] = &[Metric { namespace: "AWS/SNS", name: PUBLISHED, dimension: "TopicName" }];

/// See [`crate::contract::Kind::costs`].
pub(super) fn costs(traffic: Option<&Traffic>) -> Costs {
    let mut costs = Costs::default();
    if let Some(traffic) = traffic {
        costs.traffic(key::PUBLISH, traffic.of(PUBLISHED), "messages published");
    }
    costs
}
