//! Reading and writing the metric filters of a log group.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{MetricFilter as LiveFilter, MetricTransformation, StandardUnit};

use super::api;
use super::spec::{MetricFilter, NO_UNIT};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{KindError, ReadCx, WriteCx, done_if_missing, none_if_missing};

/// All filters of a group.
pub(super) async fn read(cx: &ReadCx, group: &str) -> Result<BTreeMap<String, MetricFilter>, AwsError> {
    let filters = pages(&api::DESCRIBE_METRIC_FILTERS, group, |token| async move {
        let asked = || cx.aws.logs.describe_metric_filters().log_group_name(group).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::DESCRIBE_METRIC_FILTERS, group, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.metric_filters, page.next_token)))
    });
    Ok(filters.await?.into_iter().filter_map(of).collect())
}

/// A filter has exactly one transformation.
fn of(live: LiveFilter) -> Option<(String, MetricFilter)> {
    let metric = live.metric_transformations?.into_iter().next()?;
    let filter = MetricFilter {
        pattern: live.filter_pattern.unwrap_or_default(),
        metric_namespace: metric.metric_namespace,
        metric_name: metric.metric_name,
        metric_value: metric.metric_value,
        default_value: metric.default_value,
        unit: metric.unit.map_or_else(|| NO_UNIT.to_owned(), |unit| unit.as_str().to_owned()),
        dimensions: metric.dimensions.unwrap_or_default().into_iter().collect(),
        on_transformed_logs: live.apply_on_transformed_logs,
        field_selection: live.field_selection_criteria.filter(|selection| !selection.is_empty()),
        system_dimensions: live.emit_system_field_dimensions.unwrap_or_default().into_iter().collect(),
    };
    Some((live.filter_name?, filter))
}

/// Puts what differs and deletes what is wanted no more.
pub(super) async fn change<'a>(
    cx: &WriteCx,
    group: &str,
    old: &BTreeMap<String, MetricFilter>,
    want: impl IntoIterator<Item = (&'a String, &'a MetricFilter)>,
) -> Result<(), KindError> {
    let want: BTreeMap<&String, &MetricFilter> = want.into_iter().collect();
    // A group holds so many filters: what goes makes room.
    for name in old.keys().filter(|name| !want.contains_key(name)) {
        let delete = || cx.aws.logs.delete_metric_filter().log_group_name(group).filter_name(name).send();
        done_if_missing(cx.call.send(&api::DELETE_METRIC_FILTER, group, delete).await)?;
    }
    for (name, filter) in want.into_iter().filter(|(name, filter)| old.get(*name) != Some(*filter)) {
        put(cx, group, name, filter).await?;
    }
    Ok(())
}

async fn put(cx: &WriteCx, group: &str, name: &str, filter: &MetricFilter) -> Result<(), KindError> {
    let MetricFilter {
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
    } = filter;
    let metric = MetricTransformation::builder()
        .metric_namespace(metric_namespace)
        .metric_name(metric_name)
        .metric_value(metric_value)
        .set_default_value(*default_value)
        .unit(StandardUnit::from(unit.as_str()))
        .set_dimensions((!dimensions.is_empty()).then(|| dimensions.clone().into_iter().collect()));
    // All three that it asks for are set, so that it always builds.
    let metrics: Vec<MetricTransformation> = metric.build().into_iter().collect();
    let put = || {
        let call = cx.aws.logs.put_metric_filter().log_group_name(group).filter_name(name);
        // What is not said is switched off.
        let call = call.set_apply_on_transformed_logs(on_transformed_logs.then_some(true));
        let call = call.set_field_selection_criteria(field_selection.clone());
        let fields = (!system_dimensions.is_empty()).then(|| system_dimensions.iter().cloned().collect());
        call.set_emit_system_field_dimensions(fields).filter_pattern(pattern).set_metric_transformations(Some(metrics.clone())).send()
    };
    cx.call.send(&api::PUT_METRIC_FILTER, group, put).await?;
    Ok(())
}
