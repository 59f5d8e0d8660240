//! Reading alarms. DescribeAlarms reads a hundred at once, without their tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudwatch::types::{Dimension, EvaluationWindow, Metric, MetricAlarm, MetricDataQuery, MetricStat, Tag, WarmUpConfiguration};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::spec::{WallClockWindow, WarmUp};
use super::watched::{LAMBDA, SQS};
use super::{Alarm, Query, Spec, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, Use, Users, Watched, none_if_missing};
use crate::model::Owner;
use crate::model::mark::user_tags;

/// What AWS alone knows of an alarm: nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Alarm>>, AwsError> {
    let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    if cx.lists_everything {
        return Ok(all(cx).await?.iter().filter(|seen| wanted.contains(seen.name.as_str())).cloned().collect());
    }
    let asked = cx.together(Alarm::NAME, names);
    let pages = asked.chunks(100).map(|names| cx.once_for_all(names.first().map_or("", String::as_str), || describe(cx, Some(names))));
    let pages = try_join_all(pages).await?;
    let alarms = pages.iter().flat_map(|page| page.iter());
    let alarms = alarms.filter(|alarm| alarm.alarm_name().is_some_and(|name| wanted.contains(name))).cloned();
    Ok(try_join_all(alarms.map(|alarm| with_tags(cx, alarm))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("cloudwatch", "alarm:").await;
    }
    Ok(all(cx).await?.iter().map(Claim::of).collect())
}

/// Services whose metrics name what they are of, by a dimension, with the section of it.
const MEASURED: [(&str, &str, &str); 5] = [
    (LAMBDA, "FunctionName", "functions"),
    (SQS, "QueueName", "queues"),
    ("AWS/SNS", "TopicName", "topics"),
    ("AWS/Kinesis", "StreamName", "streams"),
    ("AWS/DynamoDB", "TableName", "tables"),
];

/// Those that look at a metric of one of these.
pub(super) async fn watching(cx: &ReadCx, of: &[Watched]) -> Result<Vec<String>, AwsError> {
    let is_of = |namespace: Option<&str>, dimensions: &[Dimension]| {
        let measured = MEASURED.into_iter().filter(|(service, ..)| namespace == Some(*service));
        let names = measured.flat_map(|(_, name, section)| {
            dimensions.iter().filter(move |one| one.name() == Some(name)).filter_map(move |one| Some((section, one.value()?)))
        });
        names.into_iter().any(|(section, name)| of.iter().any(|one| one.section == section && one.name == name))
    };
    let looks = |alarm: &MetricAlarm| {
        let queries = alarm.metrics().iter().filter_map(|query| query.metric_stat()?.metric());
        is_of(alarm.namespace(), alarm.dimensions()) || queries.into_iter().any(|metric| is_of(metric.namespace(), metric.dimensions()))
    };
    let all = every(cx).await?;
    Ok(all.0.iter().filter(|alarm| looks(alarm)).filter_map(|alarm| alarm.alarm_name.clone()).collect())
}

/// Those that one of these gets the changes of.
pub(super) async fn users(cx: &ReadCx, of: &[Watched]) -> Result<Users, AwsError> {
    let all = every(cx).await?;
    let actions = all.0.iter().flat_map(|alarm| {
        let all = [alarm.alarm_actions(), alarm.ok_actions(), alarm.insufficient_data_actions()].concat();
        let own = alarm.alarm_name().unwrap_or_default();
        let actions: BTreeSet<String> = all.into_iter().collect();
        actions.into_iter().map(move |action| (own, action))
    });
    let actions: Vec<(&str, String)> = actions.collect();
    let found = Use::by_arn(of, actions.iter().map(|(own, action)| (*own, action.as_str())));
    Ok(Users { found, failed: None })
}

/// All alarms of the region.
struct Every(Vec<MetricAlarm>);

async fn every(cx: &ReadCx) -> Result<Arc<Every>, AwsError> {
    cx.once(|| async { Ok(Every(describe(cx, None).await?)) }).await
}

/// These alarms, or all.
pub(super) async fn describe(cx: &ReadCx, names: Option<&[String]>) -> Result<Vec<MetricAlarm>, AwsError> {
    let target = names.and_then(|names| names.first()).map_or("alarms", String::as_str);
    pages(&api::DESCRIBE_ALARMS, target, |token| async move {
        let asked = || {
            let all = cx.aws.cloudwatch.describe_alarms().set_alarm_names(names.map(<[String]>::to_vec));
            all.max_records(100).set_next_token(token.clone()).send()
        };
        let page = cx.call.send(&api::DESCRIBE_ALARMS, target, asked).await?;
        Ok(Page::new(page.metric_alarms, page.next_token))
    })
    .await
}

/// Every one that there is, with its tags: how a local AWS is read, once a run.
async fn all(cx: &ReadCx) -> Result<Arc<Vec<Found<Alarm>>>, AwsError> {
    let list = || async {
        let all = describe(cx, None).await?;
        let seen = try_join_all(all.into_iter().map(|alarm| with_tags(cx, alarm))).await?;
        Ok(seen.into_iter().flatten().collect())
    };
    cx.once(list).await
}

async fn with_tags(cx: &ReadCx, alarm: MetricAlarm) -> Result<Option<Found<Alarm>>, AwsError> {
    let name = alarm.alarm_name.clone().unwrap_or_default();
    let arn = arn(&cx.scope, &name);
    let Some(tags) = cx.tags::<Alarm, _>(&name, &arn, || tags(cx, &name, &arn)).await? else { return Ok(None) };
    let spec = spec(&alarm, user_tags(tags.clone()));
    let owner = Owner::of(&cx.scope, Alarm::REACH, &tags);
    Ok(Some(Found { name, spec, live: Live {}, owner, unread: Vec::new() }))
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.cloudwatch.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(pair).collect()))
}

fn spec(alarm: &MetricAlarm, tags: Tags) -> Spec {
    // AWS answers with one of the two; an emulator adds a statistic to a percentile.
    let percentile = filled(alarm.extended_statistic());
    let statistic = percentile.or_else(|| filled(alarm.statistic().map(|statistic| statistic.as_str())));
    let owned = |text: Option<&str>| filled(text).map(str::to_owned);
    let aws = Spec::default();
    let evaluation_periods = alarm.evaluation_periods().unwrap_or(aws.evaluation_periods);
    Spec {
        description: alarm.alarm_description().map_or(aws.description, str::to_owned),
        actions_enabled: alarm.actions_enabled().unwrap_or(aws.actions_enabled),
        namespace: owned(alarm.namespace()),
        metric: owned(alarm.metric_name()),
        statistic: statistic.map(str::to_owned),
        period: alarm.period().filter(|period| *period > 0),
        unit: owned(alarm.unit().map(|unit| unit.as_str())),
        dimensions: dimensions(alarm.dimensions()),
        metrics: alarm.metrics().iter().map(|asked| (asked.id().unwrap_or_default().to_owned(), query(asked))).collect(),
        evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm().filter(|n| *n != evaluation_periods),
        threshold: alarm.threshold(),
        threshold_metric: owned(alarm.threshold_metric_id()),
        comparison: alarm.comparison_operator().map_or(aws.comparison, |word| word.as_str().into()),
        treat_missing_data: filled(alarm.treat_missing_data()).map_or(aws.treat_missing_data, |word| word.into()),
        evaluate_low_samples: filled(alarm.evaluate_low_sample_count_percentile()).map(|word| word.into()),
        wall_clock_window: alarm.evaluation_window().and_then(window),
        warm_up: alarm.warm_up_configuration().map(warm_up),
        alarm_actions: alarm.alarm_actions().iter().cloned().collect(),
        ok_actions: alarm.ok_actions().iter().cloned().collect(),
        insufficient_data_actions: alarm.insufficient_data_actions().iter().cloned().collect(),
        tags,
    }
}

/// None for the window that slides, which stands where nothing is said.
fn window(window: &EvaluationWindow) -> Option<WallClockWindow> {
    let aws = WallClockWindow::default();
    let clock = window.as_wall_clock_window().ok()?;
    Some(WallClockWindow { timezone: filled(clock.timezone()).map_or(aws.timezone, str::to_owned) })
}

fn warm_up(warm_up: &WarmUpConfiguration) -> WarmUp {
    let aws = WarmUp::default();
    WarmUp {
        minutes: warm_up.warm_up_period_duration_in_minutes().unwrap_or(aws.minutes),
        only_start_after_end: warm_up.only_start_evaluating_after_warm_up_period_ends().unwrap_or(aws.only_start_after_end),
    }
}

fn query(query: &MetricDataQuery) -> Query {
    let stat = query.metric_stat();
    let metric = stat.and_then(MetricStat::metric);
    let aws = Query::default();
    Query {
        expression: filled(query.expression()).map(str::to_owned),
        label: filled(query.label()).map(str::to_owned),
        return_data: query.return_data().unwrap_or(aws.return_data),
        namespace: metric.and_then(Metric::namespace).map(str::to_owned),
        metric: metric.and_then(Metric::metric_name).map(str::to_owned),
        statistic: stat.and_then(MetricStat::stat).map(str::to_owned),
        period: stat.and_then(MetricStat::period).or(query.period()),
        unit: filled(stat.and_then(MetricStat::unit).map(|unit| unit.as_str())).map(str::to_owned),
        dimensions: metric.map(|metric| dimensions(metric.dimensions())).unwrap_or_default(),
        account: filled(query.account_id()).map(str::to_owned),
    }
}

/// An empty text says as much as none.
fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn dimensions(dimensions: &[Dimension]) -> BTreeMap<String, String> {
    dimensions.iter().map(|d| (d.name().unwrap_or_default().to_owned(), d.value().unwrap_or_default().to_owned())).collect()
}
