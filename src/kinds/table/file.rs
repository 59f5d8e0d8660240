//! Tables as files write them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::spec::{Attribute, AttributeType, BillingMode, Capacity, Index, LocalIndex, MaxThroughput, Projection, StreamView, TableClass};
use super::{Spec, Table};
use crate::contract::{Expand, Kind, guard};
use crate::source::policy::PolicyFile;
use crate::source::scalar::{Flag, Int, OnRemove, Text};
use crate::source::word::Word;

/// A table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// Physical name.
    pub name: Option<String>,
    /// Attribute that items are spread by: short for `partition_key`.
    pub key: Option<KeyFile>,
    /// Attribute that items are spread by.
    pub partition_key: Option<KeyFile>,
    /// Attribute that items of one partition are sorted by.
    pub sort_key: Option<KeyFile>,
    /// Types of key attributes that hold no text, by name: `N` or `B`.
    #[serde(default)]
    pub attributes: BTreeMap<String, Word<AttributeType>>,
    /// `on_demand`, or `provisioned` where there is a `capacity`.
    pub billing: Option<BillingFile>,
    /// What stands ready, used or not.
    pub capacity: Option<CapacityFile>,
    /// What is served at most on demand.
    pub max_throughput: Option<MaxThroughputFile>,
    /// Global indexes by name.
    #[serde(default)]
    pub indexes: BTreeMap<String, IndexFile>,
    /// Local indexes by name, made with the table alone.
    #[serde(default)]
    pub local_indexes: BTreeMap<String, LocalIndexFile>,
    /// Attribute that holds the time, in seconds since 1970, at which an item expires.
    pub ttl: Option<String>,
    /// Whether it can be brought back as it was at any second.
    #[serde(default)]
    pub point_in_time_recovery: Flag,
    /// Of how many days, 1 to 35; 35 where nothing is said.
    pub recovery_days: Option<Int>,
    /// What its stream tells: `NEW_AND_OLD_IMAGES`, `NEW_IMAGE`, `OLD_IMAGE` or `KEYS_ONLY`; no stream where nothing is said.
    pub stream: Option<Word<StreamView>>,
    /// Id or ARN of a KMS key, or `alias/aws/dynamodb`; a key of DynamoDB's own where nothing is said.
    pub kms_key: Option<String>,
    /// `STANDARD` or `STANDARD_INFREQUENT_ACCESS`.
    pub class: Option<Word<TableClass>>,
    /// Whether DynamoDB refuses to delete it, whoever asks; on in protected environments where nothing is said.
    pub deletion_protection: Option<Flag>,
    /// Who else may use it.
    pub policy: Option<PolicyFile>,
    /// Whether a plan that would delete or replace it stops; its tag remembers it.
    #[serde(default)]
    pub protect: Flag,
    /// What becomes of it when it leaves the files, or in a destroy.
    #[serde(default)]
    pub on_remove: OnRemove,
    /// Tags beside the stack's.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
}

/// The name of a key attribute, or its name and type.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum KeyFile {
    /// Its name.
    Name(String),
    /// Its name and type.
    Typed(TypedKeyFile),
}

/// What stands for a key attribute, or for several.
const A_KEY: &str = "the name of an attribute, or a mapping such as { name: id, type: S }";

impl<'de> Deserialize<'de> for KeyFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = KeyFile;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(A_KEY)
            }

            fn visit_str<E>(self, text: &str) -> Result<KeyFile, E> {
                Ok(KeyFile::Name(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyFile, A::Error> {
                TypedKeyFile::deserialize(MapAccessDeserializer::new(map)).map(KeyFile::Typed)
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

/// A key attribute with its type.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedKeyFile {
    /// Its name.
    pub name: String,
    /// `S` for text, `N` for a number, `B` for bytes.
    #[serde(rename = "type")]
    pub kind: Option<Word<AttributeType>>,
}

/// One key attribute of an index, or up to four in their order.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum KeysFile {
    /// Several.
    Many(Vec<KeyFile>),
    /// One.
    One(KeyFile),
}

impl<'de> Deserialize<'de> for KeysFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = KeysFile;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "{A_KEY}, or a list of them")
            }

            fn visit_str<E>(self, text: &str) -> Result<KeysFile, E> {
                Ok(KeysFile::One(KeyFile::Name(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeysFile, A::Error> {
                KeyFile::deserialize(MapAccessDeserializer::new(map)).map(KeysFile::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<KeysFile, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(KeysFile::Many)
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

/// How reads and writes are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillingFile {
    /// Each by itself.
    OnDemand,
    /// By what stands ready.
    Provisioned,
}

/// Capacity that stands ready.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityFile {
    /// Read units.
    pub read: Int,
    /// Write units.
    pub write: Int,
}

/// What is served at most on demand.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaxThroughputFile {
    /// Read units a second; no bound where nothing is said.
    pub read: Option<Int>,
    /// Write units a second; no bound where nothing is said.
    pub write: Option<Int>,
}

/// A global index.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexFile {
    /// Attribute that its items are spread by, or up to four.
    pub partition_key: KeysFile,
    /// Attribute that items of one partition are sorted by, or up to four.
    pub sort_key: Option<KeysFile>,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`; `ALL` where nothing is said, `INCLUDE` where there is an `include`.
    pub projection: Option<Word<Projection>>,
    /// Attributes that it holds beside those of the keys.
    #[serde(default)]
    pub include: BTreeSet<String>,
    /// What stands ready; the table's where nothing is said.
    pub capacity: Option<CapacityFile>,
    /// What is served at most on demand.
    pub max_throughput: Option<MaxThroughputFile>,
}

/// A local index.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalIndexFile {
    /// Attribute that items of one partition are sorted by.
    pub sort_key: KeyFile,
    /// As of a global index.
    pub projection: Option<Word<Projection>>,
    /// Attributes that it holds beside those of the keys.
    #[serde(default)]
    pub include: BTreeSet<String>,
}

/// Types that the file gives to names, wherever it says one.
type Types = BTreeMap<String, Word<AttributeType>>;

fn types(file: &TableFile) -> Types {
    let TableFile { key, partition_key, sort_key, attributes, indexes, local_indexes, .. } = file;
    let of_index = |IndexFile { partition_key, sort_key, .. }: &IndexFile| {
        let keys: Vec<KeyFile> = [Some(partition_key), sort_key.as_ref()].into_iter().flatten().flat_map(each).cloned().collect();
        keys
    };
    let own = [key, partition_key, sort_key].into_iter().flatten().cloned();
    let all = own.chain(indexes.values().flat_map(of_index)).chain(local_indexes.values().map(|index| index.sort_key.clone()));
    let mut types = attributes.clone();
    for key in all {
        if let KeyFile::Typed(TypedKeyFile { name, kind: Some(kind) }) = key {
            types.entry(name).or_insert(kind);
        }
    }
    types
}

fn each(keys: &KeysFile) -> &[KeyFile] {
    match keys {
        KeysFile::Many(keys) => keys,
        KeysFile::One(key) => std::slice::from_ref(key),
    }
}

fn attribute(key: &KeyFile, types: &Types) -> Attribute {
    let (name, said) = match key {
        KeyFile::Name(name) => (name, None),
        KeyFile::Typed(TypedKeyFile { name, kind }) => (name, kind.clone()),
    };
    let kind = said.or_else(|| types.get(name).cloned()).unwrap_or_else(|| AttributeType::Text.into());
    Attribute { name: name.clone(), kind }
}

fn attributes_of(keys: &KeysFile, types: &Types) -> Vec<Attribute> {
    each(keys).iter().map(|key| attribute(key, types)).collect()
}

fn projection(said: Option<&Word<Projection>>, include: &BTreeSet<String>) -> Word<Projection> {
    let implied = if include.is_empty() { Projection::All } else { Projection::Include };
    said.cloned().unwrap_or_else(|| implied.into())
}

fn capacity(CapacityFile { read, write }: &CapacityFile) -> Capacity {
    Capacity { read: read.0.into(), write: write.0.into() }
}

fn max_throughput(MaxThroughputFile { read, write }: &MaxThroughputFile) -> MaxThroughput {
    MaxThroughput { read: read.map(|n| n.0.into()), write: write.map(|n| n.0.into()) }
}

fn index(file: &IndexFile, types: &Types, of_table: Option<Capacity>) -> Index {
    let IndexFile { partition_key, sort_key, projection: said, include, capacity: own, max_throughput: max } = file;
    Index {
        partition_key: attributes_of(partition_key, types),
        sort_key: sort_key.as_ref().map(|keys| attributes_of(keys, types)).unwrap_or_default(),
        projection: projection(said.as_ref(), include),
        include: include.clone(),
        capacity: own.as_ref().map(capacity).or(of_table),
        max_throughput: max.as_ref().map(max_throughput),
    }
}

fn local_index(LocalIndexFile { sort_key, projection: said, include }: &LocalIndexFile, types: &Types) -> LocalIndex {
    LocalIndex { sort_key: attribute(sort_key, types), projection: projection(said.as_ref(), include), include: include.clone() }
}

/// The attribute that items are spread by, by whichever of its two words.
fn partition_key<'a>(cx: &mut Expand<'_>, key: &str, short: Option<&'a KeyFile>, long: Option<&'a KeyFile>) -> Option<&'a KeyFile> {
    match (short, long) {
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => {
            let place = cx.place(Table::SECTION, key, "");
            cx.problem(place, format!("tables.{key}: a table has a key"), "add `key: id`, or whatever attribute tells its items apart");
            None
        }
        (Some(_), Some(_)) => {
            let place = cx.place(Table::SECTION, key, "key");
            cx.problem(place, format!("tables.{key}: `key` and `partition_key` are the same"), "keep one of them");
            None
        }
    }
}

pub(super) fn expand(cx: &mut Expand<'_>, key: &str, file: &TableFile) {
    let TableFile {
        name,
        key: short,
        partition_key: long,
        sort_key,
        attributes: _,
        billing,
        capacity: said,
        max_throughput: max,
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
        protect,
        on_remove,
        tags,
    } = file;
    let Some(partition) = partition_key(cx, key, short.as_ref(), long.as_ref()) else { return };
    let types = &types(file);
    let capacity = said.as_ref().map(capacity);
    let is_provisioned = billing.map_or(capacity.is_some(), |billing| billing == BillingFile::Provisioned);
    let aws = Spec::plain(attribute(partition, types));
    let spec = Spec {
        partition_key: aws.partition_key,
        sort_key: sort_key.as_ref().map(|key| attribute(key, types)),
        billing: if is_provisioned { BillingMode::Provisioned.into() } else { BillingMode::OnDemand.into() },
        max_throughput: max.as_ref().map(max_throughput),
        indexes: indexes.iter().map(|(name, file)| (name.clone(), index(file, types, capacity))).collect(),
        local_indexes: local_indexes.iter().map(|(name, file)| (name.clone(), local_index(file, types))).collect(),
        capacity,
        ttl: ttl.clone(),
        point_in_time_recovery: point_in_time_recovery.0,
        recovery_days: recovery_days.map(|n| n.0),
        stream: stream.clone(),
        kms_key: kms_key.clone(),
        class: class.clone().unwrap_or(aws.class),
        deletion_protection: deletion_protection.map_or(cx.protected, |flag| flag.0),
        policy: policy.as_ref().map(PolicyFile::document),
        tags: cx.tags(tags, guard(*protect, *on_remove)),
    };
    let name = cx.physical(Table::SECTION, name.as_ref(), key);
    cx.add::<Table>(key, name, &spec);
}
