//! The log group that is a lease: made, read, renewed and deleted.

use aws_sdk_cloudwatchlogs::types::LogGroup as LiveLogGroup;
use futures_util::future::try_join_all;

use super::{api, arn};
use crate::aws::pages::{Page, pages};
use crate::aws::{AwsError, Clients};
use crate::contract::{Grants, Purpose, WriteCx, none_if_missing};
use crate::model::Scope;
use crate::model::lease::{self, HOLDER_TAG, Lease, RENEWED_TAG};

/// The leases that stand, by number. The highest is the one that counts.
///
/// # Errors
/// They cannot be read.
pub async fn standing(cx: &WriteCx) -> Result<Vec<Lease>, AwsError> {
    let (scope, Clients { logs, .. }) = (&cx.scope, &cx.aws);
    let prefix = &lease::prefix(scope);
    let groups = pages(&api::DESCRIBE_LOG_GROUPS, prefix, |token| async move {
        let list = || logs.describe_log_groups().log_group_name_prefix(prefix).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::DESCRIBE_LOG_GROUPS, prefix, list).await?;
        Ok(Page::new(page.log_groups, page.next_token))
    });
    let names = groups.await?.into_iter().filter_map(|group: LiveLogGroup| group.log_group_name);
    let numbers: Vec<u64> = names.filter_map(|name| lease::number(scope, &name)).collect();
    let mut found: Vec<Lease> = try_join_all(numbers.into_iter().map(|number| read(cx, number))).await?.into_iter().flatten().collect();
    found.sort_by_key(|lease| lease.number);
    Ok(found)
}

/// The lease of this number, where somebody holds it.
async fn read(cx: &WriteCx, number: u64) -> Result<Option<Lease>, AwsError> {
    let name = lease::name(&cx.scope, number);
    let arn = arn(&cx.scope, &name);
    let answer = cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, &name, || cx.aws.logs.list_tags_for_resource().resource_arn(&arn).send()).await;
    let Some(answer) = none_if_missing(answer)? else { return Ok(None) };
    let mut tags = answer.tags.unwrap_or_default();
    let mut tag = |name: &str| tags.remove(name).unwrap_or_else(|| "somebody unknown".into());
    Ok(Some(Lease { number, holder: tag(HOLDER_TAG), renewed: tag(RENEWED_TAG) }))
}

/// Takes the lease, and says whether it was got: where somebody else was faster, it was not.
///
/// # Errors
/// It cannot be taken.
pub async fn take(cx: &WriteCx, lease: &Lease) -> Result<bool, AwsError> {
    let name = lease::name(&cx.scope, lease.number);
    let Lease { number, holder, renewed } = lease;
    let create = || {
        let group = cx.aws.logs.create_log_group().log_group_name(&name);
        group.tags(HOLDER_TAG, holder).tags(RENEWED_TAG, renewed).send()
    };
    let Err(error) = cx.call.send(&api::CREATE_LOG_GROUP, &name, create).await else { return Ok(true) };
    if !error.is_in_doubt() && error.code != "ResourceAlreadyExistsException" {
        return Err(error);
    }
    // An answer that was lost may have been a yes.
    Ok(read(cx, *number).await?.is_some_and(|found| found.holder == *holder))
}

/// Says that the lease is still held. Gives false where it is gone, or somebody else's: numbers begin again once
/// none is held.
///
/// # Errors
/// It cannot be renewed.
pub async fn renew(cx: &WriteCx, lease: &Lease) -> Result<bool, AwsError> {
    if !is_held(cx, lease).await? {
        return Ok(false);
    }
    let name = lease::name(&cx.scope, lease.number);
    let arn = arn(&cx.scope, &name);
    let tag = || cx.aws.logs.tag_resource().resource_arn(&arn).tags(RENEWED_TAG, &lease.renewed).send();
    Ok(none_if_missing(cx.call.send(&api::TAG_RESOURCE, &name, tag).await)?.is_some())
}

async fn is_held(cx: &WriteCx, lease: &Lease) -> Result<bool, AwsError> {
    Ok(read(cx, lease.number).await?.is_some_and(|found| found.holder == lease.holder))
}

/// Gives a lease back, where it is still the holder's.
///
/// # Errors
/// It stands as before.
pub async fn give_back(cx: &WriteCx, lease: &Lease) -> Result<(), AwsError> {
    if is_held(cx, lease).await? { clear(cx, lease.number).await } else { Ok(()) }
}

/// Clears a lease away that has expired.
///
/// # Errors
/// It stands as before.
pub async fn clear(cx: &WriteCx, number: u64) -> Result<(), AwsError> {
    let name = lease::name(&cx.scope, number);
    let delete = || cx.aws.logs.delete_log_group().log_group_name(&name).send();
    none_if_missing(cx.call.send(&api::DELETE_LOG_GROUP, &name, delete).await).map(drop)
}

/// What a run needs that takes leases.
pub fn needs(scope: &Scope, purpose: Purpose, grants: &mut Grants) {
    if !purpose.deletes() {
        return;
    }
    grants.calls(&[&api::DESCRIBE_LOG_GROUPS], &[scope.arn("logs", "log-group:*")]);
    let arn = arn(scope, &lease::prefix(scope));
    let ops = [&api::LIST_TAGS_FOR_RESOURCE, &api::CREATE_LOG_GROUP, &api::TAG_RESOURCE, &api::DELETE_LOG_GROUP];
    grants.calls(&ops, &[format!("{arn}*")]);
}
