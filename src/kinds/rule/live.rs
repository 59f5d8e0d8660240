//! Reading rules with their targets: three calls a rule (docs/aws-facts.md §19).

use std::collections::BTreeMap;

use aws_sdk_eventbridge::types::Target as LiveTarget;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::{RETRY_AGE, RETRY_ATTEMPTS, Target, Transform};
use super::{EventRule, Spec, api, arn, name};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::Owner;
use crate::model::mark::user_tags;

/// What AWS alone knows of a rule: nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<EventRule>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.tagging_is_blind().await? {
        return cx.marked("events", "rule/").await;
    }
    let buses = pages(&api::LIST_EVENT_BUSES, "buses", |token| async move {
        let asked = || cx.aws.events.list_event_buses().set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_EVENT_BUSES, "buses", asked).await?;
        Ok(Page::new(page.event_buses, page.next_token))
    });
    let buses = buses.await?;
    let names = try_join_all(buses.iter().filter_map(|bus| bus.name()).map(|bus| on(cx, bus))).await?;
    let seen = try_join_all(names.iter().flatten().map(|name| read_one(cx, name))).await?;
    Ok(seen.into_iter().flatten().map(|seen| Claim::of(&seen)).collect())
}

/// All rules on a bus.
async fn on(cx: &ReadCx, bus: &str) -> Result<Vec<String>, AwsError> {
    let rules = pages(&api::LIST_RULES, bus, |token| async move {
        let asked = || cx.aws.events.list_rules().event_bus_name(bus).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_RULES, bus, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.rules, page.next_token)))
    });
    Ok(rules.await?.iter().filter_map(|rule| rule.name()).map(|rule| name::on_bus(bus, rule)).collect())
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.events.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

async fn read_one(cx: &ReadCx, physical: &str) -> Result<Option<Found<EventRule>>, AwsError> {
    let arn = arn(&cx.scope, physical);
    let (bus, name) = name::parts(physical);
    let rule = cx.call.send(&api::DESCRIBE_RULE, physical, || cx.aws.events.describe_rule().name(name).event_bus_name(bus).send());
    let tags = cx.tags::<EventRule, _>(physical, &arn, || tags(cx, physical, &arn));
    let (rule, tags, targets) = tokio::join!(rule, tags, targets(cx, physical));
    let Some(rule) = none_if_missing(rule)? else { return Ok(None) };
    let Some(tags) = tags? else { return Ok(None) };
    let aws = Spec::default();
    let spec = Spec {
        description: rule.description.unwrap_or(aws.description),
        pattern: rule.event_pattern.filter(|text| !text.is_empty()).map(|text| json(&text)),
        schedule: rule.schedule_expression,
        bus: bus.to_owned(),
        state: rule.state.map_or(aws.state, |state| state.as_str().into()),
        role: rule.role_arn,
        targets: targets?,
        tags: user_tags(tags.clone()),
    };
    let owner = Owner::of(&cx.scope, EventRule::REACH, &tags);
    Ok(Some(Found { name: physical.to_owned(), spec, live: Live {}, owner, unread: Vec::new() }))
}

async fn targets(cx: &ReadCx, physical: &str) -> Result<BTreeMap<String, Target>, AwsError> {
    let (bus, name) = name::parts(physical);
    let targets = pages(&api::LIST_TARGETS_BY_RULE, physical, |token| async move {
        let asked = || cx.aws.events.list_targets_by_rule().rule(name).event_bus_name(bus).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_TARGETS_BY_RULE, physical, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.targets, page.next_token)))
    });
    Ok(targets.await?.into_iter().map(target).collect())
}

fn target(live: LiveTarget) -> (String, Target) {
    let others = [
        ("RunCommandParameters", live.run_command_parameters.is_some()),
        ("EcsParameters", live.ecs_parameters.is_some()),
        ("BatchParameters", live.batch_parameters.is_some()),
        ("HttpParameters", live.http_parameters.is_some()),
        ("RedshiftDataParameters", live.redshift_data_parameters.is_some()),
        ("SageMakerPipelineParameters", live.sage_maker_pipeline_parameters.is_some()),
        ("AppSyncParameters", live.app_sync_parameters.is_some()),
    ];
    let retry = live.retry_policy.as_ref();
    let target = Target {
        arn: live.arn,
        role: live.role_arn,
        input: live.input.filter(|text| !text.is_empty()).map(|text| json(&text)),
        input_path: live.input_path,
        transform: live.input_transformer.map(|transform| Transform {
            paths: transform.input_paths_map.unwrap_or_default().into_iter().collect(),
            template: transform.input_template,
        }),
        retry_attempts: retry.and_then(|retry| retry.maximum_retry_attempts).unwrap_or(RETRY_ATTEMPTS),
        retry_age: retry.and_then(|retry| retry.maximum_event_age_in_seconds).unwrap_or(RETRY_AGE),
        dead_letter: live.dead_letter_config.and_then(|config| config.arn),
        message_group: live.sqs_parameters.and_then(|parameters| parameters.message_group_id),
        partition_key_path: live.kinesis_parameters.map(|parameters| parameters.partition_key_path),
        others: others.into_iter().filter(|(_, is_there)| *is_there).map(|(member, _)| member.to_owned()).collect(),
    };
    (live.id, target)
}

/// Text that is no JSON differs from every document.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
