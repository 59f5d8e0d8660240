//! Reading schedules. GetSchedule needs the group, which the physical name holds: a bare name would be
//! looked for in the group `default` and not be found (docs/aws-facts.md §14).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState, Target};
use aws_smithy_types::DateTime;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::{Event, Retry, moment};
use super::{Schedule, Spec, api, input, parts};
use crate::aws::{AwsError, Page, pages};
use crate::contract::{Claim, Found, ReadCx, Watched, none_if_missing};
use crate::kinds::schedule_group;
use crate::model::Owner;
use crate::source::word::Word;

/// What AWS alone knows of a schedule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// When it was written last, in seconds since 1970, by AWS's clock.
    pub written: Option<i64>,
}

/// AWS takes no StartDate that is older.
const OLDEST_START: i64 = 300;

/// See [`crate::contract::Kind::align`]. A start that had passed when the schedule was written was not sent:
/// AWS takes none, and nothing began before it anyway.
pub(super) fn align(want: &Spec, have: &mut Spec, live: &Live) {
    let passed = want.start.as_ref().and_then(|start| start.parse::<Timestamp>().ok()).zip(live.written);
    if have.start.is_none() && passed.is_some_and(|(start, written)| start.as_second() < written - OLDEST_START) {
        have.start.clone_from(&want.start);
    }
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Schedule>>, AwsError> {
    let groups: BTreeSet<&str> = names.iter().map(|name| parts(name).0).collect();
    let groups = groups.into_iter().map(|group| async move { Ok((group, schedule_group::read_one(cx, group).await?)) });
    let owners: BTreeMap<&str, Owner> =
        try_join_all(groups).await?.into_iter().filter_map(|(group, found)| Some((group, found?.owner))).collect();
    let there = names.iter().filter_map(|name| Some((name, owners.get(parts(name).0)?)));
    Ok(try_join_all(there.map(|(name, owner)| read_one(cx, name, owner))).await?.into_iter().flatten().collect())
}

/// Those in marked groups. Of another instance's the groups are counted, not what is in them, but for a
/// survey.
pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    let groups = schedule_group::claims(cx).await?;
    let is_meant = |group: &Claim| group.owner.is_ours() || (cx.surveys && group.owner != Owner::Unmarked);
    let ours = groups.into_iter().filter(is_meant);
    Ok(try_join_all(ours.map(|group| in_group(cx, group))).await?.into_iter().flatten().collect())
}

/// Those that start one of these, whatever their group.
pub(super) async fn watching(cx: &ReadCx, of: &[Watched]) -> Result<Vec<String>, AwsError> {
    let all = pages(&api::LIST_SCHEDULES, "schedules", |token| async move {
        let asked = || cx.aws.scheduler.list_schedules().max_results(100).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_SCHEDULES, "schedules", asked).await?;
        Ok(Page::new(Some(page.schedules), page.next_token))
    });
    let starts = |arn: &str| of.iter().any(|one| !one.arn.is_empty() && is_of(arn, &one.arn));
    let found = all.await?.into_iter().filter(|schedule| schedule.target().is_some_and(|target| starts(target.arn())));
    Ok(found.filter_map(|schedule| Some(format!("{}/{}", schedule.group_name?, schedule.name?))).collect())
}

/// Whether an ARN is this one, or one of its versions and aliases.
fn is_of(arn: &str, whole: &str) -> bool {
    arn.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

async fn in_group(cx: &ReadCx, group: Claim) -> Result<Vec<Claim>, AwsError> {
    let names = names_in(cx, &group.name).await?;
    Ok(names.into_iter().map(|name| Claim::new(name, group.owner.clone())).collect())
}

/// Physical names of the schedules of a group.
///
/// # Errors
/// A call failed.
pub async fn names_in(cx: &ReadCx, name: &str) -> Result<Vec<String>, AwsError> {
    let all = pages(&api::LIST_SCHEDULES, name, |token| async move {
        let asked = || cx.aws.scheduler.list_schedules().group_name(name).max_results(100).set_next_token(token.clone()).send();
        // A search may tell of a group that is gone by now.
        let page = none_if_missing(cx.call.send(&api::LIST_SCHEDULES, name, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(Some(page.schedules), page.next_token)))
    });
    let names = all.await?.into_iter().filter_map(|schedule| schedule.name);
    Ok(names.map(|schedule| format!("{name}/{schedule}")).collect())
}

async fn read_one(cx: &ReadCx, name: &str, owner: &Owner) -> Result<Option<Found<Schedule>>, AwsError> {
    let (group, own) = parts(name);
    let get = || cx.aws.scheduler.get_schedule().group_name(group).name(own).send();
    let Some(answer) = none_if_missing(cx.call.send(&api::GET_SCHEDULE, name, get).await)? else { return Ok(None) };
    let written = answer.last_modification_date.or(answer.creation_date).map(|at| at.secs());
    let spec = spec(name, answer)?;
    Ok(Some(Found { name: name.to_owned(), spec, live: Live { written }, owner: owner.clone(), unread: Vec::new() }))
}

/// An empty text is none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn instant(at: Option<DateTime>) -> Option<String> {
    at.and_then(|at| Timestamp::from_second(at.secs()).ok()).map(moment)
}

fn window(window: Option<FlexibleTimeWindow>) -> Option<i32> {
    window.filter(|window| window.mode == FlexibleTimeWindowMode::Flexible)?.maximum_window_in_minutes
}

fn retry(policy: Option<RetryPolicy>) -> Retry {
    let aws = Retry::default();
    let Some(policy) = policy else { return aws };
    Retry {
        attempts: policy.maximum_retry_attempts.unwrap_or(aws.attempts),
        max_age: policy.maximum_event_age_in_seconds.unwrap_or(aws.max_age),
    }
}

fn spec(name: &str, answer: GetScheduleOutput) -> Result<Spec, AwsError> {
    let aws = Spec::default();
    let untold = || AwsError::unexpected(&api::GET_SCHEDULE, name, "the answer does not tell what the schedule starts");
    let Target {
        arn,
        role_arn,
        input: text,
        dead_letter_config,
        retry_policy,
        sqs_parameters,
        kinesis_parameters,
        event_bridge_parameters,
        ecs_parameters,
        sage_maker_pipeline_parameters,
        ..
    } = answer.target.ok_or_else(untold)?;
    let others = [("EcsParameters", ecs_parameters.is_some()), ("SageMakerPipelineParameters", sage_maker_pipeline_parameters.is_some())];
    Ok(Spec {
        group: filled(answer.group_name).unwrap_or_else(|| parts(name).0.to_owned()),
        description: answer.description.unwrap_or(aws.description),
        schedule: answer.schedule_expression.unwrap_or(aws.schedule),
        time_zone: filled(answer.schedule_expression_timezone).unwrap_or(aws.time_zone),
        window: window(answer.flexible_time_window),
        start: instant(answer.start_date),
        end: instant(answer.end_date),
        enabled: answer.state != Some(ScheduleState::Disabled),
        after_completion: answer.action_after_completion.map_or(aws.after_completion, |word| Word::from(word.as_str())),
        kms_key: filled(answer.kms_key_arn),
        target: arn,
        role: role_arn,
        input: filled(text).map(|text| input::normal(Value::String(text))),
        message_group: sqs_parameters.and_then(|parameters| filled(parameters.message_group_id)),
        partition_key: kinesis_parameters.and_then(|parameters| filled(Some(parameters.partition_key))),
        event: event_bridge_parameters.map(|event| Event { source: event.source, detail_type: event.detail_type }),
        retry: retry(retry_policy),
        dead_letter_queue: dead_letter_config.and_then(|config| filled(config.arn)),
        others: others.into_iter().filter(|(_, is_there)| *is_there).map(|(member, _)| member.to_owned()).collect(),
    })
}
