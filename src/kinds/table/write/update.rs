//! Changing a table. UpdateTable takes one change a call, and none while it works on the last: so each
//! call is followed by a wait. What already is as it is wanted is not sent, since DynamoDB refuses it
//! (docs/aws-facts.md §21).

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate, TableDescription, UpdateGlobalSecondaryIndexAction,
};

use super::parts::{self, built};
use crate::contract::tags::TagEdit;
use crate::contract::{Found, Kind, KindError, WriteCx};
use crate::kinds::table::spec::{BillingMode, Index, MaxThroughput, Spec};
use crate::kinds::table::{Table, api, settle};
use crate::model::Attributes;

pub(in crate::kinds::table) async fn update(cx: &WriteCx, have: &Found<Table>, want: &Spec) -> Result<Attributes, KindError> {
    let (name, old) = (have.name.as_str(), &have.spec);
    let change = Change { cx, name };
    let mut told = Attributes::new();
    let Spec {
        // AWS changes none of these.
        partition_key: _,
        sort_key: _,
        local_indexes: _,
        billing: _,
        capacity: _,
        max_throughput: _,
        indexes,
        ttl,
        point_in_time_recovery: _,
        recovery_days,
        stream,
        kms_key,
        class,
        deletion_protection,
        policy,
        tags,
    } = want;
    // Another apply, or a creation whose answer was lost, may have left it in the middle of a change.
    settle::until_active(cx, name).await?;
    if old.deletion_protection != *deletion_protection {
        change.send(|call| call.deletion_protection_enabled(*deletion_protection)).await?;
    }
    for index in going(&old.indexes, indexes) {
        let delete = built(DeleteGlobalSecondaryIndexAction::builder().index_name(index).build())?;
        change.indexes(vec![GlobalSecondaryIndexUpdate::builder().delete(delete).build()]).await?;
    }
    if old.kms_key != *kms_key {
        change.send(|call| call.sse_specification(parts::encryption(kms_key.as_deref()))).await?;
    }
    if old.stream != *stream {
        // A stream tells the same from its beginning to its end, so another view is another stream.
        if old.stream.is_some() {
            let off = parts::stream(None)?;
            change.send(|call| call.stream_specification(off.clone())).await?;
        }
        if stream.is_some() {
            let on = parts::stream(stream.as_ref())?;
            let table = change.send(|call| call.stream_specification(on.clone())).await?;
            // A read that lags behind tells the stream before: each has an ARN of its own.
            let new = table.latest_stream_arn.filter(|arn| have.live.stream_arn.as_ref() != Some(arn));
            told.extend(new.map(|arn| ("stream_arn".to_owned(), arn)));
        }
    }
    if old.recovery_days != *recovery_days {
        super::recover(cx, name, *recovery_days).await?;
    }
    if old.policy != *policy {
        super::set_policy(cx, &cx.scope, name, policy.as_ref()).await?;
    }
    super::retag(cx, name, &TagEdit::between(&cx.scope, Table::REACH, &have.owner, &old.tags, tags)).await?;
    // DynamoDB takes a switch of billing, of class and of expiry only so often (docs/aws-facts.md §21): one that has
    // to wait holds back nothing else.
    throughput(&change, old, want).await?;
    for (index, wanted) in coming(&old.indexes, indexes) {
        let create = parts::new_index(index, wanted)?;
        // An index asks for the types of its own keys, though the table has them.
        let definitions = parts::definitions(wanted.key_attributes())?;
        let update = vec![GlobalSecondaryIndexUpdate::builder().create(create).build()];
        let sent = |call: UpdateTableFluentBuilder| {
            call.set_attribute_definitions(Some(definitions.clone())).set_global_secondary_index_updates(Some(update.clone()))
        };
        change.send(sent).await?;
    }
    if old.class != *class {
        change.send(|call| call.table_class(class.as_str().into())).await?;
    }
    if old.ttl != *ttl {
        let attribute = ttl.as_ref().or(old.ttl.as_ref()).map(String::as_str).unwrap_or_default();
        super::expire(cx, name, attribute, ttl.is_some()).await?;
    }
    Ok(told)
}

/// Billing, and what stands ready or is served at most, of the table and of the indexes that stay: in
/// one call, since a table that leaves on-demand asks for the capacity of each index with its own.
async fn throughput(change: &Change<'_>, old: &Spec, want: &Spec) -> Result<(), KindError> {
    let moves = old.billing != want.billing;
    let is_provisioned = want.billing.is(BillingMode::Provisioned);
    let of_table = want.capacity.filter(|capacity| moves || old.capacity != Some(*capacity));
    let bounds = (old.max_throughput != want.max_throughput && !is_provisioned).then(|| want.max_throughput.unwrap_or_default());
    let updates = index_updates(old, want)?;
    if !moves && of_table.is_none() && bounds.is_none() && updates.is_empty() {
        return Ok(());
    }
    let of_table = of_table.map(parts::throughput).transpose()?;
    let sent = |call: UpdateTableFluentBuilder| {
        call.set_billing_mode(moves.then(|| want.billing.as_str().into()))
            .set_provisioned_throughput(of_table.clone())
            .set_on_demand_throughput(bounds.map(parts::on_demand))
            .set_global_secondary_index_updates(super::some(updates.clone()))
    };
    change.send(sent).await.map(drop)
}

fn index_updates(old: &Spec, want: &Spec) -> Result<Vec<GlobalSecondaryIndexUpdate>, KindError> {
    let moves = old.billing != want.billing;
    let is_provisioned = want.billing.is(BillingMode::Provisioned);
    let mut updates = Vec::new();
    for (name, wanted) in &want.indexes {
        let Some(live) = old.indexes.get(name).filter(|live| !wanted.is_another(live)) else { continue };
        let capacity = wanted.capacity.filter(|capacity| is_provisioned && (moves || live.capacity != Some(*capacity)));
        let bounds: Option<MaxThroughput> =
            (live.max_throughput != wanted.max_throughput && !is_provisioned).then(|| wanted.max_throughput.unwrap_or_default());
        if capacity.is_none() && bounds.is_none() {
            continue;
        }
        let update = UpdateGlobalSecondaryIndexAction::builder()
            .index_name(name)
            .set_provisioned_throughput(capacity.map(parts::throughput).transpose()?)
            .set_on_demand_throughput(bounds.map(parts::on_demand));
        updates.push(GlobalSecondaryIndexUpdate::builder().update(built(update.build())?).build());
    }
    Ok(updates)
}

/// Indexes that go, for good or to be made anew.
fn going<'a>(old: &'a BTreeMap<String, Index>, want: &'a BTreeMap<String, Index>) -> impl Iterator<Item = &'a String> {
    old.iter().filter(|(name, live)| want.get(*name).is_none_or(|wanted| wanted.is_another(live))).map(|(name, _)| name)
}

/// Indexes that come.
fn coming<'a>(old: &'a BTreeMap<String, Index>, want: &'a BTreeMap<String, Index>) -> impl Iterator<Item = (&'a String, &'a Index)> {
    want.iter().filter(|(name, wanted)| old.get(*name).is_none_or(|live| wanted.is_another(live)))
}

/// Calls of UpdateTable, each waited for.
struct Change<'a> {
    cx: &'a WriteCx,
    name: &'a str,
}

impl Change<'_> {
    async fn send(&self, with: impl Fn(UpdateTableFluentBuilder) -> UpdateTableFluentBuilder) -> Result<TableDescription, KindError> {
        let Self { cx, name } = self;
        cx.call.send(&api::UPDATE_TABLE, name, || with(cx.aws.dynamodb.update_table().table_name(*name)).send()).await?;
        settle::until_active(cx, name).await
    }

    async fn indexes(&self, updates: Vec<GlobalSecondaryIndexUpdate>) -> Result<TableDescription, KindError> {
        self.send(|call| call.set_global_secondary_index_updates(Some(updates.clone()))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::table::spec::{Attribute, AttributeType, Capacity, Projection};

    fn table(key: &str) -> Spec {
        Spec::plain(Attribute { name: key.into(), kind: AttributeType::Text.into() })
    }

    fn index(key: &str, capacity: Option<Capacity>) -> Index {
        let attribute = Attribute { name: key.into(), kind: AttributeType::Text.into() };
        Index {
            partition_key: vec![attribute],
            sort_key: Vec::new(),
            projection: Projection::All.into(),
            include: Default::default(),
            capacity,
            max_throughput: None,
        }
    }

    fn with(indexes: &[(&str, Index)], capacity: Option<Capacity>) -> Spec {
        let billing = if capacity.is_some() { BillingMode::Provisioned } else { BillingMode::OnDemand };
        let indexes = indexes.iter().map(|(name, index)| ((*name).to_owned(), index.clone())).collect();
        Spec { billing: billing.into(), capacity, indexes, ..table("id") }
    }

    #[test]
    fn an_index_with_other_keys_goes_and_comes() {
        let old = with(&[("a", index("x", None)), ("b", index("y", None))], None);
        let new = with(&[("a", index("z", None)), ("c", index("y", None))], None);
        assert_eq!(going(&old.indexes, &new.indexes).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(coming(&old.indexes, &new.indexes).map(|(name, _)| name).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn a_table_that_leaves_on_demand_tells_the_capacity_of_every_index_that_stays() {
        let five = Some(Capacity { read: 5, write: 5 });
        let old = with(&[("a", index("x", None)), ("b", index("y", None))], None);
        let new = with(&[("a", index("x", five)), ("b", index("z", five)), ("c", index("y", five))], five);
        let names = |updates: Vec<GlobalSecondaryIndexUpdate>| {
            updates.into_iter().filter_map(|update| update.update.map(|update| update.index_name)).collect::<Vec<_>>()
        };
        assert_eq!(names(index_updates(&old, &new).unwrap()), ["a"]);
        assert!(index_updates(&new, &new).unwrap().is_empty(), "what is so already is refused");
    }
}
