//! A table in the words of a file.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Spec;
use super::spec::{Attribute, AttributeType, BillingMode, Capacity, Index, LocalIndex, MaxThroughput, Projection, RECOVERY_DAYS};
use crate::contract::Writing;
use crate::source::word::Word;

pub(super) fn restated(file: &mut Writing<'_>, spec: &Spec) {
    file.differing(spec, &Spec::plain(spec.partition_key.clone()));
    file.put("key", attribute(&spec.partition_key));
    if let Some(key) = &spec.sort_key {
        file.put("sort_key", attribute(key));
    }
    file.take("billing");
    // With a capacity it is what a file means.
    if spec.billing.is(BillingMode::Provisioned) && spec.capacity.is_none() {
        file.put("billing", "provisioned");
    }
    if let Some(max) = &spec.max_throughput {
        file.put("max_throughput", bounds(max));
    }
    let indexes: Map<String, Value> = spec.indexes.iter().map(|(name, one)| (name.clone(), index(one, spec.capacity))).collect();
    let local: Map<String, Value> = spec.local_indexes.iter().map(|(name, one)| (name.clone(), local_index(one))).collect();
    for (field, all) in [("indexes", indexes), ("local_indexes", local)] {
        if !all.is_empty() {
            file.put(field, all);
        }
    }
    if spec.recovery_days == Some(RECOVERY_DAYS) {
        file.take("recovery_days");
    }
    // In a protected environment a file that does not say it means true.
    file.put("deletion_protection", spec.deletion_protection);
}

fn attribute(Attribute { name, kind }: &Attribute) -> Value {
    if kind.is(AttributeType::Text) { name.as_str().into() } else { json!({"name": name, "type": kind}) }
}

fn attributes(all: &[Attribute]) -> Value {
    match all {
        [one] => attribute(one),
        many => many.iter().map(attribute).collect(),
    }
}

fn bounds(max: &MaxThroughput) -> Value {
    let MaxThroughput { read, write } = max;
    let said = [("read", read), ("write", write)].into_iter().filter_map(|(field, most)| Some((field.to_owned(), (*most)?.into())));
    Value::Object(said.collect())
}

/// What is projected, as far as a file has to say it.
fn projected(fields: &mut Map<String, Value>, projection: &Word<Projection>, include: &BTreeSet<String>) {
    let implied = if include.is_empty() { Projection::All } else { Projection::Include };
    if !projection.is(implied) {
        fields.insert("projection".to_owned(), projection.as_str().into());
    }
    if !include.is_empty() {
        fields.insert("include".to_owned(), json!(include));
    }
}

fn index(index: &Index, of_table: Option<Capacity>) -> Value {
    let Index { partition_key, sort_key, projection, include, capacity, max_throughput } = index;
    let mut fields: Map<String, Value> = [("partition_key".to_owned(), attributes(partition_key))].into_iter().collect();
    if !sort_key.is_empty() {
        fields.insert("sort_key".to_owned(), attributes(sort_key));
    }
    projected(&mut fields, projection, include);
    if let Some(capacity) = capacity.filter(|own| Some(*own) != of_table) {
        fields.insert("capacity".to_owned(), json!(capacity));
    }
    if let Some(max) = max_throughput {
        fields.insert("max_throughput".to_owned(), bounds(max));
    }
    fields.into()
}

fn local_index(LocalIndex { sort_key, projection, include }: &LocalIndex) -> Value {
    let mut fields: Map<String, Value> = [("sort_key".to_owned(), attribute(sort_key))].into_iter().collect();
    projected(&mut fields, projection, include);
    fields.into()
}
