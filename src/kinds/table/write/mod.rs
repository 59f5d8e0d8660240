//! Writing tables. Expiry and recovery are no part of CreateTable, and need an active table
//! (docs/aws-facts.md §21).

use aws_sdk_dynamodb::types::{PointInTimeRecoverySpecification, TimeToLiveSpecification};

use super::spec::{RECOVERY_DAYS, Spec, TableClass};
use super::{Table, api, arn, settle};
use crate::contract::tags::{TagEdit, Tags};
use crate::contract::{Kind, KindError, WriteCx, done_if_missing};
use crate::model::plan::Impossible;
use crate::model::policy::compact;
use crate::model::{Attributes, Scope};

mod parts;
mod update;

pub(super) use update::update;

pub(super) async fn create(cx: &WriteCx, name: &str, want: &Spec) -> Result<Attributes, KindError> {
    let Spec {
        partition_key,
        sort_key,
        billing,
        capacity,
        max_throughput,
        indexes,
        local_indexes,
        ttl,
        point_in_time_recovery,
        recovery_days,
        stream,
        kms_key,
        class,
        deletion_protection,
        policy,
        tags,
    } = want;
    let global = indexes.iter().map(|(name, index)| parts::index(name, index)).collect::<Result<Vec<_>, _>>()?;
    let local = local_indexes.iter().map(|(name, index)| parts::local_index(name, partition_key, index)).collect::<Result<Vec<_>, _>>()?;
    let (definitions, keys) = (parts::all_definitions(want)?, parts::keys([partition_key], sort_key)?);
    let throughput = capacity.map(parts::throughput).transpose()?;
    let stream = stream.as_ref().map(|view| parts::stream(Some(view))).transpose()?;
    let tags = parts::tags(&cx.scope.marked(Table::REACH, tags))?;
    let answer = cx
        .call
        .send(&api::CREATE_TABLE, name, || {
            cx.aws
                .dynamodb
                .create_table()
                .table_name(name)
                .set_attribute_definitions(Some(definitions.clone()))
                .set_key_schema(Some(keys.clone()))
                .billing_mode(billing.as_str().into())
                .set_provisioned_throughput(throughput.clone())
                .set_on_demand_throughput(max_throughput.map(parts::on_demand))
                .set_global_secondary_indexes(some(global.clone()))
                .set_local_secondary_indexes(some(local.clone()))
                .set_stream_specification(stream.clone())
                .set_sse_specification(kms_key.as_deref().map(|key| parts::encryption(Some(key))))
                .set_table_class((!class.is(TableClass::Standard)).then(|| class.as_str().into()))
                .set_deletion_protection_enabled(deletion_protection.then_some(true))
                .set_resource_policy(policy.as_ref().map(compact))
                .set_tags(some(tags.clone()))
                .send()
        })
        .await?;
    settle::until_active(cx, name).await?;
    if *point_in_time_recovery {
        recover(cx, name, Some(recovery_days.unwrap_or(RECOVERY_DAYS))).await?;
    }
    if let Some(attribute) = ttl {
        expire(cx, name, attribute, true).await?;
    }
    let stream_arn = answer.table_description.and_then(|table| table.latest_stream_arn);
    Ok(stream_arn.map(|arn| ("stream_arn".to_owned(), arn)).into_iter().collect())
}

/// What DynamoDB refuses for the next hour, so that no plan may ask for it.
pub(super) fn impossible(want: &Spec, have: &Spec) -> Option<Impossible> {
    let (wanted, live) = (want.ttl.as_ref()?, have.ttl.as_ref()?);
    (wanted != live).then(|| Impossible {
        what: format!("`ttl` is to be {wanted}, and items expire by {live} now: DynamoDB takes another attribute only where expiry is off"),
        fix: "take `ttl` out and apply, wait an hour, then set the other attribute and apply again".to_owned(),
    })
}

pub(super) async fn retag(cx: &WriteCx, name: &str, edit: &TagEdit) -> Result<(), KindError> {
    let arn = &arn(&cx.scope, name);
    let added = parts::tags(&edit.set)?;
    let set = |_: Tags| async {
        let tag = || cx.aws.dynamodb.tag_resource().resource_arn(arn).set_tags(Some(added.clone())).send();
        cx.call.send(&api::TAG_RESOURCE, name, tag).await.map(drop)
    };
    let remove = |keys: Vec<String>| async move {
        let untag = || cx.aws.dynamodb.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone())).send();
        cx.call.send(&api::UNTAG_RESOURCE, name, untag).await.map(drop)
    };
    edit.send(set, remove).await
}

pub(super) async fn delete(cx: &WriteCx, name: &str) -> Result<(), KindError> {
    done_if_missing(cx.call.send(&api::DELETE_TABLE, name, || cx.aws.dynamodb.delete_table().table_name(name).send()).await)?;
    settle::until_gone(cx, name).await
}

/// Switches expiry by an attribute on or off. Once in an hour at most: what is refused then passes by itself.
async fn expire(cx: &WriteCx, name: &str, attribute: &str, on: bool) -> Result<(), KindError> {
    let specification = parts::built(TimeToLiveSpecification::builder().attribute_name(attribute).enabled(on).build())?;
    let update = || cx.aws.dynamodb.update_time_to_live().table_name(name).time_to_live_specification(specification.clone()).send();
    cx.call.send(&api::UPDATE_TIME_TO_LIVE, name, update).await?;
    Ok(())
}

/// Sets how many days can be brought back; none switches it off.
async fn recover(cx: &WriteCx, name: &str, days: Option<i32>) -> Result<(), KindError> {
    let specification = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(days.is_some());
    let specification = parts::built(specification.set_recovery_period_in_days(days).build())?;
    let update =
        || cx.aws.dynamodb.update_continuous_backups().table_name(name).point_in_time_recovery_specification(specification.clone()).send();
    cx.call.send(&api::UPDATE_CONTINUOUS_BACKUPS, name, update).await?;
    Ok(())
}

async fn set_policy(cx: &WriteCx, scope: &Scope, name: &str, policy: Option<&serde_json::Value>) -> Result<(), KindError> {
    let arn = arn(scope, name);
    let Some(policy) = policy else {
        let delete = || cx.aws.dynamodb.delete_resource_policy().resource_arn(&arn).send();
        return done_if_missing(cx.call.send(&api::DELETE_RESOURCE_POLICY, name, delete).await);
    };
    let text = compact(policy);
    let put = || cx.aws.dynamodb.put_resource_policy().resource_arn(&arn).policy(&text).send();
    cx.call.send(&api::PUT_RESOURCE_POLICY, name, put).await?;
    Ok(())
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::spec::{Attribute, AttributeType};
    use super::*;

    fn table(key: &str) -> Spec {
        Spec::plain(Attribute { name: key.into(), kind: AttributeType::Text.into() })
    }

    #[test]
    fn another_attribute_of_expiry_is_refused_while_it_is_on() {
        let by = |attribute: Option<&str>| Spec { ttl: attribute.map(str::to_owned), ..table("id") };
        assert!(impossible(&by(Some("b")), &by(Some("a"))).is_some_and(|no| no.fix.contains("an hour")));
        for (want, have) in [(Some("a"), Some("a")), (None, Some("a")), (Some("a"), None), (None, None)] {
            assert_eq!(impossible(&by(want), &by(have)), None, "{want:?} of {have:?}");
        }
    }
}
