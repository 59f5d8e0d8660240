//! Log groups as files write them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{LogGroupClass, MetricFilter, NO_UNIT};
use super::{LogGroup, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::source::duration::Retention;
use crate::source::scalar::{Flag, Number, OnRemove, Text};
use crate::source::word::Word;

/// A log group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogGroupFile {
    /// Physical name.
    pub name: Option<String>,
    /// How long logs are kept: `7d`, or `never` for ever.
    pub retention: Option<Retention>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: Option<Word<LogGroupClass>>,
    /// ARN of a KMS key.
    pub kms_key: Option<String>,
    /// Metrics that its events count in, by the filter's name.
    #[serde(default)]
    pub metric_filters: BTreeMap<String, MetricFilterFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// A metric that the events of a log group count in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricFilterFile {
    /// Which events count; every one where it is empty.
    #[serde(default)]
    pub pattern: String,
    /// Namespace of the metric.
    pub metric_namespace: String,
    /// Name of the metric.
    pub metric_name: String,
    /// What an event counts: a number, or a field such as `$.size`.
    pub metric_value: Text,
    /// What is counted where no event matches; not with dimensions.
    pub default_value: Option<Number>,
    /// Unit of the metric.
    pub unit: Option<String>,
    /// Fields of the event by the name of the dimension, at most three.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
}

fn filter(file: &MetricFilterFile) -> MetricFilter {
    let MetricFilterFile { pattern, metric_namespace, metric_name, metric_value, default_value, unit, dimensions } = file;
    MetricFilter {
        pattern: pattern.clone(),
        metric_namespace: metric_namespace.clone(),
        metric_name: metric_name.clone(),
        metric_value: metric_value.0.clone(),
        default_value: default_value.map(|number| number.0),
        unit: unit.clone().unwrap_or_else(|| NO_UNIT.to_owned()),
        dimensions: dimensions.clone(),
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &LogGroupFile) {
    let LogGroupFile { name, retention, class, kms_key, metric_filters, protect, on_remove, tags } = file;
    let aws = Spec::default();
    let spec = Spec {
        retention_days: retention.map_or(aws.retention_days, Retention::days),
        class: class.clone().unwrap_or(aws.class),
        kms_key: kms_key.clone(),
        metric_filters: Some(metric_filters.iter().map(|(name, file)| (name.clone(), filter(file))).collect()),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(LogGroup::SECTION, name.as_ref(), key);
    cx.add::<LogGroup>(key, name, &spec);
}
