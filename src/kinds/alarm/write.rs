//! Writing alarms. PutMetricAlarm overwrites the whole alarm and takes tags only where it creates
//! (docs/aws-facts.md §6), so an update of tags goes through TagResource.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, EvaluationWindow, Metric, MetricDataQuery, MetricStat, StandardUnit, Statistic, Tag,
    WallClockWindow as SdkWindow, WarmUpConfiguration,
};

use super::spec::{WallClockWindow, WarmUp};
use super::{Alarm, Query, Spec, api, arn};
use crate::aws::AwsError;
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Batch, Found, Kind, KindError, Named, WriteCx, done_if_missing};

/// Names that DeleteAlarms and DescribeAlarms take (docs/aws-facts.md §6).
const MOST_NAMES: usize = 100;
/// The same as a page of the answer.
const MAX_RECORDS: i32 = 100;

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    // The call would write over one that came since the plan, whoever made it.
    if is_there(cx, name).await? {
        return Err(AwsError::is_there(&api::PUT_METRIC_ALARM, name).into());
    }
    put(cx, name, want, Some(cx.scope.marked(Alarm::REACH, &want.tags))).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<Alarm>, want: &Spec) -> Result<(), KindError> {
    let name = &have.name;
    // The call writes all but the tags, whichever of it differs.
    let retagged = Spec { tags: want.tags.clone(), ..have.spec.clone() };
    if retagged != *want {
        put(cx, name, want, None).await?;
    }
    retag(cx, name, &TagEdit::between(&cx.scope, Alarm::REACH, &have.owner, &have.spec.tags, &want.tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.cloudwatch.tag_resource().resource_arn(arn).set_tags(Some(cloudwatch_tags(&tags))).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.cloudwatch.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

/// Asked with all alarms that are made at the same time.
async fn is_there(cx: &WriteCx, name: &str) -> Result<bool, AwsError> {
    let send = |batch: Batch| async move {
        let names = batch.close();
        let describe = || cx.aws.cloudwatch.describe_alarms().set_alarm_names(Some(names.clone())).max_records(MAX_RECORDS).send();
        let answer = cx.call.send(&api::DESCRIBE_ALARMS, name, describe).await?;
        Ok(answer.metric_alarms.unwrap_or_default().into_iter().filter_map(|alarm| alarm.alarm_name).collect::<BTreeSet<_>>().into())
    };
    Ok(cx.batches.together(api::DESCRIBE_ALARMS.iam, MOST_NAMES, name, send).await?.contains(name))
}

/// With all alarms that are deleted at the same time.
pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let send = |batch: Batch| async move {
        let delete = || cx.aws.cloudwatch.delete_alarms().set_alarm_names(Some(batch.close())).send();
        cx.call.send(&api::DELETE_ALARMS, name, delete).await.map(|_| Named::default())
    };
    done_if_missing(cx.batches.together(api::DELETE_ALARMS.iam, MOST_NAMES, name, send).await)
}

async fn put(cx: &WriteCx, name: &str, want: &Spec, tags: Option<Tags>) -> Result<(), KindError> {
    let Spec {
        description,
        actions_enabled,
        namespace,
        metric,
        statistic,
        period,
        unit,
        dimensions,
        metrics,
        evaluation_periods,
        datapoints_to_alarm,
        threshold,
        threshold_metric,
        comparison,
        treat_missing_data,
        evaluate_low_samples,
        wall_clock_window,
        warm_up,
        alarm_actions,
        ok_actions,
        insufficient_data_actions,
        // Whoever creates gives them with the mark.
        tags: _,
    } = want;
    let actions = |arns: &BTreeSet<String>| Some(arns.iter().cloned().collect::<Vec<_>>());
    cx.call
        .send(&api::PUT_METRIC_ALARM, name, || {
            let mut call = cx
                .aws
                .cloudwatch
                .put_metric_alarm()
                .alarm_name(name)
                .alarm_description(description)
                .actions_enabled(*actions_enabled)
                .set_alarm_actions(actions(alarm_actions))
                .set_ok_actions(actions(ok_actions))
                .set_insufficient_data_actions(actions(insufficient_data_actions))
                .set_namespace(namespace.clone())
                .set_metric_name(metric.clone())
                .set_period(*period)
                .set_unit(unit.as_deref().map(StandardUnit::from))
                .evaluation_periods(*evaluation_periods)
                .set_datapoints_to_alarm(*datapoints_to_alarm)
                .set_threshold(*threshold)
                .set_threshold_metric_id(threshold_metric.clone())
                .comparison_operator(ComparisonOperator::from(comparison.as_str()))
                .treat_missing_data(treat_missing_data.as_str())
                .set_evaluate_low_sample_count_percentile(evaluate_low_samples.as_ref().map(|word| word.as_str().to_owned()))
                .set_evaluation_window(wall_clock_window.as_ref().map(sdk_window))
                .set_warm_up_configuration(warm_up.as_ref().map(sdk_warm_up))
                .set_tags(tags.as_ref().map(cloudwatch_tags));
            if metrics.is_empty() {
                call = call.set_dimensions(Some(sdk_dimensions(dimensions)));
            } else {
                call = call.set_metrics(Some(metrics.iter().map(|(id, query)| sdk_query(id, query)).collect()));
            }
            match statistic.as_deref() {
                Some(text) if Statistic::values().contains(&text) => call = call.statistic(Statistic::from(text)),
                Some(percentile) => call = call.extended_statistic(percentile),
                None => {}
            }
            call.send()
        })
        .await?;
    Ok(())
}

fn sdk_dimensions(dimensions: &BTreeMap<String, String>) -> Vec<Dimension> {
    dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

fn sdk_window(window: &WallClockWindow) -> EvaluationWindow {
    let WallClockWindow { timezone } = window;
    EvaluationWindow::WallClockWindow(SdkWindow::builder().timezone(timezone).build())
}

fn sdk_warm_up(warm_up: &WarmUp) -> WarmUpConfiguration {
    let WarmUp { minutes, only_start_after_end } = warm_up;
    WarmUpConfiguration::builder()
        .warm_up_period_duration_in_minutes(*minutes)
        .only_start_evaluating_after_warm_up_period_ends(*only_start_after_end)
        .build()
}

fn sdk_query(id: &str, query: &Query) -> MetricDataQuery {
    let Query { expression, label, return_data, namespace, metric, statistic, period, unit, dimensions, account } = query;
    let stat = metric.as_ref().map(|name| {
        let metric =
            Metric::builder().set_namespace(namespace.clone()).metric_name(name).set_dimensions(Some(sdk_dimensions(dimensions))).build();
        let unit = unit.as_deref().map(StandardUnit::from);
        MetricStat::builder().metric(metric).set_period(*period).set_stat(statistic.clone()).set_unit(unit).build()
    });
    MetricDataQuery::builder()
        .id(id)
        .set_expression(expression.clone())
        .set_label(label.clone())
        .return_data(*return_data)
        // The period of a metric stands in its statistic.
        .set_period(expression.as_ref().and(*period))
        .set_metric_stat(stat)
        .set_account_id(account.clone())
        .build()
}

fn cloudwatch_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
