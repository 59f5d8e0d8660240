//! Reading groups of schedules.

use std::sync::Arc;

use aws_sdk_scheduler::types::ScheduleGroupState;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{ScheduleGroup, Spec, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::kinds::schedule;
use crate::model::Owner;
use crate::model::mark::user_tags;

/// What AWS alone knows of a group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    /// Physical names of its schedules, where the group is not ours: whoever takes it over takes them, too.
    pub holds: Vec<String>,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<ScheduleGroup>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

/// The groups that carry a mark of the stack and environment.
///
/// # Errors
/// A call failed.
pub async fn claims(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("scheduler", "schedule-group/").await;
    }
    Ok(all(cx).await?.iter().map(Claim::of).collect())
}

/// Every one that there is, with its tags: how a local AWS is searched, once a run.
async fn all(cx: &ReadCx) -> Result<Arc<Vec<Found<ScheduleGroup>>>, AwsError> {
    let list = || async {
        let groups = pages(&api::LIST_SCHEDULE_GROUPS, "schedule groups", |token| async move {
            let asked = || cx.aws.scheduler.list_schedule_groups().max_results(100).set_next_token(token.clone()).send();
            let page = cx.call.send(&api::LIST_SCHEDULE_GROUPS, "schedule groups", asked).await?;
            Ok(Page::new(Some(page.schedule_groups), page.next_token))
        });
        let names = groups.await?.into_iter().filter_map(|group| group.name);
        // That one is AWS's own, and takes no mark.
        let names: Vec<String> = names.filter(|name| name != "default").collect();
        read(cx, &names).await
    };
    cx.once(list).await
}

/// A group with its tags. One that is being deleted is not there any more: what it held goes with it.
///
/// # Errors
/// A call failed.
pub async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<ScheduleGroup>>, AwsError> {
    // Each of its schedules asks whose it is.
    Ok(Option::clone(&*cx.once_of(name, || ask(cx, name)).await?))
}

async fn ask(cx: &ReadCx, name: &str) -> Result<Option<Found<ScheduleGroup>>, AwsError> {
    let arn = arn(&cx.scope, name);
    let group = cx.call.send(&api::GET_SCHEDULE_GROUP, name, || cx.aws.scheduler.get_schedule_group().name(name).send());
    let tags = cx.tags::<ScheduleGroup, _>(name, &arn, || tags(cx, name, &arn));
    let (group, tags) = tokio::join!(group, tags);
    let (Some(group), Some(tags)) = (none_if_missing(group)?, tags?) else { return Ok(None) };
    if group.state == Some(ScheduleGroupState::Deleting) {
        return Ok(None);
    }
    let owner = Owner::of(&cx.scope, ScheduleGroup::REACH, &tags);
    let holds = if owner.is_ours() { Vec::new() } else { schedule::names_in(cx, name).await? };
    Ok(Some(Found { name: name.to_owned(), spec: Spec { tags: user_tags(tags) }, live: Live { holds }, owner, unread: Vec::new() }))
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let ask = || cx.aws.scheduler.list_tags_for_resource().resource_arn(arn).send();
    let answer = none_if_missing(cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, name, ask).await)?;
    Ok(answer.map(|answer| answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()))
}
