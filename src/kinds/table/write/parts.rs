//! Parts of requests about tables.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex,
    OnDemandThroughput, Projection, ProvisionedThroughput, SseSpecification, SseType, StreamSpecification, StreamViewType, Tag,
};
use aws_smithy_types::error::operation::BuildError;

use crate::contract::tags::Tags;
use crate::contract::{Kind, KindError};
use crate::kinds::table::Table;
use crate::kinds::table::spec::{Attribute, Capacity, Index, LocalIndex, MANAGED_KEY, MaxThroughput, Spec, StreamView};
use crate::model::plan::NotNormal;
use crate::source::word::Word;

/// The SDK refuses what lacks a member that AWS asks for.
pub(super) fn built<T>(part: Result<T, BuildError>) -> Result<T, KindError> {
    part.map_err(|error| NotNormal { kind: Table::NAME, reason: error.to_string() }.into())
}

/// Types of these attributes, each once.
pub(super) fn definitions<'a>(attributes: impl Iterator<Item = &'a Attribute>) -> Result<Vec<AttributeDefinition>, KindError> {
    let types: BTreeMap<&str, &str> = attributes.map(|attribute| (attribute.name.as_str(), attribute.kind.as_str())).collect();
    let define =
        |(name, kind): (&str, &str)| built(AttributeDefinition::builder().attribute_name(name).attribute_type(kind.into()).build());
    types.into_iter().map(define).collect()
}

pub(super) fn keys<'a>(
    partition: impl IntoIterator<Item = &'a Attribute>,
    sort: impl IntoIterator<Item = &'a Attribute>,
) -> Result<Vec<KeySchemaElement>, KindError> {
    let element = |kind: KeyType| {
        move |attribute: &Attribute| built(KeySchemaElement::builder().attribute_name(&attribute.name).key_type(kind.clone()).build())
    };
    partition.into_iter().map(element(KeyType::Hash)).chain(sort.into_iter().map(element(KeyType::Range))).collect()
}

fn projection(kind: &str, include: &BTreeSet<String>) -> Projection {
    let attributes = Some(include.iter().cloned().collect::<Vec<_>>()).filter(|attributes| !attributes.is_empty());
    Projection::builder().projection_type(kind.into()).set_non_key_attributes(attributes).build()
}

pub(super) fn throughput(Capacity { read, write }: Capacity) -> Result<ProvisionedThroughput, KindError> {
    built(ProvisionedThroughput::builder().read_capacity_units(read).write_capacity_units(write).build())
}

/// What has no bound any more is told so: left out it would stay.
pub(super) fn on_demand(max: MaxThroughput) -> OnDemandThroughput {
    const NO_BOUND: i64 = -1;
    let MaxThroughput { read, write } = max;
    let bound = |units: Option<i64>| units.unwrap_or(NO_BOUND);
    OnDemandThroughput::builder().max_read_request_units(bound(read)).max_write_request_units(bound(write)).build()
}

pub(super) fn index(name: &str, index: &Index) -> Result<GlobalSecondaryIndex, KindError> {
    let Index { partition_key, sort_key, projection: kind, include, capacity, max_throughput } = index;
    let index = GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(partition_key, sort_key)?))
        .projection(projection(kind.as_str(), include))
        .set_provisioned_throughput(capacity.map(throughput).transpose()?)
        .set_on_demand_throughput(max_throughput.map(on_demand));
    built(index.build())
}

/// The same as a change of a table.
pub(super) fn new_index(name: &str, index: &Index) -> Result<CreateGlobalSecondaryIndexAction, KindError> {
    let Index { partition_key, sort_key, projection: kind, include, capacity, max_throughput } = index;
    let action = CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(keys(partition_key, sort_key)?))
        .projection(projection(kind.as_str(), include))
        .set_provisioned_throughput(capacity.map(throughput).transpose()?)
        .set_on_demand_throughput(max_throughput.map(on_demand));
    built(action.build())
}

/// A local index has the partitions of its table.
pub(super) fn local_index(name: &str, partition: &Attribute, index: &LocalIndex) -> Result<LocalSecondaryIndex, KindError> {
    let LocalIndex { sort_key, projection: kind, include } = index;
    let index = LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys([partition], [sort_key])?))
        .projection(projection(kind.as_str(), include));
    built(index.build())
}

pub(super) fn stream(view: Option<&Word<StreamView>>) -> Result<StreamSpecification, KindError> {
    let view = view.map(|view| StreamViewType::from(view.as_str()));
    built(StreamSpecification::builder().stream_enabled(view.is_some()).set_stream_view_type(view).build())
}

/// A key of DynamoDB's own is what there is without encryption by KMS.
pub(super) fn encryption(kms_key: Option<&str>) -> SseSpecification {
    let Some(key) = kms_key else { return SseSpecification::builder().enabled(false).build() };
    let own = Some(key.to_owned()).filter(|key| key != MANAGED_KEY);
    SseSpecification::builder().enabled(true).sse_type(SseType::Kms).set_kms_master_key_id(own).build()
}

pub(super) fn tags(tags: &Tags) -> Result<Vec<Tag>, KindError> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

/// Every attribute that a key of the table or of an index names: DynamoDB takes no other.
pub(super) fn all_definitions(spec: &Spec) -> Result<Vec<AttributeDefinition>, KindError> {
    definitions(spec.key_attributes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::table::spec::AttributeType;

    #[test]
    fn an_attribute_is_defined_once_however_many_keys_it_is_in() {
        let of = |name: &str| Attribute { name: name.into(), kind: AttributeType::Text.into() };
        let defined = definitions([of("b"), of("a"), of("b")].iter()).unwrap();
        assert_eq!(defined.iter().map(|one| one.attribute_name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_managed_key_is_not_named() {
        assert_eq!(encryption(Some(MANAGED_KEY)).kms_master_key_id, None);
        assert_eq!(encryption(Some("k")).kms_master_key_id.as_deref(), Some("k"));
        assert_eq!(encryption(None).enabled, Some(false));
    }
}
