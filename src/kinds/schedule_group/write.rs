//! Writing groups of schedules.

use std::time::Duration;

use aws_sdk_scheduler::types::{ScheduleGroupState, Tag};
use tokio::time::Instant;

use super::{ScheduleGroup, Spec, api, arn};
use crate::aws::{AwsError, Failure};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing, none_if_missing};
use crate::kinds::schedule::api::LIST_SCHEDULES;
use crate::model::Wait;

/// How long a deleted group may still hold its name: AWS deletes its schedules one by one.
const GONE_WITHIN: Duration = Duration::from_secs(300);
/// How often it is looked at.
const PAUSE: Duration = Duration::from_secs(2);
/// How long what was deleted may still be listed: nothing says how fast Scheduler's list is.
const LISTED_FOR: Duration = Duration::from_secs(10);
/// Schedules that are named where a group holds some.
const SHOWN: i32 = 10;

pub(super) async fn create(cx: &WriteCx, name: &str, Spec { tags }: &Spec) -> Result<(), KindError> {
    let tags = sent(&cx.scope.marked(ScheduleGroup::REACH, tags))?;
    let create = || cx.aws.scheduler.create_schedule_group().name(name).set_tags(Some(tags.clone())).send();
    match cx.call.send(&api::CREATE_SCHEDULE_GROUP, name, create).await {
        Err(error) if error.already_exists() && until_gone(cx, name).await? => {
            cx.call.send(&api::CREATE_SCHEDULE_GROUP, name, create).await?;
        }
        answer => drop(answer?),
    }
    Ok(())
}

/// Waits for a group that is being deleted. Returns whether the name is free.
async fn until_gone(cx: &WriteCx, name: &str) -> Result<bool, KindError> {
    let start = Instant::now();
    loop {
        let answer = cx.call.send(&api::GET_SCHEDULE_GROUP, name, || cx.aws.scheduler.get_schedule_group().name(name).send()).await;
        match none_if_missing(answer)? {
            None => return Ok(true),
            Some(group) if group.state == Some(ScheduleGroupState::Deleting) && start.elapsed() < GONE_WITHIN => {
                let why = "Scheduler still deletes the group of that name".to_owned();
                let wait = Wait { why, what: name.to_owned(), so_far: start.elapsed(), bound: Some(GONE_WITHIN), is_retry: false };
                cx.wait(PAUSE, &wait).await?;
            }
            Some(_) => return Ok(false),
        }
    }
}

pub(super) async fn update(cx: &WriteCx, have: &Found<ScheduleGroup>, Spec { tags }: &Spec) -> Result<(), KindError> {
    retag(cx, &have.name, &TagEdit::between(&cx.scope, ScheduleGroup::REACH, &have.owner, &have.spec.tags, tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tags = sent(&tags)?;
        let tag = || cx.aws.scheduler.tag_resource().resource_arn(arn).set_tags(Some(tags.clone())).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.scheduler.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

/// Only an empty one: it takes its schedules along, also those that no plan has shown.
pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    until_empty(cx, name).await?;
    let delete = || cx.aws.scheduler.delete_schedule_group().name(name).send();
    done_if_missing(cx.call.send(&api::DELETE_SCHEDULE_GROUP, name, delete).await)
}

/// Waits until the list has no schedule of the group any more. Those of the plan are deleted by now.
async fn until_empty(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    let start = Instant::now();
    loop {
        let list = || cx.aws.scheduler.list_schedules().group_name(name).max_results(SHOWN).send();
        let Some(page) = none_if_missing(cx.call.send(&LIST_SCHEDULES, name, list).await)? else { return Ok(()) };
        let names: Vec<&str> = page.schedules().iter().filter_map(|schedule| schedule.name()).collect();
        if names.is_empty() && page.next_token.is_none() {
            return Ok(());
        }
        if start.elapsed() >= LISTED_FOR {
            let message = format!("it would take schedules along that came since the plan: {}", names.join(", "));
            // Its code is what S3 and Lambda say of what is not what was planned from.
            return Err(AwsError::told(Failure::Refused, &api::DELETE_SCHEDULE_GROUP, name, message).coded("PreconditionFailed").into());
        }
        let why = "schedules that were deleted may still be listed".to_owned();
        let wait = Wait { why, what: name.to_owned(), so_far: start.elapsed(), bound: Some(LISTED_FOR), is_retry: false };
        cx.wait(PAUSE, &wait).await?;
    }
}

fn sent(tags: &Tags) -> Result<Vec<Tag>, AwsError> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let built = tags.iter().map(tag).collect::<Result<_, _>>();
    built.map_err(|error| AwsError::unexpected(&api::TAG_RESOURCE, "tags", error.to_string()))
}
