//! How a table is written in its file.

use serde_json::Value;

use super::spec::{Attribute, BillingMode, Index, LocalIndex, Projection, RECOVERY_DAYS, Spec};
use crate::contract::written::{Cx, Form, Row};
use crate::source::word::Word;

pub(super) const WRITTEN: &[Row] = &[
    Row::new("partition_key", "key", Form::With(key)).twin("partition_key"),
    Row::new("sort_key", "sort_key", Form::With(key)),
    Row::new("billing", "billing", Form::Words(&[("PAY_PER_REQUEST", "on_demand"), ("PROVISIONED", "provisioned")])),
    Row::new("indexes.*.partition_key", "partition_key", Form::With(keys)),
    Row::new("indexes.*.sort_key", "sort_key", Form::With(keys)),
    Row::new("local_indexes.*.sort_key", "sort_key", Form::With(key)),
];

/// A key that holds text is its name.
fn key(_: &Cx<'_>, key: &Value) -> Value {
    if key["type"] == "S" { key["name"].clone() } else { key.clone() }
}

/// One key stands by itself.
fn keys(cx: &Cx<'_>, keys: &Value) -> Value {
    match keys.as_array().map(Vec::as_slice) {
        Some([one]) => key(cx, one),
        Some(several) => several.iter().map(|one| key(cx, one)).collect(),
        None => keys.clone(),
    }
}

/// See [`crate::contract::Kind::plain`].
pub(super) fn plain(want: &Spec) -> Spec {
    let nothing = || Attribute { name: String::new(), kind: "".into() };
    let projection = |include: &std::collections::BTreeSet<String>| -> Word<Projection> {
        if include.is_empty() { Projection::All.into() } else { Projection::Include.into() }
    };
    let index = |index: &Index| Index {
        partition_key: Vec::new(),
        sort_key: Vec::new(),
        projection: projection(&index.include),
        include: Default::default(),
        capacity: want.capacity,
        max_throughput: None,
    };
    let local =
        |index: &LocalIndex| LocalIndex { sort_key: nothing(), projection: projection(&index.include), include: Default::default() };
    Spec {
        // Who says what stands ready has said how it is paid.
        billing: if want.capacity.is_some() { want.billing.clone() } else { BillingMode::OnDemand.into() },
        indexes: want.indexes.iter().map(|(name, wanted)| (name.clone(), index(wanted))).collect(),
        local_indexes: want.local_indexes.iter().map(|(name, wanted)| (name.clone(), local(wanted))).collect(),
        recovery_days: want.point_in_time_recovery.then_some(RECOVERY_DAYS),
        ..Spec::plain(nothing())
    }
}
