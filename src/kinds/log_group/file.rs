//! Log groups as files write them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::spec::{Distribution, LogGroupClass, MetricFilter, NO_UNIT, SubscriptionFilter};
use super::{LogGroup, Spec};
use crate::contract::{Expand, Kind, guard};
use crate::source::duration::Retention;
use crate::source::scalar::{Flag, Number, NumberOrText, OnRemove, Text};
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
    /// Where its events go as they come, by the filter's name.
    #[serde(default)]
    pub subscription_filters: BTreeMap<String, SubscriptionFilterFile>,
    /// Whether CloudWatch Logs refuses to delete it, whoever asks; `protect` binds etlctl alone.
    #[serde(default)]
    pub deletion_protection: Flag,
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
    pub metric_value: NumberOrText,
    /// What is counted where no event matches; not with dimensions.
    pub default_value: Option<Number>,
    /// Unit of the metric.
    pub unit: Option<String>,
    /// Fields of the event by the name of the dimension, at most three.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// Whether it looks at what a transformer made of the events.
    #[serde(default)]
    pub on_transformed_logs: Flag,
    /// Which accounts and regions, in a group that gathers the logs of several.
    pub field_selection: Option<String>,
    /// `@aws.account` and `@aws.region`, where they are to be dimensions.
    #[serde(default)]
    pub system_dimensions: BTreeSet<String>,
}

/// Where events of a log group go as they come.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionFilterFile {
    /// Which events go there; every one where it is empty.
    #[serde(default)]
    pub pattern: String,
    /// Key of a function of this file, or an ARN.
    pub function: Option<String>,
    /// ARN of a stream of Kinesis or Firehose, or of a destination of another account.
    pub destination: Option<String>,
    /// Key of `roles`, or an ARN: with it CloudWatch Logs writes to the stream.
    pub role: Option<String>,
    /// `ByLogStream` or `Random`: how a stream of Kinesis gets them.
    pub distribution: Option<Word<Distribution>>,
    /// Whether it looks at what a transformer made of the events.
    #[serde(default)]
    pub on_transformed_logs: Flag,
    /// Which accounts and regions, in a group that gathers the logs of several.
    pub field_selection: Option<String>,
    /// `@aws.account` and `@aws.region`, where they are to go with each event.
    #[serde(default)]
    pub system_fields: BTreeSet<String>,
}

fn subscription(cx: &mut Expand<'_>, key: &str, name: &str, file: &SubscriptionFilterFile) -> SubscriptionFilter {
    let SubscriptionFilterFile { pattern, function, destination, role, distribution, on_transformed_logs, field_selection, system_fields } =
        file;
    let place = cx.place(LogGroup::SECTION, key, "subscription_filters");
    if function.is_some() == destination.is_some() {
        let message = format!("log_groups.{key}: the subscription filter `{name}` has exactly one destination");
        cx.problem(place, message, "write one of `function` and `destination`");
    }
    let function = function.as_ref().map(|function| cx.callee_of("functions", function, place));
    SubscriptionFilter {
        pattern: pattern.clone(),
        destination: function.or_else(|| destination.clone()).unwrap_or_default(),
        role: role.as_ref().map(|role| cx.arn_of("roles", role, place)),
        distribution: distribution.clone().unwrap_or_else(|| Distribution::ByLogStream.into()),
        on_transformed_logs: on_transformed_logs.0,
        field_selection: field_selection.clone(),
        system_fields: system_fields.clone(),
    }
}

fn filter(file: &MetricFilterFile) -> MetricFilter {
    let MetricFilterFile {
        pattern,
        metric_namespace,
        metric_name,
        metric_value,
        default_value,
        unit,
        dimensions,
        on_transformed_logs,
        field_selection,
        system_dimensions,
    } = file;
    MetricFilter {
        pattern: pattern.clone(),
        metric_namespace: metric_namespace.clone(),
        metric_name: metric_name.clone(),
        metric_value: metric_value.0.clone(),
        default_value: default_value.map(|number| number.0),
        unit: unit.clone().unwrap_or_else(|| NO_UNIT.to_owned()),
        dimensions: dimensions.clone(),
        on_transformed_logs: on_transformed_logs.0,
        field_selection: field_selection.clone(),
        system_dimensions: system_dimensions.clone(),
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &LogGroupFile) {
    let LogGroupFile {
        name,
        retention,
        class,
        kms_key,
        metric_filters,
        subscription_filters,
        deletion_protection,
        protect,
        on_remove,
        tags,
    } = file;
    let subscriptions = subscription_filters.iter().map(|(name, file)| (name.clone(), subscription(cx, key, name, file))).collect();
    let aws = Spec::default();
    let spec = Spec {
        retention_days: retention.map_or(aws.retention_days, Retention::days),
        class: class.clone().unwrap_or(aws.class),
        kms_key: kms_key.clone(),
        metric_filters: Some(metric_filters.iter().map(|(name, file)| (name.clone(), filter(file))).collect()),
        subscription_filters: Some(subscriptions),
        deletion_protection: Some(deletion_protection.0),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(LogGroup::SECTION, name.as_ref(), key);
    cx.add::<LogGroup>(key, name, &spec);
}
