//! CloudWatch metric alarms. PutMetricAlarm overwrites the whole alarm and takes tags only where it
//! creates (aws-facts §6), so an update of tags goes through TagResource.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, StandardUnit, Statistic, Tag,
};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::aws::{AwsError, Op, Page, pages};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::contract::{done_if_missing, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::{Change, Handle, Node, Owner, Scope, Seen};

pub(crate) mod api;
mod needs;

/// A metric alarm.
pub struct Alarm;

/// Normal form of an alarm. Either `metric` or `metrics` is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Free text.
    pub description: String,
    /// Whether actions are run.
    pub actions_enabled: bool,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// `Sum`, `Average`, … or a percentile such as `p99`.
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<i32>,
    /// Unit that data must have.
    pub unit: Option<String>,
    /// Dimensions by name.
    pub dimensions: BTreeMap<String, String>,
    /// Metric math.
    pub metrics: Vec<Query>,
    /// Number of periods that are looked at.
    pub evaluation_periods: i32,
    /// Number of those that must breach, where not all of them must.
    pub datapoints_to_alarm: Option<i32>,
    /// Value compared with.
    pub threshold: f64,
    /// `GreaterThanThreshold`, …
    pub comparison: String,
    /// `missing`, `notBreaching`, `breaching` or `ignore`.
    pub treat_missing_data: String,
    /// `evaluate` or `ignore`, for percentiles.
    pub evaluate_low_samples: Option<String>,
    /// ARNs told when the alarm goes off.
    pub alarm_actions: BTreeSet<String>,
    /// ARNs told when all is well.
    pub ok_actions: BTreeSet<String>,
    /// ARNs told when data lack.
    pub insufficient_data_actions: BTreeSet<String>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// One query of a metric-math alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Name within the expression.
    pub id: String,
    /// Math over other ids.
    pub expression: Option<String>,
    /// Legend.
    pub label: Option<String>,
    /// Whether this is the value compared with the threshold.
    pub return_data: bool,
    /// Metric's namespace.
    pub namespace: Option<String>,
    /// Metric's name.
    pub metric: Option<String>,
    /// Statistic of the metric.
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<i32>,
    /// Dimensions by name.
    pub dimensions: BTreeMap<String, String>,
}

impl Kind for Alarm {
    const NAME: &'static str = "alarm";
    const SECTION: &'static str = "alarms";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const REFERS_TO: &'static [&'static str] = &["function", "topic", "queue"];

    type Spec = Spec;

    fn computed(scope: &Scope, name: &str, _spec: &Spec) -> Handle {
        [("arn".into(), arn(scope, name)), ("name".into(), name.to_owned())].into()
    }

    fn needs(cx: &Needs<'_>, nodes: &[(&Node, Spec)], grants: &mut Grants) {
        needs::needs(cx, nodes, grants);
    }

    async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Seen<Spec>>, AwsError> {
        if cx.lists_everything {
            return Ok(all(cx).await?.iter().filter(|seen| names.contains(&seen.name)).cloned().collect());
        }
        let pages = try_join_all(names.chunks(100).map(|names| describe(cx, Some(names)))).await?;
        let alarms = pages.into_iter().flatten().filter(|alarm| alarm.alarm_name().is_some_and(|name| names.iter().any(|n| n == name)));
        Ok(try_join_all(alarms.map(|alarm| with_tags(cx, alarm))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        if !cx.lists_everything {
            return cx.marked("cloudwatch", "alarm:").await;
        }
        Ok(all(cx).await?.iter().map(Claim::of).collect())
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        put(cx, &node.name, want, Some(cx.scope.marked(Self::REACH, &want.tags))).await
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let name = &node.name;
        if changes.iter().any(|change| !change.is_in("tags")) {
            put(cx, name, want, None).await?;
        }
        Self::retag(cx, have, &TagEdit::between(&cx.scope, Self::REACH, &have.owner, &have.spec.tags, &want.tags)).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        let name = &have.name;
        let arn = arn(&cx.scope, name);
        if !edit.set.is_empty() {
            cx.call
                .send(&api::TAG_RESOURCE, name, || {
                    cx.aws.cloudwatch.tag_resource().resource_arn(&arn).set_tags(Some(cloudwatch_tags(&edit.set))).send()
                })
                .await?;
        }
        if !edit.remove.is_empty() {
            cx.call
                .send(&api::UNTAG_RESOURCE, name, || {
                    cx.aws.cloudwatch.untag_resource().resource_arn(&arn).set_tag_keys(Some(edit.remove.clone())).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        let name = &have.name;
        done_if_missing(cx.call.send(&api::DELETE_ALARMS, name, || cx.aws.cloudwatch.delete_alarms().alarm_names(name).send()).await)
    }
}

fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("cloudwatch", &format!("alarm:{name}"))
}

async fn describe(cx: &ReadCx, names: Option<&[String]>) -> Result<Vec<MetricAlarm>, AwsError> {
    let target = names.and_then(|names| names.first()).map_or("alarms", String::as_str);
    pages(|token| async move {
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
async fn all(cx: &ReadCx) -> Result<Arc<Vec<Seen<Spec>>>, AwsError> {
    let list = || async {
        let all = describe(cx, None).await?;
        let seen = try_join_all(all.into_iter().map(|alarm| with_tags(cx, alarm))).await?;
        Ok(seen.into_iter().flatten().collect())
    };
    cx.once(list).await
}

async fn with_tags(cx: &ReadCx, alarm: MetricAlarm) -> Result<Option<Seen<Spec>>, AwsError> {
    let name = alarm.alarm_name.clone().unwrap_or_default();
    let arn = arn(&cx.scope, &name);
    let answer =
        cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, &name, || cx.aws.cloudwatch.list_tags_for_resource().resource_arn(&arn).send()).await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let tags: Tags =
        answer.tags().iter().map(|tag| (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned())).collect();
    let handle = [("arn".into(), arn), ("name".into(), name.clone())].into();
    Ok(Some(Seen {
        name,
        spec: spec(&alarm, user_tags(tags.clone())),
        handle,
        owner: Owner::of(&cx.scope, Alarm::REACH, &tags),
        unread: Vec::new(),
    }))
}

fn spec(alarm: &MetricAlarm, tags: Tags) -> Spec {
    // AWS answers with one of the two; an emulator adds a statistic to a percentile.
    let percentile = alarm.extended_statistic().filter(|text| !text.is_empty()).map(str::to_owned);
    let statistic = percentile.or_else(|| alarm.statistic().map(|statistic| statistic.as_str().to_owned()));
    let filled = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let evaluation_periods = alarm.evaluation_periods().unwrap_or(1);
    Spec {
        description: alarm.alarm_description().unwrap_or_default().to_owned(),
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        namespace: filled(alarm.namespace()),
        metric: filled(alarm.metric_name()),
        statistic: statistic.filter(|text| !text.is_empty()),
        period: alarm.period().filter(|period| *period > 0),
        unit: alarm.unit().map(|unit| unit.as_str().to_owned()).filter(|text| !text.is_empty()),
        dimensions: dimensions(alarm.dimensions()),
        metrics: alarm.metrics().iter().map(query).collect(),
        evaluation_periods,
        datapoints_to_alarm: alarm.datapoints_to_alarm().filter(|n| *n != evaluation_periods),
        threshold: alarm.threshold().unwrap_or_default(),
        comparison: alarm.comparison_operator().map_or_else(String::new, |c| c.as_str().to_owned()),
        treat_missing_data: filled(alarm.treat_missing_data()).unwrap_or_else(|| "missing".into()),
        evaluate_low_samples: filled(alarm.evaluate_low_sample_count_percentile()),
        alarm_actions: alarm.alarm_actions().iter().cloned().collect(),
        ok_actions: alarm.ok_actions().iter().cloned().collect(),
        insufficient_data_actions: alarm.insufficient_data_actions().iter().cloned().collect(),
        tags,
    }
}

fn query(query: &MetricDataQuery) -> Query {
    let stat = query.metric_stat();
    let metric = stat.and_then(MetricStat::metric);
    Query {
        id: query.id().unwrap_or_default().to_owned(),
        expression: query.expression().map(str::to_owned),
        label: query.label().map(str::to_owned),
        return_data: query.return_data().unwrap_or(true),
        namespace: metric.and_then(Metric::namespace).map(str::to_owned),
        metric: metric.and_then(Metric::metric_name).map(str::to_owned),
        statistic: stat.and_then(MetricStat::stat).map(str::to_owned),
        period: stat.and_then(MetricStat::period).or(query.period()),
        dimensions: metric.map(|metric| dimensions(metric.dimensions())).unwrap_or_default(),
    }
}

fn dimensions(dimensions: &[Dimension]) -> BTreeMap<String, String> {
    dimensions.iter().map(|d| (d.name().unwrap_or_default().to_owned(), d.value().unwrap_or_default().to_owned())).collect()
}

fn sdk_dimensions(dimensions: &BTreeMap<String, String>) -> Vec<Dimension> {
    dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

async fn put(cx: &WriteCx, name: &str, want: &Spec, tags: Option<Tags>) -> Result<(), KindError> {
    let actions = |arns: &BTreeSet<String>| Some(arns.iter().cloned().collect::<Vec<_>>());
    cx.call
        .send(&api::PUT_METRIC_ALARM, name, || {
            let mut call = cx
                .aws
                .cloudwatch
                .put_metric_alarm()
                .alarm_name(name)
                .alarm_description(&want.description)
                .actions_enabled(want.actions_enabled)
                .set_alarm_actions(actions(&want.alarm_actions))
                .set_ok_actions(actions(&want.ok_actions))
                .set_insufficient_data_actions(actions(&want.insufficient_data_actions))
                .set_namespace(want.namespace.clone())
                .set_metric_name(want.metric.clone())
                .set_period(want.period)
                .set_unit(want.unit.as_deref().map(StandardUnit::from))
                .evaluation_periods(want.evaluation_periods)
                .set_datapoints_to_alarm(want.datapoints_to_alarm)
                .threshold(want.threshold)
                .comparison_operator(ComparisonOperator::from(want.comparison.as_str()))
                .treat_missing_data(&want.treat_missing_data)
                .set_evaluate_low_sample_count_percentile(want.evaluate_low_samples.clone())
                .set_tags(tags.as_ref().map(cloudwatch_tags));
            if want.metrics.is_empty() {
                call = call.set_dimensions(Some(sdk_dimensions(&want.dimensions)));
            } else {
                call = call.set_metrics(Some(want.metrics.iter().map(sdk_query).collect()));
            }
            match want.statistic.as_deref() {
                Some(text) if Statistic::values().contains(&text) => call = call.statistic(Statistic::from(text)),
                Some(percentile) => call = call.extended_statistic(percentile),
                None => {}
            }
            call.send()
        })
        .await?;
    Ok(())
}

fn sdk_query(query: &Query) -> MetricDataQuery {
    let stat = query.metric.as_ref().map(|name| {
        let metric = Metric::builder()
            .set_namespace(query.namespace.clone())
            .metric_name(name)
            .set_dimensions(Some(sdk_dimensions(&query.dimensions)))
            .build();
        MetricStat::builder().metric(metric).set_period(query.period).set_stat(query.statistic.clone()).build()
    });
    MetricDataQuery::builder()
        .id(&query.id)
        .set_expression(query.expression.clone())
        .set_label(query.label.clone())
        .return_data(query.return_data)
        .set_period(query.expression.as_ref().and(query.period))
        .set_metric_stat(stat)
        .build()
}

fn cloudwatch_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
