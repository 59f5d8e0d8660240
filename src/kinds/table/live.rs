//! Reading tables: one call for the table, and one each for what DescribeTable does not tell
//! (docs/aws-facts.md §21).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, ContinuousBackupsDescription, KeySchemaElement, KeyType, OnDemandThroughput, PointInTimeRecoveryStatus,
    Projection as LiveProjection, ProvisionedThroughputDescription, SseStatus, TableDescription, TableStatus, TimeToLiveDescription,
    TimeToLiveStatus,
};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::{Attribute, BillingMode, Capacity, Index, LocalIndex, MaxThroughput, Projection, TableClass};
use super::{Spec, Table, api, arn};
use crate::aws::{AwsError, Page, pages};
use crate::contract::tags::Tags;
use crate::contract::{Claim, Found, Kind, ReadCx, none_if_missing};
use crate::model::mark::user_tags;
use crate::model::stake::Holding;
use crate::model::{Owner, policy};
use crate::source::word::Word;

/// What AWS alone knows of a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// ARN of the newest stream, which may be switched off.
    #[serde(default)]
    pub stream_arn: Option<String>,
    /// Bytes that it holds, as DynamoDB counted them some hours ago.
    #[serde(default)]
    pub bytes: i64,
}

pub(super) async fn read(cx: &ReadCx, names: &[String]) -> Result<Vec<Found<Table>>, AwsError> {
    Ok(try_join_all(names.iter().map(|name| read_one(cx, name))).await?.into_iter().flatten().collect())
}

pub(super) async fn owned(cx: &ReadCx) -> Result<Vec<Claim>, AwsError> {
    if !cx.lists_everything {
        return cx.marked("dynamodb", "table/").await;
    }
    let names = pages(&api::LIST_TABLES, "tables", |token| async move {
        let asked = || cx.aws.dynamodb.list_tables().limit(100).set_exclusive_start_table_name(token.clone()).send();
        let page = cx.call.send(&api::LIST_TABLES, "tables", asked).await?;
        Ok(Page::new(page.table_names, page.last_evaluated_table_name))
    });
    let seen = read(cx, &names.await?).await?;
    Ok(seen.iter().map(Claim::of).collect())
}

/// The counts are hours old, so that an empty table may not be one: what goes with it is never nothing.
pub(super) async fn holds(cx: &ReadCx, name: &str) -> Result<Vec<Holding>, AwsError> {
    let Some(table) = describe(cx, name).await? else { return Ok(Vec::new()) };
    let count = |number: Option<i64>| number.unwrap_or_default().max(0).unsigned_abs();
    Ok(vec![Holding::Items { items: count(table.item_count), bytes: count(table.table_size_bytes) }])
}

/// The table, none where there is none or it is on its way out.
async fn describe(cx: &ReadCx, name: &str) -> Result<Option<TableDescription>, AwsError> {
    let answer = cx.call.send(&api::DESCRIBE_TABLE, name, || cx.aws.dynamodb.describe_table().table_name(name).send()).await;
    let table = none_if_missing(answer)?.and_then(|answer| answer.table);
    Ok(table.filter(|table| table.table_status != Some(TableStatus::Deleting)))
}

async fn read_one(cx: &ReadCx, name: &str) -> Result<Option<Found<Table>>, AwsError> {
    let Some(table) = describe(cx, name).await? else { return Ok(None) };
    let arn = arn(&cx.scope, name);
    let expires = cx.call.send(&api::DESCRIBE_TIME_TO_LIVE, name, || cx.aws.dynamodb.describe_time_to_live().table_name(name).send());
    let backups =
        cx.call.send(&api::DESCRIBE_CONTINUOUS_BACKUPS, name, || cx.aws.dynamodb.describe_continuous_backups().table_name(name).send());
    let policy = cx.call.send(&api::GET_RESOURCE_POLICY, name, || cx.aws.dynamodb.get_resource_policy().resource_arn(&arn).send());
    let (expires, backups, policy, tags) = tokio::join!(expires, backups, policy, cx.tags::<Table, _>(name, &arn, || tags(cx, name, &arn)));
    // It may have gone since it was described.
    let (Some(expires), Some(backups), Some(tags)) = (none_if_missing(expires)?, none_if_missing(backups)?, tags?) else {
        return Ok(None);
    };
    let parts = Parts {
        ttl: expires.time_to_live_description.and_then(expiring),
        recovery: backups.continuous_backups_description.and_then(recovery),
        policy: none_if_missing(policy)?.and_then(|answer| answer.policy).map(|text| policy::parse(&text)),
        tags: user_tags(tags.clone()),
    };
    let live = Live { stream_arn: table.latest_stream_arn.clone(), bytes: table.table_size_bytes.unwrap_or_default() };
    let owner = Owner::of(&cx.scope, Table::REACH, &tags);
    let spec = spec(name, &table, parts)?;
    Ok(Some(Found { name: name.to_owned(), spec, live, owner, unread: Vec::new() }))
}

async fn tags(cx: &ReadCx, name: &str, arn: &str) -> Result<Option<Tags>, AwsError> {
    let tags = pages(&api::LIST_TAGS_OF_RESOURCE, name, |token| async move {
        let asked = || cx.aws.dynamodb.list_tags_of_resource().resource_arn(arn).set_next_token(token.clone()).send();
        let page = cx.call.send(&api::LIST_TAGS_OF_RESOURCE, name, asked).await?;
        Ok(Page::new(page.tags, page.next_token))
    });
    Ok(none_if_missing(tags.await)?.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect()))
}

/// What DescribeTable does not tell.
struct Parts {
    ttl: Option<String>,
    recovery: Option<i32>,
    policy: Option<Value>,
    tags: Tags,
}

fn expiring(told: TimeToLiveDescription) -> Option<String> {
    let is_on = matches!(told.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    told.attribute_name.filter(|_| is_on)
}

/// Days of recovery, where it is on.
fn recovery(told: ContinuousBackupsDescription) -> Option<i32> {
    let recovery = told.point_in_time_recovery_description?;
    let is_on = recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled);
    is_on.then(|| recovery.recovery_period_in_days.unwrap_or(super::spec::RECOVERY_DAYS))
}

fn spec(name: &str, table: &TableDescription, parts: Parts) -> Result<Spec, AwsError> {
    let Parts { ttl, recovery, policy, tags } = parts;
    let types = Types { table: name, definitions: table.attribute_definitions() };
    let (mut partition, mut sort) = types.keys(table.key_schema())?;
    let untold = || AwsError::unexpected(&api::DESCRIBE_TABLE, name, "the answer does not tell the key of the table");
    let on_demand = table.billing_mode_summary().and_then(|told| told.billing_mode());
    let indexes = table.global_secondary_indexes().iter().map(|index| {
        let (partition_key, sort_key) = types.keys(index.key_schema())?;
        let (projection, include) = projected(index.projection());
        let of_index = Index {
            partition_key,
            sort_key,
            projection,
            include,
            capacity: index.provisioned_throughput().map(capacity),
            max_throughput: index.on_demand_throughput().map(max_throughput),
        };
        Ok((index.index_name().unwrap_or_default().to_owned(), of_index))
    });
    let local_indexes = table.local_secondary_indexes().iter().map(|index| {
        let (_, mut sort) = types.keys(index.key_schema())?;
        let (projection, include) = projected(index.projection());
        let sort_key = sort.pop().ok_or_else(untold)?;
        Ok((index.index_name().unwrap_or_default().to_owned(), LocalIndex { sort_key, projection, include }))
    });
    Ok(Spec {
        indexes: indexes.collect::<Result<BTreeMap<_, _>, AwsError>>()?,
        local_indexes: local_indexes.collect::<Result<BTreeMap<_, _>, AwsError>>()?,
        partition_key: partition.pop().ok_or_else(untold)?,
        sort_key: sort.pop(),
        // A table whose billing was never changed may say nothing of it.
        billing: on_demand.map_or(BillingMode::Provisioned.into(), |mode| mode.as_str().into()),
        capacity: table.provisioned_throughput().map(capacity),
        max_throughput: table.on_demand_throughput().map(max_throughput),
        ttl,
        point_in_time_recovery: recovery.is_some(),
        recovery_days: recovery,
        stream: table
            .stream_specification()
            .filter(|stream| stream.stream_enabled)
            .and_then(|stream| stream.stream_view_type.as_ref().map(|view| view.as_str().into())),
        kms_key: table.sse_description().filter(|sse| encrypts(sse.status())).and_then(|sse| sse.kms_master_key_arn.clone()),
        class: table
            .table_class_summary()
            .and_then(|told| told.table_class())
            .map_or(TableClass::Standard.into(), |class| class.as_str().into()),
        deletion_protection: table.deletion_protection_enabled.unwrap_or_default(),
        policy,
        tags,
    })
}

fn encrypts(status: Option<&SseStatus>) -> bool {
    matches!(status, Some(SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating))
}

fn capacity(told: &ProvisionedThroughputDescription) -> Capacity {
    Capacity { read: told.read_capacity_units.unwrap_or_default(), write: told.write_capacity_units.unwrap_or_default() }
}

/// -1 is DynamoDB's word for "no bound".
fn max_throughput(told: &OnDemandThroughput) -> MaxThroughput {
    let bound = |units: Option<i64>| units.filter(|units| *units >= 0);
    MaxThroughput { read: bound(told.max_read_request_units), write: bound(told.max_write_request_units) }
}

fn projected(told: Option<&LiveProjection>) -> (Word<Projection>, std::collections::BTreeSet<String>) {
    let kind = told.and_then(|told| told.projection_type()).map_or(Projection::All.into(), |kind| kind.as_str().into());
    (kind, told.map(|told| told.non_key_attributes().iter().cloned().collect()).unwrap_or_default())
}

/// What DescribeTable tells of the types of key attributes, in an order of its own.
struct Types<'a> {
    table: &'a str,
    definitions: &'a [AttributeDefinition],
}

impl Types<'_> {
    /// Attributes that a key spreads and sorts by.
    fn keys(&self, schema: &[KeySchemaElement]) -> Result<(Vec<Attribute>, Vec<Attribute>), AwsError> {
        let (mut partition, mut sort) = (Vec::new(), Vec::new());
        for element in schema {
            let name = &element.attribute_name;
            let Some(definition) = self.definitions.iter().find(|definition| definition.attribute_name == *name) else {
                let text = format!("the answer does not tell the type of `{name}`");
                return Err(AwsError::unexpected(&api::DESCRIBE_TABLE, self.table, text));
            };
            let attribute = Attribute { name: name.clone(), kind: definition.attribute_type.as_str().into() };
            if element.key_type == KeyType::Hash { partition.push(attribute) } else { sort.push(attribute) }
        }
        Ok((partition, sort))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{BillingModeSummary, ScalarAttributeType};

    use super::*;

    fn defined(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
    }

    fn key(name: &str, kind: KeyType) -> KeySchemaElement {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    }

    fn parts() -> Parts {
        Parts { ttl: None, recovery: None, policy: None, tags: Tags::new() }
    }

    #[test]
    fn the_order_of_attributes_and_what_is_not_said_make_no_difference() {
        let table = |definitions: Vec<AttributeDefinition>| {
            let told = TableDescription::builder().set_attribute_definitions(Some(definitions));
            told.key_schema(key("id", KeyType::Hash)).key_schema(key("at", KeyType::Range)).build()
        };
        let (id, at) = (defined("id", ScalarAttributeType::S), defined("at", ScalarAttributeType::N));
        let one = spec("t", &table(vec![id.clone(), at.clone()]), parts()).unwrap();
        assert_eq!(one, spec("t", &table(vec![at, id.clone()]), parts()).unwrap());
        assert!(one.billing.is(BillingMode::Provisioned) && one.class.is(TableClass::Standard) && one.stream.is_none());
        assert_eq!((one.partition_key.name.as_str(), one.sort_key.unwrap().kind.as_str()), ("id", "N"));
        assert!(spec("t", &table(vec![id]), parts()).is_err(), "a type that is not told is not guessed");
    }

    #[test]
    fn what_was_switched_to_on_demand_has_no_capacity() {
        let zero = ProvisionedThroughputDescription::builder().read_capacity_units(0).write_capacity_units(0).build();
        let told = TableDescription::builder()
            .attribute_definitions(defined("id", ScalarAttributeType::S))
            .key_schema(key("id", KeyType::Hash))
            .provisioned_throughput(zero)
            .billing_mode_summary(BillingModeSummary::builder().billing_mode("PAY_PER_REQUEST".into()).build())
            .on_demand_throughput(OnDemandThroughput::builder().max_read_request_units(-1).max_write_request_units(-1).build())
            .build();
        let mut read = spec("t", &told, parts()).unwrap();
        super::super::spec::normal(&mut read);
        assert_eq!(read, Spec::plain(Attribute { name: "id".into(), kind: "S".into() }));
    }
}
