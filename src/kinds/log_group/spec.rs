//! The normal form of a log group.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Live, subscriptions};
use crate::contract::tags::Tags;
use crate::source::duration::Retention;
use crate::source::scalar::shortest;
use crate::source::word::{Word, words};

words! {
    /// Class of a log group.
    LogGroupClass {
        /// All that CloudWatch Logs can do.
        Standard = "STANDARD",
        /// Cheaper, with less to look at.
        InfrequentAccess = "INFREQUENT_ACCESS",
        /// On its way to S3 or Firehose.
        Delivery = "DELIVERY",
    }
}

words! {
    /// How events are dealt out to the shards of a stream.
    Distribution {
        /// Those of one log stream go together.
        ByLogStream = "ByLogStream",
        /// Evenly.
        Random = "Random",
    }
}

/// Normal form of a log group. Its default is AWS's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Days; none keeps logs for ever.
    pub retention_days: Option<i32>,
    /// What can be done with it.
    pub class: Word<LogGroupClass>,
    /// ARN of the key.
    pub kms_key: Option<String>,
    /// Metrics that its events count in, by the filter's name. None leaves them alone: the group that a
    /// function brings along has those that others gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_filters: Option<BTreeMap<String, MetricFilter>>,
    /// Where its events go as they come, by the filter's name. None leaves them alone, as of metric filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_filters: Option<BTreeMap<String, SubscriptionFilter>>,
    /// Whether CloudWatch Logs refuses to delete it. None leaves that alone, as of metric filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// A metric that the events of a log group count in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricFilter {
    /// Which events count.
    pub pattern: String,
    /// Namespace of the metric.
    pub metric_namespace: String,
    /// Name of the metric.
    pub metric_name: String,
    /// What an event counts.
    pub metric_value: String,
    /// What is counted where no event matches.
    pub default_value: Option<f64>,
    /// Unit of the metric.
    pub unit: String,
    /// Fields of the event by the name of the dimension.
    pub dimensions: BTreeMap<String, String>,
    /// Whether it looks at what a transformer made of the events.
    #[serde(default)]
    pub on_transformed_logs: bool,
    /// Of which accounts and regions.
    #[serde(default)]
    pub field_selection: Option<String>,
    /// Fields of CloudWatch Logs' own that become dimensions.
    #[serde(default)]
    pub system_dimensions: BTreeSet<String>,
}

/// Where events of a log group go as they come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionFilter {
    /// Which events go there.
    pub pattern: String,
    /// ARN of a function, a stream or a destination of another account.
    pub destination: String,
    /// ARN of the role with which CloudWatch Logs writes to a stream.
    pub role: Option<String>,
    /// How they are dealt out to the shards of a stream.
    pub distribution: Word<Distribution>,
    /// Whether it looks at what a transformer made of the events.
    pub on_transformed_logs: bool,
    /// Of which accounts and regions.
    pub field_selection: Option<String>,
    /// Fields of CloudWatch Logs' own that go with each event.
    pub system_fields: BTreeSet<String>,
}

/// The unit of a metric that has none.
pub(super) const NO_UNIT: &str = "None";

/// Days that a group of the class DELIVERY keeps its logs, which nobody can change
/// (docs/aws-facts.md §7).
pub(super) const DELIVERY_DAYS: i32 = 2;

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    if spec.class.is(LogGroupClass::Delivery) {
        spec.retention_days = Some(DELIVERY_DAYS);
    }
    for filter in spec.metric_filters.iter_mut().flat_map(|filters| filters.values_mut()) {
        filter.metric_value = shortest(&filter.metric_value);
    }
}

/// See [`crate::contract::Kind::align`].
pub(super) fn align(want: &mut Spec, have: &mut Spec, live: &Live) {
    subscriptions::align(want, have, live.subscribed.as_ref());
    match &want.metric_filters {
        None => have.metric_filters = None,
        Some(_) => drop(have.metric_filters.get_or_insert_default()),
    }
    match want.deletion_protection {
        None => have.deletion_protection = None,
        Some(_) => drop(have.deletion_protection.get_or_insert_default()),
    }
}

impl Spec {
    /// A group that another kind brings along.
    pub fn brought(retention: Option<Retention>, tags: Tags) -> Self {
        let Self { retention_days, class, kms_key, metric_filters, subscription_filters, deletion_protection, tags: _ } = Self::default();
        let retention_days = retention.map_or(retention_days, Retention::days);
        Self { retention_days, class, kms_key, metric_filters, subscription_filters, deletion_protection, tags }
    }
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            retention_days: None,
            class: LogGroupClass::Standard.into(),
            kms_key: None,
            metric_filters: None,
            subscription_filters: None,
            deletion_protection: None,
            tags: Tags::new(),
        }
    }
}
