//! A log group in the words of a file.

use serde_json::{Map, Value, json};

use super::Spec;
use super::spec::{Distribution, MetricFilter, NO_UNIT, SubscriptionFilter};
use crate::contract::Writing;
use crate::contract::restated::{differing, names, word_of};
use crate::source::word::Word;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::default());
    file.rename("retention_days", "retention");
    for field in ["metric_filters", "subscription_filters", "deletion_protection"] {
        file.take(field);
    }
    if spec.deletion_protection == Some(true) {
        file.put("deletion_protection", true);
    }
    let metrics: Map<String, Value> = spec.metric_filters.iter().flatten().map(|(name, filter)| (name.clone(), metric(filter))).collect();
    if !metrics.is_empty() {
        file.put("metric_filters", metrics);
    }
    let others = spec.subscription_filters.iter().flatten().map(|(name, filter)| (name.clone(), subscription(file, filter)));
    let others: Map<String, Value> = others.collect();
    if !others.is_empty() {
        file.put("subscription_filters", others);
    }
}

fn metric(filter: &MetricFilter) -> Value {
    let nothing = json!({
        "pattern": "", "unit": NO_UNIT, "dimensions": {}, "on_transformed_logs": false, "system_dimensions": [],
    });
    differing(filter, &nothing).into()
}

fn subscription(file: &Writing<'_>, filter: &SubscriptionFilter) -> Value {
    let nothing = json!({
        "pattern": "", "distribution": Word::from(Distribution::ByLogStream), "on_transformed_logs": false, "system_fields": [],
    });
    let mut fields = differing(filter, &nothing);
    let destination = &filter.destination;
    fields.remove("destination");
    let field = if names("functions", destination) { "function" } else { "destination" };
    fields.insert(field.to_owned(), file.callee("functions", destination).into());
    if let Some(role) = &filter.role {
        fields.insert("role".to_owned(), word_of("roles", role).into());
    }
    fields.into()
}
