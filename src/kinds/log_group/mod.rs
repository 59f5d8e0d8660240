//! CloudWatch log groups. CreateLogGroup takes no retention, so it takes two calls, tags first;
//! DescribeLogGroups by identifiers reads fifty at once (aws-facts §7).

use aws_sdk_cloudwatchlogs::types::{LogGroup as LiveLogGroup, LogGroupClass, LogStream, OrderBy};
use futures_util::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};

use super::missing::{found, gone};
use super::tags::{TagEdit, Tags};
use super::{Claim, Grants, Kind, KindError, Needs, ReadCx, WriteCx};
use crate::aws::{AwsError, Op, Page, pages};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Change, Handle, Node, Owner, Scope, Seen};

pub(crate) mod api;
mod needs;

/// A log group.
pub struct LogGroup;

/// Normal form of a log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Days; none keeps logs for ever.
    pub retention_days: Option<i32>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: String,
    /// ARN of the key.
    pub kms_key: Option<String>,
    /// Tags without the mark.
    pub tags: Tags,
}

impl Kind for LogGroup {
    const NAME: &'static str = "log_group";
    const SECTION: &'static str = "log_groups";
    const API: &'static [&'static Op] = api::ALL;
    const ATTRIBUTES: &'static [&'static str] = &["arn", "name"];
    const IMMUTABLE: &'static [&'static str] = &["class"];
    /// Lambda makes the group of a function that logs before the group is there; it has no mark.
    const ADOPTS_UNMARKED: bool = true;

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
        let groups = try_join_all(names.chunks(50).map(|names| describe(cx, Some(names)))).await?;
        let wanted =
            groups.into_iter().flatten().filter(|group| group.log_group_name().is_some_and(|name| names.iter().any(|n| n == name)));
        Ok(try_join_all(wanted.map(|group| with_tags(cx, group))).await?.into_iter().flatten().collect())
    }

    async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
        if !cx.lists_everything {
            return cx.marked("logs", "log-group:").await;
        }
        Ok(all(cx).await?.iter().map(Claim::of).collect())
    }

    async fn create(cx: &WriteCx, node: &Node, want: &Spec) -> Result<(), KindError> {
        let name = &node.name;
        let tags = cx.scope.marked(Self::REACH, &want.tags);
        cx.call
            .send(&api::CREATE_LOG_GROUP, name, || {
                cx.aws
                    .logs
                    .create_log_group()
                    .log_group_name(name)
                    .set_kms_key_id(want.kms_key.clone())
                    .log_group_class(LogGroupClass::from(want.class.as_str()))
                    .set_tags(Some(tags.clone().into_iter().collect()))
                    .send()
            })
            .await?;
        if want.retention_days.is_some() { set_retention(cx, name, want.retention_days).await } else { Ok(()) }
    }

    async fn update(cx: &WriteCx, node: &Node, have: &Seen<Spec>, want: &Spec, changes: &[Change]) -> Result<(), KindError> {
        let name = &node.name;
        let touched = |field: &str| changes.iter().any(|change| change.is_in(field));
        if touched("retention_days") {
            set_retention(cx, name, want.retention_days).await?;
        }
        if touched("kms_key") {
            match &want.kms_key {
                Some(key) => {
                    cx.call
                        .send(&api::ASSOCIATE_KMS_KEY, name, || cx.aws.logs.associate_kms_key().log_group_name(name).kms_key_id(key).send())
                        .await?;
                }
                None => {
                    cx.call
                        .send(&api::DISASSOCIATE_KMS_KEY, name, || cx.aws.logs.disassociate_kms_key().log_group_name(name).send())
                        .await?;
                }
            }
        }
        Self::retag(cx, have, &TagEdit::between(&cx.scope, Self::REACH, &have.owner, &have.spec.tags, &want.tags)).await
    }

    async fn retag(cx: &WriteCx, have: &Seen<Spec>, edit: &TagEdit) -> Result<(), KindError> {
        let name = &have.name;
        let arn = arn(&cx.scope, name);
        if !edit.set.is_empty() {
            cx.call
                .send(&api::TAG_RESOURCE, name, || {
                    cx.aws.logs.tag_resource().resource_arn(&arn).set_tags(Some(edit.set.clone().into_iter().collect())).send()
                })
                .await?;
        }
        if !edit.remove.is_empty() {
            cx.call
                .send(&api::UNTAG_RESOURCE, name, || {
                    cx.aws.logs.untag_resource().resource_arn(&arn).set_tag_keys(Some(edit.remove.clone())).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn holds(cx: &ReadCx, seen: &Seen<Spec>) -> Result<Vec<Holding>, AwsError> {
        let name = &seen.name;
        let (groups, last_event) = try_join(describe(cx, Some(std::slice::from_ref(name))), last_event(cx, name)).await?;
        let group = groups.into_iter().find(|group| group.log_group_name() == Some(name));
        let bytes = group.and_then(|group| group.stored_bytes).unwrap_or_default();
        Ok(vec![Holding::Logs { bytes: bytes.max(0).unsigned_abs(), last_event }])
    }

    async fn delete(cx: &WriteCx, have: &Seen<Spec>) -> Result<(), KindError> {
        let name = &have.name;
        gone(cx.call.send(&api::DELETE_LOG_GROUP, name, || cx.aws.logs.delete_log_group().log_group_name(name).send()).await)
    }
}

/// The form that the tagging operations take, without the `:*` of the form for policies.
fn arn(scope: &Scope, name: &str) -> String {
    scope.arn("logs", &format!("log-group:{name}"))
}

/// These groups, or all. An endpoint that does not know the identifiers answers with all of them,
/// so the caller matches names exactly.
async fn describe(cx: &ReadCx, names: Option<&[String]>) -> Result<Vec<LiveLogGroup>, AwsError> {
    let target = names.and_then(|names| names.first()).map_or("log groups", String::as_str);
    pages(|token| async move {
        let asked = || {
            let some = cx.aws.logs.describe_log_groups().set_log_group_identifiers(names.map(<[String]>::to_vec));
            // With identifiers no other member may be sent.
            some.set_limit(names.is_none().then_some(50)).set_next_token(token.clone()).send()
        };
        let page = cx.call.send(&api::DESCRIBE_LOG_GROUPS, target, asked).await?;
        Ok(Page::new(page.log_groups, page.next_token))
    })
    .await
}

/// Every one that there is, with its tags: how a local AWS is read, once a run.
async fn all(cx: &ReadCx) -> Result<&Vec<Seen<Spec>>, AwsError> {
    let list = || async {
        let all = describe(cx, None).await?;
        let seen = try_join_all(all.into_iter().map(|group| with_tags(cx, group))).await?;
        Ok(seen.into_iter().flatten().collect())
    };
    cx.shared.log_groups.get_or_try_init(list).await
}

async fn with_tags(cx: &ReadCx, group: LiveLogGroup) -> Result<Option<Seen<Spec>>, AwsError> {
    let name = group.log_group_name.clone().unwrap_or_default();
    let arn = arn(&cx.scope, &name);
    let answer = cx.call.send(&api::LIST_TAGS_FOR_RESOURCE, &name, || cx.aws.logs.list_tags_for_resource().resource_arn(&arn).send()).await;
    let Some(answer) = found(answer)? else { return Ok(None) };
    let tags: Tags = answer.tags.unwrap_or_default().into_iter().collect();
    let spec = Spec {
        retention_days: group.retention_in_days,
        class: group.log_group_class.as_ref().map_or_else(|| "STANDARD".to_owned(), |class| class.as_str().to_owned()),
        kms_key: group.kms_key_id,
        tags: user_tags(tags.clone()),
    };
    let handle = [("arn".into(), arn), ("name".into(), name.clone())].into();
    Ok(Some(Seen { owner: Owner::of(&cx.scope, LogGroup::REACH, &tags), name, spec, handle, unread: Vec::new() }))
}

/// When the group got its last event. A stream that has events and does not say when counts as now
/// being unknown, so its beginning is taken (DescribeLogStreams; last times are eventually consistent).
async fn last_event(cx: &ReadCx, name: &str) -> Result<Option<i64>, AwsError> {
    let answer = cx
        .call
        .send(&api::DESCRIBE_LOG_STREAMS, name, || {
            cx.aws.logs.describe_log_streams().log_group_name(name).order_by(OrderBy::LastEventTime).descending(true).limit(1).send()
        })
        .await;
    let streams = found(answer)?.and_then(|answer| answer.log_streams).unwrap_or_default();
    let times = |stream: &LogStream| {
        let LogStream { last_event_timestamp, last_ingestion_time, first_event_timestamp, .. } = stream;
        last_event_timestamp.or(*last_ingestion_time).or(*first_event_timestamp)
    };
    Ok(streams.iter().filter_map(times).max())
}

async fn set_retention(cx: &WriteCx, name: &str, days: Option<i32>) -> Result<(), KindError> {
    match days {
        Some(days) => {
            cx.call
                .send(&api::PUT_RETENTION_POLICY, name, || {
                    cx.aws.logs.put_retention_policy().log_group_name(name).retention_in_days(days).send()
                })
                .await?;
        }
        None => {
            cx.call.send(&api::DELETE_RETENTION_POLICY, name, || cx.aws.logs.delete_retention_policy().log_group_name(name).send()).await?;
        }
    }
    Ok(())
}
