//! Writing log groups. CreateLogGroup takes no retention, so it takes two calls, tags first.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::LogGroupClass;

use super::spec::LogGroupClass as Class;
use super::{LogGroup, Spec, api, arn, filters, subscriptions};
use crate::aws::AwsError;
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Found, Kind, KindError, WriteCx, done_if_missing};

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<(), KindError> {
    let Spec { retention_days, class, kms_key, metric_filters, subscription_filters, deletion_protection, tags } = want;
    let mut tags = cx.scope.marked(LogGroup::REACH, tags);
    tags.extend(subscriptions::tag(want));
    cx.call
        .send(&api::CREATE_LOG_GROUP, name, || {
            cx.aws
                .logs
                .create_log_group()
                .log_group_name(name)
                .set_kms_key_id(kms_key.clone())
                .log_group_class(LogGroupClass::from(class.as_str()))
                .set_tags(Some(tags.clone().into_iter().collect()))
                .set_deletion_protection_enabled(deletion_protection.filter(|on| *on))
                .send()
        })
        .await?;
    // PutRetentionPolicy is refused of a group whose class decides it.
    let is_free = !class.is(Class::Delivery);
    if retention_days.is_some() && is_free {
        set_retention(cx, name, *retention_days).await?;
    }
    filters::change(cx, name, &BTreeMap::new(), metric_filters.iter().flatten()).await?;
    subscriptions::change(cx, name, &BTreeMap::new(), subscription_filters.iter().flatten()).await
}

pub(super) async fn update(cx: &WriteCx, have: &Found<LogGroup>, want: &Spec) -> Result<(), KindError> {
    let name = &have.name;
    // The class is immutable: another one is another group.
    let Spec { retention_days, class: _, kms_key, metric_filters, subscription_filters, deletion_protection, tags } = want;
    if have.spec.retention_days != *retention_days {
        set_retention(cx, name, *retention_days).await?;
    }
    if have.spec.kms_key != *kms_key {
        set_key(cx, name, kms_key.as_deref()).await?;
    }
    // What nothing is said of stays.
    if let Some(wanted) = metric_filters {
        filters::change(cx, name, &have.spec.metric_filters.clone().unwrap_or_default(), wanted).await?;
    }
    if let Some(wanted) = subscription_filters {
        subscriptions::update(cx, have, wanted).await?;
    }
    if let Some(on) = deletion_protection.filter(|on| have.spec.deletion_protection != Some(*on)) {
        protect(cx, name, on).await?;
    }
    retag(cx, name, &TagEdit::between(&cx.scope, LogGroup::REACH, &have.owner, &have.spec.tags, tags)).await
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let set = |tags: Tags| async move {
        let tag = || cx.aws.logs.tag_resource().resource_arn(arn).set_tags(Some(tags.clone().into_iter().collect())).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.logs.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    done_if_missing(cx.call.send(&api::DELETE_LOG_GROUP, name, || cx.aws.logs.delete_log_group().log_group_name(name).send()).await)
}

async fn protect(cx: &WriteCx, name: &str, on: bool) -> Result<(), AwsError> {
    let arn = arn(&cx.scope, name);
    let put = || cx.aws.logs.put_log_group_deletion_protection().log_group_identifier(&arn).deletion_protection_enabled(on).send();
    cx.call.send(&api::PUT_LOG_GROUP_DELETION_PROTECTION, name, put).await.map(drop)
}

async fn set_key(cx: &WriteCx, name: &str, key: Option<&str>) -> Result<(), KindError> {
    match key {
        Some(key) => {
            let associate = || cx.aws.logs.associate_kms_key().log_group_name(name).kms_key_id(key).send();
            cx.call.send(&api::ASSOCIATE_KMS_KEY, name, associate).await?;
        }
        None => {
            let disassociate = || cx.aws.logs.disassociate_kms_key().log_group_name(name).send();
            cx.call.send(&api::DISASSOCIATE_KMS_KEY, name, disassociate).await?;
        }
    }
    Ok(())
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
