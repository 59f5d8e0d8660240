//! How a log group is written in its file.

use super::spec::{Distribution, MetricFilter, NO_UNIT, Spec, SubscriptionFilter};
use crate::contract::written::{DAYS, Form, Row};

pub(super) const WRITTEN: &[Row] = &[
    Row::new("retention_days", "retention", DAYS).or("never"),
    Row::new("subscription_filters.*.destination", "destination", Form::Target(&[("functions", "function")])),
    Row::new("subscription_filters.*.role", "role", Form::Key("roles")),
];

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    let metric = MetricFilter {
        pattern: String::new(),
        metric_namespace: String::new(),
        metric_name: String::new(),
        metric_value: String::new(),
        default_value: None,
        unit: NO_UNIT.to_owned(),
        dimensions: Default::default(),
        on_transformed_logs: false,
        field_selection: None,
        system_dimensions: Default::default(),
    };
    let subscription = SubscriptionFilter {
        pattern: String::new(),
        destination: String::new(),
        role: None,
        distribution: Distribution::ByLogStream.into(),
        on_transformed_logs: false,
        field_selection: None,
        system_fields: Default::default(),
    };
    let Spec { metric_filters, subscription_filters, deletion_protection, .. } = want;
    Spec {
        metric_filters: metric_filters.as_ref().map(|all| all.keys().map(|name| (name.clone(), metric.clone())).collect()),
        subscription_filters: subscription_filters
            .as_ref()
            .map(|all| all.keys().map(|name| (name.clone(), subscription.clone())).collect()),
        deletion_protection: deletion_protection.map(|_| false),
        ..Spec::default()
    }
}
