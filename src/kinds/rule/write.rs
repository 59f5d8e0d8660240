//! Writing rules. PutRule replaces the whole rule and takes tags only where it creates
//! (docs/aws-facts.md §19).

use aws_sdk_eventbridge::types::{RuleState as SdkState, Tag};

use super::delivery::{TARGETS, put_targets, remove_targets};
use super::{EventRule, Spec, api, arn, name};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing, none_if_missing};

pub(super) async fn create(cx: &WriteCx, physical: &str, want: &Spec) -> Result<(), KindError> {
    // The call would write over one that came since the plan, and its targets would stay.
    if is_there(cx, physical).await? {
        return Err(AwsError::is_there(&api::PUT_RULE, physical).into());
    }
    put(cx, physical, want, Some(cx.scope.marked(EventRule::REACH, &want.tags))).await?;
    put_targets(cx, physical, want.targets.iter().collect()).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<EventRule>, want: &Spec) -> Result<(), KindError> {
    let Found { name: physical, spec: old, owner, .. } = have;
    // The call writes all but these two, whichever of it differs.
    let rest = Spec { tags: want.tags.clone(), targets: want.targets.clone(), ..old.clone() };
    if rest != *want {
        put(cx, physical, want, None).await?;
    }
    let other: Vec<_> = want.targets.iter().filter(|(id, target)| old.targets.get(*id) != Some(target)).collect();
    let surplus: Vec<String> = old.targets.keys().filter(|id| !want.targets.contains_key(*id)).cloned().collect();
    let added = other.iter().filter(|(id, _)| !old.targets.contains_key(*id)).count();
    // The new stands before the old goes, where there is room for both.
    if old.targets.len() + added > TARGETS {
        remove_targets(cx, physical, &surplus).await?;
        put_targets(cx, physical, other).await?;
    } else {
        put_targets(cx, physical, other).await?;
        remove_targets(cx, physical, &surplus).await?;
    }
    retag(cx, physical, &TagEdit::between(&cx.scope, EventRule::REACH, owner, &old.tags, &want.tags)).await
}

pub(super) async fn retag(cx: &WriteCx, physical: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, physical);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.events.tag_resource().resource_arn(arn).set_tags(Some(event_tags(&tags))).send();
        cx.call.send(&api::TAG_RESOURCE, physical, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.events.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, physical, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

async fn is_there(cx: &WriteCx, physical: &str) -> Result<bool, AwsError> {
    let (bus, name) = name::parts(physical);
    let describe = || cx.aws.events.describe_rule().name(name).event_bus_name(bus).send();
    Ok(none_if_missing(cx.call.send(&api::DESCRIBE_RULE, physical, describe).await)?.is_some())
}

/// EventBridge deletes no rule that has targets, whoever added them.
pub(super) async fn delete(cx: &WriteCx, physical: &str) -> Result<(), KindError> {
    let (bus, name) = name::parts(physical);
    let targets = pages(&api::LIST_TARGETS_BY_RULE, physical, |token| async move {
        let asked = || cx.aws.events.list_targets_by_rule().rule(name).event_bus_name(bus).set_next_token(token.clone()).send();
        let page = none_if_missing(cx.call.send(&api::LIST_TARGETS_BY_RULE, physical, asked).await)?;
        Ok(page.map_or_else(Page::empty, |page| Page::new(page.targets, page.next_token)))
    });
    let ids: Vec<String> = targets.await?.into_iter().map(|target| target.id).collect();
    remove_targets(cx, physical, &ids).await?;
    let delete = || cx.aws.events.delete_rule().name(name).event_bus_name(bus).send();
    done_if_missing(cx.call.send(&api::DELETE_RULE, physical, delete).await)
}

async fn put(cx: &WriteCx, physical: &str, want: &Spec, tags: Option<Tags>) -> Result<(), KindError> {
    let Spec {
        description,
        pattern,
        schedule,
        // The physical name tells it.
        bus: _,
        state,
        role,
        targets: _,
        // Whoever creates gives them with the mark.
        tags: _,
    } = want;
    let (bus, name) = name::parts(physical);
    let pattern = pattern.as_ref().map(ToString::to_string);
    // What is left out is cleared.
    let description = Some(description.clone()).filter(|description| !description.is_empty());
    let tags = tags.map(|tags| event_tags(&tags));
    cx.call
        .send(&api::PUT_RULE, physical, || {
            let call = cx.aws.events.put_rule().name(name).event_bus_name(bus).set_description(description.clone());
            let call = call.set_event_pattern(pattern.clone()).set_schedule_expression(schedule.clone());
            call.state(SdkState::from(state.as_str())).set_role_arn(role.clone()).set_tags(tags.clone()).send()
        })
        .await?;
    Ok(())
}

fn event_tags(tags: &Tags) -> Vec<Tag> {
    // A tag whose key and value are set always builds.
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}
