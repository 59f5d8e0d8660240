//! The normal form of a table.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::tags::Tags;
use crate::model::policy;
use crate::source::word::{Word, words};

words! {
    /// What a key attribute holds.
    AttributeType {
        /// Text.
        Text = "S",
        /// A number.
        Number = "N",
        /// Bytes.
        Bytes = "B",
    }
}

words! {
    /// How reads and writes are paid.
    BillingMode {
        /// Each by itself.
        OnDemand = "PAY_PER_REQUEST",
        /// By what stands ready, used or not.
        Provisioned = "PROVISIONED",
    }
}

words! {
    /// Which attributes an index holds.
    Projection {
        /// All of them.
        All = "ALL",
        /// Those of the keys.
        KeysOnly = "KEYS_ONLY",
        /// Those of the keys, and some.
        Include = "INCLUDE",
    }
}

words! {
    /// What a stream tells of a change.
    StreamView {
        /// The keys.
        KeysOnly = "KEYS_ONLY",
        /// The item as it is after it.
        NewImage = "NEW_IMAGE",
        /// The item as it was before it.
        OldImage = "OLD_IMAGE",
        /// Both.
        NewAndOldImages = "NEW_AND_OLD_IMAGES",
    }
}

words! {
    /// Class of a table.
    TableClass {
        /// Cheap to read and write.
        Standard = "STANDARD",
        /// Cheap to keep.
        InfrequentAccess = "STANDARD_INFREQUENT_ACCESS",
    }
}

/// Normal form of a table. Nothing in it is made by AWS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The attribute that items are spread by.
    pub partition_key: Attribute,
    /// The attribute that items of one partition are sorted by.
    pub sort_key: Option<Attribute>,
    /// How reads and writes are paid.
    pub billing: Word<BillingMode>,
    /// What stands ready; none on demand.
    pub capacity: Option<Capacity>,
    /// What is served at most on demand; none is no bound.
    pub max_throughput: Option<MaxThroughput>,
    /// Global indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// Local indexes by name.
    pub local_indexes: BTreeMap<String, LocalIndex>,
    /// Attribute that holds the time at which an item expires.
    pub ttl: Option<String>,
    /// Whether it can be brought back as it was at any second.
    pub point_in_time_recovery: bool,
    /// Of how many days; none without recovery.
    pub recovery_days: Option<i32>,
    /// What its stream tells; none where it has none.
    pub stream: Option<Word<StreamView>>,
    /// Id or ARN of the KMS key, or [`MANAGED_KEY`]; none is a key of DynamoDB's own.
    pub kms_key: Option<String>,
    /// Its class.
    pub class: Word<TableClass>,
    /// Whether DynamoDB refuses to delete it.
    pub deletion_protection: bool,
    /// Who else may use it.
    pub policy: Option<Value>,
    /// Tags without the mark.
    pub tags: Tags,
}

/// An attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Word<AttributeType>,
}

/// Capacity that stands ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Read units.
    pub read: i64,
    /// Write units.
    pub write: i64,
}

/// What is served at most on demand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxThroughput {
    /// Read units a second; none is no bound.
    pub read: Option<i64>,
    /// Write units a second.
    pub write: Option<i64>,
}

/// A global index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Attributes that its items are spread by, in their order.
    pub partition_key: Vec<Attribute>,
    /// Attributes that items of one partition are sorted by, in their order.
    pub sort_key: Vec<Attribute>,
    /// Which attributes it holds.
    pub projection: Word<Projection>,
    /// Which beside those of the keys.
    pub include: BTreeSet<String>,
    /// What stands ready; none on demand.
    pub capacity: Option<Capacity>,
    /// What is served at most on demand.
    pub max_throughput: Option<MaxThroughput>,
}

/// A local index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalIndex {
    /// The attribute that items of one partition are sorted by.
    pub sort_key: Attribute,
    /// Which attributes it holds.
    pub projection: Word<Projection>,
    /// Which beside those of the keys.
    pub include: BTreeSet<String>,
}

/// The key that AWS manages for DynamoDB in the account.
pub const MANAGED_KEY: &str = "alias/aws/dynamodb";

/// Days of recovery where nothing is said (docs/aws-facts.md §21).
pub const RECOVERY_DAYS: i32 = 35;

impl Spec {
    /// A table of which nothing is said but by what its items are spread, on demand.
    pub fn plain(partition_key: Attribute) -> Self {
        Self {
            partition_key,
            sort_key: None,
            billing: BillingMode::OnDemand.into(),
            capacity: None,
            max_throughput: None,
            indexes: BTreeMap::new(),
            local_indexes: BTreeMap::new(),
            ttl: None,
            point_in_time_recovery: false,
            recovery_days: None,
            stream: None,
            kms_key: None,
            class: TableClass::Standard.into(),
            deletion_protection: false,
            policy: None,
            tags: Tags::new(),
        }
    }

    /// Every attribute that a key names.
    pub fn key_attributes(&self) -> impl Iterator<Item = &Attribute> {
        let own = std::iter::once(&self.partition_key).chain(&self.sort_key);
        let global = self.indexes.values().flat_map(Index::key_attributes);
        own.chain(global).chain(self.local_indexes.values().map(|index| &index.sort_key))
    }
}

impl Index {
    /// The attributes of its keys.
    pub fn key_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.partition_key.iter().chain(&self.sort_key)
    }

    /// Whether another one has to take its place: keys and projection are chosen once.
    pub fn is_another(&self, other: &Self) -> bool {
        let Self { partition_key, sort_key, projection, include, capacity: _, max_throughput: _ } = self;
        (partition_key, sort_key, projection, include) != (&other.partition_key, &other.sort_key, &other.projection, &other.include)
    }
}

/// See [`crate::contract::Kind::normal`].
pub(super) fn normal(spec: &mut Spec) {
    let Spec { billing, capacity, indexes, point_in_time_recovery, recovery_days, policy: document, max_throughput, .. } = spec;
    let is_on_demand = billing.is(BillingMode::OnDemand);
    capacity.take_if(|_| is_on_demand);
    no_bound(max_throughput);
    for index in indexes.values_mut() {
        index.capacity.take_if(|_| is_on_demand);
        no_bound(&mut index.max_throughput);
    }
    *recovery_days = point_in_time_recovery.then(|| recovery_days.unwrap_or(RECOVERY_DAYS));
    *document = document.take().map(policy::normalize);
}

fn no_bound(max: &mut Option<MaxThroughput>) {
    max.take_if(|max| *max == MaxThroughput::default());
}

/// See [`crate::contract::Kind::align`].
pub(super) fn align(want: &Spec, have: &mut Spec) {
    if let (Some(want), Some(have)) = (&want.policy, &mut have.policy) {
        policy::align(want, have);
    }
    if let (Some(want), Some(have)) = (&want.kms_key, &mut have.kms_key)
        && (want == MANAGED_KEY || have.ends_with(&format!(":key/{want}")))
    {
        // DynamoDB tells the key's ARN, whatever it was given.
        have.clone_from(want);
    }
    if want.billing.is(BillingMode::Provisioned) {
        // What is served at most on demand counts for nothing then, takes no change, and may still be told.
        have.max_throughput = None;
        have.indexes.values_mut().for_each(|index| index.max_throughput = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &str) -> Spec {
        Spec::plain(Attribute { name: key.into(), kind: AttributeType::Text.into() })
    }

    #[test]
    fn what_does_not_count_is_no_difference() {
        let mut have = Spec {
            capacity: Some(Capacity { read: 0, write: 0 }),
            max_throughput: Some(MaxThroughput::default()),
            recovery_days: Some(7),
            ..table("id")
        };
        normal(&mut have);
        assert_eq!(have, table("id"));
        let mut recovers = Spec { point_in_time_recovery: true, ..table("id") };
        normal(&mut recovers);
        assert_eq!(recovers.recovery_days, Some(RECOVERY_DAYS));
    }

    #[test]
    fn a_bound_of_what_is_on_demand_counts_only_for_who_is_to_be_it() {
        let bound = Some(MaxThroughput { read: Some(5), write: None });
        let attribute = Attribute { name: "a".into(), kind: AttributeType::Text.into() };
        let index = Index {
            partition_key: vec![attribute],
            sort_key: Vec::new(),
            projection: Projection::All.into(),
            include: BTreeSet::new(),
            capacity: None,
            max_throughput: bound,
        };
        let live = Spec { max_throughput: bound, indexes: [("a".to_owned(), index)].into(), ..table("id") };
        let aligned = |billing: BillingMode| {
            let mut have = live.clone();
            align(&Spec { billing: billing.into(), ..table("id") }, &mut have);
            (have.max_throughput, have.indexes["a"].max_throughput)
        };
        assert_eq!(aligned(BillingMode::Provisioned), (None, None));
        assert_eq!(aligned(BillingMode::OnDemand), (bound, bound), "what stayed from before is taken off");
    }

    #[test]
    fn a_key_is_known_by_its_id_and_by_its_arn() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/abc";
        let aligned = |want: &str| {
            let mut have = Spec { kms_key: Some(arn.into()), ..table("id") };
            align(&Spec { kms_key: Some(want.into()), ..table("id") }, &mut have);
            have.kms_key
        };
        assert_eq!(aligned("abc").as_deref(), Some("abc"));
        assert_eq!(aligned(MANAGED_KEY).as_deref(), Some(MANAGED_KEY));
        assert_eq!(aligned("bc").as_deref(), Some(arn));
        assert_eq!(aligned("arn:aws:kms:us-east-1:111122223333:key/other").as_deref(), Some(arn));
    }
}
